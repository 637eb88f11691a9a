//! `kill -9` at whatever instruction the server is: it goes on where it was, and nothing is doubled.

use k8s_openapi::api::core::v1::Namespace;
use kube::Api;
use serde_json::{Value, json};

use super::{Berth, PATIENCE, path};
use berth_tests::process::Deadline;

/// Waits until so many objects of the environment are in the cluster.
async fn objects(berth: &Berth, environment: &Value, count: usize) {
    let mut deadline = Deadline::after(PATIENCE);
    while berth.labelled(environment).await.len() < count {
        assert!(deadline.tick().await, "there are never {count} objects");
    }
}

#[tokio::test]
async fn a_creation_that_is_cut_off_anywhere_is_finished_by_the_next_start() {
    let mut berth = Berth::start().await;
    let body = |n: usize| format!("web-{n}");
    for (n, seen) in [0, 1, 8, 20].into_iter().enumerate() {
        let request = berth.request(&body(n), &json!({}));
        let made = berth.ada.post("/environments", &request).await.expect(202);
        objects(&berth, &made, seen).await;
        berth.server.kill().unwrap();
        berth.server.start_again().await.unwrap();
        let ready = berth.phase(&made, "Ready").await;
        assert_eq!(ready["generation"], 1);
        berth.nothing_is_doubled_or_lost(&made).await;
        assert_eq!(berth.told(&made, "environment.requested").await.len(), 1);
        assert_eq!(berth.told(&made, "environment.ready").await.len(), 1);
        assert_eq!(berth.items(&made, "operations").await.len(), 1);
    }
}

#[tokio::test]
async fn a_deletion_that_is_cut_off_is_finished_by_the_next_start() {
    let mut berth = Berth::start().await;
    let environment = berth.create("web", &json!({})).await;
    berth.ada.delete(&path(&environment)).await.expect(202);
    let mut deadline = Deadline::after(PATIENCE);
    while berth.told(&environment, "resource.deleted").await.is_empty() {
        assert!(deadline.tick().await, "nothing is ever gone");
    }
    berth.server.kill().unwrap();
    berth.server.start_again().await.unwrap();
    berth.phase(&environment, "Deleted").await;
    let namespaces: Api<Namespace> = Api::all(berth.cluster.clone());
    assert!(namespaces.get_opt(&berth.namespace("web")).await.unwrap().is_none());
}
