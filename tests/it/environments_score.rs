//! Score workloads as requests for environments.

use berth_model::Code;
use berth_tests::app::TestApp;
use reqwest::Method;
use serde_json::{Value, json};

const WORKLOAD: &str = "\
apiVersion: score.dev/v1b1
metadata:
  name: shop
  annotations:
    berth.dev/team: pay
service: {ports: {www: {port: 8080}}}
containers:
  web:
    image: shop/web:1
    variables: {GREETING: \"Hello from ${metadata.name}\"}
resources:
  db: {type: postgres}
";

/// Sends YAML; the answer's status and body.
async fn send(app: &TestApp, token: &str, query: &str, headers: &[(&str, &str)], document: &str) -> (u16, Value) {
    let url = format!("{}/api/v1/environments{query}", app.base);
    let mut request = reqwest::Client::new().post(url).bearer_auth(token);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.body(document.to_owned()).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

const YAML: (&str, &str) = ("content-type", "application/yaml");

#[tokio::test]
async fn a_workload_becomes_an_environment() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    let token = team.developer.token().unwrap().to_owned();
    let (status, made) = send(&app, &token, "", &[YAML], WORKLOAD).await;
    assert_eq!(status, 202, "{made}");
    assert_eq!((&made["team"], &made["name"]), (&json!("pay"), &json!("shop")));
    assert_eq!(made["template"], "web-service@1.0.0", "{made}");
    let parameters = &made["parameters"];
    assert_eq!(
        (
            &parameters["image"],
            &parameters["port"],
            &parameters["env"],
            &parameters["database"]["enabled"]
        ),
        (
            &json!("shop/web:1"),
            &json!(8080),
            &json!({"GREETING": "Hello from shop"}),
            &json!(true)
        )
    );

    let kind = ("content-type", "application/vnd.score+yaml; charset=utf-8");
    let worker = "apiVersion: score.dev/v1b1\nmetadata: {name: mailer}\ncontainers: {main: {image: shop/mailer:2}}\n";
    let (status, made) = send(
        &app,
        &token,
        "?team=pay&name=mail-1&template=worker@^1",
        &[kind],
        worker,
    )
    .await;
    assert_eq!(status, 202, "{made}");
    assert_eq!(
        (&made["name"], &made["template"]),
        (&json!("mail-1"), &json!("worker@1.0.0"))
    );
    assert_eq!(made["parameters"]["database"]["enabled"], false);
}

#[tokio::test]
async fn a_workload_sent_twice_with_one_key_is_one_environment() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    let token = team.developer.token().unwrap().to_owned();
    let headers = [YAML, ("idempotency-key", "one")];
    let (status, first) = send(&app, &token, "", &headers, WORKLOAD).await;
    assert_eq!(status, 202);
    let (status, again) = send(&app, &token, "", &headers, WORKLOAD).await;
    assert_eq!((status, &again["id"]), (202, &first["id"]));
    for (query, document) in [
        ("?name=other", WORKLOAD.to_owned()),
        ("", WORKLOAD.replace("web:1", "web:2")),
    ] {
        let (status, problem) = send(&app, &token, query, &headers, &document).await;
        assert_eq!(
            (status, &problem["code"]),
            (422, &json!(Code::IdempotencyMismatch.as_str())),
            "{problem}"
        );
    }
    assert_eq!(app.rows("environment").await, 1);
}

#[tokio::test]
async fn what_is_wrong_is_named_in_the_workload_or_the_query() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    let token = team.developer.token().unwrap().to_owned();
    let cases = [
        (
            "",
            "image: shop/web:1",
            "image: shop/web:1\n    files: [{target: /a, content: b}]",
            "/containers/web/files",
        ),
        ("", "port: 8080", "port: 80", "/service/ports/www/port"),
        ("", "GREETING:", "\"A B\":", "/containers/web/variables"),
        (
            "",
            "type: postgres",
            "type: postgres, params: {storage: much}",
            "/resources/db/params/storage",
        ),
        ("", "type: postgres", "type: redis", "/resources/db/type"),
        ("", "    image: shop/web:1\n", "", "/containers/web/image"),
        ("", "team: pay", "team: nobody", "/metadata/annotations/berth.dev~1team"),
        (
            "",
            "    berth.dev/team: pay\n",
            "    other.dev/team: pay\n",
            "/metadata/annotations/berth.dev~1team",
        ),
        ("", "name: shop", "name: Shop", "/metadata/name"),
        (
            "",
            "berth.dev/team: pay",
            "berth.dev/team: pay\n    berth.dev/template: web",
            "/metadata/annotations/berth.dev~1template",
        ),
        ("?template=baseline", "", "", "?template"),
        ("?name=-", "", "", "?name"),
        ("?team=nobody", "", "", "?team"),
        ("?colour=red", "", "", "?colour"),
        ("", "score.dev/v1b1", "score.dev/v2", "/apiVersion"),
        ("", "containers:", "containers: {}\ncontainers:", ""),
    ];
    for (query, from, to, pointer) in cases {
        let (status, problem) = send(&app, &token, query, &[YAML], &WORKLOAD.replacen(from, to, 1)).await;
        assert!((400..500).contains(&status), "{pointer}: {problem}");
        let errors = problem["errors"].as_array().unwrap();
        assert!(
            errors
                .iter()
                .all(|error| error["pointer"].as_str().unwrap().starts_with(pointer))
                && !errors.is_empty(),
            "{pointer} is not where {problem} points"
        );
        assert!(
            pointer.is_empty() || errors[0]["pointer"] == pointer || pointer.ends_with("variables"),
            "{problem}"
        );
    }
    assert_eq!(app.rows("environment").await, 0);
}

#[tokio::test]
async fn a_parameter_that_is_missing_can_be_given_by_an_annotation() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    let token = team.developer.token().unwrap().to_owned();
    let sized = |size: &str| {
        WORKLOAD.replace(
            "berth.dev/team: pay",
            &format!("berth.dev/team: pay\n    berth.dev/parameter.size: {size}"),
        )
    };
    let (_, problem) = send(&app, &token, "", &[YAML], &sized("huge")).await;
    assert_eq!(
        problem["errors"][0]["pointer"], "/metadata/annotations/berth.dev~1parameter.size",
        "{problem}"
    );
    let (status, made) = send(&app, &token, "", &[YAML], &sized("large")).await;
    assert_eq!((status, &made["parameters"]["size"]), (202, &json!("large")));
}

#[tokio::test]
async fn rights_are_checked_and_other_bodies_are_refused_as_before() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    let viewer = team.viewer.token().unwrap().to_owned();
    let (status, _) = send(&app, &viewer, "", &[YAML], WORKLOAD).await;
    assert_eq!(status, 403);
    let (status, _) = send(&app, "nonsense", "", &[YAML], WORKLOAD).await;
    assert_eq!(status, 401);
    let developer = team.developer.token().unwrap().to_owned();
    let (status, _) = send(&app, &developer, "", &[("content-type", "text/plain")], WORKLOAD).await;
    assert_eq!(status, 415);
    let json = team
        .developer
        .send(Method::POST, "/environments", &[], Some(&json!({"team": "pay"})))
        .await;
    assert_eq!(json.status, 400);
    let asked = json!({"team": "pay", "name": "web", "template": "web-service", "parameters": {"image": "a"}});
    let refused = team.developer.post("/environments?team=other", &asked).await;
    let problem = refused.problem(400, Code::InvalidQuery);
    assert_eq!(problem[0], "?team");
}
