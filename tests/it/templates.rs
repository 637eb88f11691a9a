//! The catalog over HTTP: finding templates and reading what they take and give.

use berth_model::Code;
use berth_tests::app::TestApp;
use serde_json::{Value, json};

fn names(list: &Value) -> Vec<&str> {
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|template| template["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn the_built_in_catalog_can_be_searched() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let all = ada.get("/templates").await.expect(200);
    let built_in = [
        "baseline",
        "cron-job",
        "postgres",
        "static-site",
        "valkey",
        "web-service",
        "worker",
    ];
    assert_eq!(names(&all), built_in);
    let found = names(&ada.get("/templates?q=http%20postgresql").await.expect(200)).join(" ");
    assert_eq!(found, "web-service");
    assert_eq!(
        names(&ada.get("/templates?q=WEB%20SERVICE").await.expect(200)),
        ["web-service"]
    );
    assert!(names(&ada.get("/templates?tag=postgres").await.expect(200)).contains(&"postgres"));
    assert_eq!(ada.get("/templates?q=mainframe").await.expect(200)["items"], json!([]));
    ada.get("/templates?tags=http").await.problem(400, Code::InvalidQuery);
    app.anonymous()
        .get("/templates")
        .await
        .problem(401, Code::Unauthenticated);
}

#[tokio::test]
async fn a_version_says_what_it_takes_and_what_it_gives() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let template = ada.get("/templates/web-service").await.expect(200);
    let version = template["latestVersion"].as_str().unwrap();
    let versions = ada.get("/templates/web-service/versions").await.expect(200);
    assert_eq!(versions["items"][0]["version"], version);

    let detail = ada
        .get(&format!("/templates/web-service/versions/{version}"))
        .await
        .expect(200);
    assert_eq!(detail["parameters"]["properties"]["replicas"]["type"], "integer");
    assert_eq!(detail["parameters"]["required"], json!(["image"]));
    let kinds = detail["kinds"].as_array().unwrap();
    assert!(
        kinds.contains(&json!({"apiVersion": "apps/v1", "kind": "Deployment"})),
        "{kinds:?}"
    );
    assert!(detail["uses"][0].as_str().unwrap().starts_with("postgres@"));
    assert!(!detail["outputs"].as_array().unwrap().is_empty());
    assert!(detail["document"].as_str().unwrap().contains("kind: Template"));
    assert!(!detail["readme"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn what_is_not_in_the_catalog_is_not_found() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    for path in [
        "/templates/mainframe",
        "/templates/mainframe/versions",
        "/templates/web-service/versions/99.0.0",
        "/templates/web-service/versions/x",
    ] {
        ada.get(path).await.problem(404, Code::NotFound);
    }
}
