//! Environments: what is accepted from callers, and what is read back. What the engine records is in `pass`.

mod change;
mod create;
mod query;

pub use change::Change;
pub(crate) use change::{held, put_generation};
pub use create::NewEnvironment;
pub use query::EnvironmentFilter;
pub(crate) use query::joined;

use berth_model::environment::Environment;
use berth_model::event::{EventKind, NewEvent};
use berth_model::id::{OperationId, RevisionId, UserId};
use berth_model::operation::{Operation, OperationKind, OperationState};
use berth_model::{Result, time};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
};
use serde_json::json;

use crate::connection::database;
use crate::entity::{operation, revision};
use crate::{event, row};

/// Writes the revision that the environment now has.
async fn put_revision(on: &impl ConnectionTrait, environment: &Environment, author: UserId) -> Result<()> {
    let row = revision::ActiveModel {
        id: Set(RevisionId::new().uuid()),
        environment_id: Set(environment.id.uuid()),
        number: Set(environment.revision),
        template_name: Set(environment.template.name.clone()),
        template_version: Set(environment.template.version.to_string()),
        parameters: Set(environment.parameters.clone()),
        author_id: Set(author.uuid()),
        created_at: Set(time::now()),
    };
    row.insert(on).await.map_err(database)?;
    Ok(())
}

/// Writes the operation for the environment's generation and its first event. Operations for older generations that
/// have not ended are superseded by it.
async fn put_operation(
    on: &impl ConnectionTrait,
    environment: &Environment,
    kind: OperationKind,
    requested_by: UserId,
) -> Result<Operation> {
    let id = OperationId::new();
    let now = time::now();
    let cause = json!({"reason": "Superseded", "message": format!("a newer operation took its place: {id}")});
    operation::Entity::update_many()
        .col_expr(operation::Column::State, OperationState::Canceled.as_str().into())
        .col_expr(operation::Column::FinishedAt, now.into())
        .col_expr(operation::Column::Cause, cause.into())
        .col_expr(operation::Column::SupersededBy, id.uuid().into())
        .filter(operation::Column::EnvironmentId.eq(environment.id.uuid()))
        .filter(operation::Column::State.is_in([OperationState::Queued.as_str(), OperationState::Running.as_str()]))
        .exec(on)
        .await
        .map_err(database)?;
    let row = operation::ActiveModel {
        id: Set(id.uuid()),
        environment_id: Set(environment.id.uuid()),
        team_id: Set(environment.team.uuid()),
        kind: Set(kind.to_string()),
        state: Set(OperationState::Queued.to_string()),
        generation: Set(environment.generation),
        requested_by: Set(requested_by.uuid()),
        created_at: Set(now),
        started_at: Set(None),
        finished_at: Set(None),
        cause: Set(None),
        superseded_by: Set(None),
    };
    let operation = row::operation(row.insert(on).await.map_err(database)?)?;
    let (kind, message) = match kind {
        OperationKind::Create => (
            EventKind::EnvironmentRequested,
            "the environment was asked for".to_owned(),
        ),
        OperationKind::Update => (EventKind::EnvironmentChanged, "the environment was changed".to_owned()),
        OperationKind::Upgrade => (
            EventKind::EnvironmentChanged,
            format!("the environment was moved to {}", environment.template),
        ),
        OperationKind::Rollback => (
            EventKind::EnvironmentChanged,
            format!("the environment was rolled back to {}", environment.template),
        ),
        OperationKind::Delete => (
            EventKind::EnvironmentDeletionRequested,
            "the environment is to be deleted".to_owned(),
        ),
    };
    event::put(on, environment, Some(id), vec![NewEvent::new(kind, message)]).await?;
    Ok(operation)
}
