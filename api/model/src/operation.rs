//! Operations: one transition of an environment, from accepted to ended.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{EnvironmentId, OperationId, TeamId, UserId};
use crate::role::words;
use crate::time::Timestamp;

words! {
    /// What kind of transition.
    OperationKind {
        /// Bringing it up for the first time.
        Create = "create",
        /// Changing it.
        Update = "update",
        /// Another version of its template.
        Upgrade = "upgrade",
        /// An earlier revision again.
        Rollback = "rollback",
        /// Taking it away.
        Delete = "delete",
    }

    /// How far it is.
    OperationState {
        /// Accepted.
        Queued = "queued",
        /// Being worked on.
        Running = "running",
        /// Done.
        Succeeded = "succeeded",
        /// Cannot be done; the cause says why.
        Failed = "failed",
        /// Ended before it was done: canceled, or superseded by a newer one.
        Canceled = "canceled",
    }
}

impl OperationState {
    /// Whether nothing more will happen to it.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Running => false,
            Self::Succeeded | Self::Failed | Self::Canceled => true,
        }
    }
}

/// Why something did not work: the first cause in dependency order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// One CamelCase word for programs.
    pub reason: String,
    /// A sentence for people. Never a secret.
    pub message: String,
    /// The template resource it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resource: Option<String>,
}

/// One transition as it is recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// The environment.
    pub environment: EnvironmentId,
    /// The team that owns the environment.
    pub team: TeamId,
    /// What kind of transition.
    pub kind: OperationKind,
    /// How far it is.
    pub state: OperationState,
    /// The generation it is for.
    pub generation: i64,
    /// Who asked for it.
    pub requested_by: UserId,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When the engine took it up.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// The first cause, when it failed or was canceled.
    pub cause: Option<Cause>,
    /// The newer operation that took its place, if one did.
    pub superseded_by: Option<OperationId>,
}
