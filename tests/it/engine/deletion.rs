//! The end of an environment: everything that is its own goes, and nothing else.

use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use super::{Berth, PATIENCE, path, resource};
use berth_tests::process::Deadline;

#[tokio::test]
async fn deleting_leaves_nothing_and_the_name_can_be_used_again() {
    let berth = Berth::start().await;
    let first = berth.create("web", &json!({})).await;
    let gone = berth.delete(&first).await;
    assert_eq!(gone["status"]["phase"], "Deleted");
    assert_eq!(gone["status"]["conditions"][0]["reason"], "Deleted");
    let namespaces: Api<Namespace> = Api::all(berth.cluster.clone());
    let namespace = first["namespace"].as_str().unwrap();
    assert!(namespaces.get_opt(namespace).await.unwrap().is_none());
    assert!(berth.items(&first, "resources").await.is_empty());
    assert_eq!(berth.told(&first, "environment.deleted").await.len(), 1);
    let listed = berth.ada.get("/environments").await.expect(200);
    assert_eq!(listed["items"], json!([]));

    let second = berth.create("web", &json!({})).await;
    assert_ne!(second["id"], first["id"]);
    assert_eq!(second["namespace"], first["namespace"]);
}

#[tokio::test]
async fn deleting_goes_down_the_layers_workloads_before_what_guards_them() {
    let berth = Berth::start().await;
    let environment = berth.create("web", &json!({})).await;
    let resources = berth.items(&environment, "resources").await;
    berth.delete(&environment).await;
    let events = berth.items(&environment, "events").await;
    let place = |name: &str| {
        let gone = |one: &serde_json::Value| one["type"] == "resource.deleted" && one["resource"] == name;
        events
            .iter()
            .position(gone)
            .unwrap_or_else(|| panic!("{name} is not said to be gone"))
    };
    for one in &resources {
        for other in &resources {
            if one["layer"].as_i64() > other["layer"].as_i64() {
                let (one, other) = (one["resource"].as_str().unwrap(), other["resource"].as_str().unwrap());
                assert!(place(one) < place(other), "{one} after {other}");
            }
        }
    }
    assert!(place("web") < place("baseline.denyAll"));
}

#[tokio::test]
async fn a_deletion_overtakes_a_creation_and_leaves_nothing() {
    let berth = Berth::start().await;
    let made = berth
        .ada
        .post("/environments", &berth.request("web", &json!({})))
        .await
        .expect(202);
    let gone = berth.delete(&made).await;
    assert_eq!(gone["status"]["phase"], "Deleted");
    let namespaces: Api<Namespace> = Api::all(berth.cluster.clone());
    assert!(namespaces.get_opt(&berth.namespace("web")).await.unwrap().is_none());
}

#[tokio::test]
async fn a_finalizer_holds_the_deletion_up_and_is_never_stripped() {
    let berth = Berth::start().await;
    let environment = berth.create("web", &json!({"database": {"enabled": false}})).await;
    let namespace = environment["namespace"].as_str().unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(berth.cluster.clone(), namespace);
    let held = json!({"metadata": {"finalizers": ["example.com/hold"]}});
    maps.patch("web", &PatchParams::default(), &Patch::Merge(held))
        .await
        .unwrap();
    berth.ada.delete(&path(&environment)).await.expect(202);
    let mut deadline = Deadline::after(PATIENCE);
    while maps.get("web").await.unwrap().metadata.deletion_timestamp.is_none() {
        assert!(deadline.tick().await, "its deletion is not asked for");
    }
    let read = berth.read(&environment).await;
    assert_eq!(read["status"]["phase"], "Deleting");
    let resources = berth.items(&environment, "resources").await;
    resource(&resources, "ConfigMap", "web");
    resource(&resources, "Namespace", namespace);
    let released = json!({"metadata": {"finalizers": null}});
    maps.patch("web", &PatchParams::default(), &Patch::Merge(released))
        .await
        .unwrap();
    berth.phase(&environment, "Deleted").await;
}
