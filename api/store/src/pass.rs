//! What a pass found out, written in one transaction that only the holder of the lease can make.

use std::collections::BTreeMap;

use berth_model::condition::Condition;
use berth_model::environment::{Environment, Output};
use berth_model::event::NewEvent;
use berth_model::id::{EnvironmentId, InventoryId, OperationId, TeamId};
use berth_model::operation::{Cause, OperationState};
use berth_model::{Error, Result, time};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, ExprTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::Expr,
};

use crate::connection::{Store, database};
use crate::entity::{environment, operation, quota};
use crate::environment::joined;
use crate::inventory::{self, ObjectUpdate};
use crate::lease::Fence;
use crate::{event, row};

/// How an operation ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperationEnd {
    /// Done.
    Succeeded,
    /// Cannot be done.
    Failed(Cause),
}

/// What a pass found out. Empty, it writes nothing.
#[derive(Debug, Clone, Default)]
pub struct PassRecord {
    environment: Option<EnvironmentId>,
    generation: i64,
    /// The conditions as they are now.
    pub conditions: Option<Vec<Condition>>,
    /// The outputs as they are now.
    pub outputs: Option<BTreeMap<String, Output>>,
    /// The generation that the pass was over.
    pub observed_generation: Option<i64>,
    /// What was found out about objects.
    pub objects: Vec<ObjectUpdate>,
    /// Objects that are gone.
    pub gone: Vec<InventoryId>,
    /// What happened.
    pub events: Vec<NewEvent>,
    /// The operation that ended, and how.
    pub operation: Option<(OperationId, OperationEnd)>,
    /// The environment is gone.
    pub deleted: bool,
}

impl PassRecord {
    /// The record of a pass over that generation of an environment.
    pub fn new(environment: EnvironmentId, generation: i64) -> Self {
        Self {
            environment: Some(environment),
            generation,
            ..Self::default()
        }
    }

    fn changes_environment(&self) -> bool {
        self.conditions.is_some() || self.outputs.is_some() || self.observed_generation.is_some() || self.deleted
    }

    fn is_empty(&self) -> bool {
        !self.changes_environment()
            && self.objects.is_empty()
            && self.gone.is_empty()
            && self.events.is_empty()
            && self.operation.is_none()
    }
}

impl Store {
    /// Writes what a pass found out.
    ///
    /// When the intent has changed meanwhile, what was found out about the older generation is written all the same
    /// (each condition says which generation it is about); the operation of the newer one is untouched.
    ///
    /// # Errors
    /// The lease is no longer ours, or the database cannot be written.
    pub async fn pass_record(&self, fence: &Fence, record: PassRecord) -> Result<()> {
        let Some(id) = record.environment.filter(|_| !record.is_empty()) else {
            return Ok(());
        };
        let transaction = self.begin().await?;
        fence.check(&transaction, self.locks_rows()).await?;
        if self.locks_rows() {
            // A request may change the intent at the same time; the version counts both.
            let row = environment::Entity::find_by_id(id.uuid())
                .lock_exclusive()
                .one(&transaction)
                .await;
            row.map_err(database)?;
        }
        let before = joined(&transaction, id)
            .await?
            .ok_or_else(|| Error::internal("the environment has no row"))?;
        for update in record.objects.iter().cloned() {
            inventory::save(&transaction, update).await?;
        }
        inventory::remove(&transaction, &record.gone).await?;
        let operation = match &record.operation {
            Some((operation, _)) => Some(*operation),
            None => current_operation(&transaction, id, record.generation).await?,
        };
        if let Some((operation, end)) = &record.operation {
            finish(&transaction, *operation, end).await?;
        }
        if record.changes_environment() {
            save(&transaction, before.clone(), &record).await?;
        }
        if record.deleted {
            release(&transaction, before.team).await?;
        }
        event::put(&transaction, &before, operation, record.events).await?;
        transaction.commit().await.map_err(database)?;
        self.signal_change(id);
        Ok(())
    }
}

async fn current_operation(
    on: &impl ConnectionTrait,
    environment: EnvironmentId,
    generation: i64,
) -> Result<Option<OperationId>> {
    let unfinished = [OperationState::Queued.as_str(), OperationState::Running.as_str()];
    let row = operation::Entity::find()
        .filter(operation::Column::EnvironmentId.eq(environment.uuid()))
        .filter(operation::Column::Generation.eq(generation))
        .filter(operation::Column::State.is_in(unfinished));
    Ok(row.one(on).await.map_err(database)?.map(|row| row.id.into()))
}

async fn save(on: &impl ConnectionTrait, before: Environment, record: &PassRecord) -> Result<()> {
    use environment::Column;
    let now = time::now();
    let after = Environment {
        conditions: record.conditions.clone().unwrap_or(before.conditions),
        outputs: record.outputs.clone().unwrap_or(before.outputs),
        observed_generation: record.observed_generation.unwrap_or(before.observed_generation),
        deleted_at: if record.deleted { Some(now) } else { before.deleted_at },
        ..before
    };
    environment::Entity::update_many()
        .col_expr(Column::Conditions, row::json(&after.conditions)?.into())
        .col_expr(Column::Outputs, row::json(&after.outputs)?.into())
        .col_expr(Column::ObservedGeneration, after.observed_generation.into())
        .col_expr(Column::DeletedAt, after.deleted_at.into())
        .col_expr(Column::Phase, after.phase().as_str().into())
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::UpdatedAt, now.into())
        .filter(Column::Id.eq(after.id.uuid()))
        .exec(on)
        .await
        .map_err(database)?;
    Ok(())
}

async fn finish(on: &impl ConnectionTrait, id: OperationId, end: &OperationEnd) -> Result<()> {
    use operation::Column;
    let (state, cause) = match end {
        OperationEnd::Succeeded => (OperationState::Succeeded, None),
        OperationEnd::Failed(cause) => (OperationState::Failed, Some(row::json(cause)?)),
    };
    // One that was superseded meanwhile stays as it is.
    operation::Entity::update_many()
        .col_expr(Column::State, state.as_str().into())
        .col_expr(Column::Cause, cause.into())
        .col_expr(Column::FinishedAt, time::now().into())
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::State.is_in([OperationState::Queued.as_str(), OperationState::Running.as_str()]))
        .exec(on)
        .await
        .map_err(database)?;
    Ok(())
}

/// Gives the environment's place in the quota back.
async fn release(on: &impl ConnectionTrait, team: TeamId) -> Result<()> {
    let update = quota::Entity::update_many()
        .col_expr(
            quota::Column::EnvironmentsUsed,
            Expr::col(quota::Column::EnvironmentsUsed).sub(1),
        )
        .filter(quota::Column::TeamId.eq(team.uuid()));
    update.exec(on).await.map_err(database)?;
    Ok(())
}
