//! `berth-dev bench`: Berth beside a bare client that applies the same objects to the same API server, in one run.
//!
//! Must not print a number without its floor.

mod floor;
mod manifest;
mod platform;
mod report;
mod templates;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::{complain, say};
use crate::ControlPlane;
use floor::Floor;
use platform::Platform;
use report::{Report, Row};
use templates::Templates;

/// How much is measured.
#[derive(Debug, Args)]
pub struct Bench {
    /// How many single environments, one after the other; the median counts
    #[arg(long, default_value_t = 15)]
    singles: usize,
    /// How many environments at once
    #[arg(long, default_value_t = 100)]
    at_once: usize,
}

impl Bench {
    /// Measures, and prints one table.
    ///
    /// # Errors
    /// Something did not start, or an environment did not become ready.
    pub async fn run(self) -> Result<ExitCode> {
        complain("templates");
        let templates = Templates::measure().await?;
        complain("starting a control plane and a server");
        let plane = ControlPlane::shared().await?;
        let mut platform = Platform::start(plane.kubeconfig()).await?;
        let idle = platform.resident()?;
        let sample = platform.environment().await?;
        let manifests = manifest::of(&plane.client().await?, &sample).await?;
        let floor = Floor::new(plane.client().await?, manifests);

        complain("one environment at a time");
        // The first of each warms connections and caches up.
        floor.environments(1).await?;
        platform.environments(1).await?;
        let (mut bare, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..self.singles {
            bare.push(floor.environments(1).await?);
            ours.push(platform.environments(1).await?);
        }
        let single = Row {
            measure: "one environment, request to Ready",
            ours: median(ours),
            floor: median(bare),
            goal: 2.0,
        };

        complain(&format!("{} environments at once", self.at_once));
        let before = platform.calls().await?;
        let ours = platform.environments(self.at_once).await?;
        let after = platform.calls().await?;
        let bare = floor.environments(self.at_once).await?;
        let many = Row {
            measure: "environments at once, all of them Ready",
            ours,
            floor: bare,
            goal: 1.1,
        };

        let report = Report {
            objects: floor.objects(),
            singles: self.singles,
            at_once: self.at_once,
            rows: vec![single, many],
            calls: platform::difference(&before, &after),
            resident: (idle, platform.resident()?),
        };
        for line in report.lines().into_iter().chain(templates.lines()) {
            say(&line);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
