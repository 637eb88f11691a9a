//! What the chart renders and what it refuses, without a cluster.

use std::collections::BTreeMap;

use berth_server::config::Config;
use serde_json::{Value, json};

use super::helm::{KEY, POSTGRESQL, count, find, helm, render};

fn with<'a>(base: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [base, more].concat()
}

#[tokio::test]
async fn the_chart_lints_on_sqlite_and_on_postgresql() {
    for settings in [vec![KEY], with(&[KEY, "replicas=3"], POSTGRESQL)] {
        let report = helm(&["lint", "--strict"], &settings).await.unwrap();
        assert!(report.contains("0 chart(s) failed"), "{report}");
    }
}

#[tokio::test]
async fn on_sqlite_one_server_owns_one_volume() {
    let objects = render("berth", &[KEY]).await;
    let deployment = find(&objects, "Deployment", "berth");
    assert_eq!(deployment["spec"]["replicas"], 1);
    assert_eq!(deployment["spec"]["strategy"], json!({"type": "Recreate"}));
    assert_eq!(count(&objects, "PersistentVolumeClaim"), 1);
    assert_eq!(
        count(&objects, "PodDisruptionBudget"),
        0,
        "with one replica it would only block draining"
    );
    let text = serde_json::to_string(deployment).unwrap();
    assert!(text.contains("sqlite:///var/lib/berth/berth.db"));
}

#[tokio::test]
async fn on_postgresql_replicas_roll_and_no_volume_is_kept() {
    let objects = render("berth", &with(&[KEY, "replicas=3"], POSTGRESQL)).await;
    let deployment = find(&objects, "Deployment", "berth");
    assert_eq!(deployment["spec"]["replicas"], 3);
    assert_eq!(deployment["spec"]["strategy"]["type"], "RollingUpdate");
    assert_eq!(count(&objects, "PersistentVolumeClaim"), 0);
    assert_eq!(count(&objects, "PodDisruptionBudget"), 1);
}

#[tokio::test]
async fn secrets_are_rendered_into_the_secret_alone() {
    let objects = render("berth", &with(&[KEY], POSTGRESQL)).await;
    let outside: Vec<Value> = objects
        .iter()
        .filter(|object| object["kind"] != "Secret")
        .cloned()
        .collect();
    let text = serde_json::to_string(&outside).unwrap();
    assert!(
        !text.contains("berth:pw@") && !text.contains("MDEyMzQ1"),
        "a secret value outside the Secret"
    );
    let secret = find(&objects, "Secret", "berth");
    assert_eq!(secret["stringData"].as_object().unwrap().len(), 2);
    // With Secrets of the operator's own, the chart makes none.
    let own = [
        "database.type=postgresql",
        "database.postgresql.existingSecret=db",
        "auth.existingSecret=key",
    ];
    assert_eq!(count(&render("berth", &own).await, "Secret"), 0);
}

#[tokio::test]
async fn the_server_understands_the_settings_that_the_chart_writes() {
    for settings in [
        vec![KEY],
        with(&[KEY, "replicas=3", "config.engine.workers=7"], POSTGRESQL),
    ] {
        let objects = render("berth", &settings).await;
        let text = find(&objects, "ConfigMap", "berth")["data"]["berth.toml"]
            .as_str()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("berth.toml");
        std::fs::write(&file, text).unwrap();
        let pod = &find(&objects, "Deployment", "berth")["spec"]["template"]["spec"];
        let variables = pod["containers"][0]["env"].as_array().into_iter().flatten();
        let variables: BTreeMap<String, String> = variables
            .filter(|variable| variable["name"] != "BERTH_CONFIG")
            .filter_map(|variable| {
                let name = variable["name"].as_str()?.strip_prefix("BERTH_")?;
                // What a Secret holds is of the right form here.
                let secret = if name.starts_with("DATABASE") {
                    "postgres://u:p@h/d".to_owned()
                } else {
                    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=".to_owned()
                };
                let value = variable["value"].as_str().map_or(secret, ToOwned::to_owned);
                Some((format!("BERTH_{name}"), value))
            })
            .collect();
        assert!(
            variables.contains_key("BERTH_AUTH__KEY_ENCRYPTION_KEY"),
            "{variables:?}"
        );
        let config = Config::from_parts(Some(&file), variables).unwrap();
        assert!(config.cluster.service_account.unwrap().ends_with(":berth"));
        assert!(config.server.listen.ip().is_unspecified(), "a Service reaches it");
    }
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_with_what_to_do() {
    let refused: [(&[&str], &str); 8] = [
        (&[KEY, "replicas=2"], "Berth on SQLite runs as one replica"),
        (
            &[KEY, "database.type=postgresql"],
            "set database.postgresql.existingSecret",
        ),
        (&[], "set auth.existingSecret"),
        (&[KEY, "ingress.enabled=true"], "set ingress.host"),
        (
            &[KEY, "config.database.url=x"],
            "would show the password in a ConfigMap",
        ),
        (
            &[KEY, "config.auth.key_encryption_key=x"],
            "would show the key in a ConfigMap",
        ),
        (&[KEY, "replica=2"], "additional properties 'replica' not allowed"),
        (&[KEY, "database.type=mysql"], "/database/type"),
    ];
    for (settings, sentence) in refused {
        let complaint = helm(&["template", "berth"], settings).await.unwrap_err();
        assert!(complaint.contains(sentence), "{settings:?}: {complaint}");
    }
}

#[tokio::test]
async fn no_rule_has_a_wildcard_escalates_impersonates_or_names_secrets_for_the_whole_cluster() {
    let objects = render("berth", &[KEY]).await;
    let holds =
        |rule: &Value, key: &str, word: &str| rule[key].as_array().is_some_and(|list| list.contains(&json!(word)));
    for role in objects.iter().filter(|object| object["kind"] == "ClusterRole") {
        for rule in role["rules"].as_array().unwrap() {
            for key in ["apiGroups", "resources", "verbs"] {
                assert!(!holds(rule, key, "*"), "a wildcard: {rule}");
            }
            assert!(
                !holds(rule, "verbs", "escalate") && !holds(rule, "verbs", "impersonate"),
                "{rule}"
            );
            assert!(
                !holds(rule, "verbs", "bind") || rule["resourceNames"].is_array(),
                "bind on any role: {rule}"
            );
        }
    }
    let bound: Vec<&Value> = objects
        .iter()
        .filter(|object| object["kind"] == "ClusterRoleBinding")
        .collect();
    assert_eq!(bound.len(), 1, "one role for the whole cluster");
    let role = find(&objects, "ClusterRole", bound[0]["roleRef"]["name"].as_str().unwrap());
    assert!(
        role["rules"]
            .as_array()
            .unwrap()
            .iter()
            .all(|rule| !holds(rule, "resources", "secrets"))
    );
}
