//! What is in the cluster, asked of the cluster and not of Berth.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{say, step};
use crate::client::Client;
use crate::live;

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
        let found = live::api_of(cluster, resource).get(live::name_of(resource)).await;
        let object =
            found.with_context(|| format!("{} {} is not in the cluster", resource["kind"], resource["name"]))?;
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
