//! The engine against a real control plane, with the server as a process: what a request makes of a cluster, and what
//! becomes of it when objects are touched, when the server is killed, and at the end.

mod away;
mod change;
mod crash;
mod creation;
mod deletion;
mod heal;
mod rollout;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use berth_model::id::TeamId;
use berth_model::name::{EnvironmentName, TeamName};
use berth_model::namespace;
use berth_tests::app::Person;
use berth_tests::live::api_of;
use berth_tests::process::{Deadline, free_ports};
use berth_tests::server::{ServerProcess, Settings, program};
use berth_tests::{ControlPlane, FreshDatabase};
use kube::Api;
use kube::api::{DynamicObject, ListParams};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

const PASSWORD: &str = "correct-horse-battery-staple";
/// Longer than anything here takes; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server, its cluster, and a developer with a team.
pub struct Berth {
    server: ServerProcess,
    cluster: kube::Client,
    ada: Person,
    metrics: String,
    team: String,
    team_id: TeamId,
    _database: FreshDatabase,
    folder: TempDir,
}

impl Berth {
    async fn start() -> Self {
        let plane = ControlPlane::shared().await.unwrap();
        Self::start_with(plane.kubeconfig(), None).await
    }

    /// A server that reaches the cluster in another way than the tests do.
    pub async fn start_with(kubeconfig: &Path, service_account: Option<&str>) -> Self {
        let templates = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../templates");
        Self::start_on(kubeconfig, service_account, templates).await
    }

    async fn start_on(kubeconfig: &Path, service_account: Option<&str>, templates: PathBuf) -> Self {
        let plane = ControlPlane::shared().await.unwrap();
        let (folder, database) = (tempfile::tempdir().unwrap(), FreshDatabase::create().await.unwrap());
        let [port, metrics_port] = free_ports().unwrap();
        let settings = Settings {
            port,
            metrics_port,
            database_url: database.url.clone(),
            kubeconfig: kubeconfig.to_owned(),
            service_account: service_account.map(ToOwned::to_owned),
            templates,
            key: [7; 32],
        };
        let server = ServerProcess::start(folder.path(), &settings).await.unwrap();
        let account = json!({"email": "ada@example.com", "username": "ada", "password": PASSWORD});
        let anonymous = Person::anonymous(server.base());
        anonymous.post("/auth/signup", &account).await.expect(201);
        let login = json!({"email": "ada@example.com", "password": PASSWORD});
        let tokens = anonymous.post("/auth/login", &login).await.expect(200);
        let ada = anonymous.signed_in("ada", tokens["accessToken"].as_str().unwrap());
        // The tests share a cluster: a name of its own makes each one's objects its own.
        let team = format!("t{port}");
        let made = ada.post("/teams", &json!({"name": team})).await.expect(201);
        Self {
            cluster: plane.client().await.unwrap(),
            metrics: format!("http://127.0.0.1:{metrics_port}/metrics"),
            team_id: made["id"].as_str().unwrap().parse().unwrap(),
            team,
            server,
            ada,
            _database: database,
            folder,
        }
    }

    /// An administrator, made by the command while the server runs.
    async fn admin(&self) -> Person {
        let mut command = Command::new(program().unwrap());
        command
            .env_clear()
            .arg("--config")
            .arg(self.folder.path().join("berth.toml"))
            .args(["admin", "create", "--email", "root@example.com", "--username", "root"])
            .stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
        let anonymous = Person::anonymous(self.server.base());
        let login = json!({"email": "root@example.com", "password": PASSWORD});
        let tokens = anonymous.post("/auth/login", &login).await.expect(200);
        anonymous.signed_in("root", tokens["accessToken"].as_str().unwrap())
    }

    fn request(&self, name: &str, parameters: &Value) -> Value {
        let mut all = json!({"image": "shop/web:1.4.2"});
        for (key, value) in parameters.as_object().unwrap() {
            all[key] = value.clone();
        }
        json!({"team": self.team, "name": name, "template": "web-service", "parameters": all})
    }

    /// An environment that is ready.
    pub async fn create(&self, name: &str, parameters: &Value) -> Value {
        let wait = [("prefer", "wait=60")];
        let body = self.request(name, parameters);
        let made = self.ada.send(Method::POST, "/environments", &wait, Some(&body)).await;
        let made = made.expect(201);
        assert_eq!(made["status"]["phase"], "Ready", "{:#}", made["status"]);
        made
    }

    /// A change, and the environment when it is settled.
    pub async fn change(&self, environment: &Value, change: &Value) -> Value {
        let headers = [("prefer", "wait=60"), ("content-type", "application/merge-patch+json")];
        let path = path(environment);
        let answer = self.ada.send(Method::PATCH, &path, &headers, Some(change)).await;
        answer.expect(200)
    }

    /// The environment when it is gone.
    pub async fn delete(&self, environment: &Value) -> Value {
        let wait = [("prefer", "wait=60")];
        let path = path(environment);
        let answer = self.ada.send(Method::DELETE, &path, &wait, None).await;
        answer.expect(200)
    }

    async fn read(&self, environment: &Value) -> Value {
        self.ada.get(&path(environment)).await.expect(200)
    }

    /// The environment as soon as it is in that phase.
    async fn phase(&self, environment: &Value, phase: &str) -> Value {
        let mut deadline = Deadline::after(PATIENCE);
        loop {
            let read = self.read(environment).await;
            if read["status"]["phase"] == phase {
                return read;
            }
            assert!(deadline.tick().await, "not {phase}: {:#}", read["status"]);
        }
    }

    async fn items(&self, environment: &Value, list: &str) -> Vec<Value> {
        let size = if list == "resources" { "" } else { "?limit=200" };
        let path = format!("{}/{list}{size}", path(environment));
        let listed = self.ada.get(&path).await.expect(200);
        listed["items"].as_array().unwrap().clone()
    }

    /// The messages of all events of one type.
    async fn told(&self, environment: &Value, event: &str) -> Vec<String> {
        let events = self.items(environment, "events").await;
        let of = events.iter().filter(|one| one["type"] == event);
        of.map(|one| one["message"].as_str().unwrap().to_owned()).collect()
    }

    /// The namespace that an environment of that name will have.
    fn namespace(&self, name: &str) -> String {
        let (team, name) = (TeamName::parse(&self.team), EnvironmentName::parse(name));
        namespace::derive(self.team_id, &team.unwrap(), &name.unwrap())
    }

    /// Where an object of the environment is, by what the API says of it.
    fn api(&self, resource: &Value) -> Api<DynamicObject> {
        api_of(&self.cluster, resource)
    }

    async fn live(&self, resource: &Value) -> Option<Value> {
        let found = self.api(resource).get_opt(resource["name"].as_str().unwrap()).await;
        found.unwrap().map(|object| serde_json::to_value(object).unwrap())
    }

    /// The sum of a counter of the server since its start.
    async fn count(&self, counter: &str) -> u64 {
        let text = reqwest::get(&self.metrics).await.unwrap().text().await.unwrap();
        let lines = text.lines().filter(|line| line.starts_with(&format!("{counter}{{")));
        lines
            .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
            .sum()
    }

    /// Every object with the environment's label that something wrote itself, by kind and name: `1` each, or it is
    /// doubled.
    async fn labelled(&self, environment: &Value) -> BTreeMap<String, String> {
        let label = format!("berth.dev/environment={}", environment["id"].as_str().unwrap());
        let mut found = BTreeMap::new();
        for resource in self.items(environment, "resources").await {
            let listed = self.api(&resource).list(&ListParams::default().labels(&label)).await;
            for object in listed.unwrap() {
                let key = format!(
                    "{} {}",
                    resource["kind"].as_str().unwrap(),
                    object.metadata.name.unwrap()
                );
                found.insert(key, object.metadata.uid.unwrap());
            }
        }
        found
    }

    /// That what the API lists and what the cluster has under our label is the same, by UID.
    pub async fn nothing_is_doubled_or_lost(&self, environment: &Value) {
        let resources = self.items(environment, "resources").await;
        let listed: BTreeMap<_, _> = resources
            .iter()
            .map(|resource| {
                let text = |key: &str| resource[key].as_str().unwrap_or_default().to_owned();
                (format!("{} {}", text("kind"), text("name")), text("uid"))
            })
            .collect();
        assert_eq!(self.labelled(environment).await, listed);
    }
}

fn path(environment: &Value) -> String {
    format!("/environments/{}", environment["id"].as_str().unwrap())
}

fn resource<'a>(resources: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let mut found = resources
        .iter()
        .filter(|one| one["kind"] == kind && one["name"] == name);
    found.next().unwrap_or_else(|| panic!("there is no {kind} {name}"))
}
