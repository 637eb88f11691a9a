//! The process a detached cluster lives in: starts it, says how far it is, ends it on SIGTERM, and ends when a part does.
//!
//! Must not know who asked for it.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::signal::unix::{SignalKind, signal};

use super::state::{self, Phase, State};
use crate::control_plane::{Binaries, ControlPlane, Options};

/// How often the components are looked at.
const ROUND: Duration = Duration::from_millis(200);

/// Runs the cluster of this folder until it is told to end.
pub async fn run(folder: &Path) -> Result<ExitCode> {
    let Some(lock) = state::claim(folder)? else {
        // Another one was faster; it will do.
        return Ok(ExitCode::SUCCESS);
    };
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // The terminal it was started from may go.
    let _hangup = signal(SignalKind::hangup())?;
    let told = async move {
        tokio::select! { _ = terminate.recv() => (), _ = interrupt.recv() => () }
    };
    let binaries = tokio::task::spawn_blocking(|| Binaries::from_settings(super::complain)).await??;
    let mut state = State {
        phase: Phase::Starting,
        supervisor: std::process::id(),
        kubeconfig: folder.join("kubeconfig"),
        program: binaries.kube_apiserver.clone(),
        started: chrono::Utc::now(),
        ports: None,
        processes: std::collections::BTreeMap::new(),
        error: None,
    };
    state.write(folder)?;
    let options = Options {
        hold: Some(Arc::new(lock)),
        ..Options::new(binaries)
    };
    let outcome = tokio::select! {
        outcome = live(folder, &options, &mut state) => outcome,
        () = told => return Ok(ExitCode::SUCCESS),
    };
    if let Err(error) = outcome {
        state.phase = Phase::Failed;
        state.error = Some(format!("{error:#}"));
        state.processes.clear();
        state.write(folder)?;
        return Err(error);
    }
    Ok(ExitCode::SUCCESS)
}

/// Ends only with an error, or by being dropped: then the control plane is too.
async fn live(folder: &Path, options: &Options, state: &mut State) -> Result<()> {
    let cluster = ControlPlane::start(folder, options).await?;
    state.phase = Phase::Ready;
    state.ports = cluster.ports();
    state.processes = cluster.pids().into_iter().collect();
    state.write(folder)?;
    loop {
        tokio::time::sleep(ROUND).await;
        if let Some(ended) = cluster.ended() {
            anyhow::bail!(ended);
        }
    }
}
