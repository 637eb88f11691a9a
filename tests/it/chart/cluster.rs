//! Clients of the control plane: the tests' own, and ones that act as somebody else.
//!
//! Must not know the chart.

use berth_tests::control_plane::ControlPlane;

/// The user the harness has: may do everything.
pub async fn admin() -> kube::Client {
    ControlPlane::shared().await.unwrap().client().await.unwrap()
}

/// A client whose requests the cluster takes for those of `user`.
pub async fn acting_as(user: &str, groups: &[&str]) -> kube::Client {
    let mut config = ControlPlane::shared().await.unwrap().client_config().await.unwrap();
    config.auth_info.impersonate = Some(user.to_owned());
    config.auth_info.impersonate_groups = Some(groups.iter().map(|group| (*group).to_owned()).collect());
    kube::Client::try_from(config).unwrap()
}
