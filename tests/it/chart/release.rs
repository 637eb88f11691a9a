//! One installed release, and what the tests do around it.
//!
//! Must not know what Berth should be allowed.

use std::path::Path;
use std::time::{Duration, Instant};

use berth_tests::ControlPlane;

use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec};
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::cluster::{acting_as, admin};
use super::helm::{KEY, render};

/// A release of this run alone, so that one before it may still be on its way out.
pub struct Release {
    pub admin: kube::Client,
    pub objects: Vec<Value>,
    /// The release and the namespace it is in.
    pub name: String,
    /// A namespace that Berth makes.
    pub ours: String,
    /// A namespace that Berth did not make.
    pub foreign: String,
}

impl Release {
    /// Installs what the chart renders. The tests' own user stays free to set Berth's labels: other tests do, meanwhile.
    pub async fn install() -> Self {
        let admin = admin().await;
        let review = Api::<SelfSubjectReview>::all(admin.clone());
        let me = review
            .create(&PostParams::default(), &SelfSubjectReview::default())
            .await
            .unwrap();
        let me = me
            .status
            .and_then(|status| status.user_info)
            .and_then(|user| user.username)
            .unwrap();
        let exempt = format!("admissionPolicies.exemptUsers={{{}}}", me.replace(',', "\\,"));
        let name = format!("berth-{}", &uuid::Uuid::new_v4().simple().to_string()[..8]);
        let objects = render(&name, &[KEY, &exempt]).await;
        let release = Self {
            admin,
            objects,
            ours: format!("{name}-ours"),
            foreign: format!("{name}-foreign"),
            name,
        };
        for name in [&release.name, &release.foreign] {
            let labels = json!({"pod-security.kubernetes.io/enforce": "restricted"});
            apply(&release.admin, &namespace(name, &labels)).await.unwrap();
        }
        for object in &release.objects {
            apply(&release.admin, object)
                .await
                .unwrap_or_else(|error| panic!("{object}: {error}"));
        }
        release
    }

    /// Waits until the cluster holds what the chart's policies say, which it does a moment after they are stored.
    pub async fn policies_take_effect(&self) {
        let (somebody, berth) = (somebody().await, self.berth().await);
        let labelled = configmap(&self.foreign, &json!({"berth.dev/environment": "env_x"}));
        let plain = configmap(&self.foreign, &json!({}));
        for (client, object) in [(&somebody, &labelled), (&berth, &plain)] {
            eventually("the admission policies take effect", async || {
                let refused = create(client, object).await.is_err();
                if !refused {
                    api(&self.admin, object)
                        .delete("probe", &DeleteParams::default())
                        .await
                        .unwrap();
                }
                refused
            })
            .await;
        }
    }

    /// Takes away what only this run needs. The roles for teams stay: environments of other tests are bound to them.
    pub async fn uninstall(&self) {
        let roles = ["berth-team", "berth-environment"].map(Value::from);
        for object in self
            .objects
            .iter()
            .filter(|object| !roles.contains(&object["metadata"]["name"]))
        {
            let name = object["metadata"]["name"].as_str().unwrap();
            api(&self.admin, object)
                .delete(name, &DeleteParams::background())
                .await
                .unwrap();
        }
        for name in [&self.name, &self.ours, &self.foreign] {
            api(&self.admin, &namespace(name, &json!({})))
                .delete(name, &DeleteParams::background())
                .await
                .unwrap();
        }
    }

    /// The name by which the cluster knows Berth.
    fn account(&self) -> String {
        format!("system:serviceaccount:{0}:{0}", self.name)
    }

    /// A client with Berth's rights.
    pub async fn berth(&self) -> kube::Client {
        let group = format!("system:serviceaccounts:{}", self.name);
        acting_as(&self.account(), &["system:serviceaccounts", &group]).await
    }

    /// A kubeconfig with Berth's rights.
    pub async fn write_kubeconfig(&self, file: &Path) {
        let groups = [
            "system:serviceaccounts".to_owned(),
            format!("system:serviceaccounts:{}", self.name),
        ];
        let plane = ControlPlane::shared().await.unwrap();
        plane.write_kubeconfig_as(file, &self.account(), &groups).unwrap();
    }

    /// A binding of a cluster role to Berth, in one namespace.
    pub fn binding(&self, namespace: &str, role: &str) -> Value {
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": {"name": role, "namespace": namespace},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [{"kind": "ServiceAccount", "name": self.name, "namespace": self.name}],
        })
    }

    /// Whether Berth may do `verb` on `resource` (`group/plural`), everywhere when no namespace is given.
    pub async fn may(&self, verb: &str, resource: &str, name: &str, namespace: &str) -> bool {
        let (group, resource) = resource.split_once('/').unwrap_or(("", resource));
        let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        let attributes = ResourceAttributes {
            verb: text(verb),
            group: text(group),
            resource: text(resource),
            name: text(name),
            namespace: text(namespace),
            ..ResourceAttributes::default()
        };
        let spec = SubjectAccessReviewSpec {
            user: Some(self.account()),
            groups: Some(vec![
                "system:serviceaccounts".to_owned(),
                "system:authenticated".to_owned(),
            ]),
            resource_attributes: Some(attributes),
            ..SubjectAccessReviewSpec::default()
        };
        let review = SubjectAccessReview {
            spec,
            ..SubjectAccessReview::default()
        };
        let reviews = Api::<SubjectAccessReview>::all(self.admin.clone());
        reviews
            .create(&PostParams::default(), &review)
            .await
            .unwrap()
            .status
            .unwrap()
            .allowed
    }
}

/// Somebody with every right there is, who is not Berth.
pub async fn somebody() -> kube::Client {
    acting_as("somebody", &["system:masters"]).await
}

/// Waits until the condition holds.
pub async fn eventually(what: &str, condition: impl AsyncFn() -> bool) {
    let since = Instant::now();
    while !condition().await {
        assert!(since.elapsed() < Duration::from_mins(1), "still not: {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Holds that the cluster said no, and why.
#[track_caller]
pub fn refused<T>(answer: kube::Result<T>, sentence: &str) {
    let Err(error) = answer else {
        panic!("the cluster allowed it; expected: {sentence}")
    };
    assert!(error.to_string().contains(sentence), "{error}");
}

/// The collection an object belongs to.
pub fn api(client: &kube::Client, object: &Value) -> Api<DynamicObject> {
    let version = object["apiVersion"].as_str().unwrap();
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, object["kind"].as_str().unwrap()));
    match object["metadata"]["namespace"].as_str() {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    }
}

/// Applies an object on the server.
pub async fn apply(client: &kube::Client, object: &Value) -> kube::Result<DynamicObject> {
    let name = object["metadata"]["name"].as_str().unwrap();
    api(client, object)
        .patch(name, &PatchParams::apply("chart-test").force(), &Patch::Apply(object))
        .await
}

/// Creates an object, which must not exist.
pub async fn create(client: &kube::Client, object: &Value) -> kube::Result<DynamicObject> {
    let typed = serde_json::from_value(object.clone()).unwrap();
    api(client, object).create(&PostParams::default(), &typed).await
}

/// A namespace with these labels.
pub fn namespace(name: &str, labels: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
}

/// The `ConfigMap` `probe` with these labels.
pub fn configmap(namespace: &str, labels: &Value) -> Value {
    let metadata = json!({"name": "probe", "namespace": namespace, "labels": labels});
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
}
