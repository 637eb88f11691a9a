//! The demo's server: outlives the command that starts it, is found again by the lock on its database, and stopped.
//!
//! Must not know what is asked of it.

use std::fs::{File, TryLockError};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use crate::private_file;
use crate::process::{Deadline, free_ports, signal};
use crate::server::{self, Settings};

/// The port the README's examples use; another is taken when it is not free.
const PORT: u16 = 8080;
/// How long it may take to finish what it has in hand.
const STOP: Duration = Duration::from_secs(30);

/// The server of a folder, running or not.
#[derive(Debug)]
pub struct DemoServer {
    folder: PathBuf,
}

/// `server.json`: what must be the same at the next start.
#[derive(Debug, Serialize, Deserialize)]
struct Known {
    pid: u32,
    port: u16,
    metrics_port: u16,
    key: [u8; 32],
}

impl DemoServer {
    /// The one of that folder.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Whether it was ever started.
    pub fn exists(&self) -> bool {
        self.folder.join("server.json").is_file()
    }

    /// Starts it, with the program as it is now; one that runs is replaced. Where the API is.
    ///
    /// # Errors
    /// The last lines of its log.
    pub async fn start(&self, kubeconfig: &Path) -> Result<String> {
        std::fs::create_dir_all(&self.folder)?;
        let before = self.known()?;
        self.stop().await?;
        let [other, metrics_port] = free_ports()?;
        let mut known = before.unwrap_or(Known {
            pid: 0,
            port: if is_free(PORT) { PORT } else { other },
            metrics_port,
            key: fresh_key()?,
        });
        for port in [&mut known.port, &mut known.metrics_port] {
            if !is_free(*port) {
                [*port] = free_ports()?;
            }
        }
        let settings = Settings {
            port: known.port,
            metrics_port: known.metrics_port,
            database_url: format!("sqlite://{}", self.folder.join("berth.db").display()),
            kubeconfig: kubeconfig.to_owned(),
            service_account: None,
            templates: std::path::absolute("templates")?,
            key: known.key,
        };
        let config = self.folder.join("berth.toml");
        settings.write(&config)?;
        let log = File::create(self.log())?;
        let mut command = server::serve(&config)?;
        command.stdout(log.try_clone()?).stderr(log).process_group(0);
        let mut child = command.spawn().context("cannot start berth-server")?;
        known.pid = child.id();
        self.write(&known)?;
        let base = settings.base();
        server::ready(&base, &self.log(), || !matches!(child.try_wait(), Ok(None))).await?;
        Ok(base)
    }

    /// Asks it to end, insists after a while, and waits until it is gone.
    ///
    /// # Errors
    /// It does not end.
    pub async fn stop(&self) -> Result<()> {
        let Some(known) = self.known()? else {
            return Ok(());
        };
        for name in ["TERM", "KILL"] {
            // The lock is held by a live server: the number is still its own.
            if !self.lives()? {
                return Ok(());
            }
            signal(name, known.pid)?;
            let mut deadline = Deadline::after(STOP);
            while self.lives()? && deadline.tick().await {}
        }
        if self.lives()? {
            bail!("the server with the process id {} does not end", known.pid);
        }
        Ok(())
    }

    /// Where its log is.
    pub fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    fn lives(&self) -> Result<bool> {
        let Ok(file) = File::open(self.folder.join("berth.db.lock")) else {
            return Ok(false);
        };
        match file.try_lock() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error).context("cannot try the lock of the demo's database"),
        }
    }

    fn known(&self) -> Result<Option<Known>> {
        let path = self.folder.join("server.json");
        if !path.is_file() {
            return Ok(None);
        }
        let text = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let known = serde_json::from_slice(&text);
        Ok(Some(known.with_context(|| format!("{} is damaged", path.display()))?))
    }

    fn write(&self, known: &Known) -> Result<()> {
        private_file::write(&self.folder.join("server.json"), &serde_json::to_string(known)?)
    }
}

fn is_free(port: u16) -> bool {
    std::net::TcpListener::bind(("127.0.0.1", port)).is_ok()
}

fn fresh_key() -> Result<[u8; 32]> {
    let mut key = [0; 32];
    aws_lc_rs::rand::fill(&mut key).map_err(|_| anyhow::anyhow!("the machine gives no random bytes"))?;
    Ok(key)
}
