//! Rollouts over HTTP: who may, what is asked for wrongly, and steering. What becomes of the environments is with the
//! engine's tests.

use berth_model::Code;
use berth_tests::app::TestApp;
use reqwest::Method;
use serde_json::{Value, json};

const BASE: &str = "apiVersion: berth.dev/v1\nkind: Template\nmetadata: {name: fleet, version: VERSION}\nspec:\n  resources:\n    \
    - id: config\n      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: config}, data: {v: VERSION}}\n";

/// A server whose catalog has two versions of `fleet`, and so many environments on the older one.
async fn fleet(environments: usize) -> (TestApp, Vec<Value>) {
    let catalog = tempfile::tempdir().unwrap();
    for version in ["1.0.0", "1.1.0"] {
        let folder = catalog.path().join(version);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("template.yaml"), BASE.replace("VERSION", version)).unwrap();
    }
    let app = TestApp::start_with(&[("BERTH_TEMPLATES__PATH", catalog.path().to_str().unwrap())]).await;
    let team = app.team("pay").await;
    let mut made = Vec::new();
    for position in 0..environments {
        let tier = if position % 2 == 0 { "even" } else { "odd" };
        let body = json!({
            "team": "pay", "name": format!("fleet-{position}"), "template": "fleet@1.0.0", "labels": {"tier": tier},
        });
        made.push(team.developer.post("/environments", &body).await.expect(202));
    }
    (app, made)
}

#[tokio::test]
async fn only_who_curates_may_begin_and_see_rollouts() {
    let (app, _) = fleet(1).await;
    let body = json!({"template": "fleet@1.1.0"});
    let ada = app.person("ada").await;
    let root = app.admin().await;
    let made = root.post("/rollouts", &body).await.expect(202);
    let one = format!("/rollouts/{}", made["id"].as_str().unwrap());
    for path in ["/rollouts", &one, &format!("{one}/targets")] {
        app.anonymous().get(path).await.problem(401, Code::Unauthenticated);
        ada.get(path).await.problem(403, Code::Forbidden);
        root.get(path).await.expect(200);
    }
    for path in ["/rollouts".to_owned(), format!("{one}:pause"), format!("{one}:abort")] {
        app.anonymous()
            .post(&path, &body)
            .await
            .problem(401, Code::Unauthenticated);
        ada.post(&path, &body).await.problem(403, Code::Forbidden);
    }
    root.get("/rollouts/rol_00000000000000000000000000000000")
        .await
        .problem(404, Code::NotFound);
}

#[tokio::test]
async fn what_is_asked_for_wrongly_is_named_and_leaves_nothing() {
    let (app, _) = fleet(1).await;
    let root = app.admin().await;
    let refused = async |body: Value| root.post("/rollouts", &body).await.problem(400, Code::InvalidFields);
    assert_eq!(refused(json!({})).await, ["/template"]);
    assert_eq!(refused(json!({"template": "fleet"})).await, ["/template"]);
    assert_eq!(refused(json!({"template": "fleet@^1"})).await, ["/template"]);
    assert_eq!(refused(json!({"template": "fleet@1.1.0", "wave": {}})).await, ["/wave"]);
    assert_eq!(
        refused(json!({"template": "fleet@1.1.0", "selector": {"from": "newer"}})).await,
        ["/selector/from"]
    );
    assert_eq!(
        refused(json!({"template": "fleet@1.1.0", "selector": {"labels": {"-x": "y"}}})).await,
        ["/selector/labels/-x"]
    );
    let waves = json!({"first": 0, "pause": "5 minutes", "onFailure": "panic", "share": 101});
    assert_eq!(
        refused(json!({"template": "fleet@1.1.0", "waves": waves})).await,
        ["/waves/first", "/waves/onFailure", "/waves/pause", "/waves/share"]
    );
    let both = json!({"size": 1, "share": 50});
    assert_eq!(
        refused(json!({"template": "fleet@1.1.0", "waves": both})).await,
        ["/waves/share"]
    );
    let unknown = root.post("/rollouts", &json!({"template": "flet@1.1.0"})).await;
    assert_eq!(unknown.problem(422, Code::TemplateUnknown), ["/template"]);
    let nothing = json!({"template": "fleet@1.0.0"});
    root.post("/rollouts", &nothing).await.problem(409, Code::StateConflict);
    assert_eq!((app.rows("rollout").await, app.rows("rollout_target").await), (0, 0));
}

#[tokio::test]
async fn the_environments_are_settled_and_dealt_out_when_it_is_accepted() {
    let (app, made) = fleet(6).await;
    let root = app.admin().await;
    let body = json!({
        "template": "fleet@1.1.0",
        "selector": {"from": "^1", "teams": ["pay"], "labels": {"tier": "even"}},
        "waves": {"share": 34, "pause": "PT10M"},
    });
    let rollout = root.post("/rollouts", &body).await.expect(202);
    assert_eq!(rollout["selector"], body["selector"]);
    assert_eq!(
        (&rollout["waves"]["size"], &rollout["waves"]["pause"]),
        (&json!(1), &json!("PT10M"))
    );
    let path = format!("/rollouts/{}/targets", rollout["id"].as_str().unwrap());
    let page = root.get(&format!("{path}?limit=2")).await.expect(200);
    let next = page["next"].as_str().unwrap();
    let rest = root.get(&format!("{path}?limit=2&cursor={next}")).await.expect(200);
    let all: Vec<&Value> = [&page, &rest]
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .collect();
    let shown: Vec<_> = all
        .iter()
        .map(|one| (one["environment"].clone(), one["wave"].as_u64().unwrap()))
        .collect();
    let meant = |position: usize| made[position]["id"].clone();
    assert_eq!(shown, [(meant(0), 1), (meant(2), 2), (meant(4), 3)]);
    assert!(
        all.iter()
            .all(|one| one["state"] == "waiting" && one["from"] == "1.0.0" && one["team"] == "pay")
    );
}

#[tokio::test]
async fn one_rollout_of_a_template_at_a_time_and_the_same_request_is_answered_alike() {
    let (app, _) = fleet(2).await;
    let root = app.admin().await;
    let body = json!({"template": "fleet@1.1.0"});
    let key = [("idempotency-key", "roll-1")];
    let first = root
        .send(Method::POST, "/rollouts", &key, Some(&body))
        .await
        .expect(202);
    let again = root.send(Method::POST, "/rollouts", &key, Some(&body)).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.expect(202), first);
    root.post("/rollouts", &body).await.problem(409, Code::StateConflict);
    let one = format!("/rollouts/{}", first["id"].as_str().unwrap());
    root.post(&format!("{one}:abort"), &json!({})).await.expect(200);
    root.post("/rollouts", &body).await.expect(202);
    let listed = root.get("/rollouts").await.expect(200);
    assert_eq!(
        (listed["items"].as_array().unwrap().len(), &listed["items"][1]["id"]),
        (2, &first["id"])
    );
}

#[tokio::test]
async fn steering_follows_the_state_and_the_entity_tag() {
    let (app, _) = fleet(1).await;
    let root = app.admin().await;
    let made = root
        .post("/rollouts", &json!({"template": "fleet@1.1.0"}))
        .await
        .expect(202);
    let one = format!("/rollouts/{}", made["id"].as_str().unwrap());
    let empty = json!({});
    let steer = async |how: &str| root.post(&format!("{one}:{how}"), &empty).await;
    steer("resume").await.problem(409, Code::StateConflict);
    let stale = [("if-match", "\"99\"")];
    let refused = root
        .send(Method::POST, &format!("{one}:pause"), &stale, Some(&empty))
        .await;
    refused.problem(412, Code::PreconditionFailed);
    assert_eq!(steer("pause").await.expect(200)["status"]["state"], "paused");
    steer("pause").await.problem(409, Code::StateConflict);
    assert_eq!(steer("resume").await.expect(200)["status"]["state"], "running");
    let ended = steer("abort").await.expect(200);
    assert_eq!(
        (&ended["status"]["state"], ended["status"]["finishedAt"].is_string()),
        (&json!("aborted"), true)
    );
    for how in ["pause", "resume", "abort", "rollback"] {
        steer(how).await.problem(409, Code::StateConflict);
    }
}
