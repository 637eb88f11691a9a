//! Where values flow through `let`: which names hold a secret parameter, and which wait for resources.
//!
//! The proof that a `writeOnly` parameter gets into nothing but a Secret rests on this and on
//! [`crate::names`]: an expression that reads one, itself or by a name, may stand in no other place.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::Document;
use crate::document::named::Named;
use crate::expression::analysis::{Reference, Step};
use crate::finding::Findings;
use crate::schema::{Parameters, keywords};

/// What the names of `let` hold.
#[derive(Debug)]
pub(crate) struct Flow<'c> {
    parameters: Option<&'c Parameters>,
    /// Names with a secret parameter in them.
    secret: BTreeSet<&'c str>,
    /// Names that need a resource.
    bound: BTreeSet<&'c str>,
}

impl<'c> Flow<'c> {
    /// Follows every name through those it is made of. Reports names that are made of each other.
    pub fn trace(document: &'c Document, parameters: Option<&'c Parameters>, findings: &mut Findings) -> Self {
        let mut flow = Self {
            parameters,
            secret: BTreeSet::new(),
            bound: BTreeSet::new(),
        };
        let mut left: Vec<&Named> = document.named.iter().collect();
        while !left.is_empty() {
            let before = left.len();
            let open: BTreeSet<&str> = left.iter().map(|named| named.name.as_str()).collect();
            left.retain(|named| {
                let ready = !references(named).any(|reference| open.contains(reference.root.as_str()));
                if ready {
                    flow.add(document, named);
                }
                !ready
            });
            if left.len() == before {
                report_circle(&left, findings);
                break;
            }
        }
        flow
    }

    fn add(&mut self, document: &Document, named: &'c Named) {
        for reference in references(named) {
            let root = reference.root.as_str();
            if self.shows(reference) {
                self.secret.insert(&named.name);
            }
            if self.bound.contains(root) || document.resources.iter().any(|resource| resource.id == root) {
                self.bound.insert(&named.name);
            }
        }
    }

    /// Whether the reference reads the value of a secret parameter. Asking whether it was given reads none.
    pub fn shows(&self, reference: &Reference) -> bool {
        if reference.presence {
            return false;
        }
        if reference.root == "params" {
            return self
                .parameters
                .is_some_and(|parameters| reads_secret(&parameters.schema, &reference.steps));
        }
        self.secret.contains(reference.root.as_str())
    }

    /// Whether the name needs a resource before it has a value.
    pub fn is_bound(&self, name: &str) -> bool {
        self.bound.contains(name)
    }
}

/// Everything a named value is made of.
pub(crate) fn references(named: &Named) -> impl Iterator<Item = &Reference> {
    let mut all = Vec::new();
    named.value.each(&mut |expression| all.extend(&expression.references));
    all.into_iter()
}

fn report_circle(left: &[&Named], findings: &mut Findings) {
    let mut walked: Vec<&Named> = Vec::new();
    let mut at = left.first().copied();
    while let Some(named) = at {
        if let Some(start) = walked.iter().position(|seen| seen.name == named.name) {
            let names = walked[start..].iter().chain([&named]).map(|named| named.name.as_str());
            let circle: Vec<&str> = names.collect();
            let message = format!("names are made of each other in a circle: {}", circle.join(" → "));
            findings.error(&named.place, message);
            return;
        }
        walked.push(named);
        let next = |name: &str| left.iter().find(|other| other.name == name).copied();
        at = references(named).find_map(|reference| next(&reference.root));
    }
}

/// Whether a path reads a `writeOnly` parameter, or something that has one in it.
fn reads_secret(schema: &Value, steps: &[Step]) -> bool {
    if is_secret(schema) {
        return true;
    }
    let Some((step, rest)) = steps.split_first() else {
        return holds_secret(schema);
    };
    // What other schemas say about the same value is not followed: any secret in them counts.
    let combined = keywords::COMBINATORS.iter().filter_map(|keyword| schema.get(keyword));
    if combined.into_iter().any(holds_secret) {
        return true;
    }
    let properties = || schema["properties"].as_object().into_iter().flatten();
    let others = || {
        ["additionalProperties", "items"]
            .into_iter()
            .filter_map(|keyword| schema.get(keyword))
    };
    match step.name() {
        Some(name) => match properties().find(|(property, _)| *property == name) {
            Some((_, property)) => reads_secret(property, rest),
            None => others().any(|schema| reads_secret(schema, rest)),
        },
        None => properties()
            .map(|(_, property)| property)
            .chain(others())
            .any(|schema| reads_secret(schema, rest)),
    }
}

fn is_secret(schema: &Value) -> bool {
    schema.get("writeOnly") == Some(&Value::Bool(true))
}

/// Whether there is a `writeOnly` anywhere in it.
fn holds_secret(schema: &Value) -> bool {
    match schema {
        Value::Object(keywords) => is_secret(schema) || keywords.values().any(holds_secret),
        Value::Array(items) => items.iter().any(holds_secret),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Whether the steps go along the path, as far as both go.
pub(crate) fn starts(steps: &[Step], path: &[&str]) -> bool {
    steps
        .iter()
        .zip(path)
        .all(|(step, name)| step.name().is_none_or(|step| step == *name))
}
