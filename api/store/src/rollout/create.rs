//! Accepting a rollout: the environments it is about are settled at that moment, and dealt out into waves.

use berth_model::condition::Desired;
use berth_model::environment::{Environment, TemplateRef};
use berth_model::id::RolloutId;
use berth_model::permission::Scope;
use berth_model::rollout::{Pace, Rollout, RolloutState, Selector, TargetState};
use berth_model::{Code, Error, Result, time};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};
use serde_json::json;

use super::locked;
use crate::audit::{Write, audit};
use crate::connection::{Store, database, refused_by};
use crate::entity::{environment, rollout, rollout_target, team, user};
use crate::idempotency::{self, Answer};
use crate::row;

/// How many rows one statement inserts: databases limit the values of a statement.
const BATCH: usize = 500;

/// A rollout that is asked for.
#[derive(Debug, Clone)]
pub struct NewRollout {
    /// The template at the version to move to.
    pub template: TemplateRef,
    /// Which environments.
    pub selector: Selector,
    /// How.
    pub pace: Pace,
    /// The size of later waves in percent of all environments, instead of the pace's own.
    pub share: Option<u32>,
}

impl Store {
    /// Accepts a rollout. `answer` makes the document that a repeated request gets.
    ///
    /// # Errors
    /// `state_conflict` when another rollout of the template is unfinished, or when there is nothing to upgrade.
    pub async fn rollout_create(
        &self,
        write: &Write,
        scope: &Scope,
        mut new: NewRollout,
        answer: impl FnOnce(&Rollout) -> Result<Answer> + Send,
    ) -> Result<Rollout> {
        let transaction = self.begin().await?;
        let id = RolloutId::new();
        let name = new.template.name.clone();
        let meant = meant(&transaction, &new).await?;
        let count = u32::try_from(meant.len()).unwrap_or(u32::MAX);
        if count == 0 {
            let detail = format!(
                "no environment that is meant is on a version of `{name}` before {}",
                new.template.version
            );
            return Err(Error::new(Code::StateConflict, detail));
        }
        if let Some(share) = new.share {
            new.pace.size = (count.saturating_mul(share) / 100).max(1);
        }
        let row = active(id, &new, scope, new.pace.wave(count - 1))?;
        rollout::Entity::insert(row)
            .exec_without_returning(&transaction)
            .await
            .map_err(|error| {
                if refused_by(&error, "rollout_unfinished", "rollout.template_name") {
                    Error::new(
                        Code::StateConflict,
                        format!("another rollout of `{name}` is not finished"),
                    )
                } else {
                    database(error)
                }
            })?;
        let target = |(position, environment): (usize, &Environment)| rollout_target::ActiveModel {
            rollout_id: Set(id.uuid()),
            environment_id: Set(environment.id.uuid()),
            wave: Set(i64::from(new.pace.wave(u32::try_from(position).unwrap_or(u32::MAX)))),
            state: Set(TargetState::Waiting.to_string()),
            reason: Set(None),
            from_version: Set(environment.template.version.to_string()),
            from_revision: Set(None),
            generation: Set(None),
            updated_at: Set(time::now()),
        };
        let rows: Vec<_> = meant.iter().enumerate().map(target).collect();
        for batch in rows.chunks(BATCH) {
            let insert = rollout_target::Entity::insert_many(batch.iter().cloned());
            insert.exec_without_returning(&transaction).await.map_err(database)?;
        }
        let data = json!({"template": new.template.to_string(), "environments": meant.len(), "selector": new.selector});
        audit(&transaction, write, scope.action().as_str(), id, data).await?;
        let made = locked(&transaction, id, false).await?;
        if let Some(intent) = &write.idempotency {
            idempotency::keep(&transaction, intent, answer(&made)?).await?;
        }
        transaction.commit().await.map_err(database)?;
        self.signal_rollout();
        Ok(made)
    }
}

/// The environments that are meant, oldest first.
async fn meant(on: &impl ConnectionTrait, new: &NewRollout) -> Result<Vec<Environment>> {
    use environment::Column;
    let query = environment::Entity::find()
        .filter(Column::TemplateName.eq(&new.template.name))
        .filter(Column::DeletedAt.is_null())
        .filter(Column::Desired.ne(Desired::Absent.as_str()))
        .order_by_asc(Column::Id)
        .find_also_related(team::Entity)
        .find_also_related(user::Entity);
    let mut meant = Vec::new();
    for (row, team, user) in query.all(on).await.map_err(database)? {
        let (Some(team), Some(user)) = (team, user) else {
            continue;
        };
        let environment = row::environment(row, &team.name, &user.username)?;
        let Selector { teams, .. } = &new.selector;
        let of_team = teams.is_empty() || teams.contains(&environment.team_name);
        let (on, to) = (&environment.template.version, &new.template.version);
        if of_team && new.selector.takes(on, to, &environment.labels) {
            meant.push(environment);
        }
    }
    Ok(meant)
}

fn active(id: RolloutId, new: &NewRollout, scope: &Scope, waves: u32) -> Result<rollout::ActiveModel> {
    let NewRollout {
        template,
        selector,
        pace,
        share: _,
    } = new;
    let now = time::now();
    Ok(rollout::ActiveModel {
        id: Set(id.uuid()),
        template_name: Set(template.name.clone()),
        template_version: Set(template.version.to_string()),
        selector: Set(row::json(selector)?),
        pace: Set(row::json(pace)?),
        state: Set(RolloutState::Running.to_string()),
        reason: Set(None),
        wave: Set(0),
        waves: Set(i64::from(waves)),
        wave_done_at: Set(None),
        forgiven: Set(0),
        author_id: Set(scope.user().uuid()),
        revision: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
        finished_at: Set(None),
    })
}
