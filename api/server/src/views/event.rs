//! Events as they are shown: the numbered timeline of an environment.

use berth_model::event::{self, EventKind, NewEvent};
use berth_model::id::{EnvironmentId, OperationId};
use berth_model::time::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Something that happened.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Its number: events of one environment come in the order of their numbers, with gaps.
    pub sequence: i64,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// The environment.
    pub environment: EnvironmentId,
    /// The operation it belongs to, if it belongs to one.
    #[schema(required)]
    pub operation: Option<OperationId>,
    /// The template resource it is about, if it is about one.
    #[schema(required)]
    pub resource: Option<String>,
    /// A sentence for people.
    pub message: String,
    /// Details for programs.
    #[schema(value_type = Object)]
    pub data: Value,
    /// When.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: Timestamp,
}

impl From<event::Event> for Event {
    fn from(event: event::Event) -> Self {
        let event::Event {
            sequence,
            environment,
            team: _,
            operation,
            event,
            at,
        } = event;
        let NewEvent {
            kind,
            resource,
            message,
            data,
        } = event;
        Self {
            sequence,
            kind,
            environment,
            operation,
            resource,
            message,
            data,
            at,
        }
    }
}
