//! The objects of an environment as they are shown.

use berth_model::inventory::{InventoryObject, ObjectRef, OnDelete};
use berth_model::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// One object of an environment, as Berth has it in its inventory.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// The template resource it comes from; those of composed templates with dots.
    #[schema(example = "database.statefulset")]
    pub resource: String,
    /// Group and version, as in a manifest.
    #[schema(example = "apps/v1")]
    pub api_version: String,
    /// The kind, as in a manifest.
    #[schema(example = "StatefulSet")]
    pub kind: String,
    /// The namespace; `null` for what is cluster-wide.
    #[schema(required)]
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
    /// Its UID in the cluster; `null` as long as it is not known to have been created.
    #[schema(required)]
    pub uid: Option<String>,
    /// The layer of the graph: creation goes up, deletion goes down.
    pub layer: i32,
    /// What becomes of it at the end.
    pub on_delete: OnDelete,
    /// Whether it was ready when last looked at.
    pub ready: bool,
    /// What it is waiting for; empty when ready.
    pub message: String,
    /// When it was planned.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub created_at: Timestamp,
    /// When something about it last changed.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub updated_at: Timestamp,
}

impl From<InventoryObject> for Resource {
    fn from(object: InventoryObject) -> Self {
        let InventoryObject {
            id: _,
            environment: _,
            resource,
            object,
            layer,
            on_delete,
            uid,
            desired_hash: _,
            observed_hash: _,
            ready,
            message,
            created_at,
            updated_at,
        } = object;
        let ObjectRef {
            api_version,
            kind,
            namespace,
            name,
        } = object;
        Self {
            resource,
            api_version,
            kind,
            namespace,
            name,
            uid,
            layer,
            on_delete,
            ready,
            message,
            created_at,
            updated_at,
        }
    }
}
