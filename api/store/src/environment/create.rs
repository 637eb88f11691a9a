//! Creating an environment: environment, revision, quota, operation, event, audit row and the kept answer together.

use std::collections::BTreeMap;

use berth_model::condition::{Desired, Phase};
use berth_model::environment::{Environment, Source, TemplateRef};
use berth_model::id::{EnvironmentId, TeamId};
use berth_model::name::EnvironmentName;
use berth_model::operation::{Operation, OperationKind};
use berth_model::permission::Scope;
use berth_model::{Code, Error, FieldError, Result, time};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, ExprTrait as _, QueryFilter as _,
    sea_query::Expr,
};
use serde_json::{Value, json};

use super::{joined, put_operation, put_revision};
use crate::audit::{Write, audit};
use crate::connection::{Store, database, refused_by};
use crate::entity::{environment, quota};
use crate::idempotency::{self, Answer};
use crate::row;

/// An environment that is asked for.
#[derive(Debug, Clone)]
pub struct NewEnvironment {
    /// The team that is to own it.
    pub team: TeamId,
    /// Its name.
    pub name: EnvironmentName,
    /// What it is made from.
    pub template: TemplateRef,
    /// The parameters with defaults applied.
    pub parameters: Value,
    /// The caller's own labels.
    pub labels: BTreeMap<String, String>,
    /// The cluster.
    pub cluster: String,
    /// The namespace, derived.
    pub namespace: String,
    /// Where the request came from.
    pub source: Option<Source>,
}

impl Store {
    /// Accepts an environment. `answer` makes the document that a repeated request gets.
    ///
    /// # Errors
    /// `name_taken`, `quota_exceeded`. Nothing is written then.
    pub async fn environment_create(
        &self,
        write: &Write,
        scope: &Scope,
        new: NewEnvironment,
        answer: impl FnOnce(&Environment, &Operation) -> Result<Answer> + Send,
    ) -> Result<(Environment, Operation)> {
        let transaction = self.begin().await?;
        let name = new.name.clone();
        reserve(&transaction, new.team).await?;
        let id = EnvironmentId::new();
        environment::Entity::insert(active(id, new, scope)?)
            .exec_without_returning(&transaction)
            .await
            .map_err(|error| taken(error, &name))?;
        let created = joined(&transaction, id)
            .await?
            .ok_or_else(|| Error::internal("the new row is not there"))?;
        put_revision(&transaction, &created, scope.user()).await?;
        let operation = put_operation(&transaction, &created, OperationKind::Create, scope.user()).await?;
        let data = json!({"name": created.name, "team": created.team_name, "template": created.template.to_string()});
        audit(&transaction, write, scope.action().as_str(), id, data).await?;
        if let Some(intent) = &write.idempotency {
            idempotency::keep(&transaction, intent, answer(&created, &operation)?).await?;
        }
        transaction.commit().await.map_err(database)?;
        self.signal_intent(id);
        Ok((created, operation))
    }
}

fn active(id: EnvironmentId, new: NewEnvironment, scope: &Scope) -> Result<environment::ActiveModel> {
    let NewEnvironment {
        team,
        name,
        template,
        parameters,
        labels,
        cluster,
        namespace,
        source,
    } = new;
    let now = time::now();
    Ok(environment::ActiveModel {
        id: Set(id.uuid()),
        team_id: Set(team.uuid()),
        name: Set(name.to_string()),
        owner_id: Set(scope.user().uuid()),
        template_name: Set(template.name),
        template_version: Set(template.version.to_string()),
        parameters: Set(parameters),
        labels: Set(row::json(&labels)?),
        cluster: Set(cluster),
        namespace: Set(namespace),
        source: Set(source.as_ref().map(row::json).transpose()?),
        desired: Set(Desired::Running.to_string()),
        phase: Set(Phase::Pending.to_string()),
        generation: Set(1),
        revision: Set(1),
        version: Set(1),
        observed_generation: Set(0),
        conditions: Set(json!([])),
        outputs: Set(json!({})),
        created_at: Set(now),
        updated_at: Set(now),
        deleted_at: Set(None),
    })
}

/// One conditional update, so that of many requests for the last place one gets it.
async fn reserve(on: &impl ConnectionTrait, team: TeamId) -> Result<()> {
    let update = quota::Entity::update_many()
        .col_expr(
            quota::Column::EnvironmentsUsed,
            Expr::col(quota::Column::EnvironmentsUsed).add(1),
        )
        .filter(quota::Column::TeamId.eq(team.uuid()))
        .filter(Expr::col(quota::Column::EnvironmentsUsed).lt(Expr::col(quota::Column::EnvironmentsLimit)));
    if update.exec(on).await.map_err(database)?.rows_affected == 1 {
        return Ok(());
    }
    let row = quota::Entity::find_by_id(team.uuid()).one(on).await.map_err(database)?;
    let limit = row.map_or(0, |row| row.environments_limit);
    Err(Error::new(
        Code::QuotaExceeded,
        format!("the team has all {limit} environments that its quota allows"),
    ))
}

fn taken(error: DbErr, name: &EnvironmentName) -> Error {
    let by_name = refused_by(&error, "environment_name", "environment.name");
    if by_name || refused_by(&error, "environment_namespace", "environment.namespace") {
        let detail = format!("the team has an environment `{name}`");
        let field = FieldError {
            pointer: "/name".into(),
            detail: detail.clone(),
        };
        Error::new(Code::NameTaken, detail).with_fields(vec![field])
    } else {
        database(error)
    }
}
