//! What a control plane has before anybody uses it: nodes and a class of storage.
//!
//! Must not know processes.

use anyhow::{Context as _, Result};
use futures::future::try_join_all;
use k8s_openapi::api::core::v1::{Node, ServiceAccount};
use k8s_openapi::api::storage::v1::StorageClass;
use kube::api::{Api, ListParams, PostParams};
use serde_json::json;

/// The class a claim gets that names none. The stage `claim-provision` makes its volumes.
pub const STORAGE_CLASS: &str = "standard";

/// The nodes and the class.
pub async fn furnish(client: &kube::Client, nodes: usize) -> Result<()> {
    let api: Api<Node> = Api::all(client.clone());
    let create = PostParams::default();
    let nodes = (1..=nodes).map(|number| {
        let api = api.clone();
        let create = &create;
        async move { api.create(create, &node(number)?).await.context("cannot create a node") }
    });
    let classes: Api<StorageClass> = Api::all(client.clone());
    let class = storage_class()?;
    let class = async {
        classes
            .create(&create, &class)
            .await
            .context("cannot create the class of storage")
    };
    futures::try_join!(try_join_all(nodes), class)?;
    Ok(())
}

/// Whether every node takes pods, and namespaces get the account pods need; what is missing otherwise.
pub async fn furnished(client: &kube::Client, nodes: usize) -> Result<Option<String>> {
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), "default");
    if accounts.get_opt("default").await?.is_none() {
        return Ok(Some("kube-controller-manager to make service accounts".to_owned()));
    }
    let listed = Api::<Node>::all(client.clone()).list(&ListParams::default()).await?;
    let ready = listed.items.iter().filter(|node| takes_pods(node)).count();
    Ok((ready < nodes).then(|| format!("nodes to be ready ({ready} of {nodes} are)")))
}

/// Ready, and without the taint every node is born with.
fn takes_pods(node: &Node) -> bool {
    let ready = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let mut ready = ready.filter(|condition| condition.type_ == "Ready");
    let tainted = node
        .spec
        .iter()
        .any(|spec| spec.taints.iter().flatten().next().is_some());
    ready.any(|condition| condition.status == "True") && !tainted
}

/// So large that no test fills it.
fn node(number: usize) -> Result<Node> {
    let name = format!("berth-node-{number}");
    let room = json!({
        "cpu": "4000", "memory": "16Ti", "pods": "100000", "ephemeral-storage": "100Ti",
    });
    Ok(serde_json::from_value(json!({
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "topology.kubernetes.io/region": "local",
                "topology.kubernetes.io/zone": format!("local-{}", (number - 1) % 3 + 1),
                "type": "kwok",
            },
        },
        "status": {"capacity": room, "allocatable": room},
    }))?)
}

fn storage_class() -> Result<StorageClass> {
    Ok(serde_json::from_value(json!({
        "metadata": {
            "name": STORAGE_CLASS,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "berth.dev/local",
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate",
        "allowVolumeExpansion": true,
    }))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_node_takes_no_pods_until_it_is_ready_and_untainted() {
        let mut node = node(1).unwrap();
        assert!(!takes_pods(&node));
        let status = node.status.as_mut().unwrap();
        status.conditions = Some(vec![
            serde_json::from_value(json!({"type": "Ready", "status": "True"})).unwrap(),
        ]);
        assert!(takes_pods(&node));
        let taint = json!({"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"});
        node.spec.get_or_insert_default().taints = Some(vec![serde_json::from_value(taint).unwrap()]);
        assert!(!takes_pods(&node));
    }
}
