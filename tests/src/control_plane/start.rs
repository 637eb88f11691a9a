//! Starting a control plane: in which order, and when it counts as ready.
//!
//! Must not know who asked for it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::components;
use super::furnish::{furnish, furnished};
use super::layout::{Layout, Ports};
use super::{Options, kubeconfig};
use crate::process::{Deadline, Ending, Group};

/// How long a start may take before it counts as failed. On an idle machine it takes less than ten seconds.
const DEADLINE: Duration = Duration::from_mins(2);

/// How often a start is tried when somebody else took one of its ports in between.
const ATTEMPTS: usize = 3;

/// What is running.
#[derive(Debug)]
pub struct Running {
    /// The processes.
    pub group: Group,
    /// Their ports.
    pub ports: Ports,
}

/// Starts everything in `folder` and waits until a pod could be scheduled.
pub async fn start(folder: &Path, options: &Options) -> Result<Running> {
    let layout = Layout::new(folder);
    let mut attempt = 1;
    loop {
        let ports = Ports::pick()?;
        let hold = options.hold.as_ref().map(|file| file.try_clone()).transpose()?;
        let remove = options.disposable.then(|| folder.to_owned());
        let group = Group::new(Ending {
            remove,
            hold,
            ask_first: None,
        })?;
        match bring_up(&layout, &ports, options, &group).await {
            Ok(()) => return Ok(Running { group, ports }),
            Err(error) if attempt < ATTEMPTS && format!("{error:#}").contains("address already in use") => {
                drop(group);
                attempt += 1;
                drop(std::fs::remove_dir_all(layout.etcd_data()));
            }
            Err(error) => return Err(error.context(format!("the control plane in {} did not start", folder.display()))),
        }
    }
}

async fn bring_up(layout: &Layout, ports: &Ports, options: &Options, group: &Group) -> Result<()> {
    let Options { binaries, nodes, .. } = options;
    layout.write(ports)?;
    let run = |name: &str, mut command| group.start(name, &layout.log(name), &mut command);
    run("etcd", components::etcd(binaries, layout, ports))?;
    run("kube-apiserver", components::api_server(binaries, layout, ports))?;

    let client = kube::Client::try_from(kubeconfig::load(&layout.kubeconfig()).await?)?;
    until(group, "kube-apiserver", async || unready_api_server(&client).await).await?;
    run(
        "kube-controller-manager",
        components::controller_manager(binaries, layout, ports),
    )?;
    run("kube-scheduler", components::scheduler(binaries, layout, ports))?;
    run("kwok", components::kwok(binaries, layout, ports))?;
    furnish(&client, *nodes).await?;
    let probe = reqwest::Client::builder()
        .no_proxy()
        .tls_danger_accept_invalid_certs(true)
        .timeout(Duration::from_secs(2))
        .build()?;
    let scheduler = format!("https://127.0.0.1:{}/readyz", ports.scheduler);
    let controller_manager = format!("https://127.0.0.1:{}/healthz", ports.controller_manager);
    futures::try_join!(
        until(group, "kube-scheduler", async || unready(&probe, &scheduler).await),
        until(group, "kube-controller-manager", async || unready(
            &probe,
            &controller_manager
        )
        .await),
        until(group, "kwok", async || match furnished(&client, *nodes).await {
            Ok(missing) => missing,
            Err(error) => Some(format!("{error:#}")),
        }),
    )?;
    Ok(())
}

/// Looks until `missing` finds nothing missing. Ends early when a component does: then with its last words.
async fn until(group: &Group, component: &str, missing: impl AsyncFn() -> Option<String>) -> Result<()> {
    let mut deadline = Deadline::after(DEADLINE);
    loop {
        let Some(missing) = missing().await else {
            return Ok(());
        };
        if let Some(ended) = group.ended() {
            bail!(ended);
        }
        if !deadline.tick().await {
            let words = group.last_words(component);
            bail!(
                "{component} is not ready after {} s; waiting for {missing}\n{words}",
                DEADLINE.as_secs()
            );
        }
    }
}

/// The API server answers its own readiness: then etcd answers too, and the roles it is born with are there.
pub async fn unready_api_server(client: &kube::Client) -> Option<String> {
    let request = match http_get("/readyz") {
        Ok(request) => request,
        Err(error) => return Some(format!("{error:#}")),
    };
    let answer = tokio::time::timeout(Duration::from_secs(2), client.request_text(request)).await;
    match answer {
        Ok(Ok(text)) if text == "ok" => None,
        Ok(Ok(text)) => Some(text),
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some("an answer".to_owned()),
    }
}

async fn unready(probe: &reqwest::Client, url: &str) -> Option<String> {
    match probe.get(url).send().await {
        Ok(answer) if answer.status().is_success() => None,
        Ok(answer) => Some(format!("{url}: {}", answer.status())),
        Err(error) => Some(format!("{url}: {error}")),
    }
}

fn http_get(path: &str) -> Result<http::Request<Vec<u8>>> {
    http::Request::get(path).body(Vec::new()).context("not a path")
}
