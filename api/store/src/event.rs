//! Events: written with what they tell of, read in their order.

use berth_model::environment::Environment;
use berth_model::event::{Event, NewEvent};
use berth_model::id::{EnvironmentId, OperationId};
use berth_model::permission::Scope;
use berth_model::{Result, time};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _,
};

use crate::connection::{Store, database};
use crate::entity::event::{ActiveModel, Column, Entity};
use crate::page::{Listed, Page};
use crate::row;

impl Store {
    /// The events of an environment, oldest first; of one operation only, if one is given.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn event_list(
        &self,
        scope: &Scope,
        environment: EnvironmentId,
        operation: Option<OperationId>,
        page: Page<i64>,
    ) -> Result<Listed<Event, i64>> {
        let query = Entity::find()
            .filter(Column::EnvironmentId.eq(environment.uuid()))
            .apply_if(scope.teams(), |query, teams| {
                query.filter(Column::TeamId.is_in(teams.iter().map(|id| id.uuid())))
            })
            .apply_if(operation, |query, operation| {
                query.filter(Column::OperationId.eq(operation.uuid()))
            })
            .apply_if(page.after, |query, after| query.filter(Column::Sequence.gt(after)))
            .order_by_asc(Column::Sequence)
            .limit(page.limit + 1);
        let rows = query.all(self.read()).await.map_err(database)?;
        let found = rows.into_iter().map(row::event).collect::<Result<Vec<_>>>()?;
        Ok(Listed::new(found, page.limit, |event| event.sequence))
    }
}

/// Writes events of an environment.
pub(crate) async fn put(
    on: &impl ConnectionTrait,
    environment: &Environment,
    operation: Option<OperationId>,
    events: Vec<NewEvent>,
) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let now = time::now();
    let rows = events.into_iter().map(|event| ActiveModel {
        sequence: NotSet,
        environment_id: Set(environment.id.uuid()),
        team_id: Set(environment.team.uuid()),
        operation_id: Set(operation.map(OperationId::uuid)),
        kind: Set(event.kind.to_string()),
        resource: Set(event.resource),
        message: Set(event.message),
        data: Set(event.data),
        at: Set(now),
    });
    Entity::insert_many(rows)
        .exec_without_returning(on)
        .await
        .map_err(database)?;
    Ok(())
}
