//! What the engine works on.

use berth_model::Result;
use berth_model::environment::Environment;
use berth_model::id::{EnvironmentId, OperationId};
use berth_model::inventory::InventoryObject;
use berth_model::operation::{Operation, OperationState};
use berth_model::time;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::connection::{Store, database};
use crate::entity::{environment, operation};
use crate::environment::joined;
use crate::inventory;
use crate::lease::Fence;
use crate::row;

/// An environment and everything that a pass over it needs.
#[derive(Debug, Clone)]
pub struct Work {
    /// Its intent and what was observed.
    pub environment: Environment,
    /// The operation of its present generation, if that has not ended.
    pub operation: Option<Operation>,
    /// Its objects.
    pub inventory: Vec<InventoryObject>,
}

impl Store {
    /// Every environment that is not gone, oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn environments_live(&self) -> Result<Vec<EnvironmentId>> {
        use environment::Column;
        let ids = environment::Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::DeletedAt.is_null());
        let ids: Vec<uuid::Uuid> = ids
            .order_by_asc(Column::Id)
            .into_tuple()
            .all(self.read())
            .await
            .map_err(database)?;
        Ok(ids.into_iter().map(Into::into).collect())
    }

    /// What a pass over the environment needs; nothing when it is gone.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn work_load(&self, id: EnvironmentId) -> Result<Option<Work>> {
        let environment = joined(self.read(), id).await?;
        let Some(environment) = environment.filter(|environment| environment.deleted_at.is_none()) else {
            return Ok(None);
        };
        let unfinished = [OperationState::Queued.as_str(), OperationState::Running.as_str()];
        let operation = operation::Entity::find()
            .filter(operation::Column::EnvironmentId.eq(id.uuid()))
            .filter(operation::Column::Generation.eq(environment.generation))
            .filter(operation::Column::State.is_in(unfinished));
        let operation = operation
            .one(self.read())
            .await
            .map_err(database)?
            .map(row::operation)
            .transpose()?;
        let inventory = inventory::list(self.read(), id).await?;
        Ok(Some(Work {
            environment,
            operation,
            inventory,
        }))
    }

    /// Notes that an operation was taken up.
    ///
    /// # Errors
    /// The lease is no longer ours, or the database cannot be written.
    pub async fn operation_start(&self, fence: &Fence, id: OperationId) -> Result<()> {
        use operation::Column;
        let transaction = self.begin().await?;
        fence.check(&transaction, self.locks_rows()).await?;
        let update = operation::Entity::update_many()
            .col_expr(Column::State, OperationState::Running.as_str().into())
            .col_expr(Column::StartedAt, time::now().into())
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::State.eq(OperationState::Queued.as_str()));
        update.exec(&transaction).await.map_err(database)?;
        transaction.commit().await.map_err(database)
    }
}
