//! Reading operations, within a scope.

use berth_model::id::{EnvironmentId, OperationId};
use berth_model::operation::Operation;
use berth_model::permission::Scope;
use berth_model::{Error, Result};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
};

use crate::connection::{Store, database};
use crate::entity::operation::{Column, Entity};
use crate::page::{Listed, Page};
use crate::row;

impl Store {
    /// An operation.
    ///
    /// # Errors
    /// `not_found`: it is missing, or not for the caller to know of.
    pub async fn operation_get(&self, scope: &Scope, id: OperationId) -> Result<Operation> {
        let query = Entity::find_by_id(id.uuid());
        let query = query.apply_if(scope.teams(), |query, teams| {
            query.filter(Column::TeamId.is_in(teams.iter().map(|id| id.uuid())))
        });
        row::operation(
            query
                .one(self.read())
                .await
                .map_err(database)?
                .ok_or_else(Error::not_found)?,
        )
    }

    /// The operations of an environment, oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn operation_list(
        &self,
        scope: &Scope,
        environment: EnvironmentId,
        page: Page,
    ) -> Result<Listed<Operation>> {
        let query = Entity::find()
            .filter(Column::EnvironmentId.eq(environment.uuid()))
            .apply_if(scope.teams(), |query, teams| {
                query.filter(Column::TeamId.is_in(teams.iter().map(|id| id.uuid())))
            })
            .apply_if(page.after, |query, after| query.filter(Column::Id.gt(after)))
            .order_by_asc(Column::Id)
            .limit(page.limit + 1);
        let rows = query.all(self.read()).await.map_err(database)?;
        let found = rows.into_iter().map(row::operation).collect::<Result<Vec<_>>>()?;
        Ok(Listed::new(found, page.limit, |operation| operation.id.uuid()))
    }
}
