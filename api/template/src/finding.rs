//! What the compiler has to say about a document, and what evaluation has to say about data.
//!
//! Knows positions and texts only; never a value that a parameter was given.

use serde::Serialize;

use crate::place::Place;

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

/// Findings as they are collected.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    found: Vec<Finding>,
}

impl Findings {
    pub fn error(&mut self, place: &Place, message: impl Into<String>) {
        self.push(Severity::Error, place, message.into(), None);
    }

    pub fn suggest(&mut self, place: &Place, message: impl Into<String>, suggestion: impl Into<String>) {
        self.push(Severity::Error, place, message.into(), Some(suggestion.into()));
    }

    pub fn warn(&mut self, place: &Place, message: impl Into<String>, suggestion: Option<String>) {
        self.push(Severity::Warning, place, message.into(), suggestion);
    }

    /// Takes over what was found elsewhere.
    pub fn add(&mut self, finding: Finding) {
        self.found.push(finding);
    }

    fn push(&mut self, severity: Severity, place: &Place, message: String, suggestion: Option<String>) {
        let Place { line, column, path } = place.clone();
        self.found.push(Finding {
            severity,
            message,
            line,
            column,
            path,
            suggestion,
        });
    }

    /// How many errors there are.
    pub fn errors(&self) -> usize {
        self.found.iter().filter(|f| f.severity == Severity::Error).count()
    }

    /// All of them in the order of the document, each once.
    pub fn sorted(mut self) -> Vec<Finding> {
        self.found.sort_by(|a, b| {
            (a.line, a.column, a.severity, &a.path, &a.message)
                .cmp(&(b.line, b.column, b.severity, &b.path, &b.message))
        });
        self.found.dedup();
        self.found
    }
}
