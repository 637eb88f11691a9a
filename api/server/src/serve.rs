//! `serve`: the API and the engine side by side in one process. The one place that knows both.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use anyhow::{Context as _, bail};
use aws_lc_rs::hmac;
use berth_cluster::{Cluster, ClusterConfig};
use berth_reconcile::{Engine, EngineConfig};
use berth_server::auth::Auth;
use berth_server::config::Config;
use berth_server::state::App;
use berth_server::{catalog, http, telemetry};
use berth_store::{Options, SchemaState, Store};
use berth_template::Catalog;
use secrecy::ExposeSecret as _;
use tokio_util::task::AbortOnDropHandle;

/// How soon what another replica publishes is known here.
const REFRESH: Duration = Duration::from_secs(2);

/// Opens the database of the settings.
pub async fn open(config: &Config) -> anyhow::Result<Store> {
    let url = config.database.url.expose_secret().to_owned();
    let options = Options {
        url,
        max_connections: config.database.max_connections,
    };
    Store::connect(&options)
        .await
        .context("the database cannot be opened (database.url)")
}

/// Everything that handlers need.
pub async fn app(config: &Config, store: &Store) -> anyhow::Result<App> {
    let key = config.key_encryption_key()?;
    let auth = Auth::start(config, store, key).await?;
    let catalog = catalog::load(store, &config.templates.path).await?;
    let cursor = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), b"cursors");
    Ok(App {
        platform: serde_json::to_value(&config.platform)?,
        cluster: config.cluster.name.clone(),
        cursor_key: hmac::Key::new(hmac::HMAC_SHA256, cursor.as_ref()),
        metrics: telemetry::start_metrics()?,
        config: config.clone(),
        store: store.clone(),
        catalog,
        auth,
    })
}

/// Serves until the process is asked to stop.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let store = open(&config).await?;
    let _lock = store.lock_single_replica()?;
    match store.schema().await? {
        SchemaState::UpToDate => {}
        SchemaState::Behind(_) => store.migrate().await?,
        SchemaState::Newer(migration) => bail!(
            "the database's schema is newer than this server: it has the migration `{migration}`; run a newer server"
        ),
    }
    let app = web::Data::new(app(&config, &store).await?);
    let cluster = Cluster::connect(&ClusterConfig {
        kubeconfig: config.cluster.kubeconfig.clone(),
    })
    .await?;
    let refreshing = AbortOnDropHandle::new(tokio::spawn(keep_fresh(store.clone(), app.catalog.clone())));
    let engine = Engine::start(EngineConfig {
        store,
        cluster,
        catalog: app.catalog.clone(),
        platform: app.platform.clone(),
        service_account: config.cluster.service_account.clone(),
        workers: config.engine.workers,
        progress_deadline: config.engine.progress_deadline,
        holder: format!("{}-{}", config.cluster.name, std::process::id()),
    });
    let listening = http::bind(app)?;
    tracing::info!(address = %listening.address, metrics = %listening.metrics_address, "serving");
    let (server, metrics) = (listening.server.handle(), listening.metrics_server.handle());
    let (running, exposing) = (tokio::spawn(listening.server), tokio::spawn(listening.metrics_server));
    stop_asked().await?;
    tracing::info!("stopping");
    drop(refreshing);
    // Nothing new is accepted, then the engine finishes the steps in hand.
    server.stop(true).await;
    metrics.stop(false).await;
    if tokio::time::timeout(Duration::from_secs(20), engine.stop())
        .await
        .is_err()
    {
        tracing::warn!("the engine took too long; what it had in hand goes on at the next start");
    }
    running.await??;
    exposing.await??;
    Ok(())
}

/// Takes over what other replicas publish.
async fn keep_fresh(store: Store, catalog: Arc<Catalog>) {
    let mut since = None;
    loop {
        match catalog::refresh(&store, &catalog, since).await {
            Ok(until) => since = until,
            Err(error) => tracing::warn!(%error, "cannot look for templates that were published elsewhere"),
        }
        tokio::time::sleep(REFRESH).await;
    }
}

async fn stop_asked() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut term, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
