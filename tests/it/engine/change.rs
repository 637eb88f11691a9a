//! Changes: what differs is written and nothing else, and what is wanted no longer goes.

use serde_json::{Value, json};

use super::{Berth, resource};

#[tokio::test]
async fn a_change_writes_what_differs_and_says_so_on_every_object() {
    let berth = Berth::start().await;
    let environment = berth.create("web", &json!({})).await;
    let resources = berth.items(&environment, "resources").await;
    let before = berth.live(resource(&resources, "Deployment", "web")).await.unwrap();
    let changed = berth
        .change(&environment, &json!({"parameters": {"replicas": 3}}))
        .await;
    assert_eq!(
        (
            &changed["status"]["phase"],
            &changed["generation"],
            &changed["revision"]
        ),
        (&json!("Ready"), &json!(2), &json!(2))
    );
    let after = berth.live(resource(&resources, "Deployment", "web")).await.unwrap();
    assert_eq!(after["spec"]["replicas"], 3);
    assert_eq!(
        after["metadata"]["uid"], before["metadata"]["uid"],
        "changed, not replaced"
    );
    assert_eq!(after["status"]["availableReplicas"], 3, "Ready only when it is");
    assert_eq!(
        after["spec"]["template"], before["spec"]["template"],
        "the pods that run are not restarted"
    );
    for one in &resources {
        let live = berth.live(one).await.unwrap();
        assert_eq!(live["metadata"]["annotations"]["berth.dev/revision"], "2", "{one}");
        assert_eq!(live["metadata"]["uid"], one["uid"], "{one}");
    }
}

#[tokio::test]
async fn what_a_change_no_longer_wants_is_pruned_after_the_rest_is_in_place() {
    let berth = Berth::start().await;
    let environment = berth.create("web", &json!({})).await;
    let before = berth.items(&environment, "resources").await;
    let of_the_database = |one: &&Value| one["resource"].as_str().unwrap().starts_with("database.");
    let surplus: Vec<_> = before.iter().filter(of_the_database).collect();
    assert!(surplus.len() >= 5, "{surplus:?}");
    let changed = berth
        .change(&environment, &json!({"parameters": {"database": {"enabled": false}}}))
        .await;
    assert_eq!(changed["status"]["phase"], "Ready");
    assert!(changed["status"]["outputs"]["database"].is_null());
    for one in surplus {
        assert_eq!(berth.live(one).await, None, "{one}");
    }
    berth.nothing_is_doubled_or_lost(&environment).await;
    let events = berth.items(&environment, "events").await;
    let last_applied = events
        .iter()
        .rposition(|one| one["type"] == "resource.applied")
        .unwrap();
    let first_deleted = events.iter().position(|one| one["type"] == "resource.deleted").unwrap();
    assert!(last_applied < first_deleted);
}

#[tokio::test]
async fn a_change_that_overtakes_another_wins_whole() {
    let berth = Berth::start().await;
    let made = berth
        .ada
        .post("/environments", &berth.request("web", &json!({})))
        .await
        .expect(202);
    let changed = berth
        .change(&made, &json!({"parameters": {"replicas": 1, "size": "medium"}}))
        .await;
    assert_eq!(changed["status"]["phase"], "Ready");
    let resources = berth.items(&made, "resources").await;
    let live = berth.live(resource(&resources, "Deployment", "web")).await.unwrap();
    assert_eq!(live["spec"]["replicas"], 1);
    let operations = berth.items(&made, "operations").await;
    let mut states: Vec<_> = operations.iter().map(|one| one["state"].as_str().unwrap()).collect();
    states.sort_unstable();
    assert!(
        states == ["canceled", "succeeded"] || states == ["succeeded", "succeeded"],
        "{states:?}"
    );
    berth.nothing_is_doubled_or_lost(&made).await;
}
