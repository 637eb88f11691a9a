//! Berth under measurement: a server as a process, and a team for every ten environments.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures::{StreamExt as _, TryStreamExt as _};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::FreshDatabase;
use crate::client::Client;
use crate::process::free_ports;
use crate::server::{ServerProcess, Settings};

/// Fewer than a team may have.
const PER_TEAM: usize = 10;

/// Calls to the API server by verb.
pub type Calls = BTreeMap<String, u64>;

/// The server and somebody signed in.
#[derive(Debug)]
pub struct Platform {
    server: ServerProcess,
    client: Client,
    metrics: String,
    made: usize,
    teams: usize,
    _database: FreshDatabase,
    _folder: TempDir,
}

/// One environment that is ready.
#[derive(Debug)]
pub struct Sample {
    /// Its namespace.
    pub namespace: String,
    /// Its objects.
    pub resources: Vec<Value>,
}

impl Platform {
    /// Starts one on that cluster.
    pub async fn start(kubeconfig: &Path) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let database = FreshDatabase::create().await?;
        let [port, metrics_port] = free_ports()?;
        let settings = Settings {
            port,
            metrics_port,
            database_url: database.url.clone(),
            kubeconfig: kubeconfig.to_owned(),
            service_account: None,
            templates: PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../templates"),
            key: [7; 32],
        };
        let server = ServerProcess::start(folder.path(), &settings).await?;
        let account = json!({"email": "bench@example.com", "username": "bench", "password": "more-than-fast-enough"});
        let anonymous = Client::new(server.base())?;
        anonymous.post("/auth/signup", &account).await?;
        let client = anonymous
            .signed_in("bench@example.com", "more-than-fast-enough")
            .await?;
        Ok(Self {
            server,
            client,
            metrics: format!("http://127.0.0.1:{metrics_port}/metrics"),
            made: 0,
            teams: 0,
            _database: database,
            _folder: folder,
        })
    }

    /// One environment and everything in it.
    pub async fn environment(&mut self) -> Result<Sample> {
        self.environments(1).await?;
        let listed = self.client.get("/environments?limit=1").await?;
        let environment = &listed["items"][0];
        let id = environment["id"].as_str().context("there is no environment")?;
        let resources = self.client.get(&format!("/environments/{id}/resources")).await?;
        let namespace = environment["namespace"].as_str().context("it has no namespace")?;
        Ok(Sample {
            namespace: namespace.to_owned(),
            resources: resources["items"].as_array().cloned().unwrap_or_default(),
        })
    }

    /// Asks for that many at once; how long it took until all were ready.
    pub async fn environments(&mut self, count: usize) -> Result<Duration> {
        let first = self.made;
        self.made += count;
        while self.teams * PER_TEAM < self.made {
            let team = json!({"name": format!("team-{}", self.teams)});
            self.client.post("/teams", &team).await?;
            self.teams += 1;
        }
        let began = Instant::now();
        futures::stream::iter(first..first + count)
            .map(|n| self.request(n))
            .buffer_unordered(count)
            .try_collect::<Vec<_>>()
            .await?;
        Ok(began.elapsed())
    }

    async fn request(&self, n: usize) -> Result<()> {
        let body = json!({
            "team": format!("team-{}", n / PER_TEAM),
            "name": format!("env-{n}"),
            "template": "web-service",
            "parameters": {"image": "shop/web:1.4.2"},
        });
        let wait = [("prefer", "wait=60")];
        let sent = self.client.send(Method::POST, "/environments", &wait, Some(&body));
        let environment = sent.await?.ok()?;
        ensure!(
            environment["status"]["phase"] == "Ready",
            "{} is not ready: {}",
            environment["name"],
            environment["status"]
        );
        Ok(())
    }

    /// What the server counts of its calls.
    pub async fn calls(&self) -> Result<Calls> {
        let text = reqwest::get(&self.metrics).await?.text().await?;
        let mut calls = Calls::new();
        for line in text
            .lines()
            .filter(|line| line.starts_with("berth_cluster_calls_total{"))
        {
            let verb = line.split("verb=\"").nth(1).and_then(|rest| rest.split('"').next());
            let count = line.rsplit(' ').next().and_then(|count| count.parse::<u64>().ok());
            if let (Some(verb), Some(count)) = (verb, count) {
                *calls.entry(verb.to_owned()).or_default() += count;
            }
        }
        Ok(calls)
    }

    /// Its resident memory in KiB.
    pub fn resident(&self) -> Result<u64> {
        let path = format!("/proc/{}/status", self.server.pid());
        let status = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let text = line.unwrap_or_default().trim().trim_end_matches(" kB");
        text.parse().context("its memory is not said in kB")
    }
}

/// The calls between two counts.
pub fn difference(before: &Calls, after: &Calls) -> Calls {
    let since = |(verb, count): (&String, &u64)| (verb.clone(), count - before.get(verb).unwrap_or(&0));
    after.iter().map(since).filter(|(_, count)| *count > 0).collect()
}
