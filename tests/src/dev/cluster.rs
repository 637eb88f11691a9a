//! `berth-dev cluster`: a control plane that outlives the command that starts it, until it is taken down.
//!
//! Must not know who uses the cluster.

mod detached;
mod state;
mod supervisor;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

pub use detached::Detached;
pub use state::{Phase, State};

use super::{complain, say};
use crate::control_plane::{Binaries, ensure_helm};

/// What can be done with the local cluster.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start it, unless it runs already; prints the path of its kubeconfig
    Up(Folder),
    /// Stop it and remove its folder
    Down(Folder),
    /// Say whether it runs; exit code 1 if it does not
    Status(Folder),
    /// Build its programs into the cache, so that starting it takes seconds
    Build {
        /// Build helm too, which the tests of the chart use
        #[arg(long)]
        helm: bool,
    },
    /// Be the process a cluster lives in
    #[command(hide = true)]
    Supervise(Folder),
}

/// Where the cluster lives.
#[derive(Debug, Args)]
pub struct Folder {
    /// Its folder: data, logs, kubeconfig, state.json
    #[arg(long = "dir", value_name = "DIR", default_value = ".demo/cluster")]
    folder: PathBuf,
}

impl Command {
    /// Does it.
    pub async fn run(self) -> Result<ExitCode> {
        match self {
            Self::Up(Folder { folder }) => {
                let state = Detached::new(&folder)?.up(complain).await?;
                say(&state.kubeconfig.display().to_string());
            }
            Self::Down(Folder { folder }) => {
                if !Detached::new(&folder)?.down().await? {
                    complain(&format!("there is no cluster in {}", folder.display()));
                }
            }
            Self::Status(Folder { folder }) => return status(&Detached::new(&folder)?).await,
            Self::Build { helm } => {
                let build = move || {
                    Binaries::ensure(complain)?;
                    if helm {
                        ensure_helm(complain)?;
                    }
                    anyhow::Ok(())
                };
                tokio::task::spawn_blocking(build).await??;
            }
            Self::Supervise(Folder { folder }) => return supervisor::run(&folder).await,
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn status(cluster: &Detached) -> Result<ExitCode> {
    let Some(state) = cluster.state()? else {
        say("not running");
        return Ok(ExitCode::FAILURE);
    };
    let sick = match state.phase {
        Phase::Starting => Some("it is starting".to_owned()),
        Phase::Failed => Some(state.error.clone().unwrap_or_default()),
        Phase::Ready => cluster.sick(&state).await,
    };
    say(&serde_json::to_string_pretty(&state)?);
    if let Some(sick) = sick {
        complain(&format!("not healthy: {sick}"));
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
