//! What should exist in the cluster for one environment: rendered, addressed, stamped, in dependency order. Pure.

use std::collections::BTreeMap;

use berth_cluster::stamp::{self, Stamp};
use berth_cluster::{Health, label};
use berth_model::canonical;
use berth_model::environment::{self, Environment, SecretKey};
use berth_model::inventory::{ObjectRef, OnDelete};
use berth_template::{Compiled, Inputs, Live, Node, NodeState, Output, RenderError, RenderedObject, SecretPlan};
use serde_json::{Value, json};

use crate::settle::Readiness;

/// What the baseline's resources are called in the inventory: this, and their own id.
pub const BASELINE: &str = "baseline.";
/// The resource that lets Berth itself write Secrets in the namespace it made.
pub const ACCESS: &str = "baseline.access";

/// One object that should exist.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The template resource it comes from.
    pub resource: String,
    /// Its layer: 0 is the namespace, then what depends on nothing, and so on.
    pub layer: i32,
    /// Resources that must be there before it.
    pub dependencies: Vec<String>,
    /// Where it goes.
    pub object: ObjectRef,
    /// The whole manifest, with our labels and annotations.
    pub manifest: Value,
    /// Digest of the manifest.
    pub digest: String,
    /// What is generated when it is created.
    pub secret: Option<SecretPlan>,
    /// What becomes of it at the end.
    pub on_delete: OnDelete,
}

/// A resource that cannot be rendered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The resource.
    pub resource: String,
    /// The resource it waits for.
    pub on: String,
    /// The field it waits for.
    pub path: String,
}

/// Everything that should exist, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// In dependency order.
    pub wanted: Vec<Wanted>,
    /// What cannot be rendered yet, in dependency order.
    pub waiting: Vec<Waiting>,
    /// What the environment gives back, as far as it is known.
    pub outputs: BTreeMap<String, environment::Output>,
}

/// What a plan is made from.
#[derive(Debug)]
pub struct Sources<'a> {
    /// The environment's intent.
    pub environment: &'a Environment,
    /// What is applied beneath every environment.
    pub baseline: &'a Compiled,
    /// The environment's own template.
    pub template: &'a Compiled,
    /// What platform engineers set for the cluster.
    pub platform: &'a Value,
    /// `namespace:name` of Berth's own account in the cluster, when it has one with limited rights.
    pub service_account: Option<&'a str>,
}

/// Renders baseline and template against what is live. Live resources of the baseline carry its prefix.
///
/// # Errors
/// The template cannot be rendered with this environment's data: only a change helps.
pub fn make(sources: &Sources<'_>, live: &Live) -> Result<Plan, RenderError> {
    let env = sources.environment.template_scope();
    let (beneath, own): (Live, Live) = live.clone().into_iter().partition(|(id, _)| id.starts_with(BASELINE));
    let beneath = beneath
        .into_iter()
        .map(|(id, object)| (id[BASELINE.len()..].to_owned(), object))
        .collect();

    let inputs = Inputs {
        params: json!({}),
        env: env.clone(),
        platform: sources.platform.clone(),
    };
    let baseline = sources.baseline.render(&inputs, &beneath)?;
    let inputs = Inputs {
        params: sources.environment.parameters.clone(),
        ..inputs
    };
    let own = sources.template.render(&inputs, &own)?;

    let mut plan = Plan::default();
    let mut layers = BTreeMap::new();
    for node in baseline.nodes {
        plan.add(prefixed(node), sources.environment, &mut layers);
    }
    if let Some(account) = sources.service_account {
        plan.push(
            access(account),
            ACCESS.to_owned(),
            Vec::new(),
            sources.environment,
            &mut layers,
        );
    }
    for node in own.nodes {
        plan.add(node, sources.environment, &mut layers);
    }
    plan.outputs = outputs(own.outputs);
    plan.keep_namespace_of_retained();
    Ok(plan)
}

impl Plan {
    fn add(&mut self, node: Node, environment: &Environment, layers: &mut BTreeMap<String, i32>) {
        let Node {
            id,
            layer: _,
            dependencies,
            state,
        } = node;
        match state {
            NodeState::Excluded { because: _ } => {}
            NodeState::Waiting { on, path } => self.waiting.push(Waiting { resource: id, on, path }),
            NodeState::Object(rendered) => self.push(*rendered, id, dependencies, environment, layers),
        }
    }

    fn push(
        &mut self,
        rendered: RenderedObject,
        resource: String,
        mut dependencies: Vec<String>,
        environment: &Environment,
        layers: &mut BTreeMap<String, i32>,
    ) {
        let namespaced = !rendered.is_namespace();
        if namespaced {
            dependencies.extend(self.implied(&rendered));
        }
        dependencies.sort();
        dependencies.dedup();
        let below = dependencies.iter().filter_map(|id| layers.get(id)).max();
        let layer = below.map_or(0, |layer| layer + 1);
        layers.insert(resource.clone(), layer);

        let object = ObjectRef {
            api_version: rendered.api_version().to_owned(),
            kind: rendered.kind().to_owned(),
            namespace: namespaced.then(|| environment.namespace.clone()),
            name: rendered.name().to_owned(),
        };
        let manifest = stamp::stamp(
            rendered.object,
            &Stamp {
                environment,
                resource: &resource,
            },
        );
        self.wanted.push(Wanted {
            digest: canonical::digest(&manifest),
            layer,
            dependencies,
            object,
            manifest,
            secret: rendered.secret,
            on_delete: on_delete(rendered.on_delete),
            resource,
        });
    }

    /// Deleting a namespace deletes everything in it: it stays for as long as something in it is to stay.
    fn keep_namespace_of_retained(&mut self) {
        if self.wanted.iter().any(|wanted| wanted.on_delete == OnDelete::Retain) {
            for wanted in self
                .wanted
                .iter_mut()
                .filter(|wanted| wanted.object.namespace.is_none())
            {
                wanted.on_delete = OnDelete::Retain;
            }
        }
    }

    /// What an object depends on without saying so: everything in the namespace on the namespace; what makes pods on
    /// every guard rail, so that no pod is ever without its policies; Secrets on our own right to write them.
    fn implied(&self, rendered: &RenderedObject) -> Vec<String> {
        let guard_rails = makes_pods(rendered.kind());
        let access = rendered.kind() == "Secret";
        let beneath = self
            .wanted
            .iter()
            .filter(|wanted| wanted.resource.starts_with(BASELINE));
        beneath
            .filter(|wanted| wanted.object.namespace.is_none() || guard_rails || (access && wanted.resource == ACCESS))
            .map(|wanted| wanted.resource.clone())
            .collect()
    }
}

fn makes_pods(kind: &str) -> bool {
    matches!(
        kind,
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" | "CronJob" | "Pod"
    )
}

fn prefixed(mut node: Node) -> Node {
    let prefix = |id: &String| format!("{BASELINE}{id}");
    node.id = prefix(&node.id);
    node.dependencies = node.dependencies.iter().map(prefix).collect();
    if let NodeState::Waiting { on, path: _ } = &mut node.state {
        *on = prefix(on);
    }
    node
}

/// Berth may read and write Secrets only where it made the namespace: by this binding, not cluster-wide.
fn access(account: &str) -> RenderedObject {
    let (namespace, name) = account.split_once(':').unwrap_or(("default", account));
    RenderedObject {
        object: json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": label::ACCESS_ROLE},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": label::ACCESS_ROLE,
            },
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
        }),
        secret: None,
        on_delete: berth_template::OnDelete::Delete,
        sensitive: false,
    }
}

fn on_delete(wanted: berth_template::OnDelete) -> OnDelete {
    match wanted {
        berth_template::OnDelete::Delete => OnDelete::Delete,
        // Without a snapshot there is nothing to delete after: the data stays.
        berth_template::OnDelete::Retain | berth_template::OnDelete::SnapshotThenDelete => OnDelete::Retain,
    }
}

fn outputs(rendered: BTreeMap<String, Output>) -> BTreeMap<String, environment::Output> {
    let known = rendered.into_iter().filter_map(|(name, output)| match output {
        Output::Value { title, value } => Some((
            name,
            environment::Output {
                title,
                value: Some(value),
                secret: None,
            },
        )),
        Output::Secret {
            title,
            name: secret,
            key,
        } => {
            let secret = Some(SecretKey { name: secret, key });
            Some((
                name,
                environment::Output {
                    title,
                    value: None,
                    secret,
                },
            ))
        }
        Output::Pending {
            title: _,
            on: _,
            path: _,
        } => None,
    });
    known.collect()
}

/// Replaces the readiness by kind with the template's own rule where a resource has one.
///
/// # Errors
/// A `readyWhen` cannot be evaluated: only a change helps.
pub fn ready_when(sources: &Sources<'_>, live: &mut Live, readiness: &mut Readiness) -> Result<(), RenderError> {
    let inputs = Inputs {
        params: sources.environment.parameters.clone(),
        env: sources.environment.template_scope(),
        platform: sources.platform.clone(),
    };
    let own: Live = live
        .iter()
        .filter(|(id, _)| !id.starts_with(BASELINE))
        .map(|(id, o)| (id.clone(), o.clone()))
        .collect();
    for (id, ready) in sources.template.readiness(&inputs, &own)? {
        let Some(object) = live.get_mut(&id) else {
            continue;
        };
        object.ready = ready;
        let health = if ready {
            Health::Ready
        } else {
            Health::Progressing {
                reason: "ReadyWhen".into(),
                message: "does not fulfil its readyWhen yet".into(),
            }
        };
        readiness.insert(id, health);
    }
    Ok(())
}
