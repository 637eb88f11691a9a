//! What the engine makes of rollouts. Every write proves that the lease is still held.

use berth_model::environment::{Environment, TemplateRef};
use berth_model::id::{EnvironmentId, RolloutId};
use berth_model::operation::OperationKind;
use berth_model::rollout::{Rollout, RolloutState, Target, TargetState};
use berth_model::time::Timestamp;
use berth_model::{Error, Result, time};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::{Value, json};

use super::{locked, read, save, targets};
use crate::audit::{Write, audit};
use crate::connection::{Store, database};
use crate::entity::{environment, revision, rollout, rollout_target, team, user};
use crate::lease::Fence;
use crate::row;

/// What was seen of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The environment.
    pub environment: EnvironmentId,
    /// Where it is now.
    pub state: TargetState,
    /// Why, for people.
    pub reason: Option<String>,
}

/// What a look at a rollout came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// What was seen.
    pub marks: Vec<Mark>,
    /// The state it goes to, and why.
    pub state: Option<(RolloutState, Option<String>)>,
    /// The wave that begins.
    pub wave: Option<u32>,
    /// When the wave in hand was done; unset when the next begins.
    pub wave_done_at: Option<Timestamp>,
}

/// In which direction an environment is moved.
#[derive(Debug, Clone, PartialEq)]
pub enum Way {
    /// To the version of the rollout, with these parameters.
    Up(Value),
    /// To what it was before the rollout.
    Back,
}

impl Store {
    /// Every rollout that is not finished, with all its environments.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn rollouts_unfinished(&self) -> Result<Vec<(Rollout, Vec<Target>)>> {
        let query = rollout::Entity::find().filter(rollout::Column::FinishedAt.is_null());
        let rows = query.order_by_asc(rollout::Column::Id).all(self.read()).await;
        let mut found = Vec::new();
        for row in rows.map_err(database)? {
            let rollout = read(row)?;
            let targets = targets(self.read(), rollout.id, None).await?;
            found.push((rollout, targets));
        }
        Ok(found)
    }

    /// The environments with those ids, gone ones included.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn environments_of(&self, ids: &[EnvironmentId]) -> Result<Vec<Environment>> {
        let mut found = Vec::with_capacity(ids.len());
        for batch in ids.chunks(500) {
            let query = environment::Entity::find()
                .filter(environment::Column::Id.is_in(batch.iter().map(|id| id.uuid())))
                .find_also_related(team::Entity)
                .find_also_related(user::Entity);
            for (row, team, user) in query.all(self.read()).await.map_err(database)? {
                if let (Some(team), Some(user)) = (team, user) {
                    found.push(row::environment(row, &team.name, &user.username)?);
                }
            }
        }
        Ok(found)
    }

    /// Writes what a look at a rollout came to. Nothing when somebody steered it meanwhile: the next look sees that.
    ///
    /// # Errors
    /// The lease is no longer ours, or the database cannot be written.
    pub async fn rollout_record(&self, fence: &Fence, seen: &Rollout, progress: Progress) -> Result<bool> {
        if progress == Progress::default() {
            return Ok(true);
        }
        let transaction = self.begin().await?;
        fence.check(&transaction, self.locks_rows()).await?;
        let now = locked(&transaction, seen.id, self.locks_rows()).await?;
        if now.state != seen.state {
            return Ok(false);
        }
        for mark in &progress.marks {
            put_mark(&transaction, seen.id, mark).await?;
        }
        let after = Rollout {
            wave: progress.wave.unwrap_or(now.wave),
            wave_done_at: if progress.wave.is_some() {
                None
            } else {
                progress.wave_done_at.or(now.wave_done_at)
            },
            ..now
        };
        let after = match progress.state {
            Some((state, reason)) => Rollout { state, reason, ..after },
            None => after,
        };
        save(&transaction, &after).await?;
        transaction.commit().await.map_err(database)?;
        Ok(true)
    }

    /// Moves an environment. False when the environment is not as it was seen any more: look again.
    ///
    /// # Errors
    /// The lease is no longer ours, or the database cannot be written.
    pub async fn rollout_move(&self, fence: &Fence, rollout: &Rollout, seen: &Environment, way: Way) -> Result<bool> {
        use rollout_target::Column;
        let transaction = self.begin().await?;
        fence.check(&transaction, self.locks_rows()).await?;
        let steered = locked(&transaction, rollout.id, self.locks_rows()).await?;
        let now = crate::environment::held(&transaction, seen.id, self.locks_rows()).await?;
        let Some(now) = now.filter(|now| now.generation == seen.generation && steered.state == rollout.state) else {
            return Ok(false);
        };
        let target = rollout_target::Entity::find_by_id((rollout.id.uuid(), seen.id.uuid()));
        let target = target.one(&transaction).await.map_err(database)?;
        let target = target.ok_or_else(|| Error::internal("the rollout has no such environment"))?;
        let (template, parameters, kind, state, from_revision) = match way {
            Way::Up(parameters) => {
                let template = TemplateRef {
                    name: rollout.template.clone(),
                    version: rollout.version.clone(),
                };
                let (kind, state) = (OperationKind::Upgrade, TargetState::Upgrading);
                (template, parameters, kind, state, Some(now.revision))
            }
            Way::Back => {
                let (template, parameters) = before(&transaction, seen.id, target.from_revision).await?;
                let (kind, state) = (OperationKind::Rollback, TargetState::Reverting);
                (template, parameters, kind, state, target.from_revision)
            }
        };
        let moved = Environment {
            template,
            parameters,
            ..now
        };
        let moved = crate::environment::put_generation(&transaction, moved, kind, rollout.author).await?;
        rollout_target::Entity::update_many()
            .col_expr(Column::State, state.as_str().into())
            .col_expr(Column::Reason, Option::<String>::None.into())
            .col_expr(Column::FromRevision, from_revision.into())
            .col_expr(Column::Generation, moved.generation.into())
            .col_expr(Column::UpdatedAt, time::now().into())
            .filter(Column::RolloutId.eq(rollout.id.uuid()))
            .filter(Column::EnvironmentId.eq(seen.id.uuid()))
            .exec(&transaction)
            .await
            .map_err(database)?;
        let write = Write {
            actor: Some(rollout.author),
            request_id: rollout.id.to_string(),
            ..Write::default()
        };
        let data = json!({"rollout": rollout.id.to_string(), "template": moved.template.to_string()});
        audit(&transaction, &write, "environment.update", seen.id, data).await?;
        transaction.commit().await.map_err(database)?;
        self.signal_intent(seen.id);
        Ok(true)
    }
}

async fn put_mark(on: &impl ConnectionTrait, id: RolloutId, mark: &Mark) -> Result<()> {
    use rollout_target::Column;
    rollout_target::Entity::update_many()
        .col_expr(Column::State, mark.state.as_str().into())
        .col_expr(Column::Reason, mark.reason.clone().into())
        .col_expr(Column::UpdatedAt, time::now().into())
        .filter(Column::RolloutId.eq(id.uuid()))
        .filter(Column::EnvironmentId.eq(mark.environment.uuid()))
        .exec(on)
        .await
        .map_err(database)?;
    Ok(())
}

/// What the environment was made from at that revision.
async fn before(on: &impl ConnectionTrait, id: EnvironmentId, number: Option<i64>) -> Result<(TemplateRef, Value)> {
    let missing = || Error::internal("the revision from before the rollout is not there");
    let row = revision::Entity::find()
        .filter(revision::Column::EnvironmentId.eq(id.uuid()))
        .filter(revision::Column::Number.eq(number.ok_or_else(missing)?));
    let row = row.one(on).await.map_err(database)?.ok_or_else(missing)?;
    Ok((
        row::template_ref(row.template_name, &row.template_version)?,
        row.parameters,
    ))
}
