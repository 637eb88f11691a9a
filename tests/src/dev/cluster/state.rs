//! What a detached cluster says about itself: `state.json` in its folder, and the lock that tells whether it still lives.
//!
//! Must not know how a cluster is started or stopped.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use crate::control_plane::Ports;

/// Marks a folder as ours. Its lock is held by the supervisor, and by the guard of its processes after it: as long as
/// the lock is taken, something of the cluster is alive; a pid that was given to somebody else cannot mislead.
const LOCK: &str = ".berth-cluster";
const STATE: &str = "state.json";

/// How far a cluster is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Not usable yet.
    Starting,
    /// Pods can be scheduled.
    Ready,
    /// It did not start, or a component ended; nothing is running.
    Failed,
}

/// `state.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// How far it is.
    pub phase: Phase,
    /// The process that ends it on SIGTERM.
    pub supervisor: u32,
    /// The kubeconfig of its administrator.
    pub kubeconfig: PathBuf,
    /// The API server that runs: another version means another cluster.
    pub program: PathBuf,
    /// When it was started.
    pub started: chrono::DateTime<chrono::Utc>,
    /// Its ports, once it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<Ports>,
    /// Its processes by name, once it is ready.
    #[serde(default)]
    pub processes: BTreeMap<String, u32>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl State {
    /// Reads the state in this folder, if there is one.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(STATE);
        match std::fs::read(&path) {
            Ok(text) => Ok(Some(
                serde_json::from_slice(&text).with_context(|| format!("cannot read {}", path.display()))?,
            )),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Writes it, whole or not at all.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let new = folder.join(format!("{STATE}.new"));
        std::fs::write(&new, serde_json::to_vec_pretty(self)?)?;
        Ok(std::fs::rename(&new, folder.join(STATE))?)
    }
}

/// Takes the lock of the folder; `None` when a cluster lives there.
pub fn claim(folder: &Path) -> Result<Option<File>> {
    let path = folder.join(LOCK);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error).context("cannot lock the folder of the cluster"),
    }
}

/// Whether a cluster lives, or lived, in this folder.
pub fn is_ours(folder: &Path) -> bool {
    folder.join(LOCK).is_file()
}

/// Empties a folder of ours, or makes it; refuses to touch one that holds something else.
pub fn prepare(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let ours = is_ours(folder);
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if !ours {
            bail!(
                "{} is not empty and not a cluster's folder; name another one",
                folder.display()
            );
        }
        if entry.file_name() == LOCK {
            continue;
        }
        if entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
        } else {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_something_else_in_it_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let precious = folder.path().join("precious");
        std::fs::write(&precious, "").unwrap();
        prepare(folder.path()).unwrap_err();
        assert!(precious.exists());
    }

    #[test]
    fn a_folder_of_ours_is_emptied_but_stays_ours() {
        let folder = tempfile::tempdir().unwrap();
        drop(claim(folder.path()).unwrap());
        std::fs::create_dir_all(folder.path().join("etcd/member")).unwrap();
        prepare(folder.path()).unwrap();
        assert!(is_ours(folder.path()) && !folder.path().join("etcd").exists());
    }

    #[test]
    fn only_one_can_claim_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let claimed = claim(folder.path()).unwrap();
        assert!(claimed.is_some() && claim(folder.path()).unwrap().is_none());
        drop(claimed);
        assert!(claim(folder.path()).unwrap().is_some());
    }
}
