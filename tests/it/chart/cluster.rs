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
    let plane = ControlPlane::shared().await.unwrap();
    plane.client_as(user, groups).await.unwrap()
}
