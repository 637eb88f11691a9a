//! Who we are, and whom root may become.

use std::process::Command;

/// A user of this machine, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// The user id.
    pub user: u32,
    /// The id of its main group.
    pub group: u32,
}

impl Account {
    /// The account of that name, if the machine has it.
    pub fn named(name: &str) -> Option<Self> {
        Some(Self { user: ask_id(&["-u", name])?, group: ask_id(&["-g", name])? })
    }
}

/// The user this process acts as; 0 is root.
pub fn effective_user() -> Option<u32> {
    ask_id(&["-u"])
}

fn ask_id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().ok()?;
    if !output.status.success() {
        return None;
    }
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
