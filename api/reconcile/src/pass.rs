//! One pass over one environment: load, then bring it up or take it away.
//!
//! Takes an id and nothing else. Whatever it finds out on the way is in the database or in the cluster before it ends.

use std::sync::Arc;
use std::time::Duration;

use berth_cluster::{Cluster, Kind};
use berth_model::chain;
use berth_model::condition::Desired;
use berth_model::event::NewEvent;
use berth_model::id::EnvironmentId;
use berth_model::inventory::{InventoryObject, ObjectRef};
use berth_store::{Fence, PassRecord, Store};

use crate::converge;
use crate::decide::Sight;
use crate::dismantle;
use crate::engine::Shared;

/// How a pass ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing is left to do until something changes.
    Settled,
    /// The cluster is at it and a watch will tell; `until` is when to look again in any case.
    Waiting {
        /// From now.
        until: Option<Duration>,
    },
    /// Something did not work and may work later; `after` is the wait the other side asked for.
    Retry {
        /// From now.
        after: Option<Duration>,
    },
}

impl Outcome {
    /// The word in the metrics.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Waiting { .. } => "waiting",
            Self::Retry { .. } => "retry",
        }
    }
}

/// What every step of a pass needs.
#[derive(Debug)]
pub(crate) struct Pass {
    pub(crate) shared: Arc<Shared>,
    pub(crate) fence: Fence,
    pub(crate) id: EnvironmentId,
}

/// Makes a pass.
pub(crate) async fn run(shared: Arc<Shared>, fence: Fence, id: EnvironmentId) -> Outcome {
    let pass = Pass { shared, fence, id };
    match pass.dispatch().await {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::warn!(environment = %id, error = chain(&error), "the pass could not be finished");
            Outcome::Retry { after: error.wait() }
        }
    }
}

impl Pass {
    async fn dispatch(&self) -> berth_model::Result<Outcome> {
        let Some(work) = self.store().work_load(self.id).await? else {
            return Ok(Outcome::Settled);
        };
        match work.environment.desired {
            Desired::Absent => dismantle::run(self, work).await,
            Desired::Running | Desired::Asleep => converge::run(self, work).await,
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.shared.config.store
    }

    pub(crate) fn cluster(&self) -> &Cluster {
        &self.shared.config.cluster
    }

    /// What the watches know of an object.
    pub(crate) fn sight(&self, object: &ObjectRef) -> Sight {
        if !berth_cluster::is_watched(&object.kind_of()) {
            return Sight::Unwatched;
        }
        self.cluster()
            .watches()
            .get(object)
            .map_or(Sight::Missing, Sight::There)
    }

    /// Writes down what the pass found, under the fence, and tells the log what a reader of it would miss.
    pub(crate) async fn commit(&self, record: PassRecord) -> berth_model::Result<()> {
        let told = record.events.clone();
        self.store().pass_record(&self.fence, record).await?;
        for NewEvent {
            kind,
            resource,
            message,
            ..
        } in told
        {
            if resource.is_none() {
                tracing::info!(environment = %self.id, event = kind.as_str(), "{message}");
            } else {
                tracing::debug!(environment = %self.id, event = kind.as_str(), resource, "{message}");
            }
        }
        Ok(())
    }

    /// An empty record of this pass.
    pub(crate) fn record(&self, generation: i64) -> PassRecord {
        PassRecord::new(self.id, generation)
    }
}

/// The kind of an object, as the cluster crate names it.
pub(crate) trait KindOf {
    /// Its kind.
    fn kind_of(&self) -> Kind;
}

impl KindOf for ObjectRef {
    fn kind_of(&self) -> Kind {
        Kind {
            api_version: self.api_version.clone(),
            kind: self.kind.clone(),
        }
    }
}

impl KindOf for InventoryObject {
    fn kind_of(&self) -> Kind {
        self.object.kind_of()
    }
}
