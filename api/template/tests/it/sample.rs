//! Templates to compile, and what is expected of their findings.

use std::fmt::Write as _;
use std::sync::Arc;

use berth_template::{Compiled, Finding, Schemas, compile_with};

pub const HEAD: &str = "apiVersion: berth.dev/v1\nkind: Template\nmetadata: {name: test, version: 1.0.0}\nspec:\n";

/// A template with these parameters' properties, resources and outputs, each as indented YAML.
pub fn template(properties: &str, resources: &str, outputs: &str) -> String {
    let mut text = HEAD.to_owned();
    write!(text, "  parameters:\n    type: object\n    properties: {properties}\n").unwrap();
    write!(text, "  resources:\n{resources}").unwrap();
    if !outputs.is_empty() {
        writeln!(text, "  outputs: {outputs}").unwrap();
    }
    text
}

/// A resource that is a `ConfigMap` with that data.
pub fn config(id: &str, data: &str) -> String {
    format!(
        "    - id: {id}\n      object: {{apiVersion: v1, kind: ConfigMap, metadata: {{name: {id}}}, data: {data}}}\n"
    )
}

pub fn findings(text: &str) -> Vec<Finding> {
    findings_with(text, &[])
}

pub fn findings_with(text: &str, library: &[Arc<Compiled>]) -> Vec<Finding> {
    // The objects are made up: no kind is known.
    match compile_with(text, &library, &Schemas::none()) {
        Ok(compilation) => compilation.warnings,
        Err(findings) => findings,
    }
}

/// Asserts that the only finding says `message`, and suggests `suggestion` when that is not empty.
#[track_caller]
pub fn finds(text: &str, message: &str, suggestion: &str) -> Finding {
    let found = findings(text);
    let [finding] = found.as_slice() else {
        panic!("expected one finding, got {found:#?}\nin\n{text}")
    };
    assert!(finding.message.contains(message), "{finding:#?}");
    let suggested = finding.suggestion.as_deref().unwrap_or_default();
    assert!(suggested.contains(suggestion), "{finding:#?}");
    assert!(finding.line > 0 && finding.column > 0, "{finding:#?}");
    finding.clone()
}
