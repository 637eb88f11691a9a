//! What a cluster has before anybody uses it: nodes and a default StorageClass.

use anyhow::Result;
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::api::storage::v1::StorageClass;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client};
use serde_json::json;

/// The default StorageClass.
pub const STORAGE_CLASS: &str = "standard";

/// Who provisions volumes of that class: a task of ours.
pub const PROVISIONER: &str = "berth.dev/local";

/// Applies them; does nothing when they are there.
pub async fn arrange(client: &Client, nodes: usize) -> Result<()> {
    let params = PatchParams::apply("berth-dev").force();
    let class = json!({
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": STORAGE_CLASS,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": PROVISIONER,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate",
        "allowVolumeExpansion": true,
    });
    Api::<StorageClass>::all(client.clone()).patch(STORAGE_CLASS, &params, &Patch::Apply(class)).await?;
    let api = Api::<Node>::all(client.clone());
    for number in 0..nodes {
        let name = format!("node-{number}");
        let node = json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": name,
                "annotations": {"kwok.x-k8s.io/node": "fake", "node.alpha.kubernetes.io/ttl": "0"},
                "labels": {
                    "kubernetes.io/arch": "amd64",
                    "kubernetes.io/hostname": name,
                    "kubernetes.io/os": "linux",
                    "topology.kubernetes.io/region": "local",
                    "topology.kubernetes.io/zone": format!("zone-{number}"),
                },
            },
        });
        api.patch(&name, &params, &Patch::Apply(node)).await?;
    }
    Ok(())
}
