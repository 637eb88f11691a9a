//! What was found, written for people, for programs, or for the annotations of a CI.

use std::path::{Path, PathBuf};

use berth_template::{Finding, Severity};
use clap::ValueEnum;
use serde_json::{Value, json};

use super::sarif;

/// What only a cluster can tell.
const LEFT_OUT: [&str; 2] = [
    "the cluster's own dry run of each example",
    "the fields of kinds that are not built into Kubernetes",
];

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A line each: `file:line:column: severity: message (suggestion) [path]`
    Text,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for annotations
    Sarif,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The template's document.
    Template,
    /// Parameters of an example, or what they come to.
    Example,
    /// A document that is to become a template.
    Import,
}

impl Rule {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Template, Self::Example, Self::Import];

    /// Its name for programs.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Template => "template",
            Self::Example => "example",
            Self::Import => "import",
        }
    }

    /// What it asks for.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Template => "A template compiles",
            Self::Example => "An example fits its template and renders",
            Self::Import => "A document can be translated into a template",
        }
    }
}

/// A finding and the file it is in.
#[derive(Debug)]
pub struct Found {
    /// The file.
    pub file: PathBuf,
    /// What it is about.
    pub rule: Rule,
    /// The finding.
    pub finding: Finding,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub struct Report {
    /// What was found, in the order it was.
    pub found: Vec<Found>,
    /// How many templates were looked at.
    pub templates: usize,
    /// How many examples were looked at.
    pub examples: usize,
}

impl Report {
    /// Adds findings of a file.
    pub fn add(&mut self, file: &Path, rule: Rule, findings: impl IntoIterator<Item = Finding>) {
        let found = |finding| Found {
            file: file.to_path_buf(),
            rule,
            finding,
        };
        self.found.extend(findings.into_iter().map(found));
    }

    /// How many findings are that bad.
    pub fn count(&self, severity: Severity) -> usize {
        self.found
            .iter()
            .filter(|found| found.finding.severity == severity)
            .count()
    }

    /// The whole report.
    pub fn write(&self, format: Format) -> String {
        match format {
            Format::Text => self.found.iter().map(line).collect::<Vec<_>>().join("\n"),
            Format::Json => pretty(&self.json()),
            Format::Sarif => pretty(&sarif::log(&self.found, &LEFT_OUT)),
        }
    }

    /// What was looked at and what was not, in one line each.
    pub fn summary(&self) -> String {
        format!(
            "{} templates, {} examples, {} errors, {} warnings\nnot checked without a cluster: {}",
            self.templates,
            self.examples,
            self.count(Severity::Error),
            self.count(Severity::Warning),
            LEFT_OUT.join("; ")
        )
    }

    fn json(&self) -> Value {
        let one = |found: &Found| {
            let mut value = json!(found.finding);
            value["file"] = json!(found.file);
            value["rule"] = json!(found.rule.id());
            value
        };
        json!({
            "templates": self.templates,
            "examples": self.examples,
            "errors": self.count(Severity::Error),
            "warnings": self.count(Severity::Warning),
            "leftOut": LEFT_OUT,
            "findings": self.found.iter().map(one).collect::<Vec<_>>(),
        })
    }
}

/// `file:line:column: severity: message (suggestion) [path]`.
pub fn line(found: &Found) -> String {
    let Found { file, rule: _, finding } = found;
    let Finding {
        severity,
        message,
        line,
        column,
        path,
        suggestion,
    } = finding;
    let severity = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let hint = suggestion.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!(
        "{}:{line}:{column}: {severity}: {message}{hint} [{path}]",
        file.display()
    )
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
