//! The floor: a client that knows nothing, applies everything at once, and waits for readiness by watch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use futures::{StreamExt as _, TryStreamExt as _};
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use kube::Api;
use kube::api::{DynamicObject, Patch, PatchParams};
use kube::runtime::{WatchStreamExt as _, watcher};
use tokio::sync::watch;

use super::manifest::{Manifest, NAMESPACE};

/// How long a set of environments may take.
const PATIENCE: Duration = Duration::from_mins(2);
/// How many environments are applied at once, and how many objects of each.
const AT_ONCE: usize = 32;
const OBJECTS_AT_ONCE: usize = 32;

/// Which workloads are ready: `namespace/kind/name`.
type Ready = BTreeSet<String>;

/// The bare client.
pub struct Floor {
    client: kube::Client,
    manifests: Arc<Vec<Manifest>>,
    ready: watch::Receiver<Ready>,
    made: AtomicUsize,
}

impl Floor {
    /// Starts its two watches.
    pub fn new(client: kube::Client, manifests: Vec<Manifest>) -> Self {
        let (sender, ready) = watch::channel(Ready::new());
        let deployments = watcher(Api::<Deployment>::all(client.clone()), watcher::Config::default())
            .default_backoff()
            .applied_objects()
            .map_ok(|object| {
                let status = object.status.unwrap_or_default();
                let wanted = object.spec.and_then(|spec| spec.replicas).unwrap_or(1);
                let ready = status.observed_generation == object.metadata.generation
                    && status.updated_replicas == Some(wanted)
                    && status.available_replicas == Some(wanted);
                (object.metadata, "Deployment", ready)
            });
        let sets = watcher(Api::<StatefulSet>::all(client.clone()), watcher::Config::default())
            .default_backoff()
            .applied_objects()
            .map_ok(|object| {
                let status = object.status.unwrap_or_default();
                let wanted = object.spec.and_then(|spec| spec.replicas).unwrap_or(1);
                let ready =
                    status.observed_generation == object.metadata.generation && status.ready_replicas == Some(wanted);
                (object.metadata, "StatefulSet", ready)
            });
        let mut changes = futures::stream::select(deployments.boxed(), sets.boxed());
        tokio::spawn(async move {
            while let Some(change) = changes.next().await {
                let Ok((metadata, kind, ready)) = change else { continue };
                let (namespace, name) = (
                    metadata.namespace.unwrap_or_default(),
                    metadata.name.unwrap_or_default(),
                );
                let key = format!("{namespace}/{kind}/{name}");
                sender.send_if_modified(|known| if ready { known.insert(key) } else { known.remove(&key) });
            }
        });
        Self {
            client,
            manifests: Arc::new(manifests),
            ready,
            made: AtomicUsize::new(0),
        }
    }

    /// How many objects an environment has, by kind.
    pub fn objects(&self) -> BTreeMap<String, usize> {
        let mut kinds = BTreeMap::new();
        for manifest in self.manifests.iter() {
            *kinds.entry(manifest.kind.kind.clone()).or_default() += 1;
        }
        kinds
    }

    /// Makes that many at once; how long it took until all were ready.
    pub async fn environments(&self, count: usize) -> Result<Duration> {
        let first = self.made.fetch_add(count, Ordering::Relaxed);
        let namespaces: Vec<_> = (first..first + count).map(|n| format!("floor-{n}")).collect();
        let began = Instant::now();
        futures::stream::iter(&namespaces)
            .map(|namespace| self.apply(namespace))
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<_>>()
            .await?;
        let wanted: Ready = namespaces
            .iter()
            .flat_map(|namespace| self.workloads(namespace))
            .collect();
        let mut ready = self.ready.clone();
        let all = ready.wait_for(|ready| wanted.is_subset(ready));
        tokio::time::timeout(PATIENCE, all)
            .await
            .context("the floor's environments do not become ready")??;
        Ok(began.elapsed())
    }

    fn workloads(&self, namespace: &str) -> Vec<String> {
        let workloads = self
            .manifests
            .iter()
            .filter(|manifest| matches!(manifest.kind.kind.as_str(), "Deployment" | "StatefulSet"));
        let key = |manifest: &Manifest| format!("{namespace}/{}/{}", manifest.kind.kind, manifest.name);
        workloads.map(key).collect()
    }

    /// The namespace, then everything in it at once.
    async fn apply(&self, namespace: &str) -> Result<()> {
        let mut manifests = self.manifests.iter();
        let first = manifests.next().context("there is no namespace to begin with")?;
        self.apply_one(first, namespace).await?;
        futures::stream::iter(manifests)
            .map(|manifest| self.apply_one(manifest, namespace))
            .buffer_unordered(OBJECTS_AT_ONCE)
            .try_collect::<Vec<_>>()
            .await?;
        Ok(())
    }

    async fn apply_one(&self, manifest: &Manifest, namespace: &str) -> Result<()> {
        let api: Api<DynamicObject> = if manifest.kind.kind == "Namespace" {
            Api::all_with(self.client.clone(), &manifest.kind)
        } else {
            Api::namespaced_with(self.client.clone(), namespace, &manifest.kind)
        };
        let object: serde_json::Value = serde_json::from_str(&manifest.text.replace(NAMESPACE, namespace))?;
        let params = PatchParams::apply("floor").force();
        let name = manifest.name.replace(NAMESPACE, namespace);
        let applied = api.patch(&name, &params, &Patch::Apply(&object)).await;
        applied
            .map(drop)
            .with_context(|| format!("{} {name}", manifest.kind.kind))
    }
}
