//! An object as the cluster has it, trimmed to what Berth looks at.

use std::sync::Arc;

use berth_model::id::EnvironmentId;
use berth_model::time::Timestamp;
use serde_json::Value;

use crate::label;

/// An object as the cluster has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// The object, without `metadata.managedFields`.
    pub object: Arc<Value>,
    /// Its UID.
    pub uid: String,
    /// Its resource version; larger is newer (KEP-5504).
    pub resource_version: u64,
    /// Since when it is being deleted, if it is.
    pub deletion_timestamp: Option<Timestamp>,
    /// What keeps it from going.
    pub finalizers: Vec<String>,
    /// Who set which fields last, other than ourselves.
    pub managers: Arc<Vec<Manager>>,
}

/// Somebody else's claim on fields, from `managedFields`.
#[derive(Debug, Clone, PartialEq)]
pub struct Manager {
    /// The field manager's name.
    pub name: String,
    /// When it last changed something.
    pub at: Option<Timestamp>,
    /// The fields, in Kubernetes' `FieldsV1` form.
    pub fields: Value,
}

impl Live {
    /// Reads an object as the API server sent it.
    pub fn new(mut object: Value) -> Self {
        let metadata = &mut object["metadata"];
        let managed = metadata
            .as_object_mut()
            .and_then(|metadata| metadata.remove("managedFields"));
        let text = |key: &str| metadata[key].as_str().unwrap_or_default().to_owned();
        let finalizers = metadata["finalizers"].as_array().cloned().unwrap_or_default();
        Self {
            uid: text("uid"),
            resource_version: text("resourceVersion").parse().unwrap_or(0),
            deletion_timestamp: time(&metadata["deletionTimestamp"]),
            finalizers: finalizers
                .iter()
                .filter_map(|name| Some(name.as_str()?.to_owned()))
                .collect(),
            managers: Arc::new(managed.as_ref().map(managers).unwrap_or_default()),
            object: Arc::new(object),
        }
    }

    /// The environment it says it belongs to.
    pub fn environment(&self) -> Option<EnvironmentId> {
        self.object["metadata"]["labels"][label::ENVIRONMENT]
            .as_str()?
            .parse()
            .ok()
    }

    /// Whether it is being deleted.
    pub const fn is_going(&self) -> bool {
        self.deletion_timestamp.is_some()
    }

    /// Whether it differs from another state of the same object in anything but its version.
    pub(crate) fn differs(&self, other: &Self) -> bool {
        self.uid != other.uid || without_version(&self.object) != without_version(&other.object)
    }
}

fn without_version(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("resourceVersion");
    }
    object
}

fn time(value: &Value) -> Option<Timestamp> {
    Some(chrono::DateTime::parse_from_rfc3339(value.as_str()?).ok()?.to_utc())
}

fn managers(managed: &Value) -> Vec<Manager> {
    let others = managed.as_array().into_iter().flatten().filter(|entry| {
        entry["manager"].as_str() != Some(label::MANAGER) && entry["subresource"].as_str() != Some("status")
    });
    let read = others.map(|entry| Manager {
        name: entry["manager"].as_str().unwrap_or("unknown").to_owned(),
        at: time(&entry["time"]),
        fields: entry["fieldsV1"].clone(),
    });
    read.collect()
}
