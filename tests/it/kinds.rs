//! The kinds that the program knows without a cluster, held against what a cluster says of them.

use std::path::PathBuf;

use berth_template::describe;
use berth_tests::ControlPlane;
use serde_json::Value;

async fn read(client: &kube::Client, path: &str) -> Value {
    let request = ::http::Request::get(path).body(Vec::new()).unwrap();
    client.request(request).await.unwrap()
}

/// The OpenAPI documents of every group that Kubernetes itself serves.
async fn documents(client: &kube::Client) -> Vec<Value> {
    let index = read(client, "/openapi/v3").await;
    let mut documents = Vec::new();
    for (path, place) in index["paths"].as_object().unwrap() {
        let own = match path.split('/').collect::<Vec<_>>().as_slice() {
            ["api", _] => true,
            ["apis", group, _] => !group.contains('.') || group.ends_with(".k8s.io"),
            _ => false,
        };
        if own {
            documents.push(read(client, place["serverRelativeURL"].as_str().unwrap()).await);
        }
    }
    documents
}

#[expect(
    clippy::disallowed_methods,
    reason = "a switch of the test, not a setting of the product"
)]
fn update() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

#[tokio::test]
async fn built_in_kinds_are_those_of_the_api_server() {
    let plane = ControlPlane::shared().await.unwrap();
    let documents = documents(&plane.client().await.unwrap()).await;
    let described = describe(&documents);
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../api/template/src/kinds/builtin.txt");
    if update() {
        std::fs::write(&file, &described).unwrap();
    }
    assert!(
        described == std::fs::read_to_string(&file).unwrap(),
        "{} is not what the API server says: run with UPDATE_GOLDEN=1, and look at the difference",
        file.display()
    );
    assert!(described.contains("apps/v1 Deployment\t"));
}
