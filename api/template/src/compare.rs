//! What changed between two versions of a template, and how large a step of the version that deserves.
//!
//! Semantic versioning, as whoever asks for environments sees it: **major** when parameters that were good may not be
//! any more, when the same parameters may come to something else, or when an output goes; **minor** when something can be
//! said that could not be said before; **patch** for everything else.

use std::collections::BTreeSet;

use semver::Version;
use serde::Serialize;
use serde_json::Value;

use crate::compiled::Compiled;

/// How large a step of the version is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Nothing that anybody relies on.
    Patch,
    /// More than before.
    Minor,
    /// What worked may not work any more.
    Major,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Where: `parameters.replicas`, `outputs.url`.
    pub path: String,
    /// What, in a sentence.
    pub what: String,
    /// The step it deserves.
    pub step: Step,
}

/// Every change from one version to a later one, the largest first.
pub fn compare(before: &Compiled, after: &Compiled) -> Vec<Change> {
    let mut changes = Vec::new();
    schemas(
        "parameters",
        before.parameter_schema(),
        after.parameter_schema(),
        &mut changes,
    );
    let outputs =
        |template: &Compiled| -> BTreeSet<String> { template.output_names().into_iter().map(str::to_owned).collect() };
    let (old, new) = (outputs(before), outputs(after));
    for gone in old.difference(&new) {
        push(
            &mut changes,
            &format!("outputs.{gone}"),
            "the output is gone",
            Step::Major,
        );
    }
    for added in new.difference(&old) {
        push(
            &mut changes,
            &format!("outputs.{added}"),
            "there is another output",
            Step::Minor,
        );
    }
    changes.sort_by(|a, b| b.step.cmp(&a.step).then_with(|| a.path.cmp(&b.path)));
    changes
}

/// The step that changes deserve together.
pub fn deserved(changes: &[Change]) -> Step {
    changes.iter().map(|change| change.step).max().unwrap_or(Step::Patch)
}

/// The step from one version to another. Before 1.0.0 each number counts for the one before it.
pub fn taken(before: &Version, after: &Version) -> Step {
    if before.major != after.major || (after.major == 0 && before.minor != after.minor) {
        Step::Major
    } else if before.minor != after.minor || after.major == 0 {
        Step::Minor
    } else {
        Step::Patch
    }
}

fn push(changes: &mut Vec<Change>, path: &str, what: impl Into<String>, step: Step) {
    changes.push(Change {
        path: path.to_owned(),
        what: what.into(),
        step,
    });
}

fn schemas(path: &str, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    if before == after {
        return;
    }
    if before["type"] != after["type"] {
        let what = format!(
            "the type was {}, and is {}",
            said(&before["type"]),
            said(&after["type"])
        );
        push(changes, path, what, Step::Major);
        return;
    }
    values(path, before, after, changes);
    limits(path, before, after, changes);
    properties(path, before, after, changes);
    match (before.get("items"), after.get("items")) {
        (Some(before), Some(after)) => schemas(&format!("{path}[]"), before, after, changes),
        (None, Some(_)) => push(changes, path, "items have a schema that had none", Step::Major),
        (_, None) => {}
    }
    others(
        path,
        &before["additionalProperties"],
        &after["additionalProperties"],
        changes,
    );
    for keyword in [
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "if",
        "then",
        "else",
        "dependentSchemas",
        "patternProperties",
        "propertyNames",
        "contains",
        "prefixItems",
    ] {
        if before.get(keyword) != after.get(keyword) {
            push(changes, path, format!("`{keyword}` differs"), Step::Major);
        }
    }
}

/// Which values are allowed, and which one is meant when none is given.
fn values(path: &str, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    match (before["enum"].as_array(), after["enum"].as_array()) {
        (Some(old), Some(new)) => {
            for gone in old.iter().filter(|value| !new.contains(value)) {
                push(
                    changes,
                    path,
                    format!("{} is not allowed any more", said(gone)),
                    Step::Major,
                );
            }
            for added in new.iter().filter(|value| !old.contains(value)) {
                push(changes, path, format!("{} is allowed", said(added)), Step::Minor);
            }
        }
        (None, Some(_)) => push(changes, path, "only some values are allowed", Step::Major),
        (Some(_), None) => push(changes, path, "other values are allowed", Step::Minor),
        (None, None) => {}
    }
    for keyword in ["const", "pattern", "format"] {
        match (before.get(keyword), after.get(keyword)) {
            (old, new) if old == new => {}
            (Some(_), None) => push(changes, path, format!("`{keyword}` is gone"), Step::Minor),
            (None | Some(_), _) => push(changes, path, format!("`{keyword}` is another one"), Step::Major),
        }
    }
    if before.get("default") != after.get("default") {
        let what = match (before.get("default"), after.get("default")) {
            (None, Some(_)) => "there is a default that was none",
            (Some(_), None) => "the default is gone",
            (Some(_), Some(_)) | (None, None) => "the default is another one",
        };
        // Whoever left it out gets something else.
        push(changes, path, what, Step::Major);
    }
    if before["writeOnly"] != after["writeOnly"] {
        push(changes, path, "whether it is secret has changed", Step::Major);
    }
}

/// Lower limits that rise and upper limits that fall leave out what was good.
fn limits(path: &str, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    let lower = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];
    let upper = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];
    for (keywords, narrower) in [(lower, f64::gt as fn(&f64, &f64) -> bool), (upper, f64::lt)] {
        for keyword in keywords {
            let (old, new) = (before[keyword].as_f64(), after[keyword].as_f64());
            let step = match (old, new) {
                (old, new) if old == new => continue,
                (Some(old), Some(new)) if narrower(&new, &old) => Step::Major,
                (None, Some(_)) => Step::Major,
                (Some(_), Some(_) | None) | (None, None) => Step::Minor,
            };
            let shown = |limit: Option<f64>| limit.map_or_else(|| "none".to_owned(), |limit| limit.to_string());
            push(
                changes,
                path,
                format!("`{keyword}` was {}, and is {}", shown(old), shown(new)),
                step,
            );
        }
    }
    for keyword in ["multipleOf", "uniqueItems"] {
        if before[keyword] != after[keyword] {
            let step = if after.get(keyword).is_none() {
                Step::Minor
            } else {
                Step::Major
            };
            push(changes, path, format!("`{keyword}` differs"), step);
        }
    }
}

fn properties(path: &str, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    let (none, required) = (serde_json::Map::new(), |schema: &Value, name: &str| {
        schema["required"]
            .as_array()
            .is_some_and(|names| names.iter().any(|one| one == name))
    });
    let (old, new) = (
        before["properties"].as_object().unwrap_or(&none),
        after["properties"].as_object().unwrap_or(&none),
    );
    for (name, schema) in old {
        let path = format!("{path}.{name}");
        match new.get(name) {
            None => push(changes, &path, "the parameter is gone", Step::Major),
            Some(later) => schemas(&path, schema, later, changes),
        }
    }
    for (name, schema) in new {
        let path = format!("{path}.{name}");
        let must = required(after, name) && schema.get("default").is_none();
        match (old.contains_key(name), must, required(before, name)) {
            (false, true, _) => push(
                changes,
                &path,
                "there is another parameter, which must be given",
                Step::Major,
            ),
            (false, false, _) => push(changes, &path, "there is another parameter", Step::Minor),
            (true, true, false) => push(changes, &path, "must be given now", Step::Major),
            (true, false, true) => push(changes, &path, "need not be given any more", Step::Minor),
            (true, true, true) | (true, false, false) => {}
        }
    }
}

/// What is allowed beside the properties that are listed.
fn others(path: &str, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Value::Object(_), Value::Object(_)) => schemas(&format!("{path}.*"), before, after, changes),
        (Value::Bool(false), _) => push(changes, path, "other properties are allowed", Step::Minor),
        _ => push(changes, path, "fewer properties are allowed", Step::Major),
    }
}

fn said(value: &Value) -> String {
    match value {
        Value::Null => "anything".to_owned(),
        Value::String(text) => format!("`{text}`"),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => format!("`{value}`"),
    }
}

#[cfg(test)]
mod tests;
