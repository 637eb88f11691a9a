//! Environments as they are shown, and what is sent to make and change them.
//!
//! Desired fields are on top and observed ones under `status`. `template` reads the way it is sent, so that what was
//! read can be sent back.

use std::collections::BTreeMap;

use berth_model::condition::{Condition, ConditionKind, ConditionStatus, Desired, Phase};
use berth_model::environment::{self, Output, Source};
use berth_model::id::{EnvironmentId, OperationId};
use berth_model::name::{EnvironmentName, TeamName, Username};
use berth_model::operation::Cause;
use berth_model::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// An environment.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Environment {
    /// Its id; its address is `/environments/{id}`.
    pub id: EnvironmentId,
    /// The team that owns it.
    pub team: TeamName,
    /// Its name, unique in the team.
    pub name: EnvironmentName,
    /// Who asked for it.
    pub owner: Username,
    /// What it is made from, at one version.
    #[schema(example = "web-service@1.0.0")]
    pub template: String,
    /// The template's parameters, defaults included.
    #[schema(value_type = Object)]
    pub parameters: Value,
    /// The team's own labels.
    pub labels: BTreeMap<String, String>,
    /// Where the request came from, as stated.
    #[schema(required)]
    pub source: Option<Source>,
    /// What is wanted of it.
    pub desired: Desired,
    /// The cluster it lives in.
    pub cluster: String,
    /// The namespace it lives in.
    pub namespace: String,
    /// Counts the changes of what is wanted, from 1.
    pub generation: i64,
    /// The number of its current revision, from 1.
    pub revision: i64,
    /// When it was asked for.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub created_at: Timestamp,
    /// When something about it last changed.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub updated_at: Timestamp,
    /// When it was gone.
    #[schema(required, value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub deleted_at: Option<Timestamp>,
    /// What was observed.
    pub status: Status,
    /// The operation that this request began; only in the answer to a request that began one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<OperationId>,
}

/// What was observed of an environment.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Where it is, in one word; follows from the conditions.
    pub phase: Phase,
    /// The last generation that was worked through.
    pub observed_generation: i64,
    /// What was observed, as in Kubernetes.
    pub conditions: Vec<Condition>,
    /// What it gives back; secret values only as the place where they are.
    pub outputs: BTreeMap<String, Output>,
    /// The first cause, when something is wrong.
    #[schema(required)]
    pub cause: Option<Cause>,
}

impl Environment {
    /// The same environment with the operation that the request began.
    #[must_use]
    pub fn begun(mut self, operation: Option<OperationId>) -> Self {
        self.operation = operation;
        self
    }
}

impl From<environment::Environment> for Environment {
    fn from(environment: environment::Environment) -> Self {
        let phase = environment.phase();
        let environment::Environment {
            id,
            team: _,
            team_name,
            name,
            owner: _,
            owner_name,
            template,
            parameters,
            labels,
            cluster,
            namespace,
            source,
            desired,
            generation,
            revision,
            version: _,
            observed_generation,
            conditions,
            outputs,
            created_at,
            updated_at,
            deleted_at,
        } = environment;
        let cause = cause(phase, &conditions);
        Self {
            id,
            team: team_name,
            name,
            owner: owner_name,
            template: template.to_string(),
            parameters,
            labels,
            source,
            desired,
            cluster,
            namespace,
            generation,
            revision,
            created_at,
            updated_at,
            deleted_at,
            status: Status {
                phase,
                observed_generation,
                conditions,
                outputs,
                cause,
            },
            operation: None,
        }
    }
}

/// What keeps it from where it should be: why it is stalled, else why it is not ready.
fn cause(phase: Phase, conditions: &[Condition]) -> Option<Cause> {
    let (kind, status) = match phase {
        Phase::Failed => (ConditionKind::Stalled, ConditionStatus::True),
        Phase::Degraded | Phase::Provisioning | Phase::Deleting => (ConditionKind::Ready, ConditionStatus::False),
        Phase::Pending | Phase::Ready | Phase::Asleep | Phase::Deleted => return None,
    };
    let condition = conditions
        .iter()
        .find(|condition| condition.kind == kind && condition.status == status)?;
    let Condition {
        reason,
        message,
        resource,
        ..
    } = condition.clone();
    Some(Cause {
        reason,
        message,
        resource,
    })
}

/// What an environment gives back.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Outputs {
    /// By name; secret values only as the place where they are.
    pub outputs: BTreeMap<String, Output>,
}

/// A JSON object that whoever takes it reads field by field, because what is allowed in it is not for a schema to say.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct Document(pub Map<String, Value>);

/// An environment to make.
#[derive(Debug, Clone, ToSchema)]
#[schema(example = json!({
    "team": "payments",
    "name": "checkout",
    "template": "web-service",
    "parameters": {"image": "registry.example.com/checkout:1.4.0", "replicas": 2}
}))]
pub struct NewEnvironment {
    /// The team that will own it.
    pub team: TeamName,
    /// Its name: a DNS label of at most 40 characters, unique in the team.
    pub name: EnvironmentName,
    /// What to make it from: `web-service` (its latest version), `web-service@1.0.0`, or a range, `web-service@^1`.
    #[schema(example = "web-service@^1")]
    pub template: String,
    /// The template's parameters; those with a default may be left out.
    #[schema(value_type = Object, required = false)]
    pub parameters: Value,
    /// The team's own labels: keys and values as in Kubernetes, at most 32.
    #[schema(required = false)]
    pub labels: BTreeMap<String, String>,
    /// Where the request comes from.
    #[schema(required = false)]
    pub source: Source,
}

/// What to change about an environment: a JSON merge patch (RFC 7396). What is `null` is taken away; a parameter then
/// has its default again. Everything else that an environment has cannot be changed and is refused.
#[derive(Debug, Clone, ToSchema)]
#[schema(example = json!({"parameters": {"replicas": 3}}))]
pub struct EnvironmentChange {
    /// What to make it from, as when creating.
    #[schema(required = false, example = "web-service@^1")]
    pub template: String,
    /// Merged into the parameters.
    #[schema(value_type = Option<Object>)]
    pub parameters: Option<Value>,
    /// Merged into the labels.
    pub labels: Option<BTreeMap<String, Option<String>>>,
    /// Merged into the source.
    pub source: Option<Source>,
}
