//! Where the programs of a control plane are.
//!
//! Must not know how they are started.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::build;
use super::versions::{CONTROL_PLANE, HELM};
use crate::settings;

/// The programs of a control plane, all of them there.
#[derive(Debug, Clone)]
pub struct Binaries {
    /// The database of the API server.
    pub etcd: PathBuf,
    /// The API server.
    pub kube_apiserver: PathBuf,
    /// The controllers behind Deployments, `StatefulSet`s, namespaces and the rest.
    pub kube_controller_manager: PathBuf,
    /// Assigns pods to nodes.
    pub kube_scheduler: PathBuf,
    /// Plays the nodes.
    pub kwok: PathBuf,
}

impl Binaries {
    /// Builds what is missing in the cache. The first time takes minutes: `progress` gets a line for each step.
    ///
    /// # Errors
    /// When Go is missing, or a build fails: then with the last lines of what it said.
    pub fn ensure(progress: impl Fn(&str)) -> Result<Self> {
        Ok(Self::in_folders(None, &build::ensure(&CONTROL_PLANE, &[], &progress)?))
    }

    /// As [`Binaries::ensure`], with `etcd` and `kube-apiserver` from `assets` (see `KUBEBUILDER_ASSETS`).
    pub fn ensure_with(assets: &Path, progress: impl Fn(&str)) -> Result<Self> {
        const ASSETS: [&str; 2] = ["etcd", "kube-apiserver"];
        for name in ASSETS {
            let file = assets.join(name);
            ensure!(
                file.is_file(),
                "KUBEBUILDER_ASSETS names {}, but there is no {name}",
                assets.display()
            );
        }
        Ok(Self::in_folders(
            Some(assets),
            &build::ensure(&CONTROL_PLANE, &ASSETS, &progress)?,
        ))
    }

    /// What the environment says: `KUBEBUILDER_ASSETS` if set, else our own.
    pub fn from_settings(progress: impl Fn(&str)) -> Result<Self> {
        match settings::kubebuilder_assets() {
            Some(assets) => Self::ensure_with(&assets, progress),
            None => Self::ensure(progress),
        }
    }

    fn in_folders(assets: Option<&Path>, folder: &Path) -> Self {
        let assets = assets.unwrap_or(folder);
        Self {
            etcd: assets.join("etcd"),
            kube_apiserver: assets.join("kube-apiserver"),
            kube_controller_manager: folder.join("kube-controller-manager"),
            kube_scheduler: folder.join("kube-scheduler"),
            kwok: folder.join("kwok"),
        }
    }
}

/// helm, built into the cache when it is missing; about a minute the first time.
pub fn ensure_helm(progress: impl Fn(&str)) -> Result<PathBuf> {
    let folder = build::ensure(&HELM, &[], &progress).context("the chart is tested with helm")?;
    Ok(folder.join("helm"))
}

/// Progress for a terminal, also inside a test: the test runner keeps what macros print, not what is written here.
pub fn tell(line: &str) {
    use std::io::Write as _;
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}
