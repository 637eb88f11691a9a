//! The inventory: every object Berth has made or is about to make, written down before it is made.

use std::fmt;

use crate::id::{EnvironmentId, InventoryId};
use crate::role::words;
use crate::time::Timestamp;

words! {
    /// What becomes of an object when its environment, or its place in the template, goes.
    OnDelete {
        /// It is deleted.
        Delete = "delete",
        /// It stays, without our labels.
        Retain = "retain",
    }
}

/// Where an object is in a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectRef {
    /// Group and version, as in a manifest.
    pub api_version: String,
    /// The kind, as in a manifest.
    pub kind: String,
    /// The namespace; `None` for what is cluster-wide.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

/// One object of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryObject {
    /// Its row.
    pub id: InventoryId,
    /// The environment.
    pub environment: EnvironmentId,
    /// The template resource it comes from, composed ones with dots (`database.statefulset`).
    pub resource: String,
    /// Where it is.
    pub object: ObjectRef,
    /// The layer of the graph: deletion goes from the highest to the lowest.
    pub layer: i32,
    /// What becomes of it at the end.
    pub on_delete: OnDelete,
    /// Its UID, once the cluster has answered; `None` is an intent that may or may not have had its effect.
    pub uid: Option<String>,
    /// Digest of the manifest that was last applied.
    pub desired_hash: Option<String>,
    /// Digest of what the cluster made of the fields in that manifest.
    pub observed_hash: Option<String>,
    /// Whether it was ready when last looked at.
    pub ready: bool,
    /// In a few words, what it is waiting for; empty when ready.
    pub message: String,
    /// When the intent was written.
    pub created_at: Timestamp,
    /// When the row last changed.
    pub updated_at: Timestamp,
}
