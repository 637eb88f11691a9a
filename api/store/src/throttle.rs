//! Failed sign-ins, counted for each account and each address in a row of its own: they survive a restart, and
//! trying other names does not push them out.

use berth_model::time::Timestamp;
use berth_model::{Result, time};
use chrono::TimeDelta;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
};

use crate::connection::{Store, database};
use crate::entity::login_throttle::{ActiveModel, Column, Entity};

/// How many failures are free, and how long the next ones cost.
#[derive(Debug, Clone, Copy)]
pub struct Throttle {
    /// Failures that cost nothing.
    pub free: i64,
    /// What the first one after those costs; each further one costs twice as much.
    pub first: TimeDelta,
    /// What one costs at most.
    pub most: TimeDelta,
    /// After this time without a failure, counting begins anew.
    pub forget: TimeDelta,
}

impl Store {
    /// Until when sign-in is blocked for one of the names, if it is.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn throttle_check(&self, names: &[String]) -> Result<Option<Timestamp>> {
        let blocked = Entity::find()
            .filter(Column::Name.is_in(names))
            .filter(Column::BlockedUntil.gt(time::now()));
        let rows = blocked.all(self.read()).await.map_err(database)?;
        Ok(rows.into_iter().filter_map(|row| row.blocked_until).max())
    }

    /// Counts a failure for each of the names.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn throttle_fail(&self, names: &[String], throttle: Throttle) -> Result<()> {
        let transaction = self.begin().await?;
        let now = time::now();
        for name in names {
            let old = Entity::find_by_id(name.clone())
                .one(&transaction)
                .await
                .map_err(database)?;
            let exists = old.is_some();
            let before = old
                .filter(|row| row.updated_at > now - throttle.forget)
                .map_or(0, |row| row.failures);
            let failures = before + 1;
            let over = u32::try_from(failures - throttle.free).unwrap_or(0);
            let cost = if over == 0 {
                None
            } else {
                let doubled = throttle.first * 2_i32.pow((over - 1).min(20));
                Some(now + doubled.min(throttle.most))
            };
            let row = ActiveModel {
                name: Set(name.clone()),
                failures: Set(failures),
                blocked_until: Set(cost),
                updated_at: Set(now),
            };
            if exists {
                row.update(&transaction).await.map_err(database)?;
            } else {
                row.insert(&transaction).await.map_err(database)?;
            }
        }
        transaction.commit().await.map_err(database)
    }

    /// Forgets the failures of a name: the account has signed in.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn throttle_clear(&self, name: &str) -> Result<()> {
        let transaction = self.begin().await?;
        if let Some(row) = Entity::find_by_id(name.to_owned())
            .one(&transaction)
            .await
            .map_err(database)?
        {
            row.into_active_model().delete(&transaction).await.map_err(database)?;
        }
        transaction.commit().await.map_err(database)
    }
}
