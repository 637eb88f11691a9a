//! What a pass found, as conditions and as the end of an operation. Pure.

use berth_model::condition::{Condition, ConditionKind, ConditionStatus, Desired, Phase};
use berth_model::environment::Environment;
use berth_model::event::{EventKind, NewEvent};
use berth_model::operation::Cause;
use berth_model::time::Timestamp;

/// What a pass came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Everything is there and ready.
    Ready,
    /// Not everything is ready; the first cause in dependency order.
    Progressing(Cause),
    /// It cannot succeed without a change; the first cause.
    Stalled(Cause),
}

/// The conditions after the finding; the same ones when nothing is new.
pub fn conditions(environment: &Environment, finding: &Finding, now: Timestamp) -> Vec<Condition> {
    let mut conditions = environment.conditions.clone();
    let generation = environment.generation;
    let condition = |kind, status, cause: &Cause| Condition {
        kind,
        status,
        reason: cause.reason.clone(),
        message: cause.message.clone(),
        resource: cause.resource.clone(),
        observed_generation: generation,
        last_transition_time: now,
    };
    let said = |reason: &str, message: &str| Cause {
        reason: reason.into(),
        message: message.into(),
        resource: None,
    };
    let fine = said("Ready", "everything is there and ready");
    let moving = said("Progressing", "nothing keeps it from succeeding");
    let (ready, stalled) = match finding {
        Finding::Ready => (
            condition(ConditionKind::Ready, ConditionStatus::True, &fine),
            condition(ConditionKind::Stalled, ConditionStatus::False, &moving),
        ),
        Finding::Progressing(cause) => (
            condition(ConditionKind::Ready, ConditionStatus::False, cause),
            condition(ConditionKind::Stalled, ConditionStatus::False, &moving),
        ),
        Finding::Stalled(cause) => (
            condition(ConditionKind::Ready, ConditionStatus::False, cause),
            condition(ConditionKind::Stalled, ConditionStatus::True, cause),
        ),
    };
    ready.set(&mut conditions);
    stalled.set(&mut conditions);
    if *finding == Finding::Ready {
        let once = said("Provisioned", "this generation has been ready");
        condition(ConditionKind::Provisioned, ConditionStatus::True, &once).set(&mut conditions);
    }
    conditions
}

/// The event that tells of a changed phase, if the change is worth telling.
pub fn transition(before: &Environment, after: &[Condition]) -> Option<NewEvent> {
    let now = berth_model::condition::phase(before.desired, before.generation, false, after);
    if now == before.phase() {
        return None;
    }
    let cause = after
        .iter()
        .find(|c| c.kind == ConditionKind::Ready && c.status == ConditionStatus::False);
    let (kind, message) = match now {
        Phase::Ready | Phase::Asleep => (EventKind::EnvironmentReady, "everything is there and ready".to_owned()),
        Phase::Degraded => (EventKind::EnvironmentDegraded, cause?.message.clone()),
        Phase::Failed => (EventKind::EnvironmentFailed, cause?.message.clone()),
        Phase::Pending | Phase::Provisioning | Phase::Deleting | Phase::Deleted => return None,
    };
    let event = NewEvent::new(kind, message);
    Some(match cause.and_then(|cause| cause.resource.clone()) {
        Some(resource) => event.about(resource),
        None => event,
    })
}

/// Whether the current generation has been ready once.
pub fn provisioned(environment: &Environment) -> bool {
    environment.desired != Desired::Absent
        && environment.conditions.iter().any(|condition| {
            condition.kind == ConditionKind::Provisioned && condition.observed_generation == environment.generation
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    use berth_model::condition::phase;
    use berth_model::environment::TemplateRef;
    use berth_model::id::{EnvironmentId, TeamId, UserId};
    use berth_model::name::{EnvironmentName, TeamName, Username};
    use berth_model::time;

    fn environment() -> Environment {
        Environment {
            id: EnvironmentId::new(),
            team: TeamId::new(),
            team_name: TeamName::parse("pay").unwrap(),
            name: EnvironmentName::parse("web").unwrap(),
            owner: UserId::new(),
            owner_name: Username::parse("ada").unwrap(),
            template: TemplateRef {
                name: "worker".into(),
                version: semver::Version::new(1, 0, 0),
            },
            parameters: serde_json::json!({}),
            labels: BTreeMap::new(),
            cluster: "default".into(),
            namespace: "pay-web-1".into(),
            source: None,
            desired: Desired::Running,
            generation: 2,
            revision: 2,
            version: 5,
            observed_generation: 1,
            conditions: Vec::new(),
            outputs: BTreeMap::new(),
            created_at: time::now(),
            updated_at: time::now(),
            deleted_at: None,
        }
    }

    fn cause() -> Cause {
        Cause {
            reason: "ImagePullBackOff".into(),
            message: "no such image".into(),
            resource: Some("web".into()),
        }
    }

    #[test]
    fn a_finding_becomes_the_phase_it_means() {
        let now = time::now();
        let mut env = environment();
        let cases = [
            (Finding::Progressing(cause()), Phase::Provisioning, None),
            (Finding::Ready, Phase::Ready, Some(EventKind::EnvironmentReady)),
            (Finding::Ready, Phase::Ready, None),
            (
                Finding::Progressing(cause()),
                Phase::Degraded,
                Some(EventKind::EnvironmentDegraded),
            ),
            (
                Finding::Stalled(cause()),
                Phase::Failed,
                Some(EventKind::EnvironmentFailed),
            ),
            (Finding::Ready, Phase::Ready, Some(EventKind::EnvironmentReady)),
        ];
        for (finding, expected, event) in cases {
            let after = conditions(&env, &finding, now);
            assert_eq!(
                phase(env.desired, env.generation, false, &after),
                expected,
                "{finding:?}"
            );
            assert_eq!(transition(&env, &after).map(|event| event.kind), event, "{finding:?}");
            env.conditions = after;
        }
        assert!(provisioned(&env));
        env.generation = 3;
        assert!(!provisioned(&env));
    }

    #[test]
    fn the_same_finding_twice_changes_nothing() {
        let mut env = environment();
        env.conditions = conditions(&env, &Finding::Progressing(cause()), time::now());
        let later = time::now() + chrono::TimeDelta::seconds(9);
        assert_eq!(conditions(&env, &Finding::Progressing(cause()), later), env.conditions);
    }
}
