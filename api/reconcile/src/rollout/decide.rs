//! What to do about a rollout, pure: what it is, how its environments stand and what time it is in; the next step out.

use std::collections::BTreeMap;

use berth_model::condition::{ConditionKind, ConditionStatus, Desired, Phase};
use berth_model::environment::Environment;
use berth_model::id::EnvironmentId;
use berth_model::rollout::{OnFailure, Rollout, RolloutState, Target, TargetState};
use berth_model::time::Timestamp;
use berth_store::{Mark, Progress};
use chrono::TimeDelta;

/// The next step of a rollout.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// What is written down.
    pub(super) progress: Progress,
    /// Environments to move to the new version.
    pub(super) upgrade: Vec<EnvironmentId>,
    /// Environments to move back.
    pub(super) revert: Vec<EnvironmentId>,
    /// Whether environments are waited for.
    pub(super) in_hand: bool,
    /// When to look again in any case.
    pub(super) wake: Option<Timestamp>,
}

/// Decides.
pub(super) fn decide(
    rollout: &Rollout,
    targets: &[Target],
    environments: &BTreeMap<EnvironmentId, Environment>,
    now: Timestamp,
) -> Step {
    let mut step = Step::default();
    let mut seen: Vec<Target> = targets.to_vec();
    for target in &mut seen {
        let due = target.updated_at + TimeDelta::seconds(i64::from(rollout.pace.ready_within));
        let late = now >= due;
        let Some((state, reason)) = observe(rollout, target, environments.get(&target.environment), late) else {
            if super::in_hand(std::slice::from_ref(target)).next().is_some() {
                step.wake = [step.wake, Some(due)].into_iter().flatten().min();
            }
            continue;
        };
        (target.state, target.reason) = (state, reason.clone());
        step.progress.marks.push(Mark {
            environment: target.environment,
            state,
            reason,
        });
    }
    step.in_hand = super::in_hand(&seen).next().is_some();
    match rollout.state {
        RolloutState::Running => run(rollout, &seen, now, &mut step),
        RolloutState::RollingBack => back(&seen, environments, &mut step),
        RolloutState::Paused
        | RolloutState::Halted
        | RolloutState::RolledBack
        | RolloutState::Completed
        | RolloutState::Aborted => {}
    }
    step
}

/// What became of an environment, when that is anything new.
fn observe(
    rollout: &Rollout,
    target: &Target,
    environment: Option<&Environment>,
    late: bool,
) -> Option<(TargetState, Option<String>)> {
    let (done, wanted) = match target.state {
        TargetState::Waiting => {
            let environment = environment.filter(|environment| environment.desired != Desired::Absent);
            return match environment {
                None => Some((TargetState::Skipped, Some("it was deleted".to_owned()))),
                Some(now) if now.template.name != rollout.template || now.template.version >= rollout.version => {
                    Some((
                        TargetState::Skipped,
                        Some(format!("somebody moved it to {}", now.template)),
                    ))
                }
                Some(_) => None,
            };
        }
        TargetState::Upgrading => (TargetState::Ready, &rollout.version),
        TargetState::Reverting => (TargetState::Reverted, &target.from),
        TargetState::Ready | TargetState::Failed | TargetState::Skipped | TargetState::Reverted => return None,
    };
    let Some(now) = environment.filter(|environment| environment.desired != Desired::Absent) else {
        return Some((TargetState::Skipped, Some("it was deleted".to_owned())));
    };
    if now.template.version != *wanted {
        let reason = format!("somebody moved it to {}", now.template);
        return Some((TargetState::Skipped, Some(reason)));
    }
    match now.phase() {
        Phase::Ready | Phase::Asleep => Some((done, None)),
        Phase::Failed => Some((TargetState::Failed, Some(cause(now)))),
        Phase::Pending | Phase::Provisioning | Phase::Degraded | Phase::Deleting | Phase::Deleted if late => {
            let reason = format!("not ready after {} seconds: {}", rollout.pace.ready_within, cause(now));
            Some((TargetState::Failed, Some(reason)))
        }
        Phase::Pending | Phase::Provisioning | Phase::Degraded | Phase::Deleting | Phase::Deleted => None,
    }
}

/// The first cause, as the environment tells it.
fn cause(environment: &Environment) -> String {
    let not_ready = environment
        .conditions
        .iter()
        .find(|condition| condition.kind == ConditionKind::Ready && condition.status == ConditionStatus::False);
    not_ready.map_or_else(|| "it has not begun".to_owned(), |condition| condition.message.clone())
}

fn run(rollout: &Rollout, targets: &[Target], now: Timestamp, step: &mut Step) {
    let failures = targets
        .iter()
        .filter(|target| target.state == TargetState::Failed)
        .count();
    let failures = u32::try_from(failures)
        .unwrap_or(u32::MAX)
        .saturating_sub(rollout.forgiven);
    if failures > rollout.pace.max_failures {
        let first = targets.iter().find(|target| target.state == TargetState::Failed);
        let first = first.map_or_else(String::new, |target| {
            let reason = target.reason.as_deref().unwrap_or_default();
            format!("; the first: {}/{}: {reason}", target.team_name, target.name)
        });
        let reason = format!("{failures} failed, {} may{first}", rollout.pace.max_failures);
        let state = match rollout.pace.on_failure {
            OnFailure::Halt => RolloutState::Halted,
            OnFailure::RollBack => RolloutState::RollingBack,
        };
        step.progress.state = Some((state, Some(reason)));
        // The look that follows at once does what the new state means.
        step.wake = Some(now);
        return;
    }
    if step.in_hand {
        return;
    }
    let waiting = || targets.iter().filter(|target| target.state == TargetState::Waiting);
    let Some(next) = waiting().map(|target| target.wave).min() else {
        step.progress.state = Some((RolloutState::Completed, None));
        return;
    };
    // A wave that was cut short by a crash goes on without a pause.
    if rollout.wave > 0 && next > rollout.wave {
        let done = rollout.wave_done_at.unwrap_or(now);
        let begin = done + TimeDelta::seconds(i64::from(rollout.pace.pause));
        if now < begin {
            if rollout.wave_done_at.is_none() {
                step.progress.wave_done_at = Some(now);
            }
            step.wake = Some(begin);
            return;
        }
    }
    step.progress.wave = Some(next);
    step.upgrade = waiting()
        .filter(|target| target.wave == next)
        .map(|target| target.environment)
        .collect();
    // What does not pass the check is failed without having been moved: look at that as well.
    step.wake = Some(now + TimeDelta::milliseconds(200));
}

fn back(targets: &[Target], environments: &BTreeMap<EnvironmentId, Environment>, step: &mut Step) {
    for target in targets {
        let moved = target.generation.is_some();
        let upgraded = match target.state {
            TargetState::Upgrading | TargetState::Ready => true,
            // Failed on the way back is failed for good; on the way up it is still to go back.
            TargetState::Failed => {
                moved
                    && environments
                        .get(&target.environment)
                        .is_some_and(|environment| environment.template.version != target.from)
            }
            TargetState::Waiting | TargetState::Skipped | TargetState::Reverting | TargetState::Reverted => false,
        };
        if !upgraded {
            continue;
        }
        match environments.get(&target.environment) {
            Some(now) if now.desired != Desired::Absent && Some(now.generation) == target.generation => {
                step.revert.push(target.environment);
            }
            now => {
                let what = if now.is_some_and(|now| now.desired != Desired::Absent) {
                    "somebody changed it after it was upgraded"
                } else {
                    "it was deleted"
                };
                step.progress
                    .marks
                    .retain(|mark| mark.environment != target.environment);
                step.progress.marks.push(Mark {
                    environment: target.environment,
                    state: TargetState::Skipped,
                    reason: Some(what.to_owned()),
                });
            }
        }
    }
    let reverting = targets.iter().any(|target| target.state == TargetState::Reverting);
    if step.revert.is_empty() && !reverting {
        step.progress.state = Some((RolloutState::RolledBack, None));
    }
}

#[cfg(test)]
mod tests;
