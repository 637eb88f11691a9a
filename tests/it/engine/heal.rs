//! Kept as declared: what is deleted or edited by hand comes back, and when nothing differs nothing is written.

use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};

use super::{Berth, PATIENCE, resource};
use berth_tests::process::Deadline;

#[tokio::test]
async fn a_deleted_deployment_is_made_again() {
    let berth = Berth::start().await;
    let environment = berth.create("web", &json!({})).await;
    let resources = berth.items(&environment, "resources").await;
    let deployment = resource(&resources, "Deployment", "web");
    let deleted = berth.api(deployment).delete("web", &DeleteParams::default()).await;
    deleted.unwrap();
    let mut deadline = Deadline::after(PATIENCE);
    let back = loop {
        let live = berth.live(deployment).await.unwrap_or_default();
        if live["status"]["availableReplicas"] == 2 && live["metadata"]["uid"] != deployment["uid"] {
            break live;
        }
        assert!(deadline.tick().await, "it does not come back: {live:#}");
    };
    let read = berth.phase(&environment, "Ready").await;
    assert_eq!(read["generation"], 1, "healing is no change of what is wanted");
    let listed = berth.items(&environment, "resources").await;
    assert_eq!(resource(&listed, "Deployment", "web")["uid"], back["metadata"]["uid"]);
    let told = berth.told(&environment, "resource.healed").await;
    assert!(told.len() == 1 && told[0].contains("Deployment"), "{told:?}");
    assert_eq!(berth.told(&environment, "environment.degraded").await.len(), 1);
}

#[tokio::test]
async fn an_edit_by_hand_is_put_back_and_its_author_is_named() {
    let berth = Berth::start().await;
    let environment = berth.create("web", &json!({})).await;
    let resources = berth.items(&environment, "resources").await;
    let service = resource(&resources, "Service", "web");
    let params = PatchParams {
        field_manager: Some("mallory".to_owned()),
        ..PatchParams::default()
    };
    let edit =
        json!({"metadata": {"labels": {"mine": "stays"}}, "spec": {"selector": {"app.kubernetes.io/name": "else"}}});
    berth
        .api(service)
        .patch("web", &params, &Patch::Merge(edit))
        .await
        .unwrap();
    let mut deadline = Deadline::after(PATIENCE);
    loop {
        let live = berth.live(service).await.unwrap();
        if live["spec"]["selector"]["app.kubernetes.io/name"] == "web" {
            assert_eq!(live["metadata"]["labels"]["mine"], "stays", "what is not ours stays");
            break;
        }
        assert!(deadline.tick().await, "it is not put back: {live:#}");
    }
    let told = loop {
        let told = berth.told(&environment, "resource.healed").await;
        if !told.is_empty() {
            break told;
        }
        assert!(deadline.tick().await, "nothing is said of it");
    };
    assert!(told[0].contains("Service") && told[0].contains("mallory"), "{told:?}");
}

#[tokio::test]
async fn a_converged_environment_costs_no_call_not_even_after_a_restart() {
    let mut berth = Berth::start().await;
    let environment = berth.create("web", &json!({})).await;
    let resources = berth.items(&environment, "resources").await;
    let version = |live: Option<Value>| live.unwrap()["metadata"]["managedFields"].clone();
    let deployment = resource(&resources, "Deployment", "web");
    let before = version(berth.live(deployment).await);
    berth.server.kill().unwrap();
    berth.server.start_again().await.unwrap();
    let mut deadline = Deadline::after(PATIENCE);
    while berth.count("berth_passes_total").await == 0 {
        assert!(deadline.tick().await, "no pass was made");
    }
    assert_eq!(berth.count("berth_cluster_calls_total").await, 0);
    assert_eq!(version(berth.live(deployment).await), before);
    assert_eq!(berth.read(&environment).await["status"]["phase"], "Ready");
}
