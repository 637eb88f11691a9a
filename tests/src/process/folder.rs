//! A temporary folder that is removed when its owner ends, also by SIGKILL.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};

/// Waits for the pipe to close, then removes the folder. Programs that die at the same moment may still be writing
/// into it: hence more than one attempt.
const BROOM: &str = r#"
read -r _
turns=0
until rm -rf "$1" 2>/dev/null || [ "$turns" -ge 100 ]; do sleep 0.05; turns=$((turns + 1)); done
"#;

/// A folder for what must not stay.
#[derive(Debug)]
pub struct VanishingFolder {
    path: PathBuf,
    broom: Child,
}

impl VanishingFolder {
    /// A new, empty folder among the temporary ones.
    pub fn new(prefix: &str) -> Result<Self> {
        let path = tempfile::Builder::new()
            .prefix(prefix)
            .tempdir()
            .context("cannot make a temporary folder")?
            .keep();
        let broom = Command::new("/bin/sh")
            .args(["-c", BROOM, "broom"])
            .arg(&path)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cannot start the shell that removes a temporary folder")?;
        Ok(Self { path, broom })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for VanishingFolder {
    fn drop(&mut self) {
        drop(self.broom.stdin.take());
        let _ = self.broom.wait();
    }
}
