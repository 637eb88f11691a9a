//! What the compiler has to say about a document, and what evaluation has to say about data.
//!
//! Knows positions and texts only; never a value that a parameter was given.

use serde::Serialize;

/// How bad a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The template cannot be used.
    Error,
    /// The template works; something in it is probably not meant.
    Warning,
}

/// One thing the compiler found, with the place it found it at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Whether it keeps the template from being used.
    pub severity: Severity,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Line in the document, from 1.
    pub line: u32,
    /// Column in that line, from 1, in characters.
    pub column: u32,
    /// Path in the document: `spec.resources[2].object.spec.replicas`.
    pub path: String,
    /// What was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// One parameter that does not fit the schema. Never repeats the value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ParameterFinding {
    /// JSON Pointer (RFC 6901) into the parameters.
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}

/// The template and its inputs do not work together: rendering the same again fails the same way,
/// so it takes other parameters or another version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{resource}: {message} (line {line}, column {column}, {path})")]
pub struct RenderError {
    /// Id of the resource, or `outputs.<name>`.
    pub resource: String,
    /// Path in the template's document.
    pub path: String,
    /// Line in the template's document, from 1.
    pub line: u32,
    /// Column in that line, from 1.
    pub column: u32,
    /// What went wrong. Never repeats a value.
    pub message: String,
}
