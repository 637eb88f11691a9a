//! `berth-server` as a process: where its program is, what it is configured with, whether it is ready.
//!
//! Must not know who starts it, or why.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::private_file;
use crate::process::{Deadline, Ending, Group, last_lines, signal};

/// How long a start may take on a machine that is busy.
const START: Duration = Duration::from_secs(30);

/// What a server is configured with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The API's port on loopback.
    pub port: u16,
    /// The port of `/metrics`, on loopback too.
    pub metrics_port: u16,
    /// Its database.
    pub database_url: String,
    /// Its cluster.
    pub kubeconfig: PathBuf,
    /// `namespace:name` of Berth's account in the cluster, when its rights are those of the chart.
    pub service_account: Option<String>,
    /// The catalog.
    pub templates: PathBuf,
    /// 32 bytes that seal what is secret in the database.
    pub key: [u8; 32],
}

impl Settings {
    /// Where the API is.
    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Writes the configuration file, for nobody else to read.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let Self {
            port,
            metrics_port,
            database_url,
            kubeconfig,
            service_account,
            templates,
            key,
        } = self;
        // A TOML basic string is written like a JSON one.
        let quoted = |text: &str| serde_json::to_string(text);
        let [kubeconfig, templates] = [kubeconfig, templates].map(|path| quoted(&path.to_string_lossy()));
        let account = service_account
            .as_deref()
            .map(|name| quoted(name).map(|name| format!("service_account = {name}\n")));
        let text = format!(
            "[server]\nlisten = \"127.0.0.1:{port}\"\nmetrics_listen = \"127.0.0.1:{metrics_port}\"\npublic_url = {}\n\n\
             [database]\nurl = {}\n\n\
             [auth]\nsignup = \"open\"\naccess_token_ttl = \"1h\"\nkey_encryption_key = \"{}\"\n\n\
             [cluster]\nkubeconfig = {}\n{}\n\
             [platform]\ndomain = \"apps.localhost\"\n\n\
             [templates]\npath = {}\n",
            quoted(&self.base())?,
            quoted(database_url)?,
            STANDARD.encode(key),
            kubeconfig?,
            account.transpose()?.unwrap_or_default(),
            templates?,
        );
        private_file::write(path, &text)
    }
}

/// The program, built beside the one that runs.
///
/// # Errors
/// It has not been built: a sentence on how to.
pub fn program() -> Result<PathBuf> {
    let own = std::env::current_exe().context("cannot find the program that runs")?;
    let mut folder = own.parent().context("the program that runs is in no folder")?;
    // Where cargo puts the programs of tests.
    if folder.ends_with("deps") {
        folder = folder.parent().unwrap_or(folder);
    }
    let program = folder.join("berth-server");
    if !program.is_file() {
        bail!("{} is not there; `cargo build --workspace` makes it", program.display());
    }
    Ok(program)
}

/// The command that serves with that configuration file. No variable of the caller's reaches it.
///
/// # Errors
/// As [`program`].
pub fn serve(config: &Path) -> Result<Command> {
    let mut command = Command::new(program()?);
    command.env_clear().arg("--config").arg(config).arg("serve");
    command.stdin(Stdio::null());
    Ok(command)
}

/// Waits until the server answers that it is ready, or `ended` says that it no longer runs.
///
/// # Errors
/// The last lines of its log.
pub async fn ready(base: &str, log: &Path, mut ended: impl FnMut() -> bool) -> Result<()> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let mut deadline = Deadline::after(START);
    loop {
        let answer = http.get(format!("{base}/readyz")).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(());
        }
        if ended() {
            bail!("the server did not start\n{}", last_lines(log));
        }
        if !deadline.tick().await {
            bail!(
                "the server is not ready after {} s\n{}",
                START.as_secs(),
                last_lines(log)
            );
        }
    }
}

/// A server that ends with this value, or with whoever holds it.
#[derive(Debug)]
pub struct ServerProcess {
    folder: PathBuf,
    base: String,
    child: Child,
    starts: u32,
    group: Group,
}

impl ServerProcess {
    /// Starts one with these settings; its configuration and logs go to `folder`. Ready when this returns.
    ///
    /// # Errors
    /// The last lines of its log.
    pub async fn start(folder: &Path, settings: &Settings) -> Result<Self> {
        settings.write(&folder.join("berth.toml"))?;
        let group = Group::new(Ending::default())?;
        let child = launch(&group, folder, 1)?;
        let mut server = Self {
            folder: folder.to_owned(),
            base: settings.base(),
            child,
            starts: 1,
            group,
        };
        server.ready().await?;
        Ok(server)
    }

    /// Where the API is.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The number of the process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What the process that runs, or ran last, has logged.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn log(&self) -> Result<String> {
        Ok(std::fs::read_to_string(log(&self.folder, self.starts))?)
    }

    /// Ends it at whatever instruction it is.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Errors
    /// It does not end within `patience`.
    pub async fn terminate(&mut self, patience: Duration) -> Result<ExitStatus> {
        signal("TERM", self.child.id())?;
        let mut deadline = Deadline::after(patience);
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if !deadline.tick().await {
                bail!(
                    "the server does not stop\n{}",
                    last_lines(&log(&self.folder, self.starts))
                );
            }
        }
    }

    /// Starts it again after it has ended. Ready when this returns.
    ///
    /// # Errors
    /// The last lines of its log.
    pub async fn start_again(&mut self) -> Result<()> {
        self.starts += 1;
        self.child = launch(&self.group, &self.folder, self.starts)?;
        self.ready().await
    }

    async fn ready(&mut self) -> Result<()> {
        let log = log(&self.folder, self.starts);
        let child = &mut self.child;
        ready(&self.base, &log, || !matches!(child.try_wait(), Ok(None))).await
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        drop(self.kill());
    }
}

fn log(folder: &Path, start: u32) -> PathBuf {
    folder.join(format!("server-{start}.log"))
}

fn launch(group: &Group, folder: &Path, start: u32) -> Result<Child> {
    let mut command = serve(&folder.join("berth.toml"))?;
    let pid = group.start("berth-server", &log(folder, start), &mut command)?;
    group.hand_over(pid).context("the server is no member of its group")
}
