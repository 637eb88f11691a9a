//! The compiler: every check in its order, all findings at once.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::compiled::{Compilation, Compiled, Kind, Library};
use crate::document::resource::Body;
use crate::document::{self, Document};
use crate::finding::{Finding, Findings};
use crate::flow::Flow;
use crate::names::{Names, property_path};
use crate::place::Place;
use crate::plan::{Children, Plan};
use crate::schema::Parameters;
use crate::yaml::{self, Node};
use crate::{circle, compose, guard, operation};

/// Largest document, in bytes.
const LARGEST: usize = 1024 * 1024;

/// Compiles a document, and reports everything that is wrong with it at once, in the order of the document.
///
/// Parses and recurses: run it on the [`pool`](crate::pool).
pub fn compile(text: &str, library: &dyn Library) -> Result<Compilation, Vec<Finding>> {
    let mut findings = Findings::default();
    let template = checked(text, library, &mut findings);
    match template {
        Some(template) if findings.errors() == 0 => Ok(Compilation {
            template: Arc::new(template),
            warnings: findings.sorted(),
        }),
        _ => Err(findings.sorted()),
    }
}

fn checked(text: &str, library: &dyn Library, findings: &mut Findings) -> Option<Compiled> {
    if text.len() > LARGEST {
        let message = format!("a template may have {LARGEST} bytes; this one has {}", text.len());
        findings.error(&Place::new(1, 1, ""), message);
        return None;
    }
    let root = yaml::parse(text, findings)?;
    let read = document::read(&root, findings)?;
    let node = read.parameters;
    let parameters = Parameters::read(node, "spec.parameters", findings);
    let document = Arc::new(read.document);
    guard::check_document(&document, findings);
    let children = compose::resolve(&document, library, findings);
    let flow = Flow::trace(&document, parameters.as_ref(), findings);
    compose::check(&document, &flow, &children, findings);
    let declared = |path: &[&str]| property(node, path);
    Names::new(&document, parameters.as_ref(), &children, &flow, findings).check(&declared);
    operation::check(&document, &children, findings);
    circle::check(&document, findings);
    let plan = Plan::build(&document, &children, findings)?;
    let kinds = kinds(&document, &children);
    let digest = digest(&root.to_value());
    Some(Compiled::new(document, parameters?, children, plan, kinds, digest))
}

/// Where a declared parameter stands.
fn property(node: Option<&Node>, path: &[&str]) -> Place {
    let mut pointer = String::new();
    for name in path {
        let _ = write!(pointer, "/properties/{}", name.replace('~', "~0").replace('/', "~1"));
    }
    node.map_or_else(Place::default, |node| {
        Place::of(node.nearest(&pointer), &property_path(path))
    })
}

fn kinds(document: &Document, children: &Children) -> Vec<Kind> {
    let own = document.resources.iter().filter_map(|resource| match &resource.body {
        Body::Object { kind, .. } => Some(kind.clone()),
        Body::Secret(_) => Some(Kind {
            api_version: "v1".to_owned(),
            kind: "Secret".to_owned(),
        }),
        Body::Use(_) => None,
    });
    let composed = children.values().flat_map(|child| child.kinds().iter().cloned());
    let mut kinds: Vec<Kind> = own.chain(composed).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

/// SHA-256 of the canonical form: JSON with the keys of every object in order.
fn digest(document: &Value) -> String {
    let mut canonical = String::new();
    write_canonical(document, &mut canonical);
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(canonical.as_bytes()) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn write_canonical(value: &Value, into: &mut String) {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            into.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    into.push(',');
                }
                let _ = write!(into, "{}:", Value::String(key.clone()));
                write_canonical(value, into);
            }
            into.push('}');
        }
        Value::Array(items) => {
            into.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    into.push(',');
                }
                write_canonical(item, into);
            }
            into.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let _ = write!(into, "{value}");
        }
    }
}
