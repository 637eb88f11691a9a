//! Teams, who belongs to them, and how much they may have.

use berth_model::account::{Membership, Quota, Team};
use berth_model::id::{TeamId, UserId};
use berth_model::name::TeamName;
use berth_model::permission::Scope;
use berth_model::role::TeamRole;
use berth_model::{Code, Error, FieldError, Result, time};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, ExprTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};
use serde_json::json;

use crate::audit::{Write, audit};
use crate::connection::{Store, database, refused_by};
use crate::entity::{environment, membership, quota, team, user};
use crate::page::{Listed, Page};
use crate::row;

/// How many environments a new team may have.
const ENVIRONMENTS: i64 = 50;

impl Store {
    /// Makes a team; whoever does is its maintainer.
    ///
    /// # Errors
    /// `name_taken`.
    pub async fn team_create(&self, write: &Write, scope: &Scope, name: &TeamName, title: &str) -> Result<Team> {
        let transaction = self.begin().await?;
        let id = TeamId::new();
        let row = team::ActiveModel {
            id: Set(id.uuid()),
            name: Set(name.to_string()),
            title: Set(title.to_owned()),
            version: Set(1),
            created_at: Set(time::now()),
        };
        let row = row.insert(&transaction).await.map_err(|error| {
            if refused_by(&error, "team_name", "team.name") {
                let field = FieldError {
                    pointer: "/name".into(),
                    detail: format!("a team `{name}` exists"),
                };
                Error::new(Code::NameTaken, format!("a team `{name}` exists")).with_fields(vec![field])
            } else {
                database(error)
            }
        })?;
        put_member(&transaction, id, scope.user(), TeamRole::Maintainer).await?;
        let limits = quota::ActiveModel {
            team_id: Set(id.uuid()),
            environments_limit: Set(ENVIRONMENTS),
            environments_used: Set(0),
        };
        limits.insert(&transaction).await.map_err(database)?;
        audit(&transaction, write, scope.action().as_str(), id, json!({"name": name})).await?;
        transaction.commit().await.map_err(database)?;
        row::team(row)
    }

    /// The team of that name, if it is in the scope.
    ///
    /// # Errors
    /// `not_found`: it is missing, or not for the caller to know of.
    pub async fn team_by_name(&self, scope: &Scope, name: &TeamName) -> Result<Team> {
        let mut query = team::Entity::find().filter(team::Column::Name.eq(name.as_str()));
        if let Some(teams) = scope.teams() {
            query = query.filter(team::Column::Id.is_in(teams.iter().map(|team| team.uuid())));
        }
        let row = query.one(self.read()).await.map_err(database)?;
        row::team(row.ok_or_else(Error::not_found)?)
    }

    /// The teams in the scope.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn team_list(&self, scope: &Scope, page: Page) -> Result<Listed<Team>> {
        let mut query = team::Entity::find()
            .order_by_asc(team::Column::Id)
            .limit(page.limit + 1);
        if let Some(teams) = scope.teams() {
            query = query.filter(team::Column::Id.is_in(teams.iter().map(|team| team.uuid())));
        }
        if let Some(after) = page.after {
            query = query.filter(team::Column::Id.gt(after));
        }
        let rows = query.all(self.read()).await.map_err(database)?;
        let teams = rows.into_iter().map(row::team).collect::<Result<Vec<_>>>()?;
        Ok(Listed::new(teams, page.limit, |team| team.id.uuid()))
    }

    /// Gives a team another title. `if_match` is the version it must still have.
    ///
    /// # Errors
    /// `precondition_failed`.
    pub async fn team_update(
        &self,
        write: &Write,
        scope: &Scope,
        id: TeamId,
        title: &str,
        if_match: Option<i64>,
    ) -> Result<Team> {
        let transaction = self.begin().await?;
        let mut update = team::Entity::update_many()
            .col_expr(team::Column::Title, title.into())
            .col_expr(team::Column::Version, Expr::col(team::Column::Version).add(1))
            .filter(team::Column::Id.eq(id.uuid()));
        if let Some(version) = if_match {
            update = update.filter(team::Column::Version.eq(version));
        }
        if update.exec(&transaction).await.map_err(database)?.rows_affected == 0 {
            return Err(Error::new(Code::PreconditionFailed, Code::PreconditionFailed.title()));
        }
        audit(
            &transaction,
            write,
            scope.action().as_str(),
            id,
            json!({"title": title}),
        )
        .await?;
        let row = team::Entity::find_by_id(id.uuid())
            .one(&transaction)
            .await
            .map_err(database)?;
        transaction.commit().await.map_err(database)?;
        row::team(row.ok_or_else(Error::not_found)?)
    }

    /// Deletes a team that owns nothing.
    ///
    /// # Errors
    /// `state_conflict`: it has environments.
    pub async fn team_delete(&self, write: &Write, scope: &Scope, id: TeamId) -> Result<()> {
        let transaction = self.begin().await?;
        let owned = environment::Entity::find().filter(environment::Column::TeamId.eq(id.uuid()));
        let owned = owned
            .filter(environment::Column::DeletedAt.is_null())
            .count(&transaction)
            .await
            .map_err(database)?;
        if owned > 0 {
            return Err(Error::new(
                Code::StateConflict,
                format!("the team still owns environments: {owned} of them"),
            ));
        }
        membership::Entity::delete_many()
            .filter(membership::Column::TeamId.eq(id.uuid()))
            .exec(&transaction)
            .await
            .map_err(database)?;
        quota::Entity::delete_by_id(id.uuid())
            .exec(&transaction)
            .await
            .map_err(database)?;
        // Gone environments keep pointing at it, so the row stays, under a name that nobody can ask for.
        let gone =
            team::Entity::update_many().col_expr(team::Column::Name, format!("deleted-{}", id.uuid().simple()).into());
        gone.filter(team::Column::Id.eq(id.uuid()))
            .exec(&transaction)
            .await
            .map_err(database)?;
        audit(&transaction, write, scope.action().as_str(), id, json!({})).await?;
        transaction.commit().await.map_err(database)
    }

    /// Who belongs to a team. The scope proves that the caller may know.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn member_list(&self, _scope: &Scope, team: TeamId) -> Result<Vec<Membership>> {
        let query = membership::Entity::find().filter(membership::Column::TeamId.eq(team.uuid()));
        let rows = query
            .find_also_related(user::Entity)
            .order_by_asc(membership::Column::UserId)
            .all(self.read())
            .await;
        let known = rows
            .map_err(database)?
            .into_iter()
            .filter_map(|(row, user)| Some((row, user?)));
        known.map(|(row, user)| member(row, &user.username)).collect()
    }

    /// Gives somebody a role in a team.
    ///
    /// # Errors
    /// `state_conflict`: the team would have no maintainer.
    pub async fn member_put(
        &self,
        write: &Write,
        scope: &Scope,
        team: TeamId,
        user: UserId,
        role: TeamRole,
    ) -> Result<()> {
        let transaction = self.begin().await?;
        put_member(&transaction, team, user, role).await?;
        keep_a_maintainer(&transaction, team).await?;
        let data = json!({"user": user, "role": role});
        audit(&transaction, write, scope.action().as_str(), team, data).await?;
        transaction.commit().await.map_err(database)
    }

    /// Takes somebody out of a team. False when they were not in it.
    ///
    /// # Errors
    /// `state_conflict`: the team would have no maintainer.
    pub async fn member_remove(&self, write: &Write, scope: &Scope, team: TeamId, user: UserId) -> Result<bool> {
        let transaction = self.begin().await?;
        let gone = membership::Entity::delete_by_id((team.uuid(), user.uuid()))
            .exec(&transaction)
            .await
            .map_err(database)?;
        if gone.rows_affected == 0 {
            return Ok(false);
        }
        keep_a_maintainer(&transaction, team).await?;
        audit(
            &transaction,
            write,
            scope.action().as_str(),
            team,
            json!({"removed": user}),
        )
        .await?;
        transaction.commit().await.map_err(database)?;
        Ok(true)
    }

    /// What a team may have and has. The scope proves that the caller may know.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn quota_get(&self, _scope: &Scope, team: TeamId) -> Result<Quota> {
        let row = quota::Entity::find_by_id(team.uuid())
            .one(self.read())
            .await
            .map_err(database)?;
        let quota::Model {
            team_id: _,
            environments_limit,
            environments_used,
        } = row.ok_or_else(Error::not_found)?;
        Ok(Quota {
            environments_limit,
            environments_used,
        })
    }

    /// Sets how many environments a team may have. Fewer than it has is allowed and keeps it from having more.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn quota_set(&self, write: &Write, scope: &Scope, team: TeamId, environments: i64) -> Result<Quota> {
        let transaction = self.begin().await?;
        let update = quota::Entity::update_many().col_expr(quota::Column::EnvironmentsLimit, environments.into());
        update
            .filter(quota::Column::TeamId.eq(team.uuid()))
            .exec(&transaction)
            .await
            .map_err(database)?;
        audit(
            &transaction,
            write,
            scope.action().as_str(),
            team,
            json!({"environments": environments}),
        )
        .await?;
        transaction.commit().await.map_err(database)?;
        self.quota_get(scope, team).await
    }
}

fn member(row: membership::Model, username: &str) -> Result<Membership> {
    let membership::Model {
        team_id,
        user_id,
        role,
        created_at,
    } = row;
    let role = row::word("role", &role, TeamRole::from_word)?;
    Ok(Membership {
        team: team_id.into(),
        user: user_id.into(),
        username: row::username(username)?,
        role,
        created_at,
    })
}

async fn put_member(on: &impl ConnectionTrait, team: TeamId, user: UserId, role: TeamRole) -> Result<()> {
    let row = membership::ActiveModel {
        team_id: Set(team.uuid()),
        user_id: Set(user.uuid()),
        role: Set(role.to_string()),
        created_at: Set(time::now()),
    };
    let conflict = OnConflict::columns([membership::Column::TeamId, membership::Column::UserId])
        .update_column(membership::Column::Role)
        .to_owned();
    membership::Entity::insert(row)
        .on_conflict(conflict)
        .exec_without_returning(on)
        .await
        .map_err(database)?;
    Ok(())
}

async fn keep_a_maintainer(on: &impl ConnectionTrait, team: TeamId) -> Result<()> {
    let maintainers = membership::Entity::find()
        .filter(membership::Column::TeamId.eq(team.uuid()))
        .filter(membership::Column::Role.eq(TeamRole::Maintainer.as_str()));
    match maintainers.count(on).await.map_err(database)? {
        0 => Err(Error::new(Code::StateConflict, "the team would have no maintainer")),
        _ => Ok(()),
    }
}
