//! Findings as SARIF 2.1.0, the form in which code hosts take annotations.

use std::fmt::Write as _;
use std::path::{Component, Path};

use berth_template::{Finding, Severity};
use serde_json::{Value, json};

use super::report::{Found, Rule};

/// The whole log: one run of one tool.
pub fn log(found: &[Found], left_out: &[&str]) -> Value {
    let rules = Rule::ALL.map(|rule| {
        json!({"id": rule.id(), "shortDescription": {"text": rule.description()}, "defaultConfiguration": {"level": "error"}})
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "berth-server",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "properties": {"leftOut": left_out},
            "results": found.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn result(found: &Found) -> Value {
    let Finding {
        severity,
        message,
        line,
        column,
        path,
        suggestion,
    } = &found.finding;
    let level = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let hint = suggestion.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    let mut location = json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(&found.file)},
        "region": {"startLine": (*line).max(1), "startColumn": (*column).max(1)},
    }});
    if !path.is_empty() {
        location["logicalLocations"] = json!([{"fullyQualifiedName": path}]);
    }
    let number = Rule::ALL.iter().position(|rule| *rule == found.rule);
    json!({
        "ruleId": found.rule.id(),
        "ruleIndex": number,
        "level": level,
        "message": {"text": format!("{message}{hint}")},
        "locations": [location],
    })
}

/// Relative to where the command runs, which is where a CI checks out; a file elsewhere has its whole path.
fn uri(path: &Path) -> String {
    let here = std::env::current_dir().and_then(|folder| folder.canonicalize());
    let inside = match (path.canonicalize(), here) {
        (Ok(path), Ok(here)) => path.strip_prefix(here).map(Path::to_path_buf).ok(),
        _ => None,
    };
    let path = inside.as_deref().unwrap_or(path);
    let parts: Vec<_> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(part) => Some(escaped(&part.to_string_lossy())),
            Component::ParentDir => Some("..".to_owned()),
            Component::Prefix(_) | Component::RootDir | Component::CurDir => None,
        })
        .collect();
    let start = if path.is_absolute() { "file:///" } else { "" };
    format!("{start}{}", parts.join("/"))
}

/// RFC 3986: everything but unreserved characters is escaped.
fn escaped(part: &str) -> String {
    part.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}
