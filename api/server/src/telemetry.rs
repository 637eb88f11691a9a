//! The log and the metrics of the process.

use std::io::IsTerminal as _;

use berth_model::{Error, Result};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

const QUIET: &str = "actix_server=warn,sea_orm_migration=warn,sqlx=warn,hyper=warn,kube_client=off";

/// Starts the log. Called once a process; a second call changes nothing.
pub fn start_log(settings: &Log) {
    // What the libraries say of themselves is nobody's news; a filter that names them shows it all the same.
    let filter = EnvFilter::new(format!("{QUIET},{}", settings.level));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // A log that is started already, as in a test with several servers, stays.
    let _ = match settings.format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
}

/// Collects the metrics of the process. A second collector in one process collects nothing and shows nothing.
///
/// # Errors
/// The collector cannot be built.
pub fn start_metrics() -> Result<PrometheusHandle> {
    let buckets = [
        0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0,
    ];
    let builder = PrometheusBuilder::new().set_buckets(&buckets);
    let recorder = builder
        .map_err(|error| Error::internal("metrics").because(error))?
        .build_recorder();
    let handle = recorder.handle();
    let _ = metrics::set_global_recorder(recorder);
    Ok(handle)
}
