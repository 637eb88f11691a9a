//! From the request to Ready.

use std::path::PathBuf;

use berth_model::Code;
use berth_tests::ControlPlane;
use k8s_openapi::api::core::v1::{Namespace, PersistentVolumeClaim, Pod, Secret};
use kube::Api;
use kube::api::{ListParams, ObjectMeta, PostParams};
use serde_json::{Value, json};

use super::{Berth, resource};

#[tokio::test]
async fn one_request_makes_a_namespace_a_database_and_a_deployment_that_say_whose_they_are() {
    let berth = Berth::start().await;
    let environment = berth.create("web", &json!({})).await;
    let namespace = environment["namespace"].as_str().unwrap();
    assert_eq!(namespace, berth.namespace("web"));
    let resources = berth.items(&environment, "resources").await;
    for (kind, name) in [
        ("Namespace", namespace),
        ("StatefulSet", "db"),
        ("Deployment", "web"),
        ("Secret", "db-credentials"),
    ] {
        resource(&resources, kind, name);
    }
    let id = environment["id"].as_str().unwrap();
    for one in &resources {
        let live = berth.live(one).await.unwrap();
        let metadata = &live["metadata"];
        assert_eq!(metadata["uid"], one["uid"], "{one}");
        assert_eq!(one["ready"], true, "{one}");
        assert_eq!(metadata["labels"]["berth.dev/environment"], id);
        assert_eq!(metadata["labels"]["app.kubernetes.io/managed-by"], "berth");
        for (note, value) in [
            ("team", berth.team.as_str()),
            ("owner", "ada"),
            ("environment-name", "web"),
            ("template", "web-service"),
            ("template-version", "1.0.0"),
            ("revision", "1"),
        ] {
            assert_eq!(metadata["annotations"][format!("berth.dev/{note}")], value, "{one}");
        }
    }
    berth.nothing_is_doubled_or_lost(&environment).await;

    let pods: Api<Pod> = Api::namespaced(berth.cluster.clone(), namespace);
    let claims: Api<PersistentVolumeClaim> = Api::namespaced(berth.cluster.clone(), namespace);
    let pods = pods.list(&ListParams::default()).await.unwrap().items;
    let claims = claims.list(&ListParams::default()).await.unwrap().items;
    assert_eq!((pods.len(), claims.len()), (3, 1));
    let made = pods
        .into_iter()
        .map(|pod| pod.metadata)
        .chain(claims.into_iter().map(|claim| claim.metadata));
    for metadata in made {
        let notes = metadata.annotations.unwrap();
        assert_eq!(notes["berth.dev/team"], berth.team, "{:?}", metadata.name);
        assert_eq!(
            metadata.labels.unwrap()["berth.dev/environment"],
            id,
            "{:?}",
            metadata.name
        );
    }
}

#[tokio::test]
async fn outputs_say_where_the_secret_is_and_no_answer_says_what_is_in_it() {
    let berth = Berth::start().await;
    let environment = berth.create("web", &json!({})).await;
    let outputs = &environment["status"]["outputs"];
    assert_eq!(
        outputs["database"]["secret"],
        json!({"name": "db-credentials", "key": "uri"})
    );
    assert_eq!(
        outputs["url"]["value"],
        format!("https://web-{}.apps.localhost", berth.team)
    );
    let secrets: Api<Secret> = Api::namespaced(berth.cluster.clone(), environment["namespace"].as_str().unwrap());
    let data = secrets.get("db-credentials").await.unwrap().data.unwrap();
    let password = String::from_utf8(data["password"].0.clone()).unwrap();
    assert!(password.len() >= 20, "a generated password");
    let mut said = berth.server.log().unwrap();
    said += &environment.to_string();
    for list in ["resources", "events", "operations"] {
        said += &json!(berth.items(&environment, list).await).to_string();
    }
    assert!(!said.contains(&password));
}

#[tokio::test]
async fn the_timeline_tells_of_the_request_every_object_and_the_end() {
    let berth = Berth::start().await;
    let environment = berth.create("web", &json!({})).await;
    let resources = berth.items(&environment, "resources").await;
    assert_eq!(berth.told(&environment, "environment.requested").await.len(), 1);
    assert_eq!(
        berth.told(&environment, "resource.applied").await.len(),
        resources.len()
    );
    assert_eq!(berth.told(&environment, "resource.ready").await.len(), resources.len());
    assert_eq!(berth.told(&environment, "environment.ready").await.len(), 1);
    let events = berth.items(&environment, "events").await;
    assert_eq!(events.last().unwrap()["type"], "environment.ready");
    let operation = environment["operation"].as_str().unwrap();
    let operation = berth.ada.get(&format!("/operations/{operation}")).await.expect(200);
    assert_eq!(operation["state"], "succeeded");
}

#[tokio::test]
async fn the_smallest_environment_has_no_database() {
    let berth = Berth::start().await;
    let environment = berth
        .create("web", &json!({"database": {"enabled": false}, "replicas": 1}))
        .await;
    let resources = berth.items(&environment, "resources").await;
    assert!(
        resources
            .iter()
            .all(|one| one["kind"] != "StatefulSet" && one["kind"] != "Secret")
    );
    assert!(environment["status"]["outputs"]["database"].is_null());
}

#[tokio::test]
async fn a_namespace_of_somebody_elses_fails_the_environment_and_is_left_untouched() {
    let berth = Berth::start().await;
    let name = berth.namespace("web");
    let namespaces: Api<Namespace> = Api::all(berth.cluster.clone());
    let by_hand = Namespace {
        metadata: ObjectMeta {
            name: Some(name.clone()),
            ..ObjectMeta::default()
        },
        ..Namespace::default()
    };
    let by_hand = namespaces.create(&PostParams::default(), &by_hand).await.unwrap();

    let made = berth
        .ada
        .post("/environments", &berth.request("web", &json!({})))
        .await
        .expect(202);
    let failed = berth.phase(&made, "Failed").await;
    let cause = &failed["status"]["cause"];
    assert_eq!(cause["reason"], "NamespaceTaken", "{:#}", failed["status"]);
    assert!(cause["message"].as_str().unwrap().contains(&name), "{cause}");
    let operation = made["operation"].as_str().unwrap();
    let operation = berth.ada.get(&format!("/operations/{operation}")).await.expect(200);
    assert_eq!(operation["state"], "failed");

    let gone = berth.delete(&made).await;
    assert_eq!(gone["status"]["phase"], "Deleted");
    let after = namespaces.get(&name).await.unwrap();
    assert_eq!(after.metadata.uid, by_hand.metadata.uid);
    let written = after.metadata.managed_fields.unwrap_or_default();
    assert!(
        written.iter().all(|entry| entry.manager.as_deref() != Some("berth")),
        "{written:?}"
    );
    assert_eq!(after.metadata.deletion_timestamp, None);
}

#[tokio::test]
async fn every_template_of_the_catalog_becomes_ready_as_its_examples_ask_for_it() {
    let berth = Berth::start().await;
    for (name, template, parameters) in [
        (
            "nightly",
            "cron-job",
            json!({"image": "shop/report:3", "schedule": "0 3 * * *"}),
        ),
        ("docs", "static-site", json!({"image": "shop/docs:7", "path": "/docs"})),
        ("cache", "valkey", json!({})),
        (
            "store",
            "valkey",
            json!({"eviction": "noeviction", "persistence": {"enabled": true}}),
        ),
        ("mailer", "worker", json!({"image": "shop/mailer:2"})),
        ("db", "postgres", json!({})),
    ] {
        let body = json!({"team": berth.team, "name": name, "template": template, "parameters": parameters});
        let made = berth.ada.post("/environments", &body).await.expect(202);
        berth.phase(&made, "Ready").await;
        berth.nothing_is_doubled_or_lost(&made).await;
    }
    let refused = json!({
        "team": berth.team, "name": "lossy", "template": "valkey", "parameters": {"persistence": {"enabled": true}},
    });
    let refused = berth.ada.post("/environments", &refused).await;
    assert_eq!(
        refused.problem(422, Code::InvalidParameters),
        ["/parameters/persistence/enabled"]
    );
}

#[tokio::test]
async fn one_object_for_each_of_something_comes_and_goes_with_it() {
    let plane = ControlPlane::shared().await.unwrap();
    let catalog = tempfile::tempdir().unwrap();
    let baseline = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../templates/baseline/template.yaml");
    let each = "apiVersion: berth.dev/v1\nkind: Template\nmetadata: {name: each, version: 1.0.0}\nspec:\n  parameters: {type: object, \
                properties: {env: {type: object, additionalProperties: {type: string}, default: {}}}}\n  resources:\n    - id: config\n      \
                forEach: [{key: \"${params.env}\"}]\n      object:\n        apiVersion: v1\n        kind: ConfigMap\n        metadata: {name: \
                \"${'env-' + each.key.lowerAscii()}\"}\n        data: {value: \"${params.env[each.key]}\"}\n";
    for (name, text) in [
        ("baseline", std::fs::read_to_string(baseline).unwrap()),
        ("each", each.to_owned()),
    ] {
        std::fs::create_dir(catalog.path().join(name)).unwrap();
        std::fs::write(catalog.path().join(name).join("template.yaml"), text).unwrap();
    }
    let berth = Berth::start_on(plane.kubeconfig(), None, catalog.path().to_owned()).await;
    let names = async |environment: &Value| -> Vec<String> {
        let all = berth.items(environment, "resources").await;
        let maps = all.iter().filter(|one| one["kind"] == "ConfigMap");
        maps.map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    let body =
        json!({"team": berth.team, "name": "web", "template": "each", "parameters": {"env": {"A": "1", "B": "2"}}});
    let made = berth.ada.post("/environments", &body).await.expect(202);
    let made = berth.phase(&made, "Ready").await;
    assert_eq!(names(&made).await, ["env-a", "env-b"]);
    let changed = berth
        .change(&made, &json!({"parameters": {"env": {"A": null, "C": "3"}}}))
        .await;
    assert_eq!(changed["status"]["phase"], "Ready");
    assert_eq!(names(&made).await, ["env-b", "env-c"]);
    berth.nothing_is_doubled_or_lost(&made).await;
}
