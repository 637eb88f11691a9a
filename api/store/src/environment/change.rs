//! Changing and deleting an environment: another generation of its intent.

use std::collections::BTreeMap;

use berth_model::condition::Desired;
use berth_model::environment::{Environment, Source, TemplateRef};
use berth_model::id::{EnvironmentId, UserId};
use berth_model::operation::{Operation, OperationKind};
use berth_model::permission::Scope;
use berth_model::{Code, Error, Result, time};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use serde_json::{Value, json};

use super::{joined, put_operation, put_revision};
use crate::audit::{Write, audit};
use crate::connection::{Store, database};
use crate::entity::{environment, operation};
use crate::row;

/// The intent as it is to be.
#[derive(Debug, Clone)]
pub struct Change {
    /// What it is made from.
    pub template: TemplateRef,
    /// The parameters with defaults applied.
    pub parameters: Value,
    /// The caller's own labels.
    pub labels: BTreeMap<String, String>,
    /// Where the request came from.
    pub source: Option<Source>,
}

impl Store {
    /// Changes the intent. Without an operation when nothing is different.
    ///
    /// # Errors
    /// `not_found`; `precondition_failed` when it has changed since `if_match`; `state_conflict` when it is going.
    pub async fn environment_update(
        &self,
        write: &Write,
        scope: &Scope,
        id: EnvironmentId,
        if_match: Option<i64>,
        change: Change,
    ) -> Result<(Environment, Option<Operation>)> {
        let transaction = self.begin().await?;
        let current = self.lock(&transaction, scope, id, if_match).await?;
        if current.desired == Desired::Absent {
            return Err(Error::new(Code::StateConflict, "the environment is being deleted"));
        }
        let Change {
            template,
            parameters,
            labels,
            source,
        } = change;
        let changed = Environment {
            template,
            parameters,
            labels,
            source,
            ..current.clone()
        };
        if changed == current {
            return Ok((current, None));
        }
        let kind = if changed.template == current.template {
            OperationKind::Update
        } else {
            OperationKind::Upgrade
        };
        let (changed, operation) = put_intent(&transaction, changed, kind, scope.user()).await?;
        let data = json!({"generation": changed.generation, "template": changed.template.to_string()});
        audit(&transaction, write, scope.action().as_str(), id, data).await?;
        let changed = joined(&transaction, id).await?.ok_or_else(Error::not_found)?;
        transaction.commit().await.map_err(database)?;
        self.signal_intent(id);
        Ok((changed, Some(operation)))
    }

    /// Wants the environment gone. Asking again is answered with the operation that is at it.
    ///
    /// # Errors
    /// `not_found`; `precondition_failed` when it has changed since `if_match`.
    pub async fn environment_delete(
        &self,
        write: &Write,
        scope: &Scope,
        id: EnvironmentId,
        if_match: Option<i64>,
    ) -> Result<(Environment, Operation)> {
        let transaction = self.begin().await?;
        let current = self.lock(&transaction, scope, id, if_match).await?;
        if current.desired == Desired::Absent {
            let last = operation::Entity::find().filter(operation::Column::EnvironmentId.eq(id.uuid()));
            let last = last
                .order_by_desc(operation::Column::Id)
                .one(&transaction)
                .await
                .map_err(database)?;
            return Ok((
                current,
                row::operation(last.ok_or_else(|| Error::internal("there is no operation"))?)?,
            ));
        }
        let going = Environment {
            desired: Desired::Absent,
            generation: current.generation + 1,
            ..current
        };
        save(&transaction, &going).await?;
        let operation = put_operation(&transaction, &going, OperationKind::Delete, scope.user()).await?;
        audit(
            &transaction,
            write,
            scope.action().as_str(),
            id,
            json!({"generation": going.generation}),
        )
        .await?;
        let going = joined(&transaction, id).await?.ok_or_else(Error::not_found)?;
        transaction.commit().await.map_err(database)?;
        self.signal_intent(id);
        Ok((going, operation))
    }

    /// The environment, held until the transaction ends, if it is in the scope and unchanged.
    async fn lock(
        &self,
        on: &DatabaseTransaction,
        scope: &Scope,
        id: EnvironmentId,
        if_match: Option<i64>,
    ) -> Result<Environment> {
        let found = held(on, id, self.locks_rows()).await?;
        let visible = |environment: &Environment| scope.teams().is_none_or(|teams| teams.contains(&environment.team));
        let current = found.filter(visible).ok_or_else(Error::not_found)?;
        match if_match {
            Some(version) if version != current.version => {
                Err(Error::new(Code::PreconditionFailed, Code::PreconditionFailed.title()))
            }
            _ => Ok(current),
        }
    }
}

/// The environment, held until the transaction ends.
pub(crate) async fn held(on: &impl ConnectionTrait, id: EnvironmentId, lock: bool) -> Result<Option<Environment>> {
    if lock {
        let row = environment::Entity::find_by_id(id.uuid()).lock_exclusive().one(on);
        drop(row.await.map_err(database)?);
    }
    joined(on, id).await
}

/// Another generation and revision of the environment, with the operation that brings it about.
pub(crate) async fn put_generation(
    on: &impl ConnectionTrait,
    changed: Environment,
    kind: OperationKind,
    author: UserId,
) -> Result<Environment> {
    put_intent(on, changed, kind, author).await.map(|(changed, _)| changed)
}

async fn put_intent(
    on: &impl ConnectionTrait,
    changed: Environment,
    kind: OperationKind,
    author: UserId,
) -> Result<(Environment, Operation)> {
    let changed = Environment {
        generation: changed.generation + 1,
        revision: changed.revision + 1,
        ..changed
    };
    save(on, &changed).await?;
    put_revision(on, &changed, author).await?;
    let operation = put_operation(on, &changed, kind, author).await?;
    Ok((changed, operation))
}

/// Writes the intent and what follows from it.
async fn save(on: &impl ConnectionTrait, changed: &Environment) -> Result<()> {
    let source = changed.source.as_ref().map(row::json).transpose()?;
    environment::Entity::update_many()
        .col_expr(environment::Column::TemplateName, changed.template.name.clone().into())
        .col_expr(
            environment::Column::TemplateVersion,
            changed.template.version.to_string().into(),
        )
        .col_expr(environment::Column::Parameters, changed.parameters.clone().into())
        .col_expr(environment::Column::Labels, row::json(&changed.labels)?.into())
        .col_expr(environment::Column::Source, source.into())
        .col_expr(environment::Column::Desired, changed.desired.as_str().into())
        .col_expr(environment::Column::Generation, changed.generation.into())
        .col_expr(environment::Column::Revision, changed.revision.into())
        .col_expr(environment::Column::Version, (changed.version + 1).into())
        .col_expr(environment::Column::Phase, changed.phase().as_str().into())
        .col_expr(environment::Column::UpdatedAt, time::now().into())
        .filter(environment::Column::Id.eq(changed.id.uuid()))
        .exec(on)
        .await
        .map_err(database)?;
    Ok(())
}
