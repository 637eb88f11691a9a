//! The audit log: who did what to what, from where, in the same transaction as the change.

use berth_model::id::{AuditId, UserId};
use berth_model::{Result, time};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, ConnectionTrait};
use serde_json::Value;

use crate::connection::database;
use crate::entity::audit_event;
use crate::idempotency::Intent;

/// Who writes, and for which request.
#[derive(Debug, Clone, Default)]
pub struct Write {
    /// Who, if anybody is signed in.
    pub actor: Option<UserId>,
    /// The address of the request.
    pub address: String,
    /// The request's id, as in its answer and in the log.
    pub request_id: String,
    /// The key of a request that may be sent twice.
    pub idempotency: Option<Intent>,
}

/// One row of the log. `data` must hold no secret.
pub(crate) async fn audit(
    on: &impl ConnectionTrait,
    write: &Write,
    action: &str,
    target: impl std::fmt::Display,
    data: Value,
) -> Result<()> {
    let row = audit_event::ActiveModel {
        id: Set(AuditId::new().uuid()),
        at: Set(time::now()),
        actor: Set(write.actor.map(UserId::uuid)),
        action: Set(action.to_owned()),
        target: Set(target.to_string()),
        outcome: Set("done".to_owned()),
        address: Set(write.address.clone()),
        request_id: Set(write.request_id.clone()),
        data: Set(data),
    };
    row.insert(on).await.map_err(database)?;
    Ok(())
}
