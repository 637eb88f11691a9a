//! The folder of one control plane: which file is where, and writing those that are there before it starts.
//!
//! Must not know how the programs are started.

use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use std::io::Write as _;

use anyhow::{Context as _, Result};

use super::certificates::{Certificates, Certified};
use super::kubeconfig;
use crate::process::free_ports;

/// How the simulated nodes live.
const STAGES: &str = include_str!("../../cluster/kwok/stages.yaml");

/// The ports of one control plane, all of 127.0.0.1.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ports {
    /// kube-apiserver.
    pub api_server: u16,
    /// etcd, for its client.
    pub etcd: u16,
    /// etcd, for members it does not have.
    pub etcd_peer: u16,
    /// Health of kube-controller-manager.
    pub controller_manager: u16,
    /// Health of kube-scheduler.
    pub scheduler: u16,
    /// Health of kwok.
    pub kwok: u16,
}

/// Where things are in the folder of a control plane.
#[derive(Debug, Clone)]
pub struct Layout {
    folder: PathBuf,
}

impl Ports {
    /// Free ones.
    pub fn pick() -> Result<Self> {
        let [api_server, etcd, etcd_peer, controller_manager, scheduler, kwok] = free_ports()?;
        Ok(Self {
            api_server,
            etcd,
            etcd_peer,
            controller_manager,
            scheduler,
            kwok,
        })
    }
}

impl Layout {
    /// The layout of this folder; nothing is written.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The data of etcd.
    pub fn etcd_data(&self) -> PathBuf {
        self.folder.join("etcd")
    }

    /// The kubeconfig of the administrator: the one for people and tests.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }

    /// The kubeconfig of a component.
    pub fn kubeconfig_of(&self, component: &str) -> PathBuf {
        self.folder.join(format!("{component}.kubeconfig"))
    }

    /// The log of a component.
    pub fn log(&self, component: &str) -> PathBuf {
        self.folder.join("logs").join(format!("{component}.log"))
    }

    /// A certificate or key.
    pub fn pki(&self, file: &str) -> PathBuf {
        self.folder.join("pki").join(file)
    }

    /// The configuration of kube-scheduler.
    pub fn scheduler_config(&self) -> PathBuf {
        self.folder.join("scheduler.yaml")
    }

    /// The stages of kwok.
    pub fn stages(&self) -> PathBuf {
        self.folder.join("stages.yaml")
    }

    /// Writes what the programs read: certificates, kubeconfigs, configuration.
    pub fn write(&self, ports: &Ports) -> Result<()> {
        for folder in [
            self.folder.clone(),
            self.folder.join("logs"),
            self.folder.join("pki"),
            self.etcd_data(),
        ] {
            std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        }
        // etcd complains of a data folder others can read.
        std::fs::set_permissions(self.etcd_data(), std::fs::Permissions::from_mode(0o700))?;
        let Certificates {
            authority,
            serving,
            admin,
            controller_manager,
            scheduler,
            kwok,
            service_account_key,
            service_account_public,
        } = Certificates::generate()?;
        private(&self.pki("ca.crt"), &authority)?;
        private(&self.pki("serving.crt"), &serving.certificate)?;
        private(&self.pki("serving.key"), &serving.key)?;
        private(&self.pki("service-account.key"), &service_account_key)?;
        private(&self.pki("service-account.pub"), &service_account_public)?;
        let server = format!("https://127.0.0.1:{}", ports.api_server);
        let users: [(PathBuf, Certified); 4] = [
            (self.kubeconfig(), admin),
            (self.kubeconfig_of("kube-controller-manager"), controller_manager),
            (self.kubeconfig_of("kube-scheduler"), scheduler),
            (self.kubeconfig_of("kwok"), kwok),
        ];
        for (path, user) in &users {
            private(path, &kubeconfig::render(&server, &authority, user)?)?;
        }
        private(
            &self.scheduler_config(),
            &scheduler_config(&self.kubeconfig_of("kube-scheduler"))?,
        )?;
        private(&self.stages(), STAGES)
    }
}

/// The client limits are lifted, because at their defaults they hide what is measured. A pod that waits for its volume
/// is tried again after a second at most, not ten.
fn scheduler_config(kubeconfig: &Path) -> Result<String> {
    Ok(serde_saphyr::to_string(&serde_json::json!({
        "apiVersion": "kubescheduler.config.k8s.io/v1",
        "kind": "KubeSchedulerConfiguration",
        "clientConnection": {"kubeconfig": kubeconfig, "qps": 2000, "burst": 4000},
        "leaderElection": {"leaderElect": false},
        "podInitialBackoffSeconds": 1,
        "podMaxBackoffSeconds": 1,
    }))?)
}

/// Writes a file only its owner may read: most of them hold a key.
fn private(path: &Path, text: &str) -> Result<()> {
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_for_their_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        layout.write(&Ports::pick().unwrap()).unwrap();
        for file in [
            layout.kubeconfig(),
            layout.pki("serving.key"),
            layout.kubeconfig_of("kwok"),
        ] {
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{}", file.display());
        }
    }
}
