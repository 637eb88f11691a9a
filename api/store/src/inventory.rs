//! The inventory: written by the engine before and after each effect, read by callers within a scope.

use berth_model::id::{EnvironmentId, InventoryId};
use berth_model::inventory::{InventoryObject, ObjectRef, OnDelete};
use berth_model::permission::Scope;
use berth_model::{Result, time};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    sea_query::OnConflict,
};

use crate::connection::{Store, database};
use crate::entity::inventory_object::{ActiveModel, Column, Entity};
use crate::lease::Fence;
use crate::row;

/// An object that is about to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIntent {
    /// The template resource it comes from.
    pub resource: String,
    /// Where it will be.
    pub object: ObjectRef,
    /// Its layer.
    pub layer: i32,
    /// What becomes of it at the end.
    pub on_delete: OnDelete,
}

/// What was found out about an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectUpdate(pub(crate) InventoryObject);

impl ObjectUpdate {
    /// The row as it is to be.
    pub fn of(row: &InventoryObject) -> Self {
        Self(row.clone())
    }
}

impl Store {
    /// Writes intents down, in one transaction, and returns their rows. An object that is in the inventory keeps its
    /// row; its resource, layer and way of deletion become those of the intent.
    ///
    /// # Errors
    /// The lease is no longer ours, or the database cannot be written.
    pub async fn inventory_intend(
        &self,
        fence: &Fence,
        environment: EnvironmentId,
        intents: &[NewIntent],
    ) -> Result<Vec<InventoryObject>> {
        let transaction = self.begin().await?;
        fence.check(&transaction, self.locks_rows()).await?;
        let now = time::now();
        let rows = intents.iter().map(|intent| ActiveModel {
            id: Set(InventoryId::new().uuid()),
            environment_id: Set(environment.uuid()),
            resource: Set(intent.resource.clone()),
            api_version: Set(intent.object.api_version.clone()),
            kind: Set(intent.object.kind.clone()),
            namespace: Set(intent.object.namespace.clone().unwrap_or_default()),
            name: Set(intent.object.name.clone()),
            layer: Set(intent.layer.into()),
            on_delete: Set(intent.on_delete.to_string()),
            uid: Set(None),
            desired_hash: Set(None),
            observed_hash: Set(None),
            ready: Set(false),
            message: Set(String::new()),
            created_at: Set(now),
            updated_at: Set(now),
        });
        let address = [
            Column::EnvironmentId,
            Column::ApiVersion,
            Column::Kind,
            Column::Namespace,
            Column::Name,
        ];
        let known = OnConflict::columns(address)
            .update_columns([Column::Resource, Column::Layer, Column::OnDelete, Column::UpdatedAt])
            .to_owned();
        Entity::insert_many(rows)
            .on_conflict(known)
            .exec_without_returning(&transaction)
            .await
            .map_err(database)?;
        let all = list(&transaction, environment).await?;
        transaction.commit().await.map_err(database)?;
        Ok(all
            .into_iter()
            .filter(|row| intents.iter().any(|intent| intent.object == row.object))
            .collect())
    }

    /// The objects of an environment. The environment must have been read within the scope.
    ///
    /// # Errors
    /// `not_found`; the database cannot be read.
    pub async fn inventory_list(&self, scope: &Scope, environment: EnvironmentId) -> Result<Vec<InventoryObject>> {
        self.environment_get(scope, environment).await?;
        list(self.read(), environment).await
    }
}

/// The inventory of an environment, lowest layer first.
pub(crate) async fn list(on: &impl ConnectionTrait, environment: EnvironmentId) -> Result<Vec<InventoryObject>> {
    let rows = Entity::find().filter(Column::EnvironmentId.eq(environment.uuid()));
    let rows = rows
        .order_by_asc(Column::Layer)
        .order_by_asc(Column::Id)
        .all(on)
        .await
        .map_err(database)?;
    rows.into_iter().map(row::inventory).collect()
}

/// Writes what was found out about an object.
pub(crate) async fn save(on: &impl ConnectionTrait, update: ObjectUpdate) -> Result<()> {
    let InventoryObject {
        id,
        uid,
        desired_hash,
        observed_hash,
        ready,
        message,
        ..
    } = update.0;
    Entity::update_many()
        .col_expr(Column::Uid, uid.into())
        .col_expr(Column::DesiredHash, desired_hash.into())
        .col_expr(Column::ObservedHash, observed_hash.into())
        .col_expr(Column::Ready, ready.into())
        .col_expr(Column::Message, message.into())
        .col_expr(Column::UpdatedAt, time::now().into())
        .filter(Column::Id.eq(id.uuid()))
        .exec(on)
        .await
        .map_err(database)?;
    Ok(())
}

/// Removes the rows of objects that are gone.
pub(crate) async fn remove(on: &impl ConnectionTrait, gone: &[InventoryId]) -> Result<()> {
    if gone.is_empty() {
        return Ok(());
    }
    let rows = Entity::delete_many().filter(Column::Id.is_in(gone.iter().map(|id| id.uuid())));
    rows.exec(on).await.map_err(database)?;
    Ok(())
}
