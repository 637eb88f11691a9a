//! What holds for every request: problems for everything that goes wrong, ids, who may ask at all.

use berth_model::Code;
use berth_tests::app::TestApp;
use reqwest::Method;
use serde_json::{Value, json};

async fn document(app: &TestApp) -> Value {
    let url = format!("{}/openapi.json", app.base);
    reqwest::get(url).await.unwrap().json().await.unwrap()
}

/// Every operation of the document: its method, its path and the operation.
fn operations(document: &Value) -> Vec<(Method, String, Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let of = |(path, item): (&String, &Value)| {
        let operations = item.as_object().unwrap().iter();
        let one = |(method, operation): (&String, &Value)| {
            let method: Method = method.to_uppercase().parse().unwrap();
            (method, path.clone(), operation.clone())
        };
        operations.map(one).collect::<Vec<_>>()
    };
    paths.flat_map(of).collect()
}

/// The path with ids in it.
fn filled(path: &str, ids: &[(&str, &str)]) -> String {
    let mut filled = path.to_owned();
    for (name, value) in ids {
        let (kind, parameter) = name.split_once(' ').unwrap_or(("", name));
        if filled.contains(kind) {
            filled = filled.replace(&format!("{{{parameter}}}"), value);
        }
    }
    filled
}

#[tokio::test]
async fn nobody_without_a_token_gets_past_the_door() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    let operations = operations(&document);
    assert!(operations.len() > 30, "{}", operations.len());
    let http = reqwest::Client::new();
    let mut guarded = 0;
    for (method, path, operation) in operations {
        if operation["security"] == json!([{}]) || operation["security"] == json!([]) {
            continue;
        }
        guarded += 1;
        // A body that is no JSON: authentication comes before it is looked at.
        let request = http.request(method.clone(), format!("{}{path}", app.base)).body("{");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401, "{method} {path}");
        assert!(
            answer.headers()["www-authenticate"]
                .to_str()
                .unwrap()
                .starts_with("Bearer")
        );
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], "unauthenticated", "{method} {path}");
    }
    assert!(guarded > 25, "{guarded}");
}

#[tokio::test]
async fn an_outsider_finds_what_there_is_not_and_what_is_there_alike_and_changes_nothing() {
    let app = TestApp::start().await;
    let pay = app.team("pay").await;
    let request =
        json!({"team": "pay", "name": "web", "template": "web-service", "parameters": {"image": "shop/web:1"}});
    let made = pay.developer.post("/environments", &request).await.expect(202);
    let (environment, operation) = (made["id"].as_str().unwrap(), made["operation"].as_str().unwrap());
    let eve = app.person("eve").await;
    let before = (app.rows("audit_event").await, app.rows("event").await);
    let mut walked = 0;
    for (method, path, described) in operations(&document(&app).await) {
        let Some(path) = path.strip_prefix("/api/v1").filter(|path| path.contains('{')) else {
            continue;
        };
        // The catalog is everybody's, and who runs the platform is known: the others are told that they may not.
        if ["/templates", "/rollouts", "/users"]
            .iter()
            .any(|own| path.starts_with(own))
        {
            continue;
        }
        let body = match described["operationId"].as_str().unwrap() {
            "teamUpdate" => Some(json!({"title": "Mine"})),
            "memberSet" => Some(json!({"role": "maintainer"})),
            "teamQuotaUpdate" => Some(json!({"environments": 1000})),
            "environmentUpdate" => Some(json!({"parameters": {"replicas": 9}})),
            other => {
                assert!(described["requestBody"].is_null(), "{other} needs a body here");
                None
            }
        };
        let there = [
            ("/teams team", "pay"),
            ("user", "eve"),
            ("/environments id", environment),
            ("/operations id", operation),
        ];
        let missing = [
            ("/teams team", "gone"),
            ("user", "eve"),
            ("/environments id", "env_018f2a3b4c5d7e6f8a9b0c1d2e3f4a5b"),
            ("/operations id", "op_018f2a3b4c5d7e6f8a9b0c1d2e3f4a5b"),
        ];
        let there = eve
            .send(method.clone(), &filled(path, &there), &[], body.as_ref())
            .await;
        let missing = eve
            .send(method.clone(), &filled(path, &missing), &[], body.as_ref())
            .await;
        there.problem(404, Code::NotFound);
        assert_eq!(there.masked(), missing.masked(), "{method} {path}");
        walked += 1;
    }
    assert!(walked >= 16, "{walked}");
    assert_eq!((app.rows("audit_event").await, app.rows("event").await), before);
}

#[tokio::test]
async fn every_operation_says_what_it_is_and_what_can_go_wrong() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut ids = Vec::new();
    for (method, path, operation) in operations(&document) {
        let text = |key: &str| operation[key].as_str().unwrap_or_default().to_owned();
        assert!(
            !text("summary").is_empty() && !text("operationId").is_empty(),
            "{method} {path}"
        );
        assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{method} {path}");
        ids.push(text("operationId"));
        // A verb on a resource, `:pause`, says all there is to say.
        let verb = path.contains(':') || text("operationId") == "authLogout";
        if matches!(method, Method::POST | Method::PUT | Method::PATCH) && !verb {
            assert!(operation["requestBody"].is_object(), "{method} {path} has a body");
        }
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.contains_key("500"), "{method} {path}");
        assert!(
            responses.keys().any(|status| status.starts_with('2')),
            "{method} {path}"
        );
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "every operation has an id of its own");
}

#[tokio::test]
async fn what_the_framework_refuses_is_a_problem_too() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    ada.get("/nothing/here").await.problem(404, Code::RouteNotFound);
    let wrong = ada.send(Method::PUT, "/environments", &[], Some(&json!({}))).await;
    wrong.problem(405, Code::MethodNotAllowed);
    let allow = wrong.header("allow");
    assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");

    let http = reqwest::Client::new();
    let post = async |content_type: &str, body: String| {
        let request = http
            .post(format!("{}/api/v1/teams", app.base))
            .bearer_auth(ada.token().unwrap());
        let answer = request
            .header("content-type", content_type)
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["requestId"], id);
        assert_eq!(problem["instance"], "/api/v1/teams");
        for key in ["type", "title", "detail"] {
            assert!(problem[key].is_string(), "{key}");
        }
        (
            problem["status"].as_u64().unwrap(),
            problem["code"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(
        post("text/plain", "x".into()).await,
        (415, "unsupported_media_type".into())
    );
    assert_eq!(
        post("application/json", "{".into()).await,
        (400, "malformed_body".into())
    );
    assert_eq!(
        post("application/json", String::new()).await,
        (400, "malformed_body".into())
    );
    let large = format!("\"{}\"", "x".repeat(8 << 20));
    assert_eq!(post("application/json", large).await, (413, "body_too_large".into()));
    let twice = r#"{"name": "pay", "name": "fin"}"#;
    assert_eq!(
        post("application/json", twice.into()).await,
        (400, "malformed_body".into())
    );
    let deep = "[".repeat(100_000);
    assert_eq!(post("application/json", deep).await, (400, "malformed_body".into()));
}

#[tokio::test]
async fn a_request_keeps_the_id_that_its_caller_gave_it_when_it_is_sane() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let answer = ada
        .send(Method::GET, "/me", &[("x-request-id", "build-4711.step_2")], None)
        .await;
    assert_eq!(answer.header("x-request-id"), "build-4711.step_2");
    let answer = ada
        .send(Method::GET, "/me", &[("x-request-id", "a b\u{e9}")], None)
        .await;
    assert_eq!(answer.header("x-request-id").len(), 32);
}

#[tokio::test]
async fn unknown_query_parameters_are_refused_by_name() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    for path in ["/teams", "/environments", "/templates"] {
        let answer = ada.get(&format!("{path}?colour=blue")).await;
        assert_eq!(answer.problem(400, Code::InvalidQuery), ["?colour"], "{path}");
    }
}
