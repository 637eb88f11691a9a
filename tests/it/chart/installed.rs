//! The chart in a real cluster: every right it needs is there, and what it must not be able to do it cannot.

use std::panic::{AssertUnwindSafe, resume_unwind};

use futures::FutureExt;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};

use serde_json::{Value, json};

use super::helm::find;
use super::release::{Release, api, apply, configmap, create, eventually, namespace, refused, somebody};
use crate::engine::Berth;

/// What templates and the guard rails are made of.
const MADE: [&str; 16] = [
    "namespaces",
    "configmaps",
    "limitranges",
    "persistentvolumeclaims",
    "resourcequotas",
    "serviceaccounts",
    "services",
    "apps/deployments",
    "apps/statefulsets",
    "batch/cronjobs",
    "batch/jobs",
    "autoscaling/horizontalpodautoscalers",
    "policy/poddisruptionbudgets",
    "networking.k8s.io/ingresses",
    "networking.k8s.io/networkpolicies",
    "rbac.authorization.k8s.io/rolebindings",
];

/// What explains why something is not ready.
const SEEN: [&str; 3] = ["pods", "events", "events.k8s.io/events"];

const ROLES: &str = "rbac.authorization.k8s.io/clusterroles";

/// What would be more than Berth's work. The last one is everything.
const NEVER: [(&str, &str, &str); 9] = [
    ("bind", ROLES, "cluster-admin"),
    ("create", ROLES, ""),
    ("create", "rbac.authorization.k8s.io/clusterrolebindings", ""),
    ("create", "rbac.authorization.k8s.io/roles", ""),
    ("impersonate", "users", ""),
    ("impersonate", "serviceaccounts", ""),
    ("create", "pods", ""),
    ("get", "nodes", ""),
    ("*", "*", ""),
];

#[tokio::test]
async fn once_installed_berth_can_do_its_work_and_nothing_else() {
    let release = Release::install().await;
    let checked = AssertUnwindSafe(check(&release)).catch_unwind().await;
    // Also after a failure: policies left behind would refuse the next release its labels.
    release.uninstall().await;
    if let Err(failure) = checked {
        resume_unwind(failure);
    }
}

async fn check(release: &Release) {
    release.policies_take_effect().await;
    the_rights_are_those_of_the_templates(release).await;
    berth_works_in_namespaces_it_made_and_in_no_other(release).await;
    secrets_are_reached_by_a_binding_in_each_namespace(release).await;
    nobody_else_touches_the_labels(release).await;
    the_pods_are_admitted_under_the_restricted_profile(release).await;
    the_whole_path_works_with_these_rights(release).await;
}

/// A server whose every request comes from the chart's account, under the chart's policies.
async fn the_whole_path_works_with_these_rights(release: &Release) {
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("kubeconfig");
    release.write_kubeconfig(&kubeconfig).await;
    let account = format!("{0}:{0}", release.name);
    let berth = Berth::start_with(&kubeconfig, Some(&account)).await;
    let environment = berth.create("web", &json!({})).await;
    berth.nothing_is_doubled_or_lost(&environment).await;
    let small = json!({"parameters": {"database": {"enabled": false}}});
    let changed = berth.change(&environment, &small).await;
    assert_eq!(changed["status"]["phase"], "Ready", "{:#}", changed["status"]);
    let gone = berth.delete(&environment).await;
    assert_eq!(gone["status"]["phase"], "Deleted", "{:#}", gone["status"]);
}

async fn the_rights_are_those_of_the_templates(release: &Release) {
    for resource in MADE {
        for verb in ["get", "list", "watch", "create", "patch", "delete"] {
            assert!(
                release.may(verb, resource, "", "").await,
                "Berth cannot {verb} {resource}"
            );
        }
        assert!(
            !release.may("deletecollection", resource, "", "").await,
            "Berth can delete all {resource} at once"
        );
    }
    for resource in SEEN {
        for verb in ["get", "list", "watch"] {
            assert!(
                release.may(verb, resource, "", "").await,
                "Berth cannot {verb} {resource}"
            );
        }
        assert!(
            !release.may("delete", resource, "", "").await,
            "Berth can delete {resource}"
        );
    }
    for verb in ["get", "list", "watch", "create", "patch", "delete"] {
        assert!(
            !release.may(verb, "secrets", "", "").await,
            "Berth can {verb} secrets everywhere"
        );
    }
    for role in ["berth-team", "berth-environment"] {
        assert!(release.may("bind", ROLES, role, "").await, "Berth cannot bind {role}");
        assert!(
            !release.may("escalate", ROLES, role, "").await,
            "Berth can escalate {role}"
        );
    }
    for (verb, resource, name) in NEVER {
        assert!(
            !release.may(verb, resource, name, "").await,
            "Berth can {verb} {resource} {name}"
        );
    }
}

async fn berth_works_in_namespaces_it_made_and_in_no_other(release: &Release) {
    let (berth, ours, foreign) = (release.berth().await, &*release.ours, &*release.foreign);
    let environment = json!({"berth.dev/environment": "env_x"});
    refused(create(&berth, &namespace(ours, &json!({}))).await, "labels them so");
    create(&berth, &namespace(ours, &environment)).await.unwrap();
    create(&berth, &configmap(ours, &environment)).await.unwrap();
    refused(
        create(&berth, &configmap(foreign, &json!({}))).await,
        "only in namespaces that it made",
    );
    refused(
        apply(&berth, &configmap(foreign, &json!({}))).await,
        "only in namespaces that it made",
    );

    // A namespace of somebody else's can neither be claimed nor deleted.
    let claimed = namespace(foreign, &environment);
    refused(apply(&berth, &claimed).await, "only namespaces that it made");
    let deleted = api(&berth, &claimed).delete(foreign, &DeleteParams::default()).await;
    refused(deleted, "only namespaces that it made");
}

async fn secrets_are_reached_by_a_binding_in_each_namespace(release: &Release) {
    let (berth, ours, foreign) = (release.berth().await, &*release.ours, &*release.foreign);
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "probe", "namespace": ours}});
    refused(create(&berth, &secret).await, "cannot create resource \"secrets\"");
    refused(
        create(&berth, &release.binding(foreign, "berth-environment")).await,
        "only in namespaces that it made",
    );
    refused(
        create(&berth, &release.binding(ours, "cluster-admin")).await,
        "not currently held",
    );
    create(&berth, &release.binding(ours, "berth-team")).await.unwrap();
    create(&berth, &release.binding(ours, "berth-environment"))
        .await
        .unwrap();
    eventually("the binding takes effect", async || {
        release.may("create", "secrets", "", ours).await
    })
    .await;
    create(&berth, &secret).await.unwrap();
    for verb in ["get", "patch", "delete"] {
        assert!(
            release.may(verb, "secrets", "probe", ours).await,
            "Berth cannot {verb} the secrets it makes"
        );
    }
    assert!(
        !release.may("list", "secrets", "", ours).await,
        "Berth can list secrets where it works"
    );
    assert!(
        !release.may("get", "secrets", "", foreign).await,
        "Berth can read secrets where it does not"
    );
}

async fn nobody_else_touches_the_labels(release: &Release) {
    let somebody = somebody().await;
    let change = |labels: Value| Patch::Merge(json!({"metadata": {"labels": labels}}));
    let objects = api(&somebody, &configmap(&release.ours, &json!({})));
    for labels in [
        json!({"berth.dev/environment": "env_y"}),
        json!({"berth.dev/environment": null}),
    ] {
        let answer = objects.patch("probe", &PatchParams::default(), &change(labels)).await;
        refused(answer, "only Berth sets and changes it");
    }
    let labelled = configmap(&release.foreign, &json!({"berth.dev/resource": "web"}));
    refused(create(&somebody, &labelled).await, "only Berth sets and changes it");
    let data = Patch::Merge(json!({"data": {"key": "value"}}));
    objects
        .patch("probe", &PatchParams::default(), &data)
        .await
        .expect("everything else stays theirs");
    objects
        .delete("probe", &DeleteParams::default())
        .await
        .expect("deleting too");
}

async fn the_pods_are_admitted_under_the_restricted_profile(release: &Release) {
    let template = &find(&release.objects, "Deployment", &release.name)["spec"]["template"];
    let metadata = json!({"name": "probe", "namespace": release.name});
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]});
    let dry_run = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    api(&release.admin, &pod)
        .create(&dry_run, &serde_json::from_value(pod.clone()).unwrap())
        .await
        .unwrap();
}
