//! Writing objects: the one place where something outside changes because of a plan.
//!
//! Knows how a first creation differs from a change; knows nothing of why an object is wanted.

use berth_cluster::{Cluster, Failure, Live};
use berth_model::id::EnvironmentId;
use berth_model::inventory::InventoryObject;

use crate::failure::Blocked;
use crate::plan::Wanted;
use crate::secret;

/// Writes one object and returns what the cluster made of it.
///
/// `fresh` says that this pass has made the namespace, so that nobody else's object can be in it and nothing needs
/// to be looked at before the first write.
///
/// # Errors
/// What keeps it from being written. No secret value is in it.
pub(crate) async fn write(
    cluster: &Cluster,
    environment: EnvironmentId,
    wanted: &Wanted,
    row: &InventoryObject,
    fresh: bool,
) -> Result<Live, Blocked> {
    let first = row.uid.is_none();
    if wanted.object.namespace.is_none() && !exists(cluster, wanted) {
        return create(cluster, environment, wanted, wanted.manifest.clone()).await;
    }
    if let Some(plan) = wanted.secret.as_ref().filter(|_| first) {
        let filled = secret::fill(&wanted.manifest, plan).map_err(|error| Blocked::internal(wanted, &error))?;
        return create(cluster, environment, wanted, filled).await;
    }
    if first && !fresh {
        let there = cluster
            .get(&wanted.object)
            .await
            .map_err(|failure| Blocked::by(wanted, &failure))?;
        if let Some(live) = there {
            ours(environment, wanted, &live)?;
        }
    }
    cluster
        .apply(&wanted.manifest, &wanted.object)
        .await
        .map_err(|failure| Blocked::by(wanted, &failure))
}

fn exists(cluster: &Cluster, wanted: &Wanted) -> bool {
    cluster.watches().get(&wanted.object).is_some()
}

/// A create, not an apply: `409` means that somebody was there before, and unless that was ourselves before a crash
/// the object is not ours to touch.
async fn create(
    cluster: &Cluster,
    environment: EnvironmentId,
    wanted: &Wanted,
    manifest: serde_json::Value,
) -> Result<Live, Blocked> {
    match cluster.create(&manifest, &wanted.object).await {
        Ok(live) => Ok(live),
        Err(Failure::AlreadyExists) => {
            let there = cluster
                .get(&wanted.object)
                .await
                .map_err(|failure| Blocked::by(wanted, &failure))?;
            let live = there.ok_or_else(|| Blocked::vanished(wanted))?;
            ours(environment, wanted, &live)?;
            Ok(live)
        }
        Err(failure) => Err(Blocked::by(wanted, &failure)),
    }
}

fn ours(environment: EnvironmentId, wanted: &Wanted, live: &Live) -> Result<(), Blocked> {
    match live.environment() {
        Some(id) if id == environment && live.is_going() => Err(Blocked::going(wanted)),
        Some(id) if id == environment => Ok(()),
        _ => Err(Blocked::foreign(wanted)),
    }
}
