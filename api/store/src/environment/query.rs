//! Reading environments, within a scope.

use berth_model::condition::Phase;
use berth_model::environment::Environment;
use berth_model::id::{EnvironmentId, TeamId, UserId};
use berth_model::permission::Scope;
use berth_model::{Error, Result};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseBackend, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, sea_query::Expr,
};

use crate::connection::{Store, database};
use crate::entity::{environment, team, user};
use crate::page::{Listed, Page};
use crate::row;

/// Which environments.
#[derive(Debug, Clone, Default)]
pub struct EnvironmentFilter {
    /// Of that team.
    pub team: Option<TeamId>,
    /// Asked for by that person.
    pub owner: Option<UserId>,
    /// Of that template, whatever the version.
    pub template: Option<String>,
    /// In that phase. Without it, those that are gone are left out.
    pub phase: Option<Phase>,
    /// With that label.
    pub label: Option<(String, String)>,
}

impl Store {
    /// An environment, gone ones included.
    ///
    /// # Errors
    /// `not_found`: it is missing, or not for the caller to know of.
    pub async fn environment_get(&self, scope: &Scope, id: EnvironmentId) -> Result<Environment> {
        let found = joined(self.read(), id).await?;
        let visible = |environment: &Environment| scope.teams().is_none_or(|teams| teams.contains(&environment.team));
        found.filter(visible).ok_or_else(Error::not_found)
    }

    /// The environments in the scope.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn environment_list(
        &self,
        scope: &Scope,
        filter: &EnvironmentFilter,
        page: Page,
    ) -> Result<Listed<Environment>> {
        use environment::Column;
        let EnvironmentFilter {
            team,
            owner,
            template,
            phase,
            label,
        } = filter;
        let backend = self.read().get_database_backend();
        let query = environment::Entity::find()
            .find_also_related(team::Entity)
            .find_also_related(user::Entity)
            .apply_if(scope.teams(), |query, teams| {
                query.filter(Column::TeamId.is_in(teams.iter().map(|id| id.uuid())))
            })
            .apply_if(*team, |query, team| query.filter(Column::TeamId.eq(team.uuid())))
            .apply_if(*owner, |query, owner| query.filter(Column::OwnerId.eq(owner.uuid())))
            .apply_if(template.as_deref(), |query, template| {
                query.filter(Column::TemplateName.eq(template))
            })
            .apply_if(phase.as_ref(), |query, phase| {
                query.filter(Column::Phase.eq(phase.as_str()))
            })
            .apply_if(phase.is_none().then_some(()), |query, ()| {
                query.filter(Column::DeletedAt.is_null())
            })
            .apply_if(label.as_ref(), |query, (key, value)| {
                query.filter(labelled(backend, key, value))
            })
            .apply_if(page.after, |query, after| query.filter(Column::Id.gt(after)))
            .order_by_asc(Column::Id)
            .limit(page.limit + 1);
        let rows = query.all(self.read()).await.map_err(database)?;
        let found = rows.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(Listed::new(found, page.limit, |environment| environment.id.uuid()))
    }
}

/// The one thing that the two databases say differently: a key of a JSON object.
fn labelled(backend: DatabaseBackend, key: &str, value: &str) -> Expr {
    if backend == DatabaseBackend::Postgres {
        return Expr::cust_with_values("\"environment\".\"labels\" ->> $1 = $2", [key, value]);
    }
    let path = format!("$.\"{key}\"");
    Expr::cust_with_values("\"environment\".\"labels\" ->> ? = ?", [path.as_str(), value])
}

/// An environment with the names of its team and its owner.
pub(crate) async fn joined(on: &impl ConnectionTrait, id: EnvironmentId) -> Result<Option<Environment>> {
    let query = environment::Entity::find_by_id(id.uuid()).find_also_related(team::Entity);
    query
        .find_also_related(user::Entity)
        .one(on)
        .await
        .map_err(database)?
        .map(read)
        .transpose()
}

type Joined = (environment::Model, Option<team::Model>, Option<user::Model>);

fn read((row, team, user): Joined) -> Result<Environment> {
    let (Some(team), Some(user)) = (team, user) else {
        return Err(Error::internal("an environment has no team or no owner"));
    };
    row::environment(row, &team.name, &user.username)
}
