//! A control plane that stays when the command that started it returns.
//!
//! A supervisor process (this same program) owns it and everything ends with the supervisor. It holds a lock on a file
//! of the folder for as long as it lives, so that nobody has to trust a process id that may be somebody else's by now.

use std::fs::{self, File, TryLockError};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use tokio::signal::unix::{SignalKind, signal};

use super::start::answers;
use super::{Binaries, ControlPlane, Options, client_for};
use crate::process::last_lines;

const READY: &str = "ready";
const PATIENCE: Duration = Duration::from_secs(120);

/// What runs in a folder; the content of its `state.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// The process id of the supervisor.
    pub supervisor: u32,
    /// The process groups of the components.
    pub process_groups: Vec<u32>,
    /// The administrator's kubeconfig; it needs no other file.
    pub kubeconfig: PathBuf,
}

/// Starts a control plane in `folder`, or finds it running. What an earlier one stored there is kept.
///
/// # Errors
/// Names the component that failed, with its last log lines. Refuses a folder with anything else in it, because
/// [`down`] removes the folder.
pub async fn up(folder: &Path, options: &Options, progress: impl Fn(&str) + Send + Sync + 'static) -> Result<State> {
    if !is_ours(folder) && fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{} has something else in it: give the control plane a folder of its own.", folder.display());
    }
    let folder = make_folder(folder)?;
    let _one_at_a_time = locked(&folder.join("up.lock"))?;
    if let Some(state) = running(&folder).await? {
        return Ok(state);
    }
    // Here and not in the supervisor: the first build takes minutes, and this is where somebody watches.
    tokio::task::spawn_blocking(move || Binaries::ensure(progress)).await??;
    let supervised = folder.clone();
    let nodes = options.nodes;
    tokio::task::spawn_blocking(move || start_supervisor(&supervised, nodes)).await??;
    read_state(&folder).context("the supervisor left no state")
}

/// What runs in `folder`, if a control plane does and answers.
pub async fn status(folder: &Path) -> Result<Option<State>> {
    if !is_alive(folder)? {
        return Ok(None);
    }
    let Some(state) = read_state(folder) else { return Ok(None) };
    let client = client_for(&state.kubeconfig).await?;
    Ok(answers(&client, "/readyz").await.then_some(state))
}

/// Ends the control plane of `folder` and removes the folder. Does nothing when there is none.
pub async fn down(folder: &Path) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    if !is_ours(folder) {
        bail!("{} is not the folder of a control plane: it is left as it is.", folder.display());
    }
    let groups = read_state(folder).map(|state| state.process_groups).unwrap_or_default();
    if is_alive(folder)? {
        let supervisor = fs::read_to_string(folder.join("supervisor.lock"))?;
        send("TERM", supervisor.trim());
        if !eventually(Duration::from_secs(15), || Ok(!is_alive(folder)?)).await? {
            send("KILL", supervisor.trim());
        }
    }
    let gone = || Ok(groups.iter().all(|group| !send("0", &format!("-{group}"))));
    if !eventually(Duration::from_secs(15), gone).await? {
        bail!("the components do not end; their process groups are {groups:?}");
    }
    fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))
}

/// The supervisor itself: starts the control plane, says so on standard output, and stays until it is told to end, a
/// component ends, or the folder is gone.
pub async fn supervise(folder: &Path, options: &Options) -> Result<()> {
    let mut lock = locked(&folder.join("supervisor.lock"))?;
    lock.set_len(0)?;
    write!(lock, "{}", std::process::id())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    // The terminal we were started from may close.
    let _hangup = signal(SignalKind::hangup())?;

    let binaries = tokio::task::spawn_blocking(|| Binaries::ensure(super::say)).await??;
    let mut plane = ControlPlane::start(folder, options, &binaries).await?;
    let state = State {
        supervisor: std::process::id(),
        process_groups: plane.process_groups(),
        kubeconfig: plane.kubeconfig().to_owned(),
    };
    write_state(folder, &state)?;
    // Fails when whoever asked for it is gone: then nobody wants it.
    writeln!(std::io::stdout(), "{READY}").context("nobody waits for the control plane any more")?;
    let outcome = loop {
        tokio::select! {
            _ = terminated.recv() => break Ok(()),
            _ = interrupted.recv() => break Ok(()),
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
        if let Err(error) = plane.must_be_running() {
            break Err(error);
        }
        if !state_file(folder).exists() {
            break Ok(());
        }
    };
    drop(plane);
    let _ = fs::remove_file(state_file(folder));
    outcome
}

fn start_supervisor(folder: &Path, nodes: usize) -> Result<()> {
    let log = folder.join("supervisor.log");
    let program = std::env::current_exe().context("cannot tell which program this is")?;
    let mut supervisor = Command::new(program)
        .args(["cluster", "supervise", "--nodes", &nodes.to_string(), "--dir"])
        .arg(folder)
        .env_remove("KUBECONFIG")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(&log)?)
        .process_group(0)
        .spawn()
        .context("cannot start the supervisor of the control plane")?;
    let output = supervisor.stdout.take().context("the supervisor has no output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    if line.trim() == READY {
        return Ok(());
    }
    let _ = supervisor.wait();
    bail!("{}", last_lines(&log, 60))
}

/// The state of a healthy control plane. Waits for one that is just starting or ending.
async fn running(folder: &Path) -> Result<Option<State>> {
    let deadline = Instant::now() + PATIENCE;
    while is_alive(folder)? {
        if let Some(state) = status(folder).await? {
            return Ok(Some(state));
        }
        if Instant::now() >= deadline {
            bail!(
                "a control plane runs in {} but does not answer. End it with 'berth-dev cluster down' and try again.",
                folder.display()
            );
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(None)
}

async fn eventually(patience: Duration, holds: impl Fn() -> Result<bool>) -> Result<bool> {
    let deadline = Instant::now() + patience;
    while !holds()? {
        if Instant::now() >= deadline {
            return Ok(false);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(true)
}

fn make_folder(folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    fs::canonicalize(folder).context("cannot tell where the folder is")
}

fn is_ours(folder: &Path) -> bool {
    folder.join("up.lock").is_file()
}

fn locked(path: &Path) -> Result<File> {
    let file = File::options().create(true).truncate(false).write(true).open(path);
    let file = file.with_context(|| format!("cannot write {}", path.display()))?;
    file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}

fn is_alive(folder: &Path) -> Result<bool> {
    let Ok(file) = File::open(folder.join("supervisor.lock")) else { return Ok(false) };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error).context("cannot ask for the supervisor's lock"),
    }
}

fn send(signal: &str, process: &str) -> bool {
    let mut kill = Command::new("kill");
    kill.args(["-s", signal, "--", process]).stdout(Stdio::null()).stderr(Stdio::null());
    kill.status().is_ok_and(|status| status.success())
}

fn state_file(folder: &Path) -> PathBuf {
    folder.join("state.json")
}

fn read_state(folder: &Path) -> Option<State> {
    serde_json::from_slice(&fs::read(state_file(folder)).ok()?).ok()
}

fn write_state(folder: &Path, state: &State) -> Result<()> {
    let draft = folder.join("state.json.new");
    fs::write(&draft, serde_json::to_vec_pretty(state)?)?;
    fs::rename(&draft, state_file(folder)).context("cannot write state.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_with_something_else_in_it_is_neither_used_nor_removed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("letter.txt");
        fs::write(&file, "keep me").unwrap();
        assert!(up(folder.path(), &Options::default(), |_| ()).await.is_err());
        assert!(down(folder.path()).await.is_err());
        assert_eq!(fs::read_to_string(file).unwrap(), "keep me");
    }

    #[tokio::test]
    async fn nothing_runs_where_nothing_was_started() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(status(folder.path()).await.unwrap(), None);
        down(&folder.path().join("absent")).await.unwrap();
    }

    #[test]
    fn a_supervisor_is_alive_for_as_long_as_it_holds_its_lock() {
        let folder = tempfile::tempdir().unwrap();
        let lock = locked(&folder.path().join("supervisor.lock")).unwrap();
        assert!(is_alive(folder.path()).unwrap());
        drop(lock);
        assert!(!is_alive(folder.path()).unwrap());
    }

    #[test]
    fn the_state_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let state = State { supervisor: 1, process_groups: vec![2, 3], kubeconfig: "/tmp/kubeconfig".into() };
        write_state(folder.path(), &state).unwrap();
        assert_eq!(read_state(folder.path()), Some(state));
    }
}
