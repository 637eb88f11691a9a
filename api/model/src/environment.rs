//! What an environment is: the intent at the top, the observed below.

use std::collections::BTreeMap;

use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::condition::{Condition, Desired, Phase, phase};
use crate::id::{EnvironmentId, RevisionId, TeamId, UserId};
use crate::name::{EnvironmentName, TeamName, Username};
use crate::time::Timestamp;

/// A template at one version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TemplateRef {
    /// The template's name.
    pub name: String,
    /// The version, pinned.
    pub version: Version,
}

impl std::fmt::Display for TemplateRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

/// Where the request came from, as the caller states it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Source {
    /// The repository, as a name or address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// When the commit was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub committed_at: Option<Timestamp>,
    /// The branch or tag.
    #[serde(skip_serializing_if = "Option::is_none", rename = "ref")]
    pub reference: Option<String>,
    /// The change (pull or merge request).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
}

/// What an environment gives back when it is ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// What to call it in front of people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub title: Option<String>,
    /// The value, for outputs that are no secret.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<Value>,
    /// Where the value is, for outputs that are secret: never the value itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub secret: Option<SecretKey>,
}

/// One key of a Secret in the environment's namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretKey {
    /// The Secret's name.
    pub name: String,
    /// The key in it.
    pub key: String,
}

/// An environment as it is recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Environment {
    /// Its id.
    pub id: EnvironmentId,
    /// The team that owns it.
    pub team: TeamId,
    /// That team's name.
    pub team_name: TeamName,
    /// Its name, unique in the team.
    pub name: EnvironmentName,
    /// Who created it.
    pub owner: UserId,
    /// That person's username.
    pub owner_name: Username,
    /// What it is made from.
    pub template: TemplateRef,
    /// The template's parameters with defaults applied.
    pub parameters: Value,
    /// The caller's own labels.
    pub labels: BTreeMap<String, String>,
    /// The cluster it lives in.
    pub cluster: String,
    /// The namespace it lives in.
    pub namespace: String,
    /// Where the request came from.
    pub source: Option<Source>,
    /// What is wanted of it.
    pub desired: Desired,
    /// Counts the changes of intent, from 1.
    pub generation: i64,
    /// The number of the current revision, from 1.
    pub revision: i64,
    /// Counts every change of the record, for the entity tag.
    pub version: i64,
    /// The last generation that the engine has finished a pass over.
    pub observed_generation: i64,
    /// What was observed.
    pub conditions: Vec<Condition>,
    /// What it gives back.
    pub outputs: BTreeMap<String, Output>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When the record last changed.
    pub updated_at: Timestamp,
    /// When it was gone.
    pub deleted_at: Option<Timestamp>,
}

impl Environment {
    /// Where it is, in one word.
    pub fn phase(&self) -> Phase {
        phase(
            self.desired,
            self.generation,
            self.deleted_at.is_some(),
            &self.conditions,
        )
    }

    /// What template expressions see as `env`.
    pub fn template_scope(&self) -> Value {
        serde_json::json!({
            "id": self.id.to_string(),
            "name": self.name,
            "team": self.team_name,
            "owner": self.owner_name,
            "namespace": self.namespace,
            "labels": self.labels,
            "revision": self.revision,
            "template": {"name": self.template.name, "version": self.template.version.to_string()},
            "source": self.source.clone().unwrap_or_default(),
        })
    }
}

/// One immutable numbered state of the intent.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// Its id.
    pub id: RevisionId,
    /// Its number in the environment, from 1.
    pub number: i64,
    /// What it is made from.
    pub template: TemplateRef,
    /// The parameters with defaults applied.
    pub parameters: Value,
    /// Who made it.
    pub author: UserId,
    /// When.
    pub created_at: Timestamp,
}
