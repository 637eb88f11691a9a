//! A real Kubernetes control plane without containers: etcd, kube-apiserver, kube-controller-manager and kube-scheduler,
//! with kwok playing the nodes.
//!
//! Must not know Berth: what runs here is what any cluster runs.

mod binaries;
mod build;
mod certificates;
mod components;
mod furnish;
mod kubeconfig;
mod layout;
mod start;
mod versions;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::sync::OnceCell;

pub use binaries::{Binaries, ensure_helm, tell};
pub use build::GO_IS_MISSING;
pub use furnish::STORAGE_CLASS;
pub use layout::Ports;

use crate::{private_file, settings};
use start::Running;

/// How a control plane is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// The programs.
    pub binaries: Binaries,
    /// How many nodes there are; each has room for everything.
    pub nodes: usize,
    /// Whether the folder goes when the control plane does.
    pub disposable: bool,
    /// A locked file whose lock is kept until the last process is gone.
    pub hold: Option<Arc<File>>,
}

/// A cluster to test against. When it is dropped, or its process ends in any way, so does everything it started.
#[derive(Debug)]
pub struct ControlPlane {
    kubeconfig: PathBuf,
    folder: Option<PathBuf>,
    running: Option<Running>,
}

impl Options {
    /// Four nodes, in a folder that stays.
    pub fn new(binaries: Binaries) -> Self {
        Self {
            binaries,
            nodes: 4,
            disposable: false,
            hold: None,
        }
    }
}

impl ControlPlane {
    /// Starts one in `folder` (data, logs, certificates, kubeconfig) and waits until pods can be scheduled.
    ///
    /// # Errors
    /// With the last lines of the component that failed.
    pub async fn start(folder: &Path, options: &Options) -> Result<Self> {
        let folder = std::path::absolute(folder)?;
        let running = start::start(&folder, options).await?;
        let kubeconfig = layout::Layout::new(&folder).kubeconfig();
        Ok(Self {
            kubeconfig,
            folder: Some(folder),
            running: Some(running),
        })
    }

    /// The one of this process, started by whoever asks first: the cluster of `BERTH_TEST_KUBECONFIG`, else our own,
    /// with etcd and kube-apiserver from `KUBEBUILDER_ASSETS` if that is set. It ends with the process.
    ///
    /// # Errors
    /// When it cannot be built or started; the next caller tries again.
    pub async fn shared() -> Result<&'static Self> {
        static SHARED: OnceCell<ControlPlane> = OnceCell::const_new();
        SHARED.get_or_try_init(Self::from_settings).await
    }

    /// A cluster somebody else runs.
    pub fn existing(kubeconfig: &Path) -> Result<Self> {
        let kubeconfig = std::path::absolute(kubeconfig)?;
        anyhow::ensure!(kubeconfig.is_file(), "there is no kubeconfig {}", kubeconfig.display());
        Ok(Self {
            kubeconfig,
            folder: None,
            running: None,
        })
    }

    async fn from_settings() -> Result<Self> {
        if let Some(kubeconfig) = settings::test_kubeconfig() {
            return Self::existing(&kubeconfig).context("BERTH_TEST_KUBECONFIG");
        }
        let binaries = tokio::task::spawn_blocking(|| Binaries::from_settings(tell)).await??;
        let folder = tempfile::Builder::new()
            .prefix("berth-control-plane-")
            .tempdir()?
            .keep();
        Self::start(
            &folder,
            &Options {
                disposable: true,
                ..Options::new(binaries)
            },
        )
        .await
    }

    /// The kubeconfig of an administrator.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// What a client is made from, to be changed before it is.
    pub async fn config(&self) -> Result<kube::Config> {
        kubeconfig::load(&self.kubeconfig).await
    }

    /// A client that may do everything. It belongs to the runtime it is made in: make one in each test.
    pub async fn client(&self) -> Result<kube::Client> {
        Ok(kube::Client::try_from(self.config().await?)?)
    }

    /// A client whose requests the cluster takes for those of `user`.
    pub async fn client_as(&self, user: &str, groups: &[&str]) -> Result<kube::Client> {
        let mut config = self.config().await?;
        config.auth_info.impersonate = Some(user.to_owned());
        config.auth_info.impersonate_groups = Some(groups.iter().map(|group| (*group).to_owned()).collect());
        Ok(kube::Client::try_from(config)?)
    }

    /// Writes a kubeconfig whose requests the cluster takes for those of `user`.
    pub fn write_kubeconfig_as(&self, file: &Path, user: &str, groups: &[String]) -> Result<()> {
        let mut config = kube::config::Kubeconfig::read_from(&self.kubeconfig)?;
        for named in &mut config.auth_infos {
            let auth = named.auth_info.get_or_insert_default();
            auth.impersonate = Some(user.to_owned());
            auth.impersonate_groups = Some(groups.to_vec());
        }
        private_file::write(file, &serde_json::to_string(&config)?)
    }

    /// The folder with its logs, if we run it.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Its ports, if we run it.
    pub fn ports(&self) -> Option<Ports> {
        self.running.as_ref().map(|running| running.ports)
    }

    /// Its processes by name; none if somebody else runs it.
    pub fn pids(&self) -> Vec<(String, u32)> {
        self.running
            .as_ref()
            .map(|running| running.group.pids())
            .unwrap_or_default()
    }

    /// What its API server lacks to be ready; `None` when nothing.
    pub async fn sick(&self) -> Option<String> {
        match self.client().await {
            Ok(client) => start::unready_api_server(&client).await,
            Err(error) => Some(format!("{error:#}")),
        }
    }

    /// The first component found to have ended, as a sentence with its last words.
    pub fn ended(&self) -> Option<String> {
        self.running.as_ref().and_then(|running| running.group.ended())
    }
}
