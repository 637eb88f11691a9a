//! Composed templates that need each other's outputs: what one is given must never come from itself.
//!
//! The graph of [`crate::plan`] orders objects. A value can go round without touching an object, when an output only
//! hands on a parameter; that is found here.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::resource::{Body, Resource};
use crate::document::{Condition, Document};
use crate::expression::Expression;
use crate::expression::analysis::Reference;
use crate::finding::Findings;
use crate::flow;

/// Reports composed templates whose parameters come from themselves.
pub(crate) fn check(document: &Document, findings: &mut Findings) {
    let uses = document
        .resources
        .iter()
        .filter(|resource| matches!(resource.body, Body::Use(_)));
    let mut left: BTreeMap<&str, (&Resource, BTreeSet<&str>)> = uses
        .map(|resource| (resource.id.as_str(), (resource, needs(document, resource))))
        .collect();
    loop {
        let ready: Vec<&str> = left
            .iter()
            .filter(|(_, (_, needed))| !needed.iter().any(|id| left.contains_key(id)))
            .map(|(id, _)| *id)
            .collect();
        if ready.is_empty() {
            break;
        }
        left.retain(|id, _| !ready.contains(id));
    }
    let mut walked: Vec<&str> = Vec::new();
    let mut at = left.keys().next().copied();
    while let Some(id) = at {
        if let Some(start) = walked.iter().position(|seen| *seen == id) {
            let names: Vec<&str> = walked[start..].iter().copied().chain([id]).collect();
            let message = format!(
                "composed templates need each other's outputs in a circle: {}",
                names.join(" → ")
            );
            findings.error(&left[id].0.place, message);
            return;
        }
        walked.push(id);
        at = left[id].1.iter().find(|next| left.contains_key(*next)).copied();
    }
}

/// The resources that a composed template's parameters and conditions name, also through `let`.
fn needs<'d>(document: &'d Document, resource: &'d Resource) -> BTreeSet<&'d str> {
    let mut open: Vec<&Reference> = Vec::new();
    let mut take = |expression: &'d Expression| open.extend(&expression.references);
    for condition in &resource.include {
        if let Condition::Expression(expression) = condition {
            take(expression);
        }
    }
    if let Body::Use(template) = &resource.body {
        template.with.iter().for_each(|(_, shape, _)| shape.each(&mut take));
    }
    let mut named = BTreeSet::new();
    let mut needed = BTreeSet::new();
    while let Some(reference) = open.pop() {
        match document.named(&reference.root) {
            Some(value) if named.insert(value.name.as_str()) => open.extend(flow::references(value)),
            Some(_) => {}
            None => {
                needed.insert(reference.root.as_str());
            }
        }
    }
    needed
}
