//! Rollouts: a fleet of environments moved to another version of their template, in waves.

use std::collections::BTreeMap;

use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

use crate::id::{EnvironmentId, RolloutId, TeamId, UserId};
use crate::name::{EnvironmentName, TeamName};
use crate::role::words;
use crate::time::Timestamp;

words! {
    /// How far a rollout is.
    RolloutState {
        /// Wave by wave.
        Running = "running",
        /// Somebody stopped it for a while: no wave begins.
        Paused = "paused",
        /// Too many environments failed: no wave begins until somebody decides.
        Halted = "halted",
        /// What was upgraded goes back to the version before.
        RollingBack = "rolling_back",
        /// Everything that could go back did.
        RolledBack = "rolled_back",
        /// Every environment was dealt with.
        Completed = "completed",
        /// Somebody ended it; what was upgraded stays.
        Aborted = "aborted",
    }

    /// How far a rollout is with one environment.
    TargetState {
        /// Its wave has not begun.
        Waiting = "waiting",
        /// The new version is accepted and coming up.
        Upgrading = "upgrading",
        /// Ready with the new version.
        Ready = "ready",
        /// Not upgraded, or not ready in time; the reason says why.
        Failed = "failed",
        /// Left alone; the reason says why.
        Skipped = "skipped",
        /// The version before is accepted and coming up again.
        Reverting = "reverting",
        /// Ready with the version before.
        Reverted = "reverted",
    }

    /// What happens when too many environments of a wave fail.
    OnFailure {
        /// No further wave begins; what was upgraded stays.
        Halt = "halt",
        /// What was upgraded goes back to the version before.
        RollBack = "roll_back",
    }
}

impl RolloutState {
    /// Whether nothing more will happen to it.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Running | Self::Paused | Self::Halted | Self::RollingBack => false,
            Self::RolledBack | Self::Completed | Self::Aborted => true,
        }
    }
}

/// Which environments of the template.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Selector {
    /// On a version in this range; without it, on any version below the one they are moved to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<VersionReq>,
    /// Of these teams; empty means of every team.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub teams: Vec<TeamName>,
    /// With all of these labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub labels: BTreeMap<String, String>,
}

impl Selector {
    /// Whether an environment on that version, with these labels, is meant. The teams are for the query.
    pub fn takes(&self, version: &Version, to: &Version, labels: &BTreeMap<String, String>) -> bool {
        let Self {
            from,
            teams: _,
            labels: wanted,
        } = self;
        version < to
            && from.as_ref().is_none_or(|range| range.matches(version))
            && wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
    }
}

/// How the environments are dealt out and watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pace {
    /// How many environments the first wave has.
    pub first: u32,
    /// How many each later wave has.
    pub size: u32,
    /// Seconds between the end of a wave and the next.
    pub pause: u32,
    /// Seconds an environment may take to be ready.
    pub ready_within: u32,
    /// How many environments may fail before the rollout stops.
    pub max_failures: u32,
    /// What stopping means.
    pub on_failure: OnFailure,
}

impl Pace {
    /// The wave, from 1, of the environment at that position, from 0.
    pub const fn wave(&self, position: u32) -> u32 {
        let (first, size) = (
            if self.first == 0 { 1 } else { self.first },
            if self.size == 0 { 1 } else { self.size },
        );
        if position < first {
            1
        } else {
            2 + (position - first) / size
        }
    }
}

/// A rollout as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollout {
    /// Its id.
    pub id: RolloutId,
    /// The template's name.
    pub template: String,
    /// The version the environments are moved to.
    pub version: Version,
    /// Which environments.
    pub selector: Selector,
    /// How.
    pub pace: Pace,
    /// How far it is.
    pub state: RolloutState,
    /// Why it is where it is, for people.
    pub reason: Option<String>,
    /// The wave in hand or last done, from 1; 0 before the first.
    pub wave: u32,
    /// How many waves there are.
    pub waves: u32,
    /// When the wave in hand was done.
    pub wave_done_at: Option<Timestamp>,
    /// Failures that somebody has decided to live with by resuming.
    pub forgiven: u32,
    /// Who asked for it.
    pub author: UserId,
    /// Counts every change of the record, for the entity tag.
    pub revision: i64,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When the record last changed.
    pub updated_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// One environment of a rollout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The environment.
    pub environment: EnvironmentId,
    /// Its name.
    pub name: EnvironmentName,
    /// Its team.
    pub team: TeamId,
    /// Its team's name.
    pub team_name: TeamName,
    /// Its wave, from 1.
    pub wave: u32,
    /// How far the rollout is with it.
    pub state: TargetState,
    /// Why, for people, when it failed or was skipped.
    pub reason: Option<String>,
    /// The version it was on.
    pub from: Version,
    /// The revision it was at when it was upgraded.
    pub from_revision: Option<i64>,
    /// Its generation after the last change that the rollout made.
    pub generation: Option<i64>,
    /// When the rollout last did or saw something about it.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_are_dealt_out_a_small_wave_first() {
        let pace = Pace {
            first: 1,
            size: 3,
            pause: 0,
            ready_within: 60,
            max_failures: 0,
            on_failure: OnFailure::Halt,
        };
        let waves: Vec<u32> = (0..8).map(|position| pace.wave(position)).collect();
        assert_eq!(waves, [1, 2, 2, 2, 3, 3, 3, 4]);
    }

    #[test]
    fn a_selector_takes_what_is_older_in_range_and_labelled() {
        let labels = |tier: &str| BTreeMap::from([("tier".to_owned(), tier.to_owned())]);
        let selector = Selector {
            from: Some(VersionReq::parse("^1.2").unwrap()),
            teams: Vec::new(),
            labels: labels("test"),
        };
        let takes = |version: &str, tier: &str| {
            selector.takes(&Version::parse(version).unwrap(), &Version::new(1, 4, 0), &labels(tier))
        };
        assert!(takes("1.2.0", "test"));
        assert!(!takes("1.2.0", "live"), "another label");
        assert!(!takes("1.1.9", "test"), "below the range");
        assert!(!takes("1.4.0", "test"), "there already");
        assert!(!takes("1.5.0", "test"), "beyond");
    }
}
