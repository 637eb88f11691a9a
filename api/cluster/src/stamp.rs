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
/// What the cluster makes for the object, pods and volume claims, says whose it is as well, with what never changes: an
/// annotation that moves with the revision would restart every pod, and claim templates cannot be changed at all.
/// Selectors stay as they are, for the same reason.
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
        (label::RESOURCE, label::value(stamp.resource)),
    ];
    let is_namespace = manifest["apiVersion"] == "v1" && manifest["kind"] == "Namespace";
    let lasting = [
        (label::TEAM, team_name.to_string()),
        (label::NAME, name.to_string()),
        (label::TEMPLATE, template.name.clone()),
    ];
    for part in parts(&mut manifest) {
        put(&mut part["metadata"], "labels", labels.clone());
        put(&mut part["metadata"], "annotations", lasting.clone());
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

/// The templates that the cluster makes other objects from.
fn parts(manifest: &mut Value) -> Vec<&mut Value> {
    let Some(spec) = manifest.get_mut("spec").and_then(Value::as_object_mut) else {
        return Vec::new();
    };
    let mut parts = Vec::new();
    for (key, value) in spec {
        if key == "template" && value["spec"]["containers"].is_array() {
            parts.push(value);
        } else if key == "jobTemplate" && value["spec"]["template"].is_object() {
            parts.push(&mut value["spec"]["template"]);
        } else if key == "volumeClaimTemplates" {
            parts.extend(value.as_array_mut().into_iter().flatten());
        }
    }
    parts
}

fn put(metadata: &mut Value, field: &str, pairs: impl IntoIterator<Item = (&'static str, String)>) {
    if !metadata[field].is_object() {
        metadata[field] = Value::Object(Map::new());
    }
    for (key, value) in pairs {
        metadata[field][key] = Value::String(value);
    }
}
