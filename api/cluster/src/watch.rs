//! The shared watches: one for each kind in use, on our label, and what they know.
//!
//! Nothing is polled. A watch that breaks is taken up again with growing waits and keeps what it knew until then.

mod known;
mod task;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use berth_model::id::EnvironmentId;
use berth_model::inventory::ObjectRef;
use kube::Client;
use kube::core::ApiResource;
use tokio::sync::{Mutex, broadcast, watch};

use crate::cluster::resource;
use crate::failure::Failure;
use crate::kind::{Kind, is_watched};
use crate::live::Live;
use known::Known;

/// How many changes may wait for the engine before it is told to look at everything.
const BACKLOG: usize = 65_536;
/// How long a new watch may take to list what there is.
const FIRST_LIST: Duration = Duration::from_secs(5);

/// The shared watches of a cluster.
pub struct Watches {
    client: Client,
    known: Arc<Known>,
    changes: broadcast::Sender<EnvironmentId>,
    started: Mutex<HashMap<Kind, watch::Receiver<bool>>>,
    discovered: Mutex<HashMap<Kind, ApiResource>>,
}

impl fmt::Debug for Watches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watches").finish_non_exhaustive()
    }
}

impl Watches {
    pub(crate) fn new(client: Client) -> Self {
        let (changes, _) = broadcast::channel(BACKLOG);
        Self {
            client,
            known: Arc::default(),
            changes,
            started: Mutex::default(),
            discovered: Mutex::default(),
        }
    }

    /// Makes sure that the kinds are watched and that what there is of them is known.
    ///
    /// # Errors
    /// The cluster does not have a kind, or did not list it in time. Trying again waits for the same watch.
    pub async fn ensure(&self, kinds: &[Kind]) -> Result<(), Failure> {
        let mut listed = Vec::new();
        for kind in kinds.iter().filter(|kind| is_watched(kind)) {
            listed.push((kind, self.start(kind).await?));
        }
        for (kind, mut ready) in listed {
            let known = tokio::time::timeout(FIRST_LIST, ready.wait_for(|ready| *ready)).await;
            if !matches!(known, Ok(Ok(_))) {
                return Err(Failure::Unavailable {
                    message: format!("{kind} was not listed"),
                    wait: None,
                });
            }
        }
        Ok(())
    }

    /// What is known of an object: nothing when it is not there or its kind is not watched.
    pub fn get(&self, object: &ObjectRef) -> Option<Live> {
        self.known.get(object)
    }

    /// Takes in what a call of our own answered, ahead of the watch.
    pub fn record(&self, object: &ObjectRef, live: Live) {
        if is_watched(&Kind::new(&object.api_version, &object.kind)) {
            self.known.record(object, live);
        }
    }

    /// Takes in that a deletion of our own was answered with "gone".
    pub fn forget(&self, object: &ObjectRef, uid: &str) {
        self.known.forget(object, uid);
    }

    /// Environments of which something changed, other than by our own calls.
    pub fn changes(&self) -> broadcast::Receiver<EnvironmentId> {
        self.changes.subscribe()
    }

    async fn start(&self, kind: &Kind) -> Result<watch::Receiver<bool>, Failure> {
        let mut started = self.started.lock().await;
        if let Some(ready) = started.get(kind) {
            return Ok(ready.clone());
        }
        let resource = resource(&self.client, &self.discovered, kind).await?;
        let (listed, ready) = watch::channel(false);
        let task = task::Task {
            client: self.client.clone(),
            kind: kind.clone(),
            resource,
            known: self.known.clone(),
            changes: self.changes.clone(),
            listed,
        };
        tokio::spawn(task.run());
        started.insert(kind.clone(), ready.clone());
        Ok(ready)
    }
}
