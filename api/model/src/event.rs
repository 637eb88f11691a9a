//! Events: the append-only, numbered timeline. The one source for streams, hooks and metrics.

use serde_json::Value;

use crate::id::{EnvironmentId, OperationId, TeamId};
use crate::role::words;
use crate::time::Timestamp;

words! {
    /// What happened.
    EventKind {
        /// A request to create was accepted.
        EnvironmentRequested = "environment.requested",
        /// A change was accepted.
        EnvironmentChanged = "environment.changed",
        /// A deletion was accepted.
        EnvironmentDeletionRequested = "environment.deletion_requested",
        /// Everything of the generation is ready.
        EnvironmentReady = "environment.ready",
        /// It was ready and is not any more.
        EnvironmentDegraded = "environment.degraded",
        /// It cannot succeed without a change.
        EnvironmentFailed = "environment.failed",
        /// It is gone.
        EnvironmentDeleted = "environment.deleted",
        /// An object was written to the cluster.
        ResourceApplied = "resource.applied",
        /// An object became ready.
        ResourceReady = "resource.ready",
        /// An object was put back the way it should be.
        ResourceHealed = "resource.healed",
        /// An object that is no longer wanted, or is being deleted, is gone.
        ResourceDeleted = "resource.deleted",
        /// Something did not work and will be tried again.
        ResourceRetrying = "resource.retrying",
    }
}

/// Something that happened, not yet numbered.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// What happened.
    pub kind: EventKind,
    /// The template resource it is about, if it is about one.
    pub resource: Option<String>,
    /// A sentence for people. Never a secret.
    pub message: String,
    /// Details for programs: an object. Never a secret.
    pub data: Value,
}

impl NewEvent {
    /// An event about the environment as a whole.
    pub fn new(kind: EventKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            resource: None,
            message: message.into(),
            data: Value::Object(serde_json::Map::new()),
        }
    }

    /// The same event about one resource of the template.
    #[must_use]
    pub fn about(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// The same event with details for programs.
    #[must_use]
    pub fn with(mut self, data: Value) -> Self {
        self.data = data;
        self
    }
}

/// An event as it is recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its number: events of one environment come in the order of their numbers.
    pub sequence: i64,
    /// The environment.
    pub environment: EnvironmentId,
    /// The team that owns the environment.
    pub team: TeamId,
    /// The operation it belongs to, if it belongs to one.
    pub operation: Option<OperationId>,
    /// What happened, to what, in words and in data.
    pub event: NewEvent,
    /// When.
    pub at: Timestamp,
}
