//! What curators send and see: documents, findings, drafts.

use std::collections::BTreeMap;

use berth_model::id::UserId;
use berth_model::template as model;
use berth_model::time::Timestamp;
use berth_template as compiler;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Kind;
use crate::app::template::examine::{Examined, Submission as Asked};

/// A template's document with what stands beside it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Submission {
    /// The document, YAML.
    #[schema(min_length = 1, max_length = 1_048_576)]
    pub document: String,
    /// Documentation for developers, Markdown.
    #[serde(default)]
    #[schema(max_length = 262_144)]
    pub readme: String,
    /// Parameters to try it with, by name: each must fit, and is rendered.
    #[serde(default)]
    pub examples: BTreeMap<String, Map<String, Value>>,
}

impl From<Submission> for Asked {
    fn from(submission: Submission) -> Self {
        let Submission {
            document,
            readme,
            examples,
        } = submission;
        let examples = examples
            .into_iter()
            .map(|(name, parameters)| (name, Value::Object(parameters)));
        Self {
            document,
            readme,
            examples: examples.collect(),
        }
    }
}

/// One thing the compiler found.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// `error`: it cannot be published. `warning`: something is probably not meant.
    #[schema(example = "error")]
    pub severity: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Line in the document, from 1.
    pub line: u32,
    /// Column in that line, from 1.
    pub column: u32,
    /// Path in the document.
    #[schema(example = "spec.resources[2].object.spec.replicas")]
    pub path: String,
    /// What was probably meant.
    #[schema(required)]
    pub suggestion: Option<String>,
}

impl From<compiler::Finding> for Finding {
    fn from(finding: compiler::Finding) -> Self {
        let compiler::Finding {
            severity,
            message,
            line,
            column,
            path,
            suggestion,
        } = finding;
        Self {
            severity: match severity {
                compiler::Severity::Error => "error",
                compiler::Severity::Warning => "warning",
            },
            message,
            line,
            column,
            path,
            suggestion,
        }
    }
}

/// One change since the version before.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Where.
    #[schema(example = "parameters.replicas")]
    pub path: String,
    /// What.
    pub what: String,
    /// The step of the version it deserves: `major`, `minor` or `patch`.
    #[schema(value_type = String, example = "major")]
    pub step: compiler::Step,
}

/// What is different from the version before.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The version it is compared with: the highest one below.
    #[schema(example = "1.0.0")]
    pub with: String,
    /// What changed, the largest first.
    pub changes: Vec<Change>,
    /// The step that all changes deserve together.
    #[schema(value_type = String, example = "minor")]
    pub deserves: compiler::Step,
    /// Whether the version takes that step.
    pub enough: bool,
}

/// What the compiler says of a document.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// Whether it could be published as it is.
    pub valid: bool,
    /// Everything that was found, in the order of the document.
    pub findings: Vec<Finding>,
    /// The version in the document, when that could be read.
    #[schema(required)]
    pub version: Option<String>,
    /// JSON Schema 2020-12 of the parameters.
    #[schema(required, value_type = Option<Object>)]
    pub parameters: Option<Value>,
    /// Every kind of object it can create.
    pub kinds: Vec<Kind>,
    /// The templates it is composed of, at the versions it would be published with.
    pub uses: Vec<String>,
    /// What is different from the version before; null when there is none.
    #[schema(required)]
    pub comparison: Option<Comparison>,
}

impl From<Examined> for Check {
    fn from(examined: Examined) -> Self {
        let valid = examined.is_valid() && examined.missing_step().is_none();
        let enough = examined.missing_step().is_none();
        let compiled = examined.compiled.as_deref();
        let kinds = compiled.map(|template| template.kinds().iter()).into_iter().flatten();
        let uses = compiled.map(|template| template.uses().iter()).into_iter().flatten();
        let comparison = examined.before.as_ref().map(|(with, changes)| Comparison {
            with: with.to_string(),
            deserves: compiler::deserved(changes),
            enough,
            changes: changes
                .iter()
                .map(|change| Change {
                    path: change.path.clone(),
                    what: change.what.clone(),
                    step: change.step,
                })
                .collect(),
        });
        Self {
            valid,
            version: compiled.map(|template| template.version().to_string()),
            parameters: compiled.map(|template| template.parameter_schema().clone()),
            kinds: kinds
                .map(|kind| Kind {
                    api_version: kind.api_version.clone(),
                    kind: kind.kind.clone(),
                })
                .collect(),
            uses: uses.map(|(name, version)| format!("{name}@{version}")).collect(),
            comparison,
            findings: examined.findings.into_iter().map(Finding::from).collect(),
        }
    }
}

/// A version that is not published yet.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// The template's name.
    pub name: String,
    /// The version it is to be.
    #[schema(example = "1.1.0")]
    pub version: String,
    /// The document as it is now, YAML.
    pub document: String,
    /// Documentation for developers, Markdown.
    pub readme: String,
    /// Parameters to try it with, by name.
    #[schema(value_type = Object)]
    pub examples: BTreeMap<String, Value>,
    /// Who wrote it last.
    pub author: UserId,
    /// When it was begun.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub created_at: Timestamp,
    /// When it was last written.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub updated_at: Timestamp,
    /// What the compiler says of it; left out in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
}

impl Draft {
    /// The draft with what the compiler says of it.
    pub fn new(draft: model::Draft, examined: Option<Examined>) -> Self {
        let model::Draft {
            name,
            version,
            document,
            readme,
            examples,
            author,
            revision: _,
            created_at,
            updated_at,
        } = draft;
        Self {
            name,
            version: version.to_string(),
            document,
            readme,
            examples,
            author,
            created_at,
            updated_at,
            check: examined.map(Check::from),
        }
    }
}

/// Why a version is not to be used any more.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"reason": "1.2.0 fixes the probe"}))]
pub struct Reason {
    /// The reason, for people.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}
