//! `berth-dev doctor`: what this machine lacks, each as a sentence that says what to install.
//!
//! Must not change anything.

use std::process::{Command, ExitCode};

use clap::Args;

use super::{complain, say};
use crate::control_plane::GO_IS_MISSING;
use crate::{postgres, settings};

/// The oldest Go that can fetch the version the modules ask for.
const OLDEST_GO: (u32, u32) = (1, 21);

/// What to look for.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Do without what only the local control plane needs
    #[arg(long)]
    own_cluster: bool,
}

impl Doctor {
    /// Says what is missing; fails when Berth cannot be built without it.
    pub fn run(&self) -> ExitCode {
        let go = if self.own_cluster { None } else { go() };
        let missing: Vec<String> = [rust(), c_compiler(), go].into_iter().flatten().collect();
        for sentence in &missing {
            complain(sentence);
        }
        if let Err(error) = postgres::installed() {
            complain(&format!(
                "Not needed to build or to run the demo, only for 'make test': {error:#}"
            ));
        }
        if missing.is_empty() {
            say("Everything Berth is built with is here.");
            return ExitCode::SUCCESS;
        }
        ExitCode::FAILURE
    }
}

fn rust() -> Option<String> {
    let wanted = env!("CARGO_PKG_RUST_VERSION");
    let install = format!("install it with rustup (https://rustup.rs): version {wanted} or newer");
    if settings::on_path("cargo").is_none() {
        return Some(format!("Rust is missing: {install}."));
    }
    match version_of("rustc", "--version", "rustc ") {
        None => Some(format!("Rust is installed but not usable: {install}.")),
        Some(found) if Some(found) < numbers(wanted) => {
            Some(format!("Rust {}.{} is too old: {install}.", found.0, found.1))
        }
        Some(_) => None,
    }
}

fn go() -> Option<String> {
    if settings::on_path("go").is_none() {
        return Some(format!(
            "{GO_IS_MISSING} With a cluster of your own you do not need it."
        ));
    }
    match version_of("go", "version", "go version go") {
        Some(found) if found >= OLDEST_GO => None,
        found => {
            let found = found.map_or_else(String::new, |(major, minor)| format!(" {major}.{minor}"));
            Some(format!(
                "Go{found} is too old or not usable: install version {}.{} or newer (https://go.dev/dl).",
                OLDEST_GO.0, OLDEST_GO.1
            ))
        }
    }
}

fn c_compiler() -> Option<String> {
    let found = ["cc", "gcc", "clang"]
        .into_iter()
        .any(|name| settings::on_path(name).is_some());
    (!found).then(|| {
        "A C compiler is missing: install gcc or clang (Debian, Ubuntu: 'apt-get install build-essential'; Fedora: 'dnf \
         install gcc'; macOS: 'xcode-select --install')."
            .to_owned()
    })
}

/// The version a program says it has, after `prefix`.
fn version_of(program: &str, argument: &str, prefix: &str) -> Option<(u32, u32)> {
    let output = Command::new(program)
        .arg(argument)
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    numbers(text.strip_prefix(prefix)?)
}

/// The first two numbers of a version.
fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split(|symbol: char| !symbol.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(numbers("1.26.8 linux/amd64"), Some((1, 26)));
        assert_eq!(numbers("1.22rc1"), Some((1, 22)));
        assert!(numbers("1.100.0") > numbers("1.95"));
        assert_eq!(numbers("devel"), None);
    }

    #[test]
    fn a_machine_that_builds_these_tests_lacks_neither_rust_nor_a_compiler() {
        assert_eq!(rust(), None);
        assert_eq!(c_compiler(), None);
    }
}
