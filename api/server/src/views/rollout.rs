//! Rollouts as they are asked for and shown.

use std::collections::BTreeMap;

use berth_model::id::{EnvironmentId, RolloutId, UserId};
use berth_model::name::{EnvironmentName, TeamName};
use berth_model::rollout::{self, OnFailure, Pace, RolloutState, TargetState};
use berth_model::span::Span;
use berth_model::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A fleet of environments on their way to another version of their template.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rollout {
    /// Its id; its address is `/rollouts/{id}`.
    pub id: RolloutId,
    /// The template and the version that the environments are moved to.
    #[schema(example = "web-service@1.1.0")]
    pub template: String,
    /// Which environments; they were settled when the rollout was accepted.
    pub selector: Selector,
    /// How they are dealt out and watched.
    pub waves: Waves,
    /// Who asked for it.
    pub requested_by: UserId,
    /// When it was asked for.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub created_at: Timestamp,
    /// How it goes.
    pub status: RolloutStatus,
}

/// How a rollout goes.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolloutStatus {
    /// How far it is. `rolled_back`, `completed` and `aborted` are final.
    pub state: RolloutState,
    /// Why it is where it is, for people.
    #[schema(required)]
    pub reason: Option<String>,
    /// The wave in hand or last done, from 1; 0 before the first.
    pub wave: u32,
    /// How many waves there are.
    pub waves: u32,
    /// When it last went on.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub updated_at: Timestamp,
    /// When it ended.
    #[schema(required, value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub finished_at: Option<Timestamp>,
}

/// How the environments of a rollout are dealt out and watched.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Waves {
    /// How many environments the first wave has.
    pub first: u32,
    /// How many each later wave has.
    pub size: u32,
    /// How long to wait between two waves.
    pub pause: Span,
    /// How long an environment may take to be ready.
    pub ready_within: Span,
    /// How many environments may fail before the rollout stops.
    pub max_failures: u32,
    /// What stopping means.
    pub on_failure: OnFailure,
}

/// Which environments of the template.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Selector {
    /// On a version in this range; without it, on any version below the one they are moved to.
    #[schema(max_length = 100, example = "^1.0")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Of these teams; without them, of every team.
    #[schema(max_items = 100)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<TeamName>,
    /// With all of these labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

impl From<rollout::Rollout> for Rollout {
    fn from(rollout: rollout::Rollout) -> Self {
        let rollout::Rollout {
            id,
            template,
            version,
            selector,
            pace,
            state,
            reason,
            wave,
            waves,
            wave_done_at: _,
            forgiven: _,
            author,
            revision: _,
            created_at,
            updated_at,
            finished_at,
        } = rollout;
        let Pace {
            first,
            size,
            pause,
            ready_within,
            max_failures,
            on_failure,
        } = pace;
        let rollout::Selector { from, teams, labels } = selector;
        Self {
            id,
            template: format!("{template}@{version}"),
            selector: Selector {
                from: from.map(|range| range.to_string()),
                teams,
                labels,
            },
            waves: Waves {
                first,
                size,
                pause: Span::seconds(pause.into()),
                ready_within: Span::seconds(ready_within.into()),
                max_failures,
                on_failure,
            },
            requested_by: author,
            created_at,
            status: RolloutStatus {
                state,
                reason,
                wave,
                waves,
                updated_at,
                finished_at,
            },
        }
    }
}

/// One environment of a rollout.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// The environment.
    pub environment: EnvironmentId,
    /// Its name.
    pub name: EnvironmentName,
    /// Its team.
    pub team: TeamName,
    /// Its wave, from 1.
    pub wave: u32,
    /// How far the rollout is with it.
    pub state: TargetState,
    /// Why, for people, when it failed or was left alone.
    #[schema(required)]
    pub reason: Option<String>,
    /// The version it was on.
    #[schema(example = "1.0.0")]
    pub from: String,
    /// When the rollout last did or saw something about it.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub updated_at: Timestamp,
}

impl From<rollout::Target> for Target {
    fn from(target: rollout::Target) -> Self {
        let rollout::Target {
            environment,
            name,
            team: _,
            team_name: team,
            wave,
            state,
            reason,
            from,
            from_revision: _,
            generation: _,
            updated_at,
        } = target;
        Self {
            environment,
            name,
            team,
            wave,
            state,
            reason,
            from: from.to_string(),
            updated_at,
        }
    }
}

/// A rollout to begin.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "template": "web-service@1.1.0", "selector": {"from": "^1", "labels": {"tier": "test"}},
    "waves": {"first": 1, "share": 25, "pause": "PT10M", "readyWithin": "PT5M", "maxFailures": 0, "onFailure": "roll_back"},
}))]
pub struct NewRollout {
    /// The template and the exact version to move to.
    #[schema(max_length = 128)]
    pub template: String,
    /// Which environments; all on an older version without it.
    #[serde(default)]
    pub selector: Selector,
    /// How they are dealt out and watched.
    #[serde(default)]
    pub waves: NewWaves,
}

/// How the environments of a rollout are to be dealt out and watched.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NewWaves {
    /// How many environments the first wave has: 1 without it.
    #[schema(minimum = 1, maximum = 10_000)]
    pub first: Option<u32>,
    /// How many each later wave has: 5 without it.
    #[schema(minimum = 1, maximum = 10_000)]
    pub size: Option<u32>,
    /// The same in percent of all environments of the rollout, instead of `size`.
    #[schema(minimum = 1, maximum = 100)]
    pub share: Option<u32>,
    /// How long to wait between two waves: not at all without it.
    pub pause: Option<Span>,
    /// How long an environment may take to be ready: 10 minutes without it.
    pub ready_within: Option<Span>,
    /// How many environments may fail before the rollout stops: none without it.
    #[schema(maximum = 10_000)]
    pub max_failures: Option<u32>,
    /// What stopping means: `halt` without it.
    pub on_failure: Option<OnFailure>,
}
