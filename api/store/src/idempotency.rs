//! Requests that may be sent twice: the answer is kept with the change, in its transaction, for a day.

use berth_model::id::UserId;
use berth_model::{Code, Error, Result, time};
use chrono::TimeDelta;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use serde_json::Value;

use crate::connection::{Store, database};
use crate::entity::idempotency_key::{ActiveModel, Column, Entity};

/// The key a caller sent, and what it was sent with.
#[derive(Debug, Clone)]
pub struct Intent {
    /// Whose key it is.
    pub user: UserId,
    /// The key.
    pub key: String,
    /// Digest of method, path and body.
    pub fingerprint: String,
}

/// The answer that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Where the resource is.
    pub location: String,
    /// Its entity tag.
    pub etag: String,
    /// The document.
    pub body: Value,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Begin {
    /// Nothing: go on.
    Fresh,
    /// The same request was answered like this.
    Replay(Box<Answer>),
    /// The key belongs to another request.
    Mismatch,
}

impl Store {
    /// Looks a key up.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn idempotency_begin(&self, intent: &Intent) -> Result<Begin> {
        let row = Entity::find_by_id((intent.user.uuid(), intent.key.clone()));
        let fresh = row.filter(Column::CreatedAt.gt(time::now() - TimeDelta::hours(24)));
        let Some(row) = fresh.one(self.read()).await.map_err(database)? else {
            return Ok(Begin::Fresh);
        };
        if row.fingerprint != intent.fingerprint {
            return Ok(Begin::Mismatch);
        }
        let status = u16::try_from(row.status).unwrap_or(200);
        Ok(Begin::Replay(Box::new(Answer {
            status,
            location: row.location,
            etag: row.etag,
            body: row.body,
        })))
    }
}

/// Keeps the answer. Of two requests with one key at the same time, the second one to get here is refused, and with
/// it everything else that its transaction did.
pub(crate) async fn keep(on: &impl ConnectionTrait, intent: &Intent, answer: Answer) -> Result<()> {
    let now = time::now();
    let old = Entity::delete_by_id((intent.user.uuid(), intent.key.clone()));
    old.filter(Column::CreatedAt.lte(now - TimeDelta::hours(24)))
        .exec(on)
        .await
        .map_err(database)?;
    let row = ActiveModel {
        user_id: Set(intent.user.uuid()),
        key: Set(intent.key.clone()),
        fingerprint: Set(intent.fingerprint.clone()),
        status: Set(answer.status.into()),
        location: Set(answer.location),
        etag: Set(answer.etag),
        body: Set(answer.body),
        created_at: Set(now),
    };
    match Entity::insert(row).exec_without_returning(on).await {
        Ok(_) => Ok(()),
        Err(error) if matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_))) => Err(
            Error::new(Code::IdempotencyInProgress, Code::IdempotencyInProgress.title()),
        ),
        Err(error) => Err(database(error)),
    }
}
