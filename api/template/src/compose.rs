//! Composition: the templates a document uses, resolved to exact versions and checked against what they are given.

use std::collections::BTreeMap;

use semver::Version;

use crate::compiled::{Compiled, Library};
use crate::document::Document;
use crate::document::composition::Use;
use crate::document::resource::{Body, Resource};
use crate::finding::Findings;
use crate::flow::Flow;
use crate::guard;
use crate::place::Place;
use crate::plan::Children;
use crate::schema::violations;
use crate::shape::Shape;
use crate::suggest::nearest;

/// Resolves every `use`.
pub(crate) fn resolve(document: &Document, library: &dyn Library, findings: &mut Findings) -> Children {
    let mut children = BTreeMap::new();
    for (position, resource) in document.resources.iter().enumerate() {
        let Body::Use(template) = &resource.body else {
            continue;
        };
        let Some(child) = library.resolve(&template.template, &template.version) else {
            let Use {
                template: name,
                version,
                place,
                ..
            } = template;
            findings.error(
                place,
                format!("there is no published version of `{name}` in the range {version}"),
            );
            continue;
        };
        if child.kinds().iter().any(guard::baseline_only) {
            findings.error(
                &template.place,
                format!(
                    "`{}` is applied under every environment; it cannot be used",
                    child.name()
                ),
            );
            continue;
        }
        children.insert(position, child);
    }
    children
}

/// Checks what each composed template is given.
pub(crate) fn check(document: &Document, flow: &Flow<'_>, children: &Children, findings: &mut Findings) {
    for (position, child) in children {
        let resource = &document.resources[*position];
        if let Body::Use(template) = &resource.body {
            check_one(resource, template, child, flow, findings);
        }
    }
}

fn check_one(resource: &Resource, template: &Use, child: &Compiled, flow: &Flow<'_>, findings: &mut Findings) {
    let schema = child.parameter_schema();
    let declared = || {
        schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
    };
    let open = schema["additionalProperties"] != serde_json::json!(false);
    for (name, shape, place) in &template.with {
        let Some(property) = schema["properties"].get(name) else {
            if !open {
                unknown(child, name, place, declared(), findings);
            }
            continue;
        };
        if let Shape::Literal(value) = shape {
            for violation in violations(property, value) {
                findings.error(
                    place,
                    format!("does not fit the parameter `{name}` of `{}`: {violation}", child.name()),
                );
            }
        }
        let secret = child.parameters().is_secret(name);
        shape.each(&mut |expression| {
            if !secret && expression.references.iter().any(|reference| flow.shows(reference)) {
                let message = format!(
                    "a `writeOnly` parameter would be shown: `{name}` of `{}` is not one",
                    child.name()
                );
                findings.error(&expression.place, message);
            }
        });
    }
    for required in schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str())
    {
        let given = template.with.iter().any(|(name, ..)| name == required);
        if !given && schema["properties"][required].get("default").is_none() {
            let message = format!("`{}` needs the parameter `{required}`", child.name());
            findings.suggest(
                &template.place,
                message,
                format!("give it in `with` of `{}`", resource.id),
            );
        }
    }
}

fn unknown<'n>(
    child: &Compiled,
    name: &str,
    place: &Place,
    declared: impl Iterator<Item = &'n str>,
    findings: &mut Findings,
) {
    let message = format!("`{}` {} has no parameter `{name}`", child.name(), child.version());
    match nearest(name, declared) {
        Some(meant) => findings.suggest(place, message, format!("did you mean `{meant}`?")),
        None => findings.error(place, message),
    }
}

/// The exact versions of everything that is used, also by what is used.
pub(crate) fn pins(children: &Children) -> Vec<(String, Version)> {
    let mut pins: Vec<(String, Version)> = Vec::new();
    for child in children.values() {
        pins.push((child.name().to_owned(), child.version().clone()));
        pins.extend(child.uses().iter().cloned());
    }
    pins.sort();
    pins.dedup();
    pins
}
