//! Gives every claim of the default StorageClass a volume, and removes the volumes nobody claims any more.
//!
//! Driven by watches: a claim has its volume within milliseconds. The volumes hold nothing; no pod really runs.
//! Must not know who started the control plane.

use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result};
use futures::StreamExt as _;
use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use kube::api::{DeleteParams, PostParams, Preconditions};
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client, ResourceExt as _};
use serde_json::json;
use tokio::sync::oneshot;

use super::client_for;
use super::furniture::{PROVISIONER, STORAGE_CLASS};

/// A running provisioner; dropping it ends it. It has a thread of its own, because it must outlive the runtime of
/// whichever test came first.
#[derive(Debug)]
pub struct Provisioner {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Provisioner {
    /// Starts it for the cluster of a kubeconfig.
    pub fn start(kubeconfig: &std::path::Path) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot make a runtime for the volume provisioner")?;
        let kubeconfig = kubeconfig.to_owned();
        let (stop, stopped) = oneshot::channel();
        let work = move || {
            runtime.block_on(async {
                match client_for(&kubeconfig).await {
                    Ok(client) => tokio::select! {
                        () = provision(&client) => {}
                        () = reclaim(&client) => {}
                        _ = stopped => {}
                    },
                    Err(error) => tracing::error!(error = format!("{error:#}"), "no volumes will be provisioned"),
                }
            });
        };
        let thread = std::thread::Builder::new().name("provisioner".to_owned()).spawn(work)?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Provisioner {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn provision(client: &Client) {
    let claims = watcher(Api::<PersistentVolumeClaim>::all(client.clone()), watcher::Config::default().streaming_lists());
    let mut claims = std::pin::pin!(claims.default_backoff().applied_objects());
    while let Some(event) = claims.next().await {
        match event {
            Ok(claim) => {
                if let Some(volume) = volume_for(&claim) {
                    tokio::spawn(create(Api::all(client.clone()), volume));
                }
            }
            Err(error) => tracing::debug!(%error, "the watch of claims begins anew"),
        }
    }
}

async fn reclaim(client: &Client) {
    let api = Api::<PersistentVolume>::all(client.clone());
    let volumes = watcher(api.clone(), watcher::Config::default().streaming_lists());
    let mut volumes = std::pin::pin!(volumes.default_backoff().applied_objects());
    while let Some(event) = volumes.next().await {
        match event {
            Ok(volume) if is_ours_and_released(&volume) => {
                tokio::spawn(delete(api.clone(), volume));
            }
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "the watch of volumes begins anew"),
        }
    }
}

async fn create(api: Api<PersistentVolume>, volume: PersistentVolume) {
    let mut pause = Duration::from_millis(50);
    for _ in 0..8 {
        match api.create(&PostParams::default(), &volume).await {
            Ok(_) => return,
            // Every change of a claim that is not bound yet brings us here.
            Err(kube::Error::Api(status)) if status.code == 409 => return,
            Err(error) => tracing::warn!(%error, volume = volume.name_any(), "cannot create a volume; trying again"),
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
}

async fn delete(api: Api<PersistentVolume>, volume: PersistentVolume) {
    let only_this = Preconditions { uid: volume.uid(), resource_version: None };
    let params = DeleteParams { preconditions: Some(only_this), ..DeleteParams::default() };
    if let Err(error) = api.delete(&volume.name_any(), &params).await {
        tracing::debug!(%error, volume = volume.name_any(), "the volume was not deleted");
    }
}

/// The volume a claim waits for; `None` when it waits for none of ours.
fn volume_for(claim: &PersistentVolumeClaim) -> Option<PersistentVolume> {
    let spec = claim.spec.as_ref()?;
    let waits = spec.volume_name.is_none() && claim.metadata.deletion_timestamp.is_none();
    if !waits || spec.storage_class_name.as_deref() != Some(STORAGE_CLASS) {
        return None;
    }
    let uid = claim.uid()?;
    let volume = json!({
        "metadata": {
            "name": format!("pvc-{uid}"),
            "annotations": {"pv.kubernetes.io/provisioned-by": PROVISIONER},
        },
        "spec": {
            "accessModes": spec.access_modes,
            "capacity": spec.resources.as_ref()?.requests,
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": claim.namespace(),
                "name": claim.name_any(),
                "uid": uid,
            },
            "hostPath": {"path": format!("/var/lib/berth/{uid}")},
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": STORAGE_CLASS,
            "volumeMode": spec.volume_mode,
        },
    });
    serde_json::from_value(volume).ok()
}

fn is_ours_and_released(volume: &PersistentVolume) -> bool {
    let ours = volume.annotations().get("pv.kubernetes.io/provisioned-by").is_some_and(|by| by == PROVISIONER);
    let phase = volume.status.as_ref().and_then(|status| status.phase.as_deref());
    ours && phase == Some("Released") && volume.metadata.deletion_timestamp.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(class: &str, volume: Option<&str>) -> PersistentVolumeClaim {
        serde_json::from_value(json!({
            "metadata": {"name": "data-0", "namespace": "team", "uid": "7c1e"},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}},
                "storageClassName": class,
                "volumeName": volume,
            },
        }))
        .unwrap()
    }

    #[test]
    fn a_claim_gets_a_volume_that_nobody_else_can_take() {
        let volume = volume_for(&claim(STORAGE_CLASS, None)).unwrap();
        let spec = volume.spec.unwrap();
        let owner = spec.claim_ref.unwrap();
        assert_eq!(owner.uid.as_deref(), Some("7c1e"));
        assert_eq!(owner.name.as_deref(), Some("data-0"));
        assert_eq!(spec.capacity.unwrap()["storage"].0, "1Gi");
    }

    #[test]
    fn a_claim_of_another_class_or_with_a_volume_gets_none() {
        assert!(volume_for(&claim("fast", None)).is_none());
        assert!(volume_for(&claim(STORAGE_CLASS, Some("pvc-7c1e"))).is_none());
    }

    #[test]
    fn only_released_volumes_of_ours_are_deleted() {
        let mut volume = volume_for(&claim(STORAGE_CLASS, None)).unwrap();
        assert!(!is_ours_and_released(&volume));
        volume.status = serde_json::from_value(json!({"phase": "Released"})).unwrap();
        assert!(is_ours_and_released(&volume));
        volume.metadata.annotations = None;
        assert!(!is_ours_and_released(&volume));
    }
}
