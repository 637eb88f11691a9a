//! Operations as they are shown: one transition of an environment, with its steps.

use berth_model::id::{EnvironmentId, OperationId, UserId};
use berth_model::operation::{self, Cause, OperationKind, OperationState};
use berth_model::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::views::event::Event;

/// One transition of an environment, from accepted to ended.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Its id; its address is `/operations/{id}`.
    pub id: OperationId,
    /// The environment.
    pub environment: EnvironmentId,
    /// What kind of transition.
    pub kind: OperationKind,
    /// How far it is. `succeeded`, `failed` and `canceled` are final.
    pub state: OperationState,
    /// The generation of the environment that it is for.
    pub generation: i64,
    /// Who asked for it.
    pub requested_by: UserId,
    /// When it was accepted.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub created_at: Timestamp,
    /// When work on it began.
    #[schema(required, value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(required, value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub finished_at: Option<Timestamp>,
    /// The first cause, when it failed or was canceled.
    #[schema(required)]
    pub cause: Option<Cause>,
    /// The newer operation that took its place, if one did.
    #[schema(required)]
    pub superseded_by: Option<OperationId>,
}

impl From<operation::Operation> for Operation {
    fn from(operation: operation::Operation) -> Self {
        let operation::Operation {
            id,
            environment,
            team: _,
            kind,
            state,
            generation,
            requested_by,
            created_at,
            started_at,
            finished_at,
            cause,
            superseded_by,
        } = operation;
        Self {
            id,
            environment,
            kind,
            state,
            generation,
            requested_by,
            created_at,
            started_at,
            finished_at,
            cause,
            superseded_by,
        }
    }
}

/// An operation with what has happened in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperationDetail {
    /// The operation.
    #[serde(flatten)]
    pub operation: Operation,
    /// What has happened in it so far, oldest first: its first 200 events. All are under the environment's `events`.
    pub steps: Vec<Event>,
}
