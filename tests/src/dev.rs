//! `berth-dev`, the program behind `make`: what is missing on this machine, and a local cluster that stays.
//!
//! Must not know how a control plane is made. A further command is a module here and a line in [`Command`].

pub mod bench;
pub mod cluster;
pub mod demo;
pub mod doctor;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "berth-dev", version, about = "What working on Berth needs on one machine")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what this machine lacks, and how to get it
    Doctor(doctor::Doctor),
    /// One request, one real environment, step by step
    Demo(demo::Demo),
    /// Remove everything the demo started and stored
    DemoDown,
    /// Measure against the floor
    Bench(bench::Bench),
    /// A local control plane: build, start, look at, stop
    Cluster {
        #[command(subcommand)]
        command: cluster::Command,
    },
}

impl Command {
    async fn run(self) -> Result<ExitCode> {
        match self {
            Self::Doctor(doctor) => Ok(doctor.run()),
            Self::Demo(demo) => demo.run().await,
            Self::Bench(bench) => bench.run().await,
            Self::DemoDown => demo::down().await,
            Self::Cluster { command } => command.run().await,
        }
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(cli.command.run()));
    outcome.unwrap_or_else(|error| {
        complain(&format!("error: {error:#}"));
        ExitCode::FAILURE
    })
}

/// A line for whoever called, who may be a script.
#[expect(
    clippy::print_stdout,
    reason = "this is a program that answers on its standard output"
)]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// A line about what goes wrong or takes long.
#[expect(
    clippy::print_stderr,
    reason = "this is a program that complains on its standard error"
)]
pub(crate) fn complain(line: &str) {
    eprintln!("{line}");
}
