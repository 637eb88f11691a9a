//! Leases: one replica at a time runs the engine, and every write of it proves that it still does.

use std::time::Duration;

use berth_model::{Code, Error, Result, time};
use chrono::TimeDelta;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QuerySelect as _,
};

use crate::connection::{Store, database};
use crate::entity::lease::{ActiveModel, Column, Entity};

/// Proof of having held the lease since an epoch. Its writes are refused when a later epoch has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// The lease's name.
    pub name: String,
    /// Counts the holders.
    pub epoch: i64,
}

impl Store {
    /// Takes the lease when it is free, has expired, or nobody else can be there because the database is embedded.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn lease_acquire(&self, name: &str, holder: &str, ttl: Duration) -> Result<Option<Fence>> {
        let transaction = self.begin().await?;
        let now = time::now();
        let mut query = Entity::find_by_id(name.to_owned());
        if self.locks_rows() {
            query = query.lock_exclusive();
        }
        let old = query.one(&transaction).await.map_err(database)?;
        let held = old
            .as_ref()
            .is_some_and(|lease| lease.expires_at > now && lease.holder != holder);
        if held && !self.is_embedded() {
            return Ok(None);
        }
        let epoch = old.as_ref().map_or(0, |lease| lease.epoch) + 1;
        let row = ActiveModel {
            name: Set(name.to_owned()),
            holder: Set(holder.to_owned()),
            epoch: Set(epoch),
            expires_at: Set(now + span(ttl)),
        };
        let written = match old {
            Some(_) => row.update(&transaction).await.map(drop),
            None => row.insert(&transaction).await.map(drop),
        };
        match written {
            // Another replica was first.
            Err(error) if matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_))) => Ok(None),
            Err(error) => Err(database(error)),
            Ok(()) => {
                transaction.commit().await.map_err(database)?;
                Ok(Some(Fence {
                    name: name.to_owned(),
                    epoch,
                }))
            }
        }
    }

    /// Holds the lease for longer. False when it went to another replica.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn lease_renew(&self, fence: &Fence, ttl: Duration) -> Result<bool> {
        self.lease_until(fence, time::now() + span(ttl)).await
    }

    /// Gives the lease back, if it is still ours.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn lease_release(&self, fence: &Fence) -> Result<()> {
        self.lease_until(fence, time::now()).await.map(drop)
    }

    async fn lease_until(&self, fence: &Fence, until: time::Timestamp) -> Result<bool> {
        let transaction = self.begin().await?;
        let update = Entity::update_many()
            .col_expr(Column::ExpiresAt, until.into())
            .filter(Column::Name.eq(&fence.name))
            .filter(Column::Epoch.eq(fence.epoch));
        let ours = update.exec(&transaction).await.map_err(database)?.rows_affected == 1;
        transaction.commit().await.map_err(database)?;
        Ok(ours)
    }
}

impl Fence {
    /// Refuses what comes after the lease was lost. Inside the transaction of the write itself; where there are
    /// several writers, nobody can take the lease before that transaction ends.
    pub(crate) async fn check(&self, on: &impl ConnectionTrait, locks_rows: bool) -> Result<()> {
        let mut query = Entity::find_by_id(self.name.clone());
        if locks_rows {
            query = query.lock_shared();
        }
        let lease = query.one(on).await.map_err(database)?;
        if lease.is_some_and(|lease| lease.epoch == self.epoch) {
            Ok(())
        } else {
            Err(Error::new(
                Code::StateConflict,
                "the engine's lease went to another replica",
            ))
        }
    }
}

fn span(ttl: Duration) -> TimeDelta {
    TimeDelta::from_std(ttl).unwrap_or(TimeDelta::MAX)
}
