//! Conditions, as Kubernetes has them, and the phase that is derived from them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::role::words;
use crate::time::Timestamp;

words! {
    /// What a condition says something about.
    ConditionKind {
        /// Everything the current generation asks for is there and ready.
        Ready = "Ready",
        /// The current generation has been ready once; what comes after is degradation.
        Provisioned = "Provisioned",
        /// The current generation cannot succeed without a change (the word is kstatus's).
        Stalled = "Stalled",
    }

    /// Whether it holds.
    ConditionStatus {
        /// It holds.
        True = "True",
        /// It does not hold.
        False = "False",
        /// It cannot be told at the moment.
        Unknown = "Unknown",
    }

    /// Where an environment is, in one word.
    Phase {
        /// Accepted, not yet looked at.
        Pending = "Pending",
        /// Coming up, or on the way to a changed intent.
        Provisioning = "Provisioning",
        /// Everything is there and ready.
        Ready = "Ready",
        /// It was ready and is not at the moment; Berth is at it.
        Degraded = "Degraded",
        /// Asleep, as asked for.
        Asleep = "Asleep",
        /// Cannot succeed without a change; the first cause says why.
        Failed = "Failed",
        /// Going away.
        Deleting = "Deleting",
        /// Gone; the record stays.
        Deleted = "Deleted",
    }

    /// What is wanted of an environment.
    Desired {
        /// It runs.
        Running = "running",
        /// It sleeps: there, without compute.
        Asleep = "asleep",
        /// It is not there.
        Absent = "absent",
    }
}

/// One observation about an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: ConditionKind,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// One CamelCase word for programs.
    pub reason: String,
    /// A sentence for people: the first cause when something is wrong. Never a secret.
    pub message: String,
    /// The template resource that is the first cause, if one is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resource: Option<String>,
    /// The generation that was looked at.
    pub observed_generation: i64,
    /// When `status` last changed.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub last_transition_time: Timestamp,
}

impl Condition {
    /// Puts the condition among the others, keeping the time of the last transition when the status stays.
    pub fn set(self, conditions: &mut Vec<Self>) {
        match conditions.iter_mut().find(|old| old.kind == self.kind) {
            Some(old) if old.status == self.status => {
                *old = Self {
                    last_transition_time: old.last_transition_time,
                    ..self
                };
            }
            Some(old) => *old = self,
            None => conditions.push(self),
        }
    }
}

/// The phase: a function of what is wanted and what was observed, never stored by hand.
pub fn phase(desired: Desired, generation: i64, deleted: bool, conditions: &[Condition]) -> Phase {
    let current = |kind: ConditionKind| {
        conditions
            .iter()
            .find(|c| c.kind == kind && c.observed_generation == generation && c.status == ConditionStatus::True)
    };
    match desired {
        Desired::Absent if deleted => Phase::Deleted,
        Desired::Absent => Phase::Deleting,
        Desired::Running | Desired::Asleep if current(ConditionKind::Stalled).is_some() => Phase::Failed,
        Desired::Running if current(ConditionKind::Ready).is_some() => Phase::Ready,
        Desired::Asleep if current(ConditionKind::Ready).is_some() => Phase::Asleep,
        Desired::Running | Desired::Asleep if conditions.is_empty() => Phase::Pending,
        Desired::Running | Desired::Asleep if current(ConditionKind::Provisioned).is_some() => Phase::Degraded,
        Desired::Running | Desired::Asleep => Phase::Provisioning,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ConditionStatus::{False, True};

    fn condition(kind: ConditionKind, status: ConditionStatus, generation: i64) -> Condition {
        Condition {
            kind,
            status,
            reason: "Test".into(),
            message: String::new(),
            resource: None,
            observed_generation: generation,
            last_transition_time: crate::time::now(),
        }
    }

    #[test]
    fn the_phase_follows_from_the_conditions() {
        use ConditionKind::{Provisioned, Ready, Stalled};
        type Known = (ConditionKind, ConditionStatus, i64);
        let cases: &[(Desired, bool, &[Known], Phase)] = &[
            (Desired::Running, false, &[], Phase::Pending),
            (Desired::Running, false, &[(Ready, False, 2)], Phase::Provisioning),
            (
                Desired::Running,
                false,
                &[(Ready, True, 2), (Provisioned, True, 2)],
                Phase::Ready,
            ),
            (
                Desired::Running,
                false,
                &[(Ready, True, 1), (Provisioned, True, 1)],
                Phase::Provisioning,
            ),
            (
                Desired::Running,
                false,
                &[(Ready, False, 2), (Provisioned, True, 2)],
                Phase::Degraded,
            ),
            (
                Desired::Running,
                false,
                &[(Ready, False, 2), (Stalled, True, 2)],
                Phase::Failed,
            ),
            (
                Desired::Running,
                false,
                &[(Ready, False, 1), (Stalled, True, 1)],
                Phase::Provisioning,
            ),
            (Desired::Asleep, false, &[(Ready, True, 2)], Phase::Asleep),
            (Desired::Absent, false, &[(Ready, True, 2)], Phase::Deleting),
            (Desired::Absent, true, &[(Ready, True, 2)], Phase::Deleted),
        ];
        for (desired, deleted, conditions, expected) in cases {
            let conditions: Vec<_> = conditions.iter().map(|(k, s, g)| condition(*k, *s, *g)).collect();
            assert_eq!(
                phase(*desired, 2, *deleted, &conditions),
                *expected,
                "{desired} {conditions:?}"
            );
        }
    }

    #[test]
    fn the_transition_time_moves_only_with_the_status() {
        let mut conditions = vec![condition(ConditionKind::Ready, False, 1)];
        let before = conditions[0].last_transition_time;
        let later = |status| Condition {
            last_transition_time: before + chrono::TimeDelta::seconds(5),
            ..condition(ConditionKind::Ready, status, 2)
        };
        later(False).set(&mut conditions);
        assert_eq!(
            (conditions[0].last_transition_time, conditions[0].observed_generation),
            (before, 2)
        );
        later(True).set(&mut conditions);
        assert_ne!(conditions[0].last_transition_time, before);
    }
}
