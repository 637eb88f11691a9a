//! What Berth sends for one environment, taken back out of the live objects by what they say that Berth set.
//!
//! KEP-555: `managedFields` names every field a manager owns, so the floor sends neither more nor less.

use anyhow::{Context as _, Result};
use kube::core::ApiResource;
use serde_json::{Map, Value, json};

use super::platform::Sample;
use crate::live;

/// An object to apply, in a namespace that is given later.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Its kind, with the name of its collection.
    pub kind: ApiResource,
    /// Its text, with [`NAMESPACE`] for the namespace's name.
    pub text: String,
    /// Its name, with [`NAMESPACE`] in it for the Namespace itself.
    pub name: String,
}

/// Stands for the name of the namespace.
pub const NAMESPACE: &str = "{{namespace}}";

/// The manifests of an environment, the namespace first.
pub async fn of(client: &kube::Client, sample: &Sample) -> Result<Vec<Manifest>> {
    let mut manifests = Vec::new();
    for resource in &sample.resources {
        let text = |key: &str| resource[key].as_str().unwrap_or_default();
        let object = live::api_of(client, resource).get(text("name")).await?;
        let live = serde_json::to_value(object)?;
        let managers = live["metadata"]["managedFields"].as_array().into_iter().flatten();
        let mut ours = managers.filter(|entry| entry["manager"] == "berth");
        let entry = ours.next().context("an object says nothing of Berth")?;
        let mut manifest = owned(&live, &entry["fieldsV1"]);
        manifest["apiVersion"] = json!(text("apiVersion"));
        manifest["kind"] = json!(text("kind"));
        manifest["metadata"]["name"] = json!(text("name"));
        manifests.push(Manifest {
            kind: live::kind_of(resource),
            text: manifest.to_string().replace(&sample.namespace, NAMESPACE),
            name: text("name").replace(&sample.namespace, NAMESPACE),
        });
    }
    manifests.sort_by_key(|manifest| manifest.kind.kind != "Namespace");
    Ok(manifests)
}

/// The part of a live value that a set of fields covers.
fn owned(live: &Value, fields: &Value) -> Value {
    let Some(fields) = fields.as_object().filter(|fields| fields.keys().any(|key| key != ".")) else {
        return live.clone();
    };
    match live {
        Value::Object(live) => {
            let mut kept = Map::new();
            for (key, inner) in fields {
                if let Some((name, value)) = key.strip_prefix("f:").and_then(|name| live.get_key_value(name)) {
                    kept.insert(name.clone(), owned(value, inner));
                }
            }
            Value::Object(kept)
        }
        Value::Array(items) => {
            let inner = |item: &Value| fields.iter().find(|(key, _)| is(item, key)).map(|(_, inner)| inner);
            Value::Array(
                items
                    .iter()
                    .filter_map(|item| Some(owned(item, inner(item)?)))
                    .collect(),
            )
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => live.clone(),
    }
}

/// Whether a key of a list names the item: `k:{"name":"web"}` by some of its fields, `v:"a"` by its value.
fn is(item: &Value, key: &str) -> bool {
    if let Some(keys) = key.strip_prefix("k:") {
        let keys: Map<String, Value> = serde_json::from_str(keys).unwrap_or_default();
        return keys.iter().all(|(name, value)| item.get(name) == Some(value));
    }
    key.strip_prefix("v:")
        .is_some_and(|value| serde_json::from_str::<Value>(value).is_ok_and(|value| value == *item))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_set_is_left_out() {
        let live = json!({"spec": {"clusterIP": "10.0.0.1", "ports": [
            {"port": 80, "protocol": "TCP", "nodePort": 31000}, {"port": 81, "protocol": "TCP"},
        ]}});
        let fields = json!({"f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}}}}});
        assert_eq!(owned(&live, &fields), json!({"spec": {"ports": [{"port": 80}]}}));
    }
}
