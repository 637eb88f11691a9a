//! The two roles that Berth binds in the namespaces it makes. The chart installs them; the demo has no chart.
//!
//! What was there before stays as it is: only roles with the demo's mark are taken away again.

use anyhow::{Context as _, Result};
use k8s_openapi::api::rbac::v1::ClusterRole;
use kube::Api;
use kube::api::{DeleteParams, PostParams};

/// The roles, as the chart has them.
const ROLES: &str = include_str!("../../../../helm/berth/files/cluster-roles.yaml");
/// The label of what the demo made.
const MARK: &str = "berth.dev/demo";

/// Makes those that are not there.
pub async fn install(client: &kube::Client) -> Result<()> {
    let api: Api<ClusterRole> = Api::all(client.clone());
    for mut role in roles()? {
        role.metadata
            .labels
            .get_or_insert_default()
            .insert(MARK.to_owned(), "true".to_owned());
        match api.create(&PostParams::default(), &role).await {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.reason == "AlreadyExists" => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Removes those that the demo made.
pub async fn remove(client: &kube::Client) -> Result<()> {
    let api: Api<ClusterRole> = Api::all(client.clone());
    for role in roles()? {
        let name = role.metadata.name.as_deref().context("a role has no name")?;
        let live = api.get_opt(name).await?;
        if live.is_some_and(|live| live.metadata.labels.unwrap_or_default().contains_key(MARK)) {
            api.delete(name, &DeleteParams::default()).await?;
        }
    }
    Ok(())
}

fn roles() -> Result<Vec<ClusterRole>> {
    serde_saphyr::from_multiple(ROLES).context("the chart's roles cannot be read")
}
