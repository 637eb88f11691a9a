//! The result of rendering: nodes in topological order, and outputs.
//!
//! Plain data for the reconciler; knows nothing about how it came to be or how it is applied.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

/// What a template is rendered with, apart from live objects.
#[derive(Clone, Default)]
pub struct Inputs {
    /// Parameters as [`Compiled::check_parameters`](crate::Compiled::check_parameters) returned them.
    pub params: Value,
    /// `id`, `name`, `team`, `owner`, `namespace`, `labels`, `revision`, `template`, `source`.
    pub env: Value,
    /// What platform engineers set for the cluster.
    pub platform: Value,
}

/// Without the values: parameters can be secret.
impl fmt::Debug for Inputs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Inputs")
            .field("env", &self.env)
            .finish_non_exhaustive()
    }
}

/// An object as the cluster has it.
#[derive(Clone, Debug)]
pub struct LiveObject {
    /// The whole object.
    pub object: Arc<Value>,
    /// Whether it is ready by its template's `readyWhen` or its kind's own rule.
    pub ready: bool,
}

/// Live objects by resource id; those of composed templates are `database.statefulset`.
pub type Live = BTreeMap<String, LiveObject>;

/// Everything a template comes to for one set of inputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendered {
    /// In topological order: a node comes after everything it depends on.
    pub nodes: Vec<Node>,
    /// Outputs that are not left out by their `includeWhen`.
    pub outputs: BTreeMap<String, Output>,
}

/// One resource of the template or of a template it is composed of.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// `web`, or `database.statefulset` when composed.
    pub id: String,
    /// One more than the highest layer it depends on; 0 when it depends on nothing.
    pub layer: u32,
    /// Ids of what it refers to and what is not excluded.
    pub dependencies: Vec<String>,
    /// What became of it.
    pub state: NodeState,
}

/// What became of a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeState {
    /// It should not exist.
    Excluded {
        /// Why, for people.
        because: String,
    },
    /// It refers to something that is not there yet.
    Waiting {
        /// Id of the resource waited on.
        on: String,
        /// The path in that resource.
        path: String,
    },
    /// It should exist, like this.
    Object(Box<RenderedObject>),
}

/// What happens to an object when its environment, or the object's place in it, goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnDelete {
    /// It is deleted.
    #[default]
    Delete,
    /// It stays in the cluster.
    Retain,
    /// A volume snapshot is taken first.
    SnapshotThenDelete,
}

/// An object that should exist.
#[derive(Clone, PartialEq)]
pub struct RenderedObject {
    /// `apiVersion`, `kind`, `metadata` without a namespace, and the rest.
    pub object: Value,
    /// For a `secret`: what is still missing in `object.data`.
    pub secret: Option<SecretPlan>,
    /// What happens when it goes.
    pub on_delete: OnDelete,
    /// Whether the object holds secret values in clear, so that it may be neither stored nor logged.
    pub sensitive: bool,
}

/// Without the content, when that is secret.
impl fmt::Debug for RenderedObject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("RenderedObject");
        if self.sensitive {
            shown.field("kind", &self.kind()).field("name", &self.name());
        } else {
            shown.field("object", &self.object);
        }
        shown
            .field("secret", &self.secret)
            .field("on_delete", &self.on_delete)
            .finish_non_exhaustive()
    }
}

impl RenderedObject {
    /// The object's `apiVersion`.
    pub fn api_version(&self) -> &str {
        self.object["apiVersion"].as_str().unwrap_or_default()
    }

    /// The object's `kind`.
    pub fn kind(&self) -> &str {
        self.object["kind"].as_str().unwrap_or_default()
    }

    /// The object's `metadata.name`.
    pub fn name(&self) -> &str {
        self.object["metadata"]["name"].as_str().unwrap_or_default()
    }

    /// Whether it is the environment's `Namespace`, the one object without a namespace.
    pub fn is_namespace(&self) -> bool {
        self.api_version() == "v1" && self.kind() == "Namespace"
    }
}

/// The values of a `Secret` that are made once, when it is created in the cluster, and are known nowhere else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretPlan {
    /// Keys whose value is random: from `a` to `z`, `A` to `Z` and `0` to `9`.
    pub generate: BTreeMap<String, Generate>,
    /// Keys whose value is put together from text and generated values.
    pub composed: BTreeMap<String, Vec<SecretPart>>,
}

/// One value to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generate {
    /// Number of characters.
    pub length: u32,
}

/// One piece of a composed secret value.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretPart {
    /// Text as it is.
    Text(String),
    /// The generated value of that key.
    Generated(String),
}

/// Without the text: it can be a secret parameter.
impl fmt::Debug for SecretPart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(formatter, "Text({} bytes)", text.len()),
            Self::Generated(key) => write!(formatter, "Generated({key})"),
        }
    }
}

/// What a template tells its user.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// A value.
    Value {
        /// Shown above it.
        title: Option<String>,
        /// The value.
        value: Value,
    },
    /// A place in a `Secret` of the environment's namespace.
    Secret {
        /// Shown above it.
        title: Option<String>,
        /// Name of the `Secret`.
        name: String,
        /// Key in its data.
        key: String,
    },
    /// Not known yet.
    Pending {
        /// Shown above it.
        title: Option<String>,
        /// Id of the resource waited on.
        on: String,
        /// The path in that resource.
        path: String,
    },
}
