//! What a template comes to, without making it.

use std::collections::BTreeMap;

use berth_model::name::{EnvironmentName, TeamName};
use berth_template::{self as compiler, NodeState, Output, RenderedObject};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What to render with.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenderRequest {
    /// The parameters.
    #[serde(default)]
    pub parameters: Map<String, Value>,
    /// What the team would be called: `example` without it.
    pub team: Option<TeamName>,
    /// What the environment would be called: `example` without it.
    pub name: Option<EnvironmentName>,
}

/// A document to render.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentRequest {
    /// The document, YAML.
    #[schema(min_length = 1, max_length = 1_048_576)]
    pub document: String,
    /// The parameters.
    #[serde(default)]
    pub parameters: Map<String, Value>,
    /// What the team would be called: `example` without it.
    pub team: Option<TeamName>,
    /// What the environment would be called: `example` without it.
    pub name: Option<EnvironmentName>,
}

/// What a template comes to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rendering {
    /// Every resource, each after what it depends on.
    pub resources: Vec<RenderedResource>,
    /// What the environment would give back, as far as that is known before anything is there.
    #[schema(value_type = Object)]
    pub outputs: BTreeMap<String, Value>,
}

/// What became of a resource.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RenderedResource {
    /// The resource's id.
    #[schema(example = "web")]
    pub id: String,
    /// One more than the highest layer it depends on.
    pub layer: u32,
    /// The resources it depends on.
    pub dependencies: Vec<String>,
    /// `object`, `excluded` or `waiting`.
    #[schema(example = "object")]
    pub state: &'static str,
    /// The object, without the values of secrets.
    #[schema(required, value_type = Option<Object>)]
    pub object: Option<Value>,
    /// Keys whose values are made in the cluster.
    pub generated: Vec<String>,
    /// Why it is left out, or what it waits for.
    #[schema(required)]
    pub because: Option<String>,
}

impl From<compiler::Rendered> for Rendering {
    fn from(rendered: compiler::Rendered) -> Self {
        let outputs = rendered.outputs.into_iter().map(|(name, output)| (name, shown(output)));
        Self {
            resources: rendered.nodes.into_iter().map(RenderedResource::from).collect(),
            outputs: outputs.collect(),
        }
    }
}

impl From<compiler::Node> for RenderedResource {
    fn from(node: compiler::Node) -> Self {
        let compiler::Node {
            id,
            layer,
            dependencies,
            state,
        } = node;
        let (state, object, generated, because) = match state {
            NodeState::Excluded { because } => ("excluded", None, Vec::new(), Some(because)),
            NodeState::Waiting { on, path } => {
                let because = format!("waits for `{on}` to have {path}");
                ("waiting", None, Vec::new(), Some(because))
            }
            NodeState::Object(rendered) => {
                let plan = rendered.secret.clone().unwrap_or_default();
                let generated = plan.generate.into_keys().chain(plan.composed.into_keys());
                let generated = generated.collect();
                ("object", Some(without_secrets(*rendered)), generated, None)
            }
        };
        Self {
            id,
            layer,
            dependencies,
            state,
            object,
            generated,
            because,
        }
    }
}

/// The object; of a Secret its keys only.
fn without_secrets(rendered: RenderedObject) -> Value {
    let mut object = rendered.object;
    if rendered.sensitive {
        for field in ["data", "stringData"] {
            for (_, value) in object[field].as_object_mut().into_iter().flatten() {
                *value = Value::String("(secret)".to_owned());
            }
        }
        if let Some(object) = object.as_object_mut() {
            object.retain(|_, value| !value.is_null());
        }
    }
    object
}

fn shown(output: Output) -> Value {
    match output {
        Output::Value { title: _, value } => value,
        Output::Secret { title: _, name, key } => serde_json::json!({"secret": {"name": name, "key": key}}),
        Output::Pending { title: _, on, path } => serde_json::json!({"pending": {"on": on, "path": path}}),
    }
}
