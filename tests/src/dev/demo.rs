//! `berth-dev demo`: a control plane, a server, a developer, a team, and the one request, shown step by step.
//!
//! Must not know how a cluster or a server is started, and touches no cluster that was not named.

mod home;
mod objects;
mod roles;
mod server;
mod walk;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::Args;
use reqwest::Method;
use serde_json::Value;

use super::{complain, say};
use crate::client::Client;
use crate::control_plane::ControlPlane;
use crate::{private_file, settings};
use home::Home;

/// What the demo runs on.
#[derive(Debug, Args)]
pub struct Demo {
    /// A cluster of yours; without it the demo runs its own
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
}

impl Demo {
    /// Runs it.
    ///
    /// # Errors
    /// The step that failed, in words.
    pub async fn run(self) -> Result<ExitCode> {
        let home = Home::new(self.kubeconfig.as_deref())?;
        step("The cluster");
        let kubeconfig = if let Some(named) = home.named() {
            say(&format!("  yours, as {} names it", named.display()));
            named.to_owned()
        } else {
            let began = Instant::now();
            let state = home.cluster()?.up(|line| say(&format!("  {line}"))).await?;
            say(&format!(
                "  a Kubernetes control plane of its own, up after {:.1} s",
                began.elapsed().as_secs_f64()
            ));
            state.kubeconfig
        };
        let cluster = ControlPlane::existing(&kubeconfig)?.client().await?;
        roles::install(&cluster).await.context("installing the roles")?;

        step("The server");
        let base = home.server().start(&kubeconfig).await?;
        say(&format!(
            "  berth-server serves {base} on embedded SQLite; its log is {}",
            shown(&home.server().log())
        ));

        let (client, environment) = walk::walk(&home, &base).await?;
        objects::show(&client, &cluster, &environment).await?;
        try_next(&home, &client, &kubeconfig, &environment)
    }
}

/// Removes every demo there is, and first what it made in a cluster that is not its own.
///
/// # Errors
/// What could not be removed.
pub async fn down() -> Result<ExitCode> {
    let homes = Home::all()?;
    if homes.is_empty() {
        say("there is no demo");
    }
    for home in homes {
        if let Some(kubeconfig) = home.named() {
            clear(&home, kubeconfig).await?;
        }
        home.server().stop().await?;
        home.cluster()?.down().await?;
        home.remove()?;
        say("the demo is gone");
    }
    Ok(ExitCode::SUCCESS)
}

/// Takes everything out of somebody else's cluster again.
async fn clear(home: &Home, kubeconfig: &Path) -> Result<()> {
    if home.server().exists() {
        let base = home.server().start(kubeconfig).await?;
        let account = home.account()?;
        let client = Client::new(&base)?.signed_in(&account.email, &account.password).await?;
        loop {
            let left = client.get("/environments?limit=200").await?;
            let Some(environment) = left["items"].get(0) else {
                break;
            };
            say(&format!(
                "deleting the environment {}",
                environment["name"].as_str().unwrap_or_default()
            ));
            let path = format!("/environments/{}", environment["id"].as_str().unwrap_or_default());
            let wait = [("prefer", "wait=60")];
            let deleted = client.send(Method::DELETE, &path, &wait, None).await?.ok()?;
            anyhow::ensure!(
                deleted["status"]["phase"] == "Deleted",
                "{} is not deleted yet: {}; run `make demo-down` again",
                environment["name"],
                walk::why(&deleted)
            );
        }
    }
    let cluster = ControlPlane::existing(kubeconfig)?.client().await?;
    roles::remove(&cluster).await.context("removing the roles")
}

fn try_next(home: &Home, client: &Client, kubeconfig: &Path, environment: &Value) -> Result<ExitCode> {
    private_file::write(&home.token(), client.token().unwrap_or_default())?;
    let url = format!(
        "{}/api/v1/environments/{}",
        client.base(),
        environment["id"].as_str().unwrap_or_default()
    );
    let curl = format!("curl -s -H \"Authorization: Bearer $(cat {})\"", shown(&home.token()));
    step("Try next");
    say("  its timeline:");
    say(&format!("    {curl} {url}/events"));
    say("  a change, held until it is in place:");
    say(&format!(
        "    {curl} -X PATCH -H 'Content-Type: application/merge-patch+json' -H 'Prefer: wait=30' \\\n      \
         -d '{{\"parameters\": {{\"replicas\": 3}}}}' {url}"
    ));
    if settings::on_path("kubectl").is_some() {
        say("  an accident, and how long it lasts:");
        say(&format!(
            "    kubectl --kubeconfig {} delete deployment web -n {}",
            shown(kubeconfig),
            environment["namespace"].as_str().unwrap_or_default()
        ));
    } else {
        say("  the end of it:");
        say(&format!("    {curl} -X DELETE -H 'Prefer: wait=30' {url}"));
    }
    say(&format!(
        "\nThe API's reader is at {}/docs. `make demo-down` removes all of this.",
        client.base()
    ));
    Ok(ExitCode::SUCCESS)
}

/// The heading of a step.
fn step(title: &str) {
    say(&format!("\n{title}"));
}

/// A path as one would type it here.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}
