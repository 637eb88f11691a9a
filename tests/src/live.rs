//! From what the API says of an object to that object in the cluster.

use kube::Api;
use kube::api::DynamicObject;
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::Value;

/// The kind of a resource as `/environments/{id}/resources` lists it.
pub fn kind_of(resource: &Value) -> ApiResource {
    let text = |key: &str| resource[key].as_str().unwrap_or_default();
    let (group, version) = text("apiVersion").rsplit_once('/').unwrap_or(("", text("apiVersion")));
    ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, text("kind")))
}

/// Where objects like it are.
pub fn api_of(client: &kube::Client, resource: &Value) -> Api<DynamicObject> {
    let kind = kind_of(resource);
    match resource["namespace"].as_str() {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &kind),
        None => Api::all_with(client.clone(), &kind),
    }
}

/// Its name.
pub fn name_of(resource: &Value) -> &str {
    resource["name"].as_str().unwrap_or_default()
}
