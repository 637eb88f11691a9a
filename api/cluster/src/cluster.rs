//! The connection, and every call that is made over it.
//!
//! Each call is one request with its own deadline; nothing is retried here, so that whoever calls knows how often.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use berth_model::inventory::ObjectRef;
use berth_model::{Code, Error, Result};
use kube::client::Client;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::params::{DeleteParams, GetParams, Patch, PatchParams, PostParams, Preconditions};
use kube::core::{ApiResource, Request};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::failure::Failure;
use crate::kind::{Kind, built_in};
use crate::label;
use crate::live::Live;
use crate::watch::Watches;

/// How long an answer to an ordinary call may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// Where a cluster is.
#[derive(Debug, Clone, Default)]
pub struct ClusterConfig {
    /// A kubeconfig; none when running in the cluster itself.
    pub kubeconfig: Option<PathBuf>,
}

/// A cluster. Cheap to clone.
#[derive(Clone)]
pub struct Cluster {
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    discovered: Mutex<std::collections::HashMap<Kind, ApiResource>>,
    watches: OnceLock<Watches>,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").finish_non_exhaustive()
    }
}

/// What a deletion came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Deleted {
    /// It is gone.
    Gone,
    /// It is on its way out.
    Going(Live),
    /// Another object has the name: it was not touched.
    Replaced,
}

impl Cluster {
    /// Prepares the connection. No call is made, so a cluster that is away does not keep the process from starting.
    ///
    /// # Errors
    /// The kubeconfig cannot be read or is not usable.
    pub async fn connect(config: &ClusterConfig) -> Result<Self> {
        let unusable = |error: Box<dyn std::error::Error + Send + Sync>| {
            let detail = match &config.kubeconfig {
                Some(path) => format!("the kubeconfig {} cannot be used", path.display()),
                None => "not running in a cluster, and no kubeconfig is configured (cluster.kubeconfig)".to_owned(),
            };
            Error::new(Code::ClusterUnavailable, detail).because(error)
        };
        let mut settings = match &config.kubeconfig {
            Some(path) => {
                let file = Kubeconfig::read_from(path).map_err(|error| unusable(error.into()))?;
                let options = KubeConfigOptions::default();
                kube::Config::from_custom_kubeconfig(file, &options)
                    .await
                    .map_err(|error| unusable(error.into()))?
            }
            None => kube::Config::incluster().map_err(|error| unusable(error.into()))?,
        };
        settings.default_retry = false;
        settings.connect_timeout = Some(Duration::from_secs(5));
        // Watches idle; ordinary calls have their own deadline below.
        settings.read_timeout = None;
        let client = Client::try_from(settings).map_err(|error| unusable(error.into()))?;
        let shared = Shared {
            client,
            discovered: Mutex::default(),
            watches: OnceLock::new(),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// The shared watches.
    pub fn watches(&self) -> &Watches {
        self.shared
            .watches
            .get_or_init(|| Watches::new(self.shared.client.clone()))
    }

    /// Makes an object that must not be there yet.
    ///
    /// # Errors
    /// [`Failure::AlreadyExists`] when it is there, whosever it is; else why it was not made.
    pub async fn create(&self, manifest: &Value, object: &ObjectRef) -> Result<Live, Failure> {
        let resource = self.resource(object).await?;
        let params = PostParams {
            field_manager: Some(label::MANAGER.to_owned()),
            dry_run: false,
        };
        let body = serde_json::to_vec(manifest).map_err(|error| Failure::Invalid {
            message: error.to_string(),
        })?;
        let request = Request::new(path(&resource, object)).create(&params, body);
        self.call("create", object, request).await.map(Live::new)
    }

    /// Server-side apply as `berth`, taking over fields that others hold, refusing unknown fields.
    ///
    /// # Errors
    /// Why it was not applied. An [`Failure::Unavailable`] may have had its effect.
    pub async fn apply(&self, manifest: &Value, object: &ObjectRef) -> Result<Live, Failure> {
        let resource = self.resource(object).await?;
        let params = PatchParams::apply(label::MANAGER).force().validation_strict();
        let request = Request::new(path(&resource, object)).patch(&object.name, &params, &Patch::Apply(manifest));
        self.call("apply", object, request).await.map(Live::new)
    }

    /// Reads one object.
    ///
    /// # Errors
    /// Why it could not be read; not being there is no error.
    pub async fn get(&self, object: &ObjectRef) -> Result<Option<Live>, Failure> {
        let resource = self.resource(object).await?;
        let request = Request::new(path(&resource, object)).get(&object.name, &GetParams::default());
        match self.call("get", object, request).await {
            Ok(value) => Ok(Some(Live::new(value))),
            Err(Failure::NotFound { .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Deletes the object with that UID and no other. Workloads go with their pods: they are there until those are gone.
    ///
    /// # Errors
    /// Why it was not deleted; not being there is no error.
    pub async fn delete(&self, object: &ObjectRef, uid: &str) -> Result<Deleted, Failure> {
        let resource = self.resource(object).await?;
        let foreground = matches!(
            object.kind.as_str(),
            "Deployment" | "StatefulSet" | "DaemonSet" | "Job" | "CronJob"
        );
        let params = if foreground {
            DeleteParams::foreground()
        } else {
            DeleteParams::background()
        };
        let params = params.preconditions(Preconditions {
            uid: Some(uid.to_owned()),
            resource_version: None,
        });
        let request = Request::new(path(&resource, object)).delete(&object.name, &params);
        match self.call("delete", object, request).await {
            Ok(value) if value["metadata"]["uid"].as_str() == Some(uid) => Ok(Deleted::Going(Live::new(value))),
            Ok(_) | Err(Failure::NotFound { .. }) => Ok(Deleted::Gone),
            Err(Failure::Conflict { .. }) => Ok(Deleted::Replaced),
            Err(failure) => Err(failure),
        }
    }

    /// Leaves the object with that UID in the cluster, without our labels.
    ///
    /// # Errors
    /// Why it could not be changed.
    pub async fn release(&self, object: &ObjectRef, uid: &str) -> Result<(), Failure> {
        let resource = self.resource(object).await?;
        let labels = json!({label::ENVIRONMENT: null, label::RESOURCE: null, label::MANAGED_BY: null});
        let patch = json!({"metadata": {"uid": uid, "labels": labels}});
        let params = PatchParams {
            field_manager: Some(label::MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let request = Request::new(path(&resource, object)).patch(&object.name, &params, &Patch::Merge(patch));
        self.call("release", object, request).await.map(drop)
    }

    /// Where the kind is served: known beforehand for what Kubernetes itself has, else asked for once.
    async fn resource(&self, object: &ObjectRef) -> Result<ApiResource, Failure> {
        let kind = Kind::new(&object.api_version, &object.kind);
        resource(&self.shared.client, &self.shared.discovered, &kind).await
    }

    async fn call(
        &self,
        verb: &'static str,
        object: &ObjectRef,
        request: Result<http::Request<Vec<u8>>, kube::core::request::Error>,
    ) -> Result<Value, Failure> {
        let request = request.map_err(|error| Failure::Invalid {
            message: error.to_string(),
        })?;
        let start = Instant::now();
        let answer = tokio::time::timeout(DEADLINE, self.shared.client.request::<Value>(request)).await;
        let result = match answer {
            Ok(answer) => answer.map_err(Failure::from_client),
            Err(_) => Err(Failure::Unavailable {
                message: format!("no answer in {} s", DEADLINE.as_secs()),
                wait: None,
            }),
        };
        let outcome = result.as_ref().map_or_else(Failure::reason, |_| "ok");
        let labels = [
            ("verb", verb.to_owned()),
            ("kind", object.kind.clone()),
            ("outcome", outcome.to_owned()),
        ];
        metrics::counter!("berth_cluster_calls_total", &labels).increment(1);
        metrics::histogram!("berth_cluster_call_seconds", "verb" => verb).record(start.elapsed().as_secs_f64());
        result
    }
}

/// Where a kind is served.
pub(crate) async fn resource(
    client: &Client,
    discovered: &Mutex<std::collections::HashMap<Kind, ApiResource>>,
    kind: &Kind,
) -> Result<ApiResource, Failure> {
    if let Some(known) = built_in(kind) {
        return Ok(known);
    }
    let mut discovered = discovered.lock().await;
    if let Some(known) = discovered.get(kind) {
        return Ok(known.clone());
    }
    match kube::discovery::pinned_kind(client, &kind.gvk()).await {
        Ok((resource, _)) => {
            discovered.insert(kind.clone(), resource.clone());
            Ok(resource)
        }
        Err(kube::Error::Discovery(_)) => Err(Failure::NoSuchKind { kind: kind.to_string() }),
        Err(kube::Error::Api(status)) if status.code == 404 => Err(Failure::NoSuchKind { kind: kind.to_string() }),
        Err(error) => Err(Failure::from_client(error)),
    }
}

fn path(resource: &ApiResource, object: &ObjectRef) -> String {
    let group = if resource.group.is_empty() {
        "/api".to_owned()
    } else {
        format!("/apis/{}", resource.group)
    };
    let ApiResource { version, plural, .. } = resource;
    match &object.namespace {
        Some(namespace) => format!("{group}/{version}/namespaces/{namespace}/{plural}"),
        None => format!("{group}/{version}/{plural}"),
    }
}
