//! `Prefer: wait`: holding an answer until the operation it began has ended, or the time is up.
//!
//! Woken by what the store says has changed, never by a clock: a waiting request costs one read for each change.

use std::time::Duration;

use berth_model::Result;
use berth_model::environment::Environment;
use berth_model::operation::Operation;
use berth_model::permission::{Action, Caller, Scope};
use berth_store::Store;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout_at};

use crate::state::App;

/// The environment as it is when the operation has ended or the time is up, and whether it has ended.
///
/// # Errors
/// `not_found` when the caller may not see it any more.
pub async fn settled(
    app: &App,
    caller: &Caller,
    environment: Environment,
    operation: &Operation,
    wait: Option<Duration>,
) -> Result<(Environment, bool)> {
    let Some(wait) = wait else {
        return Ok((environment, false));
    };
    let scope = caller.scope(Action::EnvironmentRead);
    let done = ended(&app.store, &scope, operation, wait).await?;
    Ok((app.store.environment_get(&scope, environment.id).await?, done))
}

async fn ended(store: &Store, scope: &Scope, operation: &Operation, wait: Duration) -> Result<bool> {
    let until = Instant::now() + wait;
    // Before the first look: what changes in between is then waiting in the channel.
    let mut signals = store.changes();
    loop {
        if store.operation_get(scope, operation.id).await?.state.is_final() {
            return Ok(true);
        }
        loop {
            match timeout_at(until, signals.recv()).await {
                Ok(Ok(changed)) if changed != operation.environment => {}
                Ok(Ok(_) | Err(RecvError::Lagged(_))) => break,
                // Another replica may have ended it without a word to this one: the last look decides.
                Ok(Err(RecvError::Closed)) | Err(_) => {
                    return Ok(store.operation_get(scope, operation.id).await?.state.is_final());
                }
            }
        }
    }
}
