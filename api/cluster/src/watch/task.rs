//! One watch of one kind, for as long as the process lives.

use std::sync::Arc;

use berth_model::id::EnvironmentId;
use berth_model::inventory::ObjectRef;
use futures::StreamExt as _;
use kube::Client;
use kube::api::Api;
use kube::core::{ApiResource, DynamicObject};
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event};
use tokio::sync::{broadcast, watch};

use super::known::Known;
use crate::kind::Kind;
use crate::label;
use crate::live::Live;

pub(super) struct Task {
    pub(super) client: Client,
    pub(super) kind: Kind,
    pub(super) resource: ApiResource,
    pub(super) known: Arc<Known>,
    pub(super) changes: broadcast::Sender<EnvironmentId>,
    pub(super) listed: watch::Sender<bool>,
}

impl Task {
    pub(super) async fn run(self) {
        let api: Api<DynamicObject> = Api::all_with(self.client.clone(), &self.resource);
        let config = watcher::Config::default().labels(label::ENVIRONMENT).page_size(500);
        let mut events = watcher::watcher(api, config).default_backoff().boxed();
        let mut listing = Vec::new();
        let mut broken = false;
        while let Some(event) = events.next().await {
            match event {
                Ok(event) => {
                    // A new start is only a try: it is back when something has come of it.
                    if !matches!(event, Event::Init) && std::mem::take(&mut broken) {
                        tracing::info!(kind = %self.kind, "the watch is back");
                    }
                    self.take_in(event, &mut listing);
                }
                Err(error) => {
                    if !std::mem::replace(&mut broken, true) {
                        let error = berth_model::chain(&error);
                        tracing::warn!(kind = %self.kind, error, "the watch is broken and will be taken up again");
                    }
                    metrics::counter!("berth_watch_errors_total", "kind" => self.kind.kind.clone()).increment(1);
                }
            }
        }
    }

    fn take_in(&self, event: Event<DynamicObject>, listing: &mut Vec<(ObjectRef, Live)>) {
        match event {
            Event::Init => listing.clear(),
            Event::InitApply(object) => listing.extend(self.read(object)),
            Event::InitDone => {
                for environment in self.known.replace(&self.kind, std::mem::take(listing)) {
                    self.wake(environment);
                }
                self.listed.send_replace(true);
            }
            Event::Apply(object) => {
                if let Some((object, live)) = self.read(object)
                    && let Some(environment) = self.known.observe(&object, live)
                {
                    self.wake(environment);
                }
            }
            Event::Delete(object) => {
                if let Some((object, live)) = self.read(object)
                    && let Some(environment) = self.known.lose(&object, &live)
                {
                    self.wake(environment);
                }
            }
        }
    }

    fn wake(&self, environment: EnvironmentId) {
        // Nobody listening is fine: whoever starts to listen looks at everything first.
        let _ = self.changes.send(environment);
    }

    fn read(&self, object: DynamicObject) -> Option<(ObjectRef, Live)> {
        let at = ObjectRef {
            api_version: self.kind.api_version.clone(),
            kind: self.kind.kind.clone(),
            namespace: object.metadata.namespace.clone(),
            name: object.metadata.name.clone()?,
        };
        let mut value = serde_json::to_value(object).ok()?;
        // Lists leave them out of their items.
        value["apiVersion"] = self.kind.api_version.clone().into();
        value["kind"] = self.kind.kind.clone().into();
        Some((at, Live::new(value)))
    }
}
