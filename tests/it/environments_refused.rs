//! Requests for environments that are refused: the answer names what is wrong, and nothing is written.

use berth_model::Code;
use berth_tests::app::TestApp;
use reqwest::Method;
use serde_json::{Value, json};

fn request(changes: &Value) -> Value {
    let mut body =
        json!({"team": "pay", "name": "web", "template": "web-service", "parameters": {"image": "shop/web:1"}});
    for (field, value) in changes.as_object().unwrap() {
        body[field] = value.clone();
    }
    body
}

async fn nothing_is_there(app: &TestApp) {
    let admin = app.admin().await;
    assert_eq!(
        admin.get("/environments?limit=200").await.expect(200)["items"],
        json!([])
    );
    assert_eq!(
        admin.get("/teams/pay/quota").await.expect(200)["environments"]["used"],
        0
    );
    for table in [
        "environment",
        "revision",
        "operation",
        "event",
        "inventory_object",
        "idempotency_key",
    ] {
        assert_eq!(app.rows(table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn parameters_that_do_not_fit_are_all_named() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    for (parameters, pointers) in [
        (json!({}), vec!["/parameters/image"]),
        (json!({"image": "a", "replicas": "two"}), vec!["/parameters/replicas"]),
        (json!({"image": "a", "replica": 2}), vec!["/parameters/replica"]),
        (
            json!({"image": 7, "replicas": 99, "colour": "red"}),
            vec!["/parameters/colour", "/parameters/image", "/parameters/replicas"],
        ),
        (
            json!({"image": "a", "database": {"storage": "much"}}),
            vec!["/parameters/database/storage"],
        ),
    ] {
        let refused = team
            .developer
            .post("/environments", &request(&json!({"parameters": parameters})))
            .await;
        let mut named = refused.problem(422, Code::InvalidParameters);
        named.sort();
        assert_eq!(named, pointers, "{parameters}");
    }
    nothing_is_there(&app).await;
}

#[tokio::test]
async fn templates_that_are_not_there_are_answered_with_what_is_near() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    for (template, part) in [
        ("web-servce", "did you mean `web-service`?"),
        ("web-service@99.0.0", "its latest is"),
        ("web-service@^99", "its latest is"),
    ] {
        let refused = team
            .developer
            .post("/environments", &request(&json!({"template": template})))
            .await;
        assert_eq!(refused.problem(422, Code::TemplateUnknown), ["/template"]);
        assert!(
            refused.body["detail"].as_str().unwrap().contains(part),
            "{:#}",
            refused.body
        );
    }
    let refused = team
        .developer
        .post("/environments", &request(&json!({"template": "baseline"})))
        .await;
    assert_eq!(refused.problem(422, Code::TemplateUnavailable), ["/template"]);
    nothing_is_there(&app).await;
}

#[tokio::test]
async fn fields_that_are_wrong_are_all_named() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    for (changes, pointers) in [
        (json!({"name": "Not A Label"}), vec!["/name"]),
        (
            json!({"name": "", "team": 7, "template": "@1"}),
            vec!["/name", "/team", "/template"],
        ),
        (
            json!({"labels": {"berth.dev/team": "x", "a b": "c", "tier": 1}}),
            vec!["/labels/a b", "/labels/berth.dev~1team", "/labels/tier"],
        ),
        (
            json!({"parameter": {}, "namespace": "kube-system"}),
            vec!["/namespace", "/parameter"],
        ),
        (
            json!({"parameters": [], "source": {"branch": "main"}}),
            vec!["/parameters", "/source/branch"],
        ),
    ] {
        let refused = team.developer.post("/environments", &request(&changes)).await;
        let mut named = refused.problem(400, Code::InvalidFields);
        named.sort();
        assert_eq!(named, pointers, "{changes}");
    }
    let mut named = team
        .developer
        .post("/environments", &json!({}))
        .await
        .problem(400, Code::InvalidFields);
    named.sort();
    assert_eq!(named, ["/name", "/team", "/template"]);
    nothing_is_there(&app).await;
}

#[tokio::test]
async fn somebody_elses_team_is_answered_like_a_missing_one() {
    let app = TestApp::start().await;
    let _team = app.team("pay").await;
    let outsider = app.person("eve").await;
    let theirs = outsider.post("/environments", &request(&json!({}))).await;
    let missing = outsider.post("/environments", &request(&json!({"team": "nil"}))).await;
    assert_eq!(theirs.problem(404, Code::NotFound), ["/team"]);
    assert_eq!(theirs.masked(), missing.masked());
    nothing_is_there(&app).await;
}

#[tokio::test]
async fn a_viewer_may_not_create_and_nobody_is_asked_to_sign_in() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    team.viewer
        .post("/environments", &request(&json!({})))
        .await
        .problem(403, Code::Forbidden);
    app.anonymous()
        .post("/environments", &request(&json!({})))
        .await
        .problem(401, Code::Unauthenticated);
    nothing_is_there(&app).await;
}

#[tokio::test]
async fn a_taken_name_is_refused_and_the_first_stays() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    let first = team
        .developer
        .post("/environments", &request(&json!({"labels": {"tier": "front"}})))
        .await;
    assert!(first.header("location").starts_with("/api/v1/environments/env_"));
    let first = first.expect(202);
    let taken = team.maintainer.post("/environments", &request(&json!({}))).await;
    assert_eq!(taken.problem(409, Code::NameTaken), ["/name"]);
    let list = team
        .viewer
        .get("/environments?team=pay&template=web-service&owner=pay-developer&label=tier%3Dfront")
        .await
        .expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["id"], first["id"]);
    assert_eq!(
        team.viewer.get("/teams/pay/quota").await.expect(200)["environments"]["used"],
        1
    );
}

#[tokio::test]
async fn another_teams_environment_is_not_there() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    let made = team
        .developer
        .post("/environments", &request(&json!({})))
        .await
        .expect(202);
    let outsider = app.team("ops").await.maintainer;
    let operation = format!("/operations/{}", made["operation"].as_str().unwrap());
    let id = made["id"].as_str().unwrap();
    let missing = "env_019ab7e4c0de7a11b0a75eafa12e5001";
    for (method, rest, body) in [
        (Method::GET, "", None),
        (Method::PATCH, "", Some(json!({"parameters": {"replicas": 3}}))),
        (Method::DELETE, "", None),
        (Method::GET, "/resources", None),
        (Method::GET, "/events", None),
        (Method::GET, "/outputs", None),
        (Method::GET, "/operations", None),
    ] {
        let theirs = outsider
            .send(method.clone(), &format!("/environments/{id}{rest}"), &[], body.as_ref())
            .await;
        let none = outsider
            .send(
                method.clone(),
                &format!("/environments/{missing}{rest}"),
                &[],
                body.as_ref(),
            )
            .await;
        theirs.problem(404, Code::NotFound);
        assert_eq!(theirs.masked(), none.masked(), "{method} {rest}");
    }
    outsider.get(&operation).await.problem(404, Code::NotFound);
    team.viewer.get(&operation).await.expect(200);
}

#[tokio::test]
async fn a_change_that_is_refused_changes_nothing() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    let made = team
        .developer
        .post("/environments", &request(&json!({})))
        .await
        .expect(202);
    let path = format!("/environments/{}", made["id"].as_str().unwrap());
    let change = json!({"parameters": {"replicas": 3}});
    team.viewer.patch(&path, &change).await.problem(403, Code::Forbidden);
    team.viewer.delete(&path).await.problem(403, Code::Forbidden);
    let refused = team
        .developer
        .patch(&path, &json!({"name": "x", "status": {}, "labells": {}}))
        .await;
    let mut named = refused.problem(400, Code::InvalidFields);
    named.sort();
    assert_eq!(named, ["/labells", "/name", "/status"]);
    let refused = team
        .developer
        .patch(&path, &json!({"parameters": {"image": null, "replicas": "x"}}))
        .await;
    let mut named = refused.problem(422, Code::InvalidParameters);
    named.sort();
    assert_eq!(named, ["/parameters/image", "/parameters/replicas"]);
    let refused = team
        .developer
        .send(Method::PATCH, &path, &[("if-match", "\"999\"")], Some(&change))
        .await;
    refused.problem(412, Code::PreconditionFailed);

    let now = team.developer.get(&path).await.expect(200);
    assert_eq!(
        (now["generation"].as_i64(), &now["parameters"]),
        (Some(1), &made["parameters"])
    );
}

#[tokio::test]
async fn a_change_is_merged_into_what_is_wanted() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    let asked =
        request(&json!({"labels": {"tier": "front"}, "parameters": {"image": "a", "replicas": 3, "env": {"A": "1"}}}));
    let made = team.developer.post("/environments", &asked).await.expect(202);
    let path = format!("/environments/{}", made["id"].as_str().unwrap());
    let change = json!({"parameters": {"replicas": null, "env": {"B": "2"}}, "labels": {"tier": null, "zone": "a"}});
    let changed = team.developer.patch(&path, &change).await.expect(202);
    assert_eq!(changed["parameters"]["replicas"], 2, "the default again");
    assert_eq!(changed["parameters"]["env"], json!({"A": "1", "B": "2"}));
    assert_eq!(changed["labels"], json!({"zone": "a"}));
    assert_eq!(changed["generation"], 2);

    let same = team
        .developer
        .patch(&path, &json!({"parameters": {"replicas": 2}}))
        .await;
    assert_eq!(same.expect(200)["generation"], 2);
    let first = team
        .developer
        .get(&format!("/operations/{}", made["operation"].as_str().unwrap()))
        .await
        .expect(200);
    assert_eq!(
        (first["state"].as_str(), &first["supersededBy"]),
        (Some("canceled"), &changed["operation"])
    );
}
