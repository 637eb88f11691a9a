//! Workloads on the simulated nodes, as far as the product relies on them. The times are printed, not judged.

use std::time::{Duration, Instant};

use berth_tests::ControlPlane;
use berth_tests::control_plane::STORAGE_CLASS;
use futures::TryStreamExt as _;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Namespace, PersistentVolume, PersistentVolumeClaim, Pod};
use kube::api::{Api, DeleteParams, ListParams, PostParams};
use kube::runtime::{WatchStreamExt as _, watcher};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const DEADLINE: Duration = Duration::from_mins(1);

fn object<K: DeserializeOwned>(value: Value) -> K {
    serde_json::from_value(value).unwrap()
}

fn deployment(name: &str) -> Deployment {
    object(
        json!({"metadata": {"name": name}, "spec": {"replicas": 2, "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c", "image": "x"}]}}}}),
    )
}

fn stateful_set(name: &str) -> StatefulSet {
    object(
        json!({"metadata": {"name": name}, "spec": {"serviceName": name, "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c", "image": "x"}]}},
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}}}}]}}),
    )
}

fn job(name: &str) -> Job {
    object(json!({"metadata": {"name": name}, "spec": {"template": {"spec":
        {"restartPolicy": "Never", "containers": [{"name": "c", "image": "x"}]}}}}))
}

fn available(deployment: &Deployment) -> bool {
    let conditions = deployment
        .status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten());
    let available = conditions
        .into_iter()
        .any(|one| one.type_ == "Available" && one.status == "True");
    available
        && deployment
            .status
            .as_ref()
            .is_some_and(|status| status.ready_replicas == Some(2))
}

/// Waits, by a watch, until the object called `name` is as wanted.
async fn until<K>(api: &Api<K>, name: &str, wanted: impl Fn(Option<&K>) -> bool)
where
    K: kube::Resource<DynamicType = ()> + Clone + std::fmt::Debug + DeserializeOwned + Send + 'static,
{
    let watch = kube::runtime::watcher::watch_object(api.clone(), name);
    let mut watch = std::pin::pin!(watch);
    let wait = async {
        while let Some(seen) = watch.try_next().await.unwrap() {
            if wanted(seen.as_ref()) {
                return;
            }
        }
    };
    tokio::time::timeout(DEADLINE, wait)
        .await
        .unwrap_or_else(|_| panic!("{name} is not as wanted after {DEADLINE:?}"));
}

async fn namespace(client: &kube::Client, name: &str) -> Api<Namespace> {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    namespaces
        .create(&PostParams::default(), &object(json!({"metadata": {"name": name}})))
        .await
        .unwrap();
    namespaces
}

#[tokio::test(flavor = "multi_thread")]
async fn workloads_become_ready_and_go_with_their_namespace() {
    let cluster = ControlPlane::shared().await.unwrap();
    let client = cluster.client().await.unwrap();
    let namespaces = namespace(&client, "workloads").await;
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), "workloads");
    let sets: Api<StatefulSet> = Api::namespaced(client.clone(), "workloads");
    let jobs: Api<Job> = Api::namespaced(client.clone(), "workloads");
    let create = PostParams::default();

    let web = async {
        deployments.create(&create, &deployment("web")).await.unwrap();
        until(&deployments, "web", |seen| seen.is_some_and(available)).await;
    };
    let database = async {
        sets.create(&create, &stateful_set("db")).await.unwrap();
        let ready = |set: &StatefulSet| {
            set.status
                .as_ref()
                .is_some_and(|status| status.ready_replicas == Some(1))
        };
        until(&sets, "db", |seen| seen.is_some_and(ready)).await;
    };
    let once = async {
        jobs.create(&create, &job("once")).await.unwrap();
        until(&jobs, "once", |seen| {
            seen.is_some_and(|job| job.status.as_ref().is_some_and(|s| s.succeeded == Some(1)))
        })
        .await;
    };
    tokio::join!(web, database, once);

    let claims: Api<PersistentVolumeClaim> = Api::namespaced(client.clone(), "workloads");
    let claim = claims.get("data-db-0").await.unwrap().spec.unwrap();
    assert_eq!(claim.storage_class_name.as_deref(), Some(STORAGE_CLASS));
    let volumes: Api<PersistentVolume> = Api::all(client.clone());
    let volume = claim.volume_name.unwrap();
    volumes.get(&volume).await.unwrap();

    namespaces.delete("workloads", &DeleteParams::default()).await.unwrap();
    until(&namespaces, "workloads", |seen| seen.is_none()).await;
    until(&volumes, &volume, |seen| seen.is_none()).await;
    let pods: Api<Pod> = Api::namespaced(client, "workloads");
    assert!(pods.list(&ListParams::default()).await.unwrap().items.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_times_of_single_workloads_are_printed() {
    const ROUNDS: usize = 10;
    let cluster = ControlPlane::shared().await.unwrap();
    let client = cluster.client().await.unwrap();
    let namespaces = namespace(&client, "times").await;
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), "times");
    let sets: Api<StatefulSet> = Api::namespaced(client.clone(), "times");
    let create = PostParams::default();
    let mut times = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let name = format!("web-{round}");
        let began = Instant::now();
        deployments.create(&create, &deployment(&name)).await.unwrap();
        until(&deployments, &name, |seen| seen.is_some_and(available)).await;
        times.0.push(began.elapsed());
        let name = format!("db-{round}");
        let began = Instant::now();
        sets.create(&create, &stateful_set(&name)).await.unwrap();
        let ready = |set: &StatefulSet| {
            set.status
                .as_ref()
                .is_some_and(|status| status.ready_replicas == Some(1))
        };
        until(&sets, &name, |seen| seen.is_some_and(ready)).await;
        times.1.push(began.elapsed());
    }
    let began = Instant::now();
    namespaces.delete("times", &DeleteParams::default()).await.unwrap();
    until(&namespaces, "times", |seen| seen.is_none()).await;
    for (what, times) in [
        ("Deployment of two available", &mut times.0),
        ("StatefulSet with a claim ready", &mut times.1),
    ] {
        times.sort_unstable();
        eprintln!(
            "{what}: fastest {:?}, median {:?}, slowest {:?}",
            times[0],
            times[ROUNDS / 2],
            times[ROUNDS - 1]
        );
    }
    eprintln!("namespace with them gone: {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_is_deleted_while_its_watch_goes_on() {
    let cluster = ControlPlane::shared().await.unwrap();
    let client = cluster.client().await.unwrap();
    let namespaces = namespace(&client, "watched").await;
    let pods: Api<Pod> = Api::namespaced(client.clone(), "watched");
    let seen = watcher(pods, watcher::Config::default())
        .default_backoff()
        .applied_objects();
    let mut seen = std::pin::pin!(seen);
    let deployments: Api<Deployment> = Api::namespaced(client, "watched");
    deployments
        .create(&PostParams::default(), &deployment("web"))
        .await
        .unwrap();
    let running = async {
        while let Some(pod) = seen.try_next().await.unwrap() {
            if pod
                .status
                .is_some_and(|status| status.phase.as_deref() == Some("Running"))
            {
                return;
            }
        }
    };
    tokio::time::timeout(DEADLINE, running).await.unwrap();
    namespaces.delete("watched", &DeleteParams::default()).await.unwrap();
    until(&namespaces, "watched", |seen| seen.is_none()).await;
}
