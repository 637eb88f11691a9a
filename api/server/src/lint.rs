//! `template lint`: compiles templates without a cluster and without a database.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use berth_model::{Code, Error, Result};
use berth_template::{Catalog, Finding, Severity, compile, pool};

use crate::catalog::{Source, compile_all, read_folder};

/// What was found, as lines of `file:line:column: severity: message`.
#[derive(Debug, Default)]
pub struct Report {
    /// The lines.
    pub lines: Vec<String>,
    /// How many of them are errors.
    pub errors: usize,
    /// How many templates were looked at.
    pub templates: usize,
}

/// Compiles files, and what is in folders; templates may be composed of each other.
///
/// # Errors
/// A path cannot be read.
pub async fn lint(paths: &[PathBuf]) -> Result<Report> {
    let mut sources = Vec::new();
    for path in paths {
        sources.extend(read(path)?);
    }
    if sources.is_empty() {
        return Err(Error::new(
            Code::TemplateInvalid,
            "there is no template.yaml in what was named",
        ));
    }
    Ok(pool::run(move || report(sources)).await)
}

fn read(path: &Path) -> Result<Vec<Source>> {
    if path.is_dir() {
        let own = path.join("template.yaml");
        return if own.is_file() { read(&own) } else { read_folder(path) };
    }
    let document = std::fs::read_to_string(path).map_err(|error| {
        Error::new(
            Code::TemplateInvalid,
            format!("cannot read {}: {error}", path.display()),
        )
        .because(error)
    })?;
    Ok(vec![Source {
        path: path.to_path_buf(),
        document,
        readme: String::new(),
        examples: BTreeMap::new(),
    }])
}

fn report(sources: Vec<Source>) -> Report {
    let mut report = Report {
        templates: sources.len(),
        ..Report::default()
    };
    let catalog = Catalog::new();
    let (compiled, broken) = compile_all(&catalog, sources);
    for (source, findings) in &broken {
        report.add(&source.path, findings);
    }
    for (source, _) in &compiled {
        report.add(&source.path, &warnings(&catalog, &source.document));
    }
    report
}

fn warnings(catalog: &Catalog, document: &str) -> Vec<Finding> {
    compile(document, catalog).map_or_else(|findings| findings, |compilation| compilation.warnings)
}

impl Report {
    fn add(&mut self, path: &Path, findings: &[Finding]) {
        for finding in findings {
            let severity = match finding.severity {
                Severity::Error => {
                    self.errors += 1;
                    "error"
                }
                Severity::Warning => "warning",
            };
            let hint = finding
                .suggestion
                .as_ref()
                .map(|hint| format!(" ({hint})"))
                .unwrap_or_default();
            let Finding {
                line,
                column,
                message,
                path: place,
                ..
            } = finding;
            self.lines.push(format!(
                "{}:{line}:{column}: {severity}: {message}{hint} [{place}]",
                path.display()
            ));
        }
    }
}
