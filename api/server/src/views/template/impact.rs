//! What a version would do to an environment, as it is shown.

use berth_model::id::EnvironmentId;
use berth_model::name::{EnvironmentName, TeamName};
use berth_template::{Effect, ObjectChange};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::template::impact as app;

/// What a version would do to one environment.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Impact {
    /// The environment.
    pub environment: EnvironmentId,
    /// Its name.
    pub name: EnvironmentName,
    /// Its team.
    pub team: TeamName,
    /// The version it is on.
    #[schema(example = "1.0.0")]
    pub from: String,
    /// `unchanged`, `changes`, `replaces` (objects have to be made again) or `fails` (its parameters do not fit).
    #[schema(example = "changes")]
    pub verdict: &'static str,
    /// Whether data is lost.
    pub data_loss: bool,
    /// What of its parameters does not fit.
    pub findings: Vec<Misfit>,
    /// Every object that would not stay as it is.
    pub changes: Vec<Touched>,
}

/// A parameter that does not fit.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Misfit {
    /// JSON Pointer into the environment.
    #[schema(example = "/parameters/replicas")]
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}

/// An object that would not stay as it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Touched {
    /// The template resource it comes from.
    pub resource: String,
    /// The kind.
    #[schema(example = "Deployment")]
    pub kind: String,
    /// The name.
    pub name: String,
    /// `create`, `change`, `delete`, `retain` or `replace`.
    #[schema(value_type = String, example = "change")]
    pub effect: Effect,
    /// The fields that differ: the first twenty, as JSON Pointers, never their values.
    pub fields: Vec<String>,
    /// Whether data that it holds is lost.
    pub data_loss: bool,
}

impl From<app::Impact> for Impact {
    fn from(impact: app::Impact) -> Self {
        let app::Impact {
            environment,
            findings,
            changes,
        } = impact;
        let replaces = changes.iter().any(|change| change.effect == Effect::Replace);
        let verdict = match (findings.is_empty(), replaces, changes.is_empty()) {
            (false, ..) => "fails",
            (true, true, _) => "replaces",
            (true, false, false) => "changes",
            (true, false, true) => "unchanged",
        };
        Self {
            environment: environment.id,
            name: environment.name,
            team: environment.team_name,
            from: environment.template.version.to_string(),
            verdict,
            data_loss: changes.iter().any(|change| change.data_loss),
            findings: findings
                .into_iter()
                .map(|finding| Misfit {
                    pointer: format!("/parameters{}", finding.pointer),
                    detail: finding.detail,
                })
                .collect(),
            changes: changes.into_iter().map(Touched::from).collect(),
        }
    }
}

impl From<ObjectChange> for Touched {
    fn from(change: ObjectChange) -> Self {
        let ObjectChange {
            resource,
            api_version: _,
            kind,
            name,
            effect,
            fields,
            data_loss,
        } = change;
        Self {
            resource,
            kind,
            name,
            effect,
            fields,
            data_loss,
        }
    }
}
