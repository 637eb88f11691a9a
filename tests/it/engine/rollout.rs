//! Rollouts: a fleet moves in waves, stops or goes back when an environment does not take the new version, and goes on
//! after a restart.

use berth_tests::ControlPlane;
use berth_tests::app::Person;
use berth_tests::process::Deadline;
use serde_json::{Value, json};

use super::{Berth, PATIENCE, path};

/// From 1.1.0 on an environment with `sick` is never ready.
fn document(version: &str) -> String {
    let ready = if version == "1.0.0" {
        "yes"
    } else {
        "${params.sick ? 'no' : 'yes'}"
    };
    format!(
        "apiVersion: berth.dev/v1\nkind: Template\nmetadata: {{name: fleet, version: {version}}}\nspec:\n  parameters:\n    \
         type: object\n    properties: {{sick: {{type: boolean, default: false}}}}\n  resources:\n    - id: config\n      readyWhen: \
         [\"${{self.data.ready == 'yes'}}\"]\n      object:\n        apiVersion: v1\n        kind: ConfigMap\n        metadata: {{name: \
         config}}\n        data: {{ready: \"{ready}\", version: \"{version}\", sick: \"${{string(params.sick)}}\"}}\n"
    )
}

/// Environments on 1.0.0 beside a catalog that has 1.1.0 as well.
struct Fleet {
    berth: Berth,
    admin: Person,
    environments: Vec<Value>,
    /// The server reads it at every start.
    _catalog: tempfile::TempDir,
}

impl Fleet {
    async fn of(sick: &[bool]) -> Self {
        let plane = ControlPlane::shared().await.unwrap();
        let catalog = tempfile::tempdir().unwrap();
        let templates = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../templates");
        for (name, text) in [
            (
                "baseline",
                std::fs::read_to_string(templates.join("baseline/template.yaml")).unwrap(),
            ),
            ("fleet", document("1.0.0")),
            ("fleet-next", document("1.1.0")),
        ] {
            std::fs::create_dir(catalog.path().join(name)).unwrap();
            std::fs::write(catalog.path().join(name).join("template.yaml"), text).unwrap();
        }
        let berth = Berth::start_on(plane.kubeconfig(), None, catalog.path().to_owned()).await;
        let admin = berth.admin().await;
        let mut environments = Vec::new();
        for (position, sick) in sick.iter().enumerate() {
            let body = json!({
                "team": berth.team, "name": format!("fleet-{position}"), "template": "fleet@1.0.0", "parameters": {"sick": sick},
            });
            environments.push(berth.ada.post("/environments", &body).await.expect(202));
        }
        for environment in &environments {
            berth.phase(environment, "Ready").await;
        }
        Self {
            berth,
            admin,
            environments,
            _catalog: catalog,
        }
    }

    async fn roll_out(&self, waves: &Value) -> Value {
        let body = json!({"template": "fleet@1.1.0", "waves": waves});
        self.admin.post("/rollouts", &body).await.expect(202)
    }

    /// The rollout as soon as it is in that state.
    async fn state(&self, rollout: &Value, state: &str) -> Value {
        let path = format!("/rollouts/{}", rollout["id"].as_str().unwrap());
        let mut deadline = Deadline::after(PATIENCE);
        loop {
            let read = self.admin.get(&path).await.expect(200);
            if read["status"]["state"] == state {
                return read;
            }
            assert!(deadline.tick().await, "not {state}: {:#}", read["status"]);
        }
    }

    async fn steer(&self, rollout: &Value, how: &str) -> Value {
        let path = format!("/rollouts/{}:{how}", rollout["id"].as_str().unwrap());
        self.admin.post(&path, &json!({})).await.expect(200)
    }

    /// Wave, state and the beginning of the reason of every environment.
    async fn targets(&self, rollout: &Value) -> Vec<(u64, String, String)> {
        let path = format!("/rollouts/{}/targets", rollout["id"].as_str().unwrap());
        let listed = self.admin.get(&path).await.expect(200);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let items = listed["items"].as_array().unwrap();
        items
            .iter()
            .map(|one| (one["wave"].as_u64().unwrap(), text(&one["state"]), text(&one["reason"])))
            .collect()
    }

    async fn versions(&self) -> Vec<String> {
        let mut versions = Vec::new();
        for environment in &self.environments {
            let read = self.berth.read(environment).await;
            versions.push(
                read["template"]
                    .as_str()
                    .unwrap()
                    .rsplit('@')
                    .next()
                    .unwrap()
                    .to_owned(),
            );
        }
        versions
    }
}

fn row(wave: u64, state: &str) -> (u64, String, String) {
    (wave, state.to_owned(), String::new())
}

#[tokio::test]
async fn a_fleet_moves_in_waves_and_every_environment_tells_of_it() {
    let fleet = Fleet::of(&[false; 4]).await;
    let rollout = fleet.roll_out(&json!({"first": 1, "size": 2})).await;
    assert_eq!(rollout["status"]["waves"], 3);
    let done = fleet.state(&rollout, "completed").await;
    assert_eq!(
        (&done["status"]["wave"], done["status"]["finishedAt"].is_string()),
        (&json!(3), true)
    );
    assert_eq!(
        fleet.targets(&rollout).await,
        [row(1, "ready"), row(2, "ready"), row(2, "ready"), row(3, "ready")]
    );
    assert_eq!(fleet.versions().await, ["1.1.0"; 4]);
    for environment in &fleet.environments {
        let operations = fleet.berth.items(environment, "operations").await;
        assert_eq!(
            (&operations[1]["kind"], &operations[1]["state"]),
            (&json!("upgrade"), &json!("succeeded"))
        );
        let told = fleet.berth.told(environment, "environment.changed").await;
        assert_eq!(told, ["the environment was moved to fleet@1.1.0"]);
        let read = fleet.berth.read(environment).await;
        assert_eq!(
            (&read["revision"], &read["status"]["phase"]),
            (&json!(2), &json!("Ready"))
        );
    }
}

#[tokio::test]
async fn a_sick_environment_halts_it_until_somebody_decides() {
    let fleet = Fleet::of(&[true, false, false]).await;
    let rollout = fleet
        .roll_out(&json!({"first": 1, "size": 2, "readyWithin": "PT1S"}))
        .await;
    let halted = fleet.state(&rollout, "halted").await;
    let reason = halted["status"]["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("1 failed, 0 may; the first:") && reason.contains("not ready after 1 seconds"),
        "{reason}"
    );
    assert_eq!(
        fleet.versions().await,
        ["1.1.0", "1.0.0", "1.0.0"],
        "nothing else has begun"
    );
    fleet.steer(&rollout, "resume").await;
    fleet.state(&rollout, "completed").await;
    assert_eq!(fleet.versions().await, ["1.1.0"; 3]);
    assert_eq!(fleet.targets(&rollout).await[1..], [row(2, "ready"), row(2, "ready")]);
}

#[tokio::test]
async fn a_sick_environment_takes_everything_back_when_that_was_wanted() {
    let fleet = Fleet::of(&[false, true, false]).await;
    let waves = json!({"first": 1, "size": 1, "readyWithin": "PT1S", "onFailure": "roll_back"});
    let rollout = fleet.roll_out(&waves).await;
    fleet.state(&rollout, "rolled_back").await;
    assert_eq!(
        fleet.targets(&rollout).await,
        [row(1, "reverted"), row(2, "reverted"), row(3, "waiting")]
    );
    assert_eq!(fleet.versions().await, ["1.0.0"; 3]);
    for environment in &fleet.environments[..2] {
        let read = fleet.berth.phase(environment, "Ready").await;
        assert_eq!(read["revision"], 3, "going back is a revision too");
        let operations = fleet.berth.items(environment, "operations").await;
        assert_eq!(operations[2]["kind"], "rollback");
    }
}

#[tokio::test]
async fn it_goes_on_after_the_server_was_killed() {
    let mut fleet = Fleet::of(&[false; 3]).await;
    let rollout = fleet.roll_out(&json!({"first": 1, "size": 1})).await;
    let mut deadline = Deadline::after(PATIENCE);
    while fleet.targets(&rollout).await[0].1 == "waiting" {
        assert!(deadline.tick().await, "it never begins");
    }
    fleet.berth.server.kill().unwrap();
    fleet.berth.server.start_again().await.unwrap();
    fleet.state(&rollout, "completed").await;
    assert_eq!(fleet.versions().await, ["1.1.0"; 3]);
    for environment in &fleet.environments {
        assert_eq!(fleet.berth.read(environment).await["revision"], 2, "moved once");
    }
}

#[tokio::test]
async fn what_somebody_changes_meanwhile_is_theirs() {
    let fleet = Fleet::of(&[false; 3]).await;
    let rollout = fleet.roll_out(&json!({"first": 1, "size": 2, "pause": "PT1H"})).await;
    let mut deadline = Deadline::after(PATIENCE);
    while fleet.targets(&rollout).await[0].1 != "ready" {
        assert!(deadline.tick().await, "the first wave is never ready");
    }
    let change = json!({"parameters": {"sick": null}, "labels": {"tier": "front"}});
    fleet
        .berth
        .ada
        .patch(&path(&fleet.environments[0]), &change)
        .await
        .expect(202);
    fleet.berth.delete(&fleet.environments[1]).await;
    fleet.steer(&rollout, "rollback").await;
    fleet.state(&rollout, "rolled_back").await;
    let targets = fleet.targets(&rollout).await;
    assert_eq!(
        (targets[0].1.as_str(), targets[0].2.as_str()),
        ("skipped", "somebody changed it after it was upgraded")
    );
    assert_eq!(
        (targets[1].1.as_str(), targets[1].2.as_str()),
        ("skipped", "it was deleted")
    );
    assert_eq!(targets[2].1, "waiting");
}
