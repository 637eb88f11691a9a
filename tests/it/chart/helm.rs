//! Running helm on the chart, and reading what it renders.
//!
//! Must not know a cluster.

use std::path::{Path, PathBuf};
use std::process::Command;

use berth_tests::control_plane::ensure_helm;
use serde_json::Value;

/// Some encryption key: without one the chart refuses to render.
pub const KEY: &str = "auth.keyEncryptionKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// PostgreSQL instead of SQLite.
pub const POSTGRESQL: &[&str] = &[
    "database.type=postgresql",
    "database.postgresql.url=postgres://berth:pw@db.example.com:5432/berth",
];

/// Where the chart is.
pub fn chart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .join("helm/berth")
}

/// Runs `helm COMMAND… CHART` with the settings; what it printed, or what it complained of.
pub async fn helm(command: &[&str], settings: &[&str]) -> Result<String, String> {
    let arguments: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
    let settings: Vec<String> = settings
        .iter()
        .flat_map(|setting| ["--set", *setting])
        .map(str::to_owned)
        .collect();
    let run = move || {
        let mut helm = Command::new(ensure_helm(|_| ()).unwrap());
        helm.args(arguments)
            .arg(chart())
            .args(["--kube-version", "1.36.3"])
            .args(settings)
            .output()
            .unwrap()
    };
    // Building helm and running it both take a thread for as long as they last.
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}

/// The objects the chart renders with these settings, for a release in a namespace of the same name.
pub async fn render(release: &str, settings: &[&str]) -> Vec<Value> {
    let text = helm(&["template", "--namespace", release, release], settings)
        .await
        .unwrap();
    let objects: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
    objects.into_iter().filter(|object| !object.is_null()).collect()
}

/// The one object of this kind and name.
#[track_caller]
pub fn find<'a>(objects: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let found = objects
        .iter()
        .find(|object| object["kind"] == kind && object["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("no {kind} {name} was rendered"))
}

/// How many objects of this kind there are.
pub fn count(objects: &[Value], kind: &str) -> usize {
    objects.iter().filter(|object| object["kind"] == kind).count()
}
