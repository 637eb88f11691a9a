//! A PostgreSQL server of our own: made, started, and gone with its folder when dropped or when we end in any way.
//!
//! Must not know databases other than the first.

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::find;
use crate::process::{Deadline, Ending, Group, free_ports, last_lines};

/// How long it may take to answer.
const DEADLINE: Duration = Duration::from_mins(1);

/// Nothing here outlives a test, so nothing is written with care.
const SETTINGS: [&str; 10] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=300",
    "shared_buffers=64MB",
    "autovacuum_naptime=1h",
    "max_wal_size=1GB",
    "timezone=UTC",
];

/// A running server.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    port: u16,
    _group: Group,
}

/// Whom PostgreSQL runs as when we are root, which it refuses.
#[derive(Debug, Clone, Copy)]
struct User {
    id: u32,
    group: u32,
}

impl Server {
    /// Makes a cluster in a temporary folder and starts it on a free port.
    pub fn start() -> Result<Self> {
        let programs = find::programs()?;
        let user = unprivileged()?;
        let folder = tempfile::Builder::new().prefix("berth-postgres-").tempdir()?.keep();
        let data = folder.join("data");
        let ask_first = Some(data.join("postmaster.pid"));
        let group = Group::new(Ending {
            remove: Some(folder.clone()),
            ask_first,
            hold: None,
        })?;
        std::fs::create_dir(&data)?;
        std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700))?;
        if let Some(user) = user {
            for folder in [&folder, &data] {
                chown(folder, Some(user.id), Some(user.group))?;
            }
        }
        let log = folder.join("initdb.log");
        let mut initdb = command(&programs.join("initdb"), user, &folder);
        initdb.arg("--pgdata").arg(&data);
        initdb.args([
            "--username=berth",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
        ]);
        let status = group.run("initdb", &log, &mut initdb)?;
        if !status.success() {
            bail!("initdb failed ({status})\n{}", last_lines(&log));
        }
        let [port] = free_ports()?;
        let mut postgres = command(&programs.join("postgres"), user, &folder);
        postgres.arg("-D").arg(&data).args(["-p", &port.to_string()]);
        postgres.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        group.start("postgres", &folder.join("postgres.log"), &mut postgres)?;
        wait(&group, &data)?;
        Ok(Self {
            folder,
            port,
            _group: group,
        })
    }

    /// The URL of the database every server has.
    pub fn url(&self) -> String {
        format!("postgres://berth@127.0.0.1:{}/postgres", self.port)
    }

    /// Where its data is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// The last line of `postmaster.pid` says when it takes connections; no client program is needed to see that.
fn wait(group: &Group, data: &Path) -> Result<()> {
    let mut deadline = Deadline::after(DEADLINE);
    loop {
        let state = std::fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
        if state.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
            return Ok(());
        }
        if let Some(ended) = group.ended() {
            bail!(ended);
        }
        if !deadline.tick_blocking() {
            bail!(
                "PostgreSQL does not answer after {} s\n{}",
                DEADLINE.as_secs(),
                group.last_words("postgres")
            );
        }
    }
}

fn command(program: &Path, user: Option<User>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    // Ours may be one that the other user must not enter.
    command.current_dir(folder).env("LC_ALL", "C").env_remove("PGOPTIONS");
    if let Some(user) = user {
        command.gid(user.group).uid(user.id);
    }
    command
}

/// Somebody to become when we are root; `None` when we are not.
fn unprivileged() -> Result<Option<User>> {
    if number(&["-u"])? != Some(0) {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        if let (Some(id), Some(group)) = (number(&["-u", name])?, number(&["-g", name])?) {
            return Ok(Some(User { id, group }));
        }
    }
    bail!(
        "PostgreSQL refuses to run as root, and there is neither a user 'postgres' nor 'nobody' to run it as: add one \
         ('useradd --system postgres'), run the tests as another user, or set DATABASE_URL"
    )
}

/// What `id` prints for these arguments; `None` when there is no such user.
fn number(arguments: &[&str]) -> Result<Option<u32>> {
    let output = Command::new("id").args(arguments).output().context("cannot run id")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().parse().ok())
}
