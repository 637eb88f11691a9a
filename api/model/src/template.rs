//! Templates as they are recorded: a name, and immutable versions.

use std::collections::BTreeMap;

use semver::Version;
use serde_json::Value;

use crate::id::{TemplateId, TemplateVersionId, UserId};
use crate::role::words;
use crate::time::Timestamp;

words! {
    /// Where a version is in its life.
    VersionState {
        /// New environments may use it.
        Published = "published",
        /// New environments may use it and are warned.
        Deprecated = "deprecated",
        /// New environments may not use it; those that do, stay.
        Withdrawn = "withdrawn",
    }
}

impl VersionState {
    /// Whether a version may go from here to there. What is withdrawn stays so.
    pub const fn leads_to(self, to: Self) -> bool {
        match (self, to) {
            (Self::Published, Self::Deprecated | Self::Withdrawn)
            | (Self::Deprecated, Self::Published | Self::Withdrawn) => true,
            (Self::Published, Self::Published)
            | (Self::Deprecated, Self::Deprecated)
            | (Self::Withdrawn, Self::Published | Self::Deprecated | Self::Withdrawn) => false,
        }
    }
}

/// One published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateVersion {
    /// Its id.
    pub id: TemplateVersionId,
    /// The template it is a version of.
    pub template: TemplateId,
    /// That template's name.
    pub name: String,
    /// The version.
    pub version: Version,
    /// The document, byte for byte as it was published.
    pub document: String,
    /// SHA-256 of the canonical document.
    pub digest: String,
    /// Documentation for developers, Markdown.
    pub readme: String,
    /// Where it is in its life.
    pub state: VersionState,
    /// When it was published.
    pub published_at: Timestamp,
    /// The exact versions of the templates it is composed of, when it was published.
    pub uses: Vec<(String, Version)>,
    /// What people read of it in a list; `null` for one that was published before there were lists of them.
    pub card: Value,
    /// Parameters to try it with, by name.
    pub examples: BTreeMap<String, Value>,
    /// Who published it; nobody for what the server found in its folder.
    pub author: Option<UserId>,
    /// Why it is deprecated or withdrawn.
    pub reason: Option<String>,
    /// When its state last changed.
    pub changed_at: Timestamp,
}

/// A version that is not published yet: it can be changed and thrown away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The template's name.
    pub name: String,
    /// The version it is to be.
    pub version: Version,
    /// The document as it is now.
    pub document: String,
    /// Documentation for developers, Markdown.
    pub readme: String,
    /// Parameters to try it with, by name.
    pub examples: BTreeMap<String, Value>,
    /// Who wrote it last.
    pub author: UserId,
    /// Counts its changes, for the entity tag.
    pub revision: i64,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
}
