//! Signals to processes by number.
//!
//! Must not know whether the number is still that process's: the caller holds a lock or the child that says so.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

/// Sends a signal (`TERM`, `KILL`, `STOP`). A process that is gone is no error.
///
/// # Errors
/// When there is no `kill`.
pub fn signal(name: &str, pid: u32) -> Result<()> {
    let mut kill = Command::new("kill");
    kill.args(["-s", name, &pid.to_string()]).stderr(Stdio::null());
    kill.status().context("cannot run kill")?;
    Ok(())
}
