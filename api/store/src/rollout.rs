//! Rollouts: accepted with their environments in one transaction, read back, and steered by people. What the engine
//! makes of them is in `progress`.

mod create;
mod progress;

pub use create::NewRollout;
pub use progress::{Mark, Progress, Way};

use berth_model::environment::TemplateRef;
use berth_model::id::{EnvironmentId, RolloutId};
use berth_model::name::EnvironmentName;
use berth_model::permission::Scope;
use berth_model::rollout::{Rollout, RolloutState, Target, TargetState};
use berth_model::{Code, Error, Result, time};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, sea_query::Expr,
};
use serde_json::json;

use crate::audit::{Write, audit};
use crate::connection::{Store, database};
use crate::entity::{environment, rollout, rollout_target, team};
use crate::page::{Listed, Page};
use crate::row;

/// What somebody decides about a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steer {
    /// No further wave begins.
    Pause,
    /// It goes on; the failures so far are lived with.
    Resume,
    /// It ends; what was upgraded stays.
    Abort,
    /// It ends; what was upgraded goes back.
    RollBack,
}

impl Steer {
    /// Where it leads from there, if it may be said there.
    const fn leads(self, from: RolloutState) -> Option<RolloutState> {
        use RolloutState::{Aborted, Completed, Halted, Paused, RolledBack, RollingBack, Running};
        match (self, from) {
            (Self::Pause, Running) => Some(Paused),
            (Self::Resume, Paused | Halted) => Some(Running),
            (Self::Abort, Running | Paused | Halted) => Some(Aborted),
            (Self::RollBack, Running | Paused | Halted) => Some(RollingBack),
            (Self::Pause, Paused | Halted | RollingBack | RolledBack | Completed | Aborted)
            | (Self::Resume, Running | RollingBack | RolledBack | Completed | Aborted)
            | (Self::Abort | Self::RollBack, RollingBack | RolledBack | Completed | Aborted) => None,
        }
    }

    const fn said(self) -> &'static str {
        match self {
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::Abort => "aborted",
            Self::RollBack => "rolled back",
        }
    }
}

impl Store {
    /// A rollout.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn rollout_get(&self, _scope: &Scope, id: RolloutId) -> Result<Rollout> {
        let row = rollout::Entity::find_by_id(id.uuid()).one(self.read()).await;
        read(row.map_err(database)?.ok_or_else(Error::not_found)?)
    }

    /// All rollouts, the latest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn rollout_list(&self, _scope: &Scope, page: Page) -> Result<Listed<Rollout>> {
        let query = rollout::Entity::find()
            .apply_if(page.after, |query, after| query.filter(rollout::Column::Id.lt(after)))
            .order_by_desc(rollout::Column::Id)
            .limit(page.limit + 1);
        let rows = query.all(self.read()).await.map_err(database)?;
        let found = rows.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(Listed::new(found, page.limit, |rollout| rollout.id.uuid()))
    }

    /// The environments of a rollout, in the order of their waves.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn rollout_targets(&self, _scope: &Scope, id: RolloutId, page: Page) -> Result<Listed<Target>> {
        let limit = page.limit;
        let found = targets(self.read(), id, Some(page)).await?;
        Ok(Listed::new(found, limit, |target| target.environment.uuid()))
    }

    /// Steers a rollout.
    ///
    /// # Errors
    /// `not_found`; `precondition_failed` when it has changed since `if_match`; `state_conflict` where it is too late.
    pub async fn rollout_steer(
        &self,
        write: &Write,
        scope: &Scope,
        id: RolloutId,
        if_match: Option<i64>,
        steer: Steer,
    ) -> Result<Rollout> {
        let transaction = self.begin().await?;
        let now = locked(&transaction, id, self.locks_rows()).await?;
        if if_match.is_some_and(|revision| revision != now.revision) {
            return Err(Error::new(Code::PreconditionFailed, Code::PreconditionFailed.title()));
        }
        let Some(state) = steer.leads(now.state) else {
            let detail = format!("the rollout is {}: it cannot be {}", now.state, steer.said());
            return Err(Error::new(Code::StateConflict, detail));
        };
        let forgiven = match steer {
            Steer::Resume => failures(&transaction, id).await?,
            Steer::Pause | Steer::Abort | Steer::RollBack => now.forgiven,
        };
        let after = Rollout {
            state,
            reason: Some(format!("{} by somebody", steer.said())),
            forgiven,
            ..now
        };
        save(&transaction, &after).await?;
        let data = json!({"state": state, "template": after.template, "version": after.version});
        audit(&transaction, write, scope.action().as_str(), id, data).await?;
        let after = locked(&transaction, id, false).await?;
        transaction.commit().await.map_err(database)?;
        self.signal_rollout();
        Ok(after)
    }
}

/// How many environments have failed.
async fn failures(on: &impl ConnectionTrait, id: RolloutId) -> Result<u32> {
    let failed = targets(on, id, None).await?;
    let count = failed
        .iter()
        .filter(|target| target.state == TargetState::Failed)
        .count();
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The rollout, held until the transaction ends.
async fn locked(on: &impl ConnectionTrait, id: RolloutId, lock: bool) -> Result<Rollout> {
    let mut query = rollout::Entity::find_by_id(id.uuid());
    if lock {
        query = query.lock_exclusive();
    }
    read(query.one(on).await.map_err(database)?.ok_or_else(Error::not_found)?)
}

/// Writes what changes in the life of a rollout.
async fn save(on: &impl ConnectionTrait, after: &Rollout) -> Result<()> {
    use rollout::Column;
    let now = time::now();
    let finished = after.state.is_final().then_some(now);
    rollout::Entity::update_many()
        .col_expr(Column::State, after.state.as_str().into())
        .col_expr(Column::Reason, after.reason.clone().into())
        .col_expr(Column::Wave, i64::from(after.wave).into())
        .col_expr(Column::WaveDoneAt, after.wave_done_at.into())
        .col_expr(Column::Forgiven, i64::from(after.forgiven).into())
        .col_expr(Column::Revision, Expr::col(Column::Revision).add(1))
        .col_expr(Column::UpdatedAt, now.into())
        .col_expr(Column::FinishedAt, finished.into())
        .filter(Column::Id.eq(after.id.uuid()))
        .exec(on)
        .await
        .map_err(database)?;
    Ok(())
}

/// The environments of a rollout; one more than the page holds, or all of them.
async fn targets(on: &impl ConnectionTrait, id: RolloutId, page: Option<Page>) -> Result<Vec<Target>> {
    use rollout_target::Column;
    let query = rollout_target::Entity::find()
        .filter(Column::RolloutId.eq(id.uuid()))
        .apply_if(page, |query, page| {
            query
                .apply_if(page.after, |query, after| query.filter(Column::EnvironmentId.gt(after)))
                .limit(page.limit + 1)
        })
        .order_by_asc(Column::EnvironmentId)
        .find_also_related(environment::Entity)
        .and_also_related(team::Entity);
    let rows = query.all(on).await.map_err(database)?;
    let known = rows
        .into_iter()
        .filter_map(|(row, environment, team)| Some((row, environment?, team?)));
    known
        .map(|(row, environment, team)| {
            let word = row::word("state", &row.state, TargetState::from_word)?;
            let TemplateRef { version: from, .. } = row::template_ref(String::new(), &row.from_version)?;
            let name = EnvironmentName::parse(&environment.name);
            Ok(Target {
                environment: EnvironmentId::from(row.environment_id),
                name: name.map_err(|error| Error::internal("reading a name").because(error))?,
                team: team.id.into(),
                team_name: row::team_name(&team.name)?,
                wave: small(row.wave),
                state: word,
                reason: row.reason,
                from,
                from_revision: row.from_revision,
                generation: row.generation,
                updated_at: row.updated_at,
            })
        })
        .collect()
}

fn read(row: rollout::Model) -> Result<Rollout> {
    let TemplateRef { name, version } = row::template_ref(row.template_name, &row.template_version)?;
    Ok(Rollout {
        id: row.id.into(),
        template: name,
        version,
        selector: row::document("selector", row.selector)?,
        pace: row::document("pace", row.pace)?,
        state: row::word("state", &row.state, RolloutState::from_word)?,
        reason: row.reason,
        wave: small(row.wave),
        waves: small(row.waves),
        wave_done_at: row.wave_done_at,
        forgiven: small(row.forgiven),
        author: row.author_id.into(),
        revision: row.revision,
        created_at: row.created_at,
        updated_at: row.updated_at,
        finished_at: row.finished_at,
    })
}

fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
