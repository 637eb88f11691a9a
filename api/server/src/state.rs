//! What the handlers share.

use std::sync::Arc;

use aws_lc_rs::hmac;
use berth_store::Store;
use berth_template::Catalog;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::Value;

use crate::auth::Auth;
use crate::config::Config;

/// What the handlers share. Built once, then only read.
#[derive(Debug)]
pub struct App {
    /// The settings.
    pub config: Config,
    /// The database.
    pub store: Store,
    /// The compiled templates.
    pub catalog: Arc<Catalog>,
    /// Accounts, tokens and rights.
    pub auth: Auth,
    /// What platform engineers set for the cluster; templates see it as `platform`.
    pub platform: Value,
    /// The name of the cluster that environments go to.
    pub cluster: String,
    /// Signs cursors.
    pub cursor_key: hmac::Key,
    /// Renders the metrics.
    pub metrics: PrometheusHandle,
}
