//! Templates of the catalog as they are shown.

pub mod draft;
pub mod impact;
pub mod rendering;

use std::collections::BTreeMap;

use berth_model::template::{TemplateVersion, VersionState};
use berth_model::time::Timestamp;
use berth_template::{Card, Compiled};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A template, over all its versions; what is said of it is what its latest version says.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Template {
    /// Its name; its address is `/templates/{name}`.
    #[schema(example = "web-service")]
    pub name: String,
    /// What to call it in front of people.
    pub title: String,
    /// What it is for, in a sentence.
    pub summary: String,
    /// Who looks after it.
    pub owner: String,
    /// What to find it by.
    pub tags: Vec<String>,
    /// Its latest published version.
    #[schema(example = "1.0.0")]
    pub latest_version: String,
}

impl From<(String, semver::Version, Card)> for Template {
    fn from((name, version, card): (String, semver::Version, Card)) -> Self {
        let Card {
            title,
            summary,
            owner,
            tags,
        } = card;
        Self {
            name,
            title,
            summary,
            owner,
            tags,
            latest_version: version.to_string(),
        }
    }
}

/// A version of a template, in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// The version.
    #[schema(example = "1.0.0")]
    pub version: String,
    /// Where it is in its life.
    pub state: VersionState,
    /// SHA-256 of the canonical document.
    pub digest: String,
    /// When it was published.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub published_at: Timestamp,
}

impl From<&TemplateVersion> for Version {
    fn from(version: &TemplateVersion) -> Self {
        Self {
            version: version.version.to_string(),
            state: version.state,
            digest: version.digest.clone(),
            published_at: version.published_at,
        }
    }
}

/// A version of a template, with everything there is to know about it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VersionDetail {
    /// The template's name.
    #[schema(example = "web-service")]
    pub name: String,
    /// The version.
    #[schema(example = "1.0.0")]
    pub version: String,
    /// What to call it in front of people.
    pub title: String,
    /// What it is for, in a sentence.
    pub summary: String,
    /// Who looks after it.
    pub owner: String,
    /// What to find it by.
    pub tags: Vec<String>,
    /// Where it is in its life.
    pub state: VersionState,
    /// SHA-256 of the canonical document.
    pub digest: String,
    /// When it was published.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub published_at: Timestamp,
    /// JSON Schema 2020-12 of the parameters; `ui` holds hints for forms.
    #[schema(value_type = Object)]
    pub parameters: Value,
    /// Every kind of object it can create, those of composed templates included.
    pub kinds: Vec<Kind>,
    /// The templates it is composed of, at exact versions.
    pub uses: Vec<String>,
    /// The names of what an environment made from it gives back.
    pub outputs: Vec<String>,
    /// Parameters to try it with, by name.
    #[schema(value_type = Object)]
    pub examples: BTreeMap<String, Value>,
    /// What can be done to an environment on demand.
    pub actions: Vec<Action>,
    /// Why it is deprecated or withdrawn.
    #[schema(required)]
    pub reason: Option<String>,
    /// Documentation for developers, Markdown.
    pub readme: String,
    /// The document as it was published, YAML.
    pub document: String,
}

/// Something that can be done to an environment on demand.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Action {
    /// The name it is called by.
    #[schema(example = "restart")]
    pub name: String,
    /// What to call it in front of people.
    pub title: String,
    /// What it does, in a sentence.
    pub summary: String,
    /// Resources whose pods are replaced, one after the other.
    pub restart: Vec<String>,
}

impl From<&berth_template::Action> for Action {
    fn from(action: &berth_template::Action) -> Self {
        Self {
            name: action.name.clone(),
            title: action.title.clone(),
            summary: action.summary.clone(),
            restart: action.restart.clone(),
        }
    }
}

/// A kind of object.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Kind {
    /// Group and version.
    #[schema(example = "apps/v1")]
    pub api_version: String,
    /// The kind.
    #[schema(example = "Deployment")]
    pub kind: String,
}

impl VersionDetail {
    /// The version as it was published, and what compiling it found.
    pub fn new(published: TemplateVersion, compiled: &Compiled) -> Self {
        let TemplateVersion {
            id: _,
            template: _,
            name,
            version,
            document,
            digest,
            readme,
            state,
            published_at,
            uses: _,
            card: _,
            examples,
            author: _,
            reason,
            changed_at: _,
        } = published;
        let kinds = compiled.kinds().iter();
        Self {
            name,
            version: version.to_string(),
            title: compiled.title().to_owned(),
            summary: compiled.summary().to_owned(),
            owner: compiled.owner().to_owned(),
            tags: compiled.tags().to_vec(),
            state,
            digest,
            published_at,
            parameters: compiled.parameter_schema().clone(),
            kinds: kinds
                .map(|kind| Kind {
                    api_version: kind.api_version.clone(),
                    kind: kind.kind.clone(),
                })
                .collect(),
            uses: compiled
                .uses()
                .iter()
                .map(|(name, version)| format!("{name}@{version}"))
                .collect(),
            outputs: compiled.output_names().into_iter().map(str::to_owned).collect(),
            examples,
            actions: compiled.actions().iter().map(Action::from).collect(),
            reason,
            readme,
            document,
        }
    }
}
