//! What the demo keeps between runs: a folder for the cluster it runs itself, another for one that the caller names.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use super::server::DemoServer;
use crate::dev::cluster::Detached;
use crate::private_file;

/// Everything of the demo is in here.
pub const ROOT: &str = ".demo";

/// The folder of one demo.
#[derive(Debug)]
pub struct Home {
    folder: PathBuf,
    /// The cluster that the caller named, if one was.
    named: Option<PathBuf>,
}

/// `account.json`: who the demo signs in as.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    /// For the sign-in.
    pub email: String,
    /// The public name.
    pub username: String,
    /// Random, and the demo's alone.
    pub password: String,
}

impl Home {
    /// The demo on its own cluster, or on the one of a kubeconfig.
    ///
    /// # Errors
    /// The kubeconfig is not there; another one was named before and has not been taken down.
    pub fn new(kubeconfig: Option<&Path>) -> Result<Self> {
        let root = std::path::absolute(ROOT)?;
        let Some(kubeconfig) = kubeconfig else {
            return Ok(Self {
                folder: root.join("local"),
                named: None,
            });
        };
        if !kubeconfig.is_file() {
            bail!("KUBECONFIG: there is no file {}", kubeconfig.display());
        }
        let kubeconfig = std::path::absolute(kubeconfig)?;
        let folder = root.join("named");
        let note = folder.join("kubeconfig.path");
        match std::fs::read_to_string(&note) {
            Ok(before) if before != kubeconfig.to_string_lossy() => {
                bail!("a demo on the cluster of {before} exists; `make demo-down` removes it")
            }
            Ok(_) => {}
            Err(_) => {
                std::fs::create_dir_all(&folder)?;
                std::fs::write(&note, kubeconfig.to_string_lossy().as_bytes())?;
            }
        }
        Ok(Self {
            folder,
            named: Some(kubeconfig),
        })
    }

    /// The demos that exist.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn all() -> Result<Vec<Self>> {
        let root = std::path::absolute(ROOT)?;
        let mut homes = Vec::new();
        if root.join("local").is_dir() {
            homes.push(Self {
                folder: root.join("local"),
                named: None,
            });
        }
        let named = root.join("named");
        if let Ok(path) = std::fs::read_to_string(named.join("kubeconfig.path")) {
            homes.push(Self {
                folder: named,
                named: Some(path.into()),
            });
        }
        Ok(homes)
    }

    /// The cluster that the caller named.
    pub fn named(&self) -> Option<&Path> {
        self.named.as_deref()
    }

    /// The cluster that the demo runs itself.
    ///
    /// # Errors
    /// The program that runs cannot be found.
    pub fn cluster(&self) -> Result<Detached> {
        Detached::new(&self.folder.join("cluster"))
    }

    /// The demo's server.
    pub fn server(&self) -> DemoServer {
        DemoServer::new(&self.folder.join("server"))
    }

    /// Where the token is kept for the commands to try.
    pub fn token(&self) -> PathBuf {
        self.folder.join("token")
    }

    /// Who the demo signs in as: the one of the runs before, or a new one.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn account(&self) -> Result<Account> {
        let path = self.folder.join("account.json");
        if path.is_file() {
            let text = std::fs::read(&path)?;
            return serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()));
        }
        let account = Account {
            email: "grace@example.com".to_owned(),
            username: "grace".to_owned(),
            password: uuid::Uuid::new_v4().simple().to_string(),
        };
        std::fs::create_dir_all(&self.folder)?;
        private_file::write(&path, &serde_json::to_string_pretty(&account)?)?;
        Ok(account)
    }

    /// Removes what was kept.
    ///
    /// # Errors
    /// The folder cannot be removed.
    pub fn remove(&self) -> Result<()> {
        std::fs::remove_dir_all(&self.folder).with_context(|| format!("cannot remove {}", self.folder.display()))?;
        // The root goes when nothing else is in it.
        drop(std::fs::remove_dir(ROOT));
        Ok(())
    }
}
