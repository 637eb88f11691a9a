//! The outer loop: hold the lease, keep the queue filled, let the workers make passes.
//!
//! Small on purpose: what a pass does is in `pass` and below.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use berth_cluster::Cluster;
use berth_model::id::EnvironmentId;
use berth_store::{Fence, Store};
use berth_template::Catalog;
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::backoff;
use crate::pass::{self, Outcome};
use crate::queue::{Queue, Urgency};
use crate::rollout;

/// How long a lease holds without renewal. A replica that dies is followed after this time.
const LEASE: Duration = Duration::from_secs(15);
/// How often it is renewed, and how often another replica looks whether it is free.
const RENEW: Duration = Duration::from_secs(5);
/// How long the passes in hand may take when the engine is asked to stop.
const GRACE: Duration = Duration::from_secs(3);

/// What an engine works with.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Where the intent is.
    pub store: Store,
    /// What is made to match it.
    pub cluster: Cluster,
    /// The compiled templates.
    pub catalog: Arc<Catalog>,
    /// What platform engineers set for the cluster; templates see it as `platform`.
    pub platform: Value,
    /// `namespace:name` of Berth's own account in the cluster when its rights are limited to what the chart gives.
    pub service_account: Option<String>,
    /// How many environments are worked on at once.
    pub workers: usize,
    /// How long an environment may come up before its operation has failed.
    pub progress_deadline: Duration,
    /// Who holds the lease: the process, for people who look at the table.
    pub holder: String,
}

/// A running engine.
#[derive(Debug)]
pub struct Engine {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// What the passes share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: EngineConfig,
    queue: Queue,
    failures: Mutex<HashMap<EnvironmentId, u32>>,
}

impl Engine {
    /// Starts it in the background. It waits for its lease, the database and the cluster as long as it takes.
    pub fn start(config: EngineConfig) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(run(config, stop.clone()));
        Self { stop, task }
    }

    /// Stops claiming, finishes the steps in hand, gives the lease back.
    pub async fn stop(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the engine did not stop cleanly");
        }
    }
}

async fn run(config: EngineConfig, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match config.store.lease_acquire("engine", &config.holder, LEASE).await {
            Ok(Some(fence)) => {
                tracing::info!(epoch = fence.epoch, "holding the engine's lease");
                lead(&config, &fence, &stop).await;
                if let Err(error) = config.store.lease_release(&fence).await {
                    tracing::warn!(%error, "the lease was not given back and will expire");
                }
            }
            Ok(None) => wait(&stop, RENEW).await,
            Err(error) => {
                tracing::warn!(%error, "cannot ask for the engine's lease");
                wait(&stop, RENEW).await;
            }
        }
    }
}

async fn wait(stop: &CancellationToken, time: Duration) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(time) => {}
    }
}

/// Works for as long as the lease is ours.
async fn lead(config: &EngineConfig, fence: &Fence, stop: &CancellationToken) {
    let shared = Arc::new(Shared {
        config: config.clone(),
        queue: Queue::default(),
        failures: Mutex::new(HashMap::new()),
    });
    // Signals first, then the full list: what is accepted in between is in one of them.
    let signals = tokio::spawn(listen(shared.clone()));
    let rollouts = tokio::spawn(rollout::run(shared.clone(), fence.clone()));
    let mut workers = JoinSet::new();
    for _ in 0..config.workers.max(1) {
        workers.spawn(work(shared.clone(), fence.clone()));
    }
    hold(&shared, fence, stop).await;
    shared.queue.close();
    // Safe at any instruction: whatever it had decided and not written is decided again.
    rollouts.abort();
    let drained = tokio::time::timeout(GRACE, async {
        while let Some(ended) = workers.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a worker ended badly");
            }
        }
    });
    if drained.await.is_err() {
        // Safe at any instruction: intents are written before effects, and the next pass looks at both.
        tracing::info!(passes = workers.len(), "abandoning the passes in hand");
    }
    signals.abort();
}

/// Renews the lease until it is lost or the process stops.
async fn hold(shared: &Shared, fence: &Fence, stop: &CancellationToken) {
    let mut tick = interval(RENEW);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut renewed = Instant::now();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => {}
        }
        metrics::gauge!("berth_queue_depth").set(u32::try_from(shared.queue.depth()).unwrap_or(u32::MAX));
        match shared.config.store.lease_renew(fence, LEASE).await {
            Ok(true) => renewed = Instant::now(),
            Ok(false) => {
                tracing::warn!(epoch = fence.epoch, "the engine's lease went to another replica");
                return;
            }
            // Every write carries the epoch, so going on for a while is safe; past the lease it is pointless.
            Err(error) if renewed.elapsed() > LEASE => {
                tracing::warn!(%error, "the engine's lease could not be renewed in time");
                return;
            }
            Err(error) => tracing::warn!(%error, "cannot renew the engine's lease"),
        }
    }
}

/// Turns signals into queue entries: accepted requests, changes in the cluster, and everything once at the start.
async fn listen(shared: Arc<Shared>) {
    let mut wakes = shared.config.store.wakes();
    let mut changes = shared.config.cluster.watches().changes();
    fill(&shared).await;
    loop {
        let lagged = tokio::select! {
            wake = wakes.recv() => match wake {
                Ok(id) => { shared.queue.push(id, Urgency::Person); false }
                Err(RecvError::Lagged(_)) => true,
                Err(RecvError::Closed) => return,
            },
            change = changes.recv() => match change {
                Ok(id) => { shared.queue.push(id, Urgency::Background); false }
                Err(RecvError::Lagged(_)) => true,
                Err(RecvError::Closed) => return,
            },
        };
        if lagged {
            fill(&shared).await;
        }
    }
}

/// Queues every environment that is not gone: after a start, and when signals were lost.
async fn fill(shared: &Shared) {
    let mut tries = 0;
    loop {
        match shared.config.store.environments_live().await {
            Ok(all) => {
                for id in all {
                    shared.queue.push(id, Urgency::Background);
                }
                return;
            }
            Err(error) => {
                tries += 1;
                tracing::warn!(%error, "cannot list the environments");
                tokio::time::sleep(backoff::wait(tries, jitter())).await;
            }
        }
    }
}

async fn work(shared: Arc<Shared>, fence: Fence) {
    while let Some(id) = shared.queue.pop().await {
        // A pass of its own task: a panic in it costs one environment a retry, not the worker.
        // It ends with the worker when that is told to go.
        let pass = AbortOnDropHandle::new(tokio::spawn(pass::run(shared.clone(), fence.clone(), id)));
        let outcome = pass.await.unwrap_or_else(|error| {
            tracing::error!(environment = %id, %error, "a pass ended badly");
            Outcome::Retry { after: None }
        });
        shared.settle(id, &outcome);
        shared.queue.done(id);
    }
}

impl Shared {
    fn settle(&self, id: EnvironmentId, outcome: &Outcome) {
        metrics::counter!("berth_passes_total", "result" => outcome.word()).increment(1);
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Outcome::Settled => {
                failures.remove(&id);
            }
            Outcome::Waiting { until } => {
                failures.remove(&id);
                if let Some(until) = until {
                    self.queue.push_after(id, *until);
                }
            }
            Outcome::Retry { after } => {
                let count = failures.entry(id).or_default();
                *count += 1;
                let wait = backoff::wait(*count, jitter());
                self.queue.push_after(id, after.map_or(wait, |asked| asked.max(wait)));
            }
        }
    }

    /// How many passes in a row have failed so far.
    pub(crate) fn failures(&self, id: EnvironmentId) -> u32 {
        self.failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .copied()
            .unwrap_or(0)
    }
}

/// Between 0 and 1, from the random bits of a new id.
fn jitter() -> f64 {
    let bits = uuid::Uuid::new_v4().as_u128() & 0xFFFF;
    f64::from(u16::try_from(bits).unwrap_or(0)) / f64::from(u16::MAX)
}
