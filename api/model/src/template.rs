//! Templates as they are recorded: a name, and immutable versions.

use semver::Version;

use crate::id::{TemplateId, TemplateVersionId};
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
}
