//! Operations: reading one, with its steps.

use berth_model::Result;
use berth_model::event::Event;
use berth_model::id::OperationId;
use berth_model::operation::Operation;
use berth_model::permission::{Action, Caller};
use berth_store::Page;

use crate::state::App;

/// How many steps are shown with an operation.
const STEPS: u64 = 200;

/// An operation and its first steps, oldest first.
///
/// # Errors
/// `not_found`.
pub async fn get(app: &App, caller: &Caller, id: OperationId) -> Result<(Operation, Vec<Event>)> {
    let scope = caller.scope(Action::EnvironmentRead);
    let operation = app.store.operation_get(&scope, id).await?;
    let page = Page {
        limit: STEPS,
        after: None,
    };
    let steps = app
        .store
        .event_list(&scope, operation.environment, Some(id), page)
        .await?;
    Ok((operation, steps.items))
}
