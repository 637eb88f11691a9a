//! Starting, finding and stopping a cluster that lives in a process of its own.
//!
//! Must not know what that process does.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::state::{self, Phase, State};
use crate::control_plane::{Binaries, ControlPlane};
use crate::process::{Deadline, last_lines, signal};

/// How long it may take to be ready, and to be gone when asked.
const START: Duration = Duration::from_secs(150);
const STOP: Duration = Duration::from_secs(20);

/// The cluster of a folder, running or not.
#[derive(Debug)]
pub struct Detached {
    folder: PathBuf,
    program: PathBuf,
}

impl Detached {
    /// The one in `folder`, supervised by the program that runs now, which must be `berth-dev`.
    pub fn new(folder: &Path) -> Result<Self> {
        let program = std::env::current_exe().context("cannot find the program that runs")?;
        Ok(Self {
            folder: std::path::absolute(folder)?,
            program,
        })
    }

    /// Supervised by this `berth-dev`.
    #[must_use]
    pub fn supervised_by(mut self, program: &Path) -> Self {
        program.clone_into(&mut self.program);
        self
    }

    /// Starts it unless it runs already, healthy and at the versions of this build; replaces it otherwise.
    ///
    /// # Errors
    /// When the programs cannot be built, when it does not start, or when the folder holds something else.
    pub async fn up(&self, progress: impl Fn(&str) + Copy + Send + 'static) -> Result<State> {
        let binaries = tokio::task::spawn_blocking(move || Binaries::from_settings(progress)).await??;
        let mut deadline = Deadline::after(START);
        let mut launched = false;
        loop {
            match self.state()? {
                Some(state) if state.phase == Phase::Starting => {}
                Some(state) if state.phase == Phase::Ready => {
                    if state.program == binaries.kube_apiserver && self.sick(&state).await.is_none() {
                        return Ok(state);
                    }
                    progress("the cluster that runs is of another version or not healthy; replacing it");
                    self.stop().await?;
                    launched = false;
                }
                Some(State { error, .. }) if launched => {
                    bail!(error.unwrap_or_else(|| "the cluster ended".to_owned()));
                }
                None if launched && self.is_free()? => {
                    bail!("the cluster did not start\n{}", last_lines(&self.log()));
                }
                Some(_) | None => {
                    if !launched && self.is_free()? {
                        progress("starting the control plane");
                        self.launch()?;
                        launched = true;
                    }
                }
            }
            if !deadline.tick().await {
                bail!(
                    "the cluster is not ready after {} s\n{}",
                    START.as_secs(),
                    last_lines(&self.log())
                );
            }
        }
    }

    /// Stops it and removes its folder; `false` when there is none.
    ///
    /// # Errors
    /// When the folder is not a cluster's: nothing is removed then.
    pub async fn down(&self) -> Result<bool> {
        if !self.folder.exists() {
            return Ok(false);
        }
        if !state::is_ours(&self.folder) {
            bail!(
                "{} is not a cluster's folder; nothing was removed",
                self.folder.display()
            );
        }
        self.stop().await?;
        std::fs::remove_dir_all(&self.folder).with_context(|| format!("cannot remove {}", self.folder.display()))?;
        Ok(true)
    }

    /// What it says about itself: `None` when it is not running, unless it said why it failed.
    pub fn state(&self) -> Result<Option<State>> {
        let state = State::read(&self.folder)?;
        let failed = state.as_ref().is_some_and(|state| state.phase == Phase::Failed);
        Ok(state.filter(|_| failed || self.lives()))
    }

    /// Why it is of no use, if it is not.
    pub async fn sick(&self, state: &State) -> Option<String> {
        match ControlPlane::existing(&state.kubeconfig) {
            Ok(cluster) => cluster.sick().await,
            Err(error) => Some(format!("{error:#}")),
        }
    }

    /// Asks the supervisor to end, insists after a while, and waits until the last process is gone. Signals are only
    /// sent while the lock is taken, so the number is still the supervisor's.
    async fn stop(&self) -> Result<()> {
        let mut deadline = Deadline::after(STOP);
        let mut asked = false;
        while self.lives() {
            if let Some(state) = State::read(&self.folder)?
                && !asked
            {
                signal("TERM", state.supervisor)?;
                asked = true;
            }
            if !deadline.tick().await {
                break;
            }
        }
        let mut deadline = Deadline::after(STOP);
        while self.lives() {
            if let Some(state) = State::read(&self.folder)? {
                signal("KILL", state.supervisor)?;
            }
            if !deadline.tick().await {
                bail!("the cluster in {} does not end", self.folder.display());
            }
        }
        Ok(())
    }

    fn launch(&self) -> Result<()> {
        state::prepare(&self.folder)?;
        // The mark must be there before anything else is.
        drop(state::claim(&self.folder)?);
        let log = File::create(self.log())?;
        Command::new(&self.program)
            .args(["cluster", "supervise", "--dir"])
            .arg(&self.folder)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        Ok(())
    }

    fn lives(&self) -> bool {
        state::is_ours(&self.folder) && matches!(state::claim(&self.folder), Ok(None))
    }

    fn is_free(&self) -> Result<bool> {
        Ok(!state::is_ours(&self.folder) || state::claim(&self.folder)?.is_some())
    }

    fn log(&self) -> PathBuf {
        self.folder.join("supervisor.log")
    }
}
