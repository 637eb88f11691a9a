//! The process group, its guard, and its members.
//!
//! Must not know what is started.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result};

use super::wait::last_lines;

/// Waits for the pipe to close, then ends the group `$1`. `$2`: a file whose first line is the process to ask first, with
/// SIGQUIT, because it has something to give back (PostgreSQL its shared memory). `$3`: a folder to remove at last.
const GUARD: &str = r#"
trap '' HUP INT TERM
cat >/dev/null
alive() { kill -s 0 -- "$1" 2>/dev/null; }
wait_for() { left=$2; while alive "$1" && [ "$left" -gt 0 ]; do sleep 0.02; left=$((left - 1)); done; }
if [ -n "$2" ] && [ -s "$2" ]; then
    read -r first <"$2"
    kill -s QUIT -- "$first" 2>/dev/null && wait_for "$first" 250
fi
kill -s KILL -- "-$1" 2>/dev/null
wait_for "-$1" 500
if [ -n "$3" ]; then rm -rf -- "$3"; fi
"#;

/// What happens when a [`Group`] ends, besides that its members do.
#[derive(Debug, Default)]
pub struct Ending {
    /// A folder to remove, after the last member is gone.
    pub remove: Option<PathBuf>,
    /// A file whose first line names the process that is sent SIGQUIT, and up to five seconds, before the rest is killed.
    pub ask_first: Option<PathBuf>,
    /// A locked file: the lock is held until the last member is gone, even when we are killed.
    pub hold: Option<File>,
}

/// Processes that end together, with us.
#[derive(Debug)]
pub struct Group {
    members: Mutex<Vec<Member>>,
    /// Its number is the group's, from the first member to the last.
    anchor: Child,
    guard: Child,
    line: Option<ChildStdin>,
}

#[derive(Debug)]
struct Member {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Group {
    /// An empty group.
    ///
    /// # Errors
    /// When there is no `sh`.
    pub fn new(ending: Ending) -> Result<Self> {
        let Ending {
            remove,
            ask_first,
            hold,
        } = ending;
        let anchor = Command::new("sh")
            .args(["-c", "read -r _"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cannot start sh")?;
        let path = |path: Option<PathBuf>| path.unwrap_or_default().into_os_string();
        let mut guard = Command::new("sh")
            .args(["-c", GUARD, "guard", &anchor.id().to_string()])
            .args([path(ask_first), path(remove)])
            .stdin(Stdio::piped())
            .stdout(hold.map_or_else(Stdio::null, Stdio::from))
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cannot start sh")?;
        let line = guard.stdin.take();
        Ok(Self {
            members: Mutex::default(),
            anchor,
            guard,
            line,
        })
    }

    /// Starts a member that writes what it says to `log`; its number.
    ///
    /// # Errors
    /// When the program cannot be started or the log not be written.
    pub fn start(&self, name: &str, log: &Path, command: &mut Command) -> Result<u32> {
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        command.stdout(file.try_clone()?).stderr(file).stdin(Stdio::null());
        let child = self.spawn(command).with_context(|| format!("cannot start {name}"))?;
        let id = child.id();
        self.members().push(Member {
            name: name.to_owned(),
            child,
            log: log.to_owned(),
        });
        Ok(id)
    }

    /// Hands a member over to whoever wants to signal it and wait for it. It still ends with the group.
    pub fn hand_over(&self, pid: u32) -> Option<Child> {
        let mut members = self.members();
        let at = members.iter().position(|member| member.child.id() == pid)?;
        Some(members.swap_remove(at).child)
    }

    /// Runs a member to its end.
    ///
    /// # Errors
    /// When the program cannot be started; not when it fails.
    pub fn run(&self, name: &str, log: &Path, command: &mut Command) -> Result<ExitStatus> {
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        command.stdout(file.try_clone()?).stderr(file).stdin(Stdio::null());
        let mut child = self.spawn(command).with_context(|| format!("cannot start {name}"))?;
        Ok(child.wait()?)
    }

    /// The numbers of the members by name.
    pub fn pids(&self) -> Vec<(String, u32)> {
        self.members()
            .iter()
            .map(|member| (member.name.clone(), member.child.id()))
            .collect()
    }

    /// The first member found to have ended, as a sentence with its last words.
    pub fn ended(&self) -> Option<String> {
        self.members()
            .iter_mut()
            .find_map(|member| match member.child.try_wait() {
                Ok(None) => None,
                Ok(Some(status)) => Some(format!("{} ended ({status})\n{}", member.name, last_lines(&member.log))),
                Err(error) => Some(format!("{}: {error}", member.name)),
            })
    }

    /// What the member called `name` said last.
    pub fn last_words(&self, name: &str) -> String {
        self.members()
            .iter()
            .find(|member| member.name == name)
            .map(|member| last_lines(&member.log))
            .unwrap_or_default()
    }

    fn spawn(&self, command: &mut Command) -> Result<Child> {
        let group = i32::try_from(self.anchor.id())?;
        Ok(command.process_group(group).spawn()?)
    }

    /// A panic of whoever held the lock does not make the list wrong.
    fn members(&self) -> MutexGuard<'_, Vec<Member>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Group {
    /// Closes the pipe and waits until the guard has done its work. Members are waited for first: one that nobody waits
    /// for still counts as alive to the guard.
    fn drop(&mut self) {
        let unguarded = !matches!(self.guard.try_wait(), Ok(None));
        drop(self.line.take());
        for member in self.members().iter_mut() {
            if unguarded {
                drop(member.child.kill());
            }
            drop(member.child.wait());
        }
        // The anchor reads our pipe too and may be gone already.
        drop(self.anchor.wait());
        drop(self.guard.wait());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::process::Deadline;

    fn alive(pid: u32) -> bool {
        let probe = Command::new("kill")
            .args(["-0", &pid.to_string()])
            .stderr(Stdio::null())
            .status();
        probe.unwrap().success()
    }

    #[test]
    fn dropping_a_group_ends_its_members_and_their_children_and_removes_the_folder() {
        let folder = tempfile::tempdir().unwrap().keep();
        let log = folder.join("log");
        let group = Group::new(Ending {
            remove: Some(folder.clone()),
            ..Ending::default()
        })
        .unwrap();
        let script = "sleep 600 & echo $!; trap '' TERM INT HUP; wait";
        let pid = group
            .start("parent", &log, Command::new("sh").args(["-c", script]))
            .unwrap();
        let mut deadline = Deadline::after(Duration::from_secs(10));
        let child = loop {
            assert!(deadline.tick_blocking(), "the child did not start");
            if let Ok(child) = std::fs::read_to_string(&log).unwrap().trim().parse::<u32>() {
                break child;
            }
        };
        assert!(alive(pid) && alive(child));
        drop(group);
        assert!(!alive(pid));
        let mut deadline = Deadline::after(Duration::from_secs(10));
        while alive(child) {
            assert!(deadline.tick_blocking(), "the grandchild outlived the group");
        }
        assert!(!folder.exists());
    }

    #[test]
    fn a_member_that_ended_is_reported_with_its_last_words() {
        let folder = tempfile::tempdir().unwrap();
        let group = Group::new(Ending::default()).unwrap();
        let mut command = Command::new("sh");
        group
            .start(
                "mayfly",
                &folder.path().join("log"),
                command.args(["-c", "echo farewell; exit 3"]),
            )
            .unwrap();
        let mut deadline = Deadline::after(Duration::from_secs(10));
        let report = loop {
            assert!(deadline.tick_blocking(), "its end was not noticed");
            if let Some(report) = group.ended() {
                break report;
            }
        };
        assert!(
            report.starts_with("mayfly ended (exit status: 3)") && report.contains("farewell"),
            "{report}"
        );
    }

    #[test]
    fn a_held_lock_is_free_once_the_group_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let file = File::create(&path).unwrap();
        file.try_lock().unwrap();
        let group = Group::new(Ending {
            hold: Some(file),
            ..Ending::default()
        })
        .unwrap();
        assert!(File::open(&path).unwrap().try_lock().is_err());
        drop(group);
        File::open(&path).unwrap().try_lock().unwrap();
    }
}
