//! What is in the cluster, asked of the cluster and not of Berth.

use anyhow::{Context as _, Result};
use kube::Api;
use kube::api::DynamicObject;
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::Value;

use super::{say, step};
use crate::client::Client;

/// Prints every object of the environment with what it says of its owner.
pub async fn show(client: &Client, cluster: &kube::Client, environment: &Value) -> Result<()> {
    let id = environment["id"].as_str().context("it has no id")?;
    let resources = client.get(&format!("/environments/{id}/resources")).await?;
    step("In the cluster");
    say(&format!(
        "  {:<22} {:<34} {:<10} {:<8} {:<14} {}",
        "KIND", "NAME", "TEAM", "OWNER", "ENVIRONMENT", "TEMPLATE"
    ));
    for resource in resources["items"].as_array().into_iter().flatten() {
        let object = find(cluster, resource).await?;
        let annotations = object.metadata.annotations.unwrap_or_default();
        let note = |key: &str| {
            let value = annotations.get(&format!("berth.dev/{key}"));
            value.map_or("-", String::as_str).to_owned()
        };
        say(&format!(
            "  {:<22} {:<34} {:<10} {:<8} {:<14} {}@{}",
            resource["kind"].as_str().unwrap_or_default(),
            object.metadata.name.unwrap_or_default(),
            note("team"),
            note("owner"),
            note("environment-name"),
            note("template"),
            note("template-version"),
        ));
    }
    Ok(())
}

async fn find(cluster: &kube::Client, resource: &Value) -> Result<DynamicObject> {
    let text = |key: &str| resource[key].as_str().unwrap_or_default();
    let (group, version) = text("apiVersion").rsplit_once('/').unwrap_or(("", text("apiVersion")));
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, text("kind")));
    let api: Api<DynamicObject> = match resource["namespace"].as_str() {
        Some(namespace) => Api::namespaced_with(cluster.clone(), namespace, &kind),
        None => Api::all_with(cluster.clone(), &kind),
    };
    let found = api.get(text("name")).await;
    found.with_context(|| format!("{} {} is not in the cluster", text("kind"), text("name")))
}
