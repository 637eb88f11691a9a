//! Requests for environments that are accepted: what is answered, when, and how often.

use std::time::{Duration, Instant};

use berth_model::Code;
use berth_tests::app::TestApp;
use reqwest::Method;
use serde_json::{Value, json};

fn request(name: &str) -> Value {
    json!({"team": "pay", "name": name, "template": "web-service@^1", "parameters": {"image": "shop/web:1"}})
}

#[tokio::test]
async fn an_accepted_environment_can_be_read_at_once() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    let made = team.developer.post("/environments", &request("web")).await;
    let path = made.header("location").strip_prefix("/api/v1").unwrap().to_owned();
    let mut made = made.expect(202);
    let operation = made["operation"].as_str().unwrap().to_owned();
    assert_eq!(made["status"]["phase"], "Pending");
    assert_eq!(made["parameters"]["replicas"], 2, "defaults are applied");
    assert_eq!(
        (&made["owner"], &made["team"]),
        (&json!("pay-developer"), &json!("pay"))
    );

    made.as_object_mut().unwrap().remove("operation");
    let read = team.viewer.get(&path).await;
    let tag = read.header("etag").to_owned();
    assert_eq!(read.expect(200), made);
    assert_eq!(
        team.viewer
            .send(Method::GET, &path, &[("if-none-match", &tag)], None)
            .await
            .status,
        304
    );

    let operation = team.viewer.get(&format!("/operations/{operation}")).await.expect(200);
    assert_eq!(
        (&operation["kind"], &operation["state"]),
        (&json!("create"), &json!("queued"))
    );
    assert_eq!(operation["steps"][0]["type"], "environment.requested");
    for (list, length) in [("events", 1), ("operations", 1), ("resources", 0)] {
        let listed = team.viewer.get(&format!("{path}/{list}")).await.expect(200);
        assert_eq!(listed["items"].as_array().unwrap().len(), length, "{list}");
        assert_eq!(listed["next"], Value::Null);
    }
    assert_eq!(
        team.viewer.get(&format!("{path}/outputs")).await.expect(200)["outputs"],
        json!({})
    );
}

#[tokio::test]
async fn a_request_sent_twice_with_one_key_is_one_environment() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    let key = [("idempotency-key", "\"the-first\"")];
    let body = request("web");
    let first = team
        .developer
        .send(Method::POST, "/environments", &key, Some(&body))
        .await;
    let again = team
        .developer
        .send(
            Method::POST,
            "/environments",
            &[("idempotency-key", "the-first")],
            Some(&body),
        )
        .await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(
        (first.header("location"), first.header("etag")),
        (again.header("location"), again.header("etag"))
    );
    assert_eq!(first.expect(202), again.expect(202));
    let other = team
        .developer
        .send(Method::POST, "/environments", &key, Some(&request("other")))
        .await;
    other.problem(422, Code::IdempotencyMismatch);
    let listed = team.viewer.get("/environments").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_preferred_wait_ends_with_the_operation_and_not_before_the_time() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    let wait = [("prefer", "wait=1")];
    let held = team
        .developer
        .send(Method::POST, "/environments", &wait, Some(&request("slow")))
        .await;
    assert_eq!(
        (held.status, held.header("preference-applied")),
        (202, "wait=1"),
        "nothing works on it here"
    );

    // An operation ends at once when another one takes its place.
    let begun = Instant::now();
    let body = request("quick");
    let wait = [("prefer", "wait=50")];
    let held = team.developer.send(Method::POST, "/environments", &wait, Some(&body));
    let changed = async {
        loop {
            let listed = team.viewer.get("/environments?limit=10").await.expect(200);
            let quick = listed["items"]
                .as_array()
                .unwrap()
                .iter()
                .find(|one| one["name"] == "quick")
                .cloned();
            let Some(quick) = quick else { continue };
            let path = format!("/environments/{}", quick["id"].as_str().unwrap());
            return team
                .developer
                .patch(&path, &json!({"parameters": {"replicas": 3}}))
                .await
                .expect(202);
        }
    };
    let (held, changed) = tokio::join!(held, changed);
    assert_eq!(held.header("preference-applied"), "wait=50");
    let held = held.expect(201);
    assert_eq!((&held["id"], &held["generation"]), (&changed["id"], &json!(2)));
    assert!(
        begun.elapsed() < Duration::from_secs(40),
        "it was told, and did not wait for the time to pass"
    );
}

#[tokio::test]
async fn deleting_twice_is_deleting_once() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    let made = team.developer.post("/environments", &request("web")).await.expect(202);
    let path = format!("/environments/{}", made["id"].as_str().unwrap());
    let first = team.developer.delete(&path).await.expect(202);
    let again = team.developer.delete(&path).await.expect(202);
    assert_eq!(first["operation"], again["operation"]);
    assert_eq!(
        (&again["status"]["phase"], &again["desired"]),
        (&json!("Deleting"), &json!("absent"))
    );
    let refused = team
        .developer
        .patch(&path, &json!({"parameters": {"replicas": 3}}))
        .await;
    refused.problem(409, Code::StateConflict);
    team.maintainer
        .delete("/teams/pay")
        .await
        .problem(409, Code::StateConflict);
}

#[tokio::test]
async fn a_list_of_environments_is_paged_and_filtered() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    for number in 0..5 {
        let mut body = request(&format!("web-{number}"));
        body["labels"] = json!({"parity": if number % 2 == 0 { "even" } else { "odd" }});
        team.developer.post("/environments", &body).await.expect(202);
    }
    for (query, count) in [
        ("label=parity%3Deven", 3),
        ("label=parity%3Dodd&team=pay&phase=Pending&owner=pay-developer", 2),
        ("team=nil", 0),
        ("owner=pay-viewer", 0),
        ("template=worker", 0),
        ("phase=Ready", 0),
    ] {
        let (mut seen, mut cursor) = (0, String::new());
        loop {
            let page = team
                .viewer
                .get(&format!("/environments?{query}&limit=2{cursor}"))
                .await
                .expect(200);
            seen += page["items"].as_array().unwrap().len();
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, count, "{query}");
    }
    let cursor = team.viewer.get("/environments?limit=2").await.expect(200)["next"]
        .as_str()
        .unwrap()
        .to_owned();
    let other = team
        .viewer
        .get(&format!("/environments?limit=2&team=pay&cursor={cursor}"))
        .await;
    other.problem(400, Code::InvalidCursor);
    for query in [
        "phase=Happy",
        "label=parity",
        "label=a%20b%3Dc",
        "teams=pay",
        "limit=many",
    ] {
        team.viewer
            .get(&format!("/environments?{query}"))
            .await
            .problem(400, Code::InvalidQuery);
    }
}
