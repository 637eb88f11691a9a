//! Says on every object whose it is. Pure.

use berth_model::environment::Environment;
use serde_json::{Map, Value};

use crate::label;

/// What is stamped on an object.
#[derive(Debug, Clone, Copy)]
pub struct Stamp<'a> {
    /// The environment it belongs to.
    pub environment: &'a Environment,
    /// The template resource it comes from.
    pub resource: &'a str,
}

/// The manifest with our labels and annotations, in the environment's namespace.
///
/// Pods get the two labels as well, so that they can be found; selectors do not, because they cannot be changed.
pub fn stamp(mut manifest: Value, stamp: &Stamp<'_>) -> Value {
    let Environment {
        id,
        team_name,
        owner_name,
        name,
        template,
        revision,
        namespace,
        ..
    } = stamp.environment;
    let labels = [
        (label::ENVIRONMENT, id.to_string()),
        (label::RESOURCE, stamp.resource.to_owned()),
    ];
    let is_namespace = manifest["apiVersion"] == "v1" && manifest["kind"] == "Namespace";
    if manifest["spec"]["template"]["spec"]["containers"].is_array() {
        put(&mut manifest["spec"]["template"]["metadata"], "labels", labels.clone());
    }
    let metadata = &mut manifest["metadata"];
    if !is_namespace {
        metadata["namespace"] = Value::String(namespace.clone());
    }
    put(
        metadata,
        "labels",
        labels
            .into_iter()
            .chain([(label::MANAGED_BY, label::MANAGER.to_owned())]),
    );
    let annotations = [
        (label::TEAM, team_name.to_string()),
        (label::OWNER, owner_name.to_string()),
        (label::NAME, name.to_string()),
        (label::TEMPLATE, template.name.clone()),
        (label::VERSION, template.version.to_string()),
        (label::REVISION, revision.to_string()),
    ];
    put(metadata, "annotations", annotations);
    manifest
}

fn put(metadata: &mut Value, field: &str, pairs: impl IntoIterator<Item = (&'static str, String)>) {
    if !metadata[field].is_object() {
        metadata[field] = Value::Object(Map::new());
    }
    for (key, value) in pairs {
        metadata[field][key] = Value::String(value);
    }
}
