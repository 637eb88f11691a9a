//! Rollouts: wave by wave, whoever holds the engine's lease moves environments to another version of their template.
//!
//! Level-triggered like everything here: each look starts from what the database says, so a restart goes on where the
//! last process stopped. Writes intent only; bringing the environments up is for the passes.

mod decide;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use berth_model::environment::Environment;
use berth_model::id::EnvironmentId;
use berth_model::rollout::{Rollout, Target, TargetState};
use berth_model::time::Timestamp;
use berth_model::{Result, chain, time};
use berth_store::{Fence, Mark, Progress, Way};
use berth_template::{Inputs, Live, ParameterFinding, pool};
use serde_json::Value;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use crate::engine::Shared;

/// How often unfinished rollouts are looked for that another replica accepted.
const LOOK: Duration = Duration::from_secs(5);
/// The shortest time between two looks at rollouts in hand: many environments change at once.
const REST: Duration = Duration::from_millis(100);

/// Works on every unfinished rollout for as long as it is not ended from outside.
pub(crate) async fn run(shared: Arc<Shared>, fence: Fence) {
    let mut changes = shared.config.store.changes();
    loop {
        let found = look(&shared, &fence).await.unwrap_or_else(|error| {
            tracing::warn!(error = chain(&error), "cannot look at the rollouts");
            Look::default()
        });
        let now = time::now();
        let until_timer = found.wake.map(|wake| (wake - now).to_std().unwrap_or_default());
        let wait = until_timer.map_or(LOOK, |timer| timer.min(LOOK));
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shared.config.store.rollout_signal() => {}
            change = changes.recv(), if found.in_hand => {
                if matches!(change, Err(RecvError::Closed)) {
                    return;
                }
                tokio::time::sleep(REST).await;
                while !matches!(changes.try_recv(), Err(TryRecvError::Empty | TryRecvError::Closed)) {}
            }
        }
    }
}

/// What a look at all rollouts found.
#[derive(Debug, Default)]
struct Look {
    /// Whether anything waits for environments.
    in_hand: bool,
    /// When to look again in any case.
    wake: Option<Timestamp>,
}

async fn look(shared: &Shared, fence: &Fence) -> Result<Look> {
    let mut look = Look::default();
    for (rollout, targets) in shared.config.store.rollouts_unfinished().await? {
        let ids: Vec<EnvironmentId> = targets.iter().map(|target| target.environment).collect();
        let environments: BTreeMap<_, _> = shared
            .config
            .store
            .environments_of(&ids)
            .await?
            .into_iter()
            .map(|environment| (environment.id, environment))
            .collect();
        let step = decide::decide(&rollout, &targets, &environments, time::now());
        look.in_hand |= step.in_hand;
        look.wake = [look.wake, step.wake].into_iter().flatten().min();
        act(shared, fence, &rollout, &environments, step).await?;
    }
    Ok(look)
}

/// Writes what was seen and decided, then moves what is to be moved.
async fn act(
    shared: &Shared,
    fence: &Fence,
    rollout: &Rollout,
    environments: &BTreeMap<EnvironmentId, Environment>,
    step: decide::Step,
) -> Result<()> {
    let store = &shared.config.store;
    if let Some((state, reason)) = &step.progress.state {
        let reason = reason.as_deref().unwrap_or_default();
        tracing::info!(rollout = %rollout.id, %state, reason, "the rollout goes on to another state");
    }
    let state = step.progress.state.as_ref().map_or(rollout.state, |(state, _)| *state);
    if !store.rollout_record(fence, rollout, step.progress).await? {
        return Ok(());
    }
    let rollout = &Rollout {
        state,
        ..rollout.clone()
    };
    let mut failed = Vec::new();
    for id in step.upgrade {
        let Some(environment) = environments.get(&id) else {
            continue;
        };
        match check(shared, rollout, environment).await {
            Ok(parameters) => drop(
                store
                    .rollout_move(fence, rollout, environment, Way::Up(parameters))
                    .await?,
            ),
            Err(reason) => failed.push(Mark {
                environment: id,
                state: TargetState::Failed,
                reason: Some(reason),
            }),
        }
    }
    for id in step.revert {
        if let Some(environment) = environments.get(&id) {
            store.rollout_move(fence, rollout, environment, Way::Back).await?;
        }
    }
    let refused = Progress {
        marks: failed,
        ..Progress::default()
    };
    store.rollout_record(fence, rollout, refused).await.map(drop)
}

/// The environment's parameters for the new version; otherwise the reason why they do not do.
async fn check(shared: &Shared, rollout: &Rollout, environment: &Environment) -> std::result::Result<Value, String> {
    let catalog = shared.config.catalog.clone();
    let (name, version) = (rollout.template.clone(), rollout.version.clone());
    let moved = Environment {
        revision: environment.revision + 1,
        ..environment.clone()
    };
    let platform = shared.config.platform.clone();
    pool::run(move || {
        let template = catalog
            .get(&name, &version)
            .ok_or_else(|| format!("`{name}` has no version {version} that can be used"))?;
        let params = template
            .check_parameters(&moved.parameters)
            .map_err(|findings| said(&findings))?;
        let inputs = Inputs {
            params,
            env: moved.template_scope(),
            platform,
        };
        let broken = template.check_rules(&inputs).map_err(|error| error.to_string())?;
        if !broken.is_empty() {
            return Err(said(&broken));
        }
        template
            .render(&inputs, &Live::new())
            .map_err(|error| error.to_string())?;
        Ok(inputs.params)
    })
    .await
}

fn said(findings: &[ParameterFinding]) -> String {
    let each: Vec<String> = findings
        .iter()
        .map(|finding| format!("/parameters{}: {}", finding.pointer, finding.detail))
        .collect();
    format!("the parameters do not fit the new version: {}", each.join("; "))
}

/// The targets that are being worked on.
fn in_hand(targets: &[Target]) -> impl Iterator<Item = &Target> {
    targets
        .iter()
        .filter(|target| matches!(target.state, TargetState::Upgrading | TargetState::Reverting))
}
