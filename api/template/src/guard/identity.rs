//! Identity of what `forEach` makes: two items must never come to the same object.

use crate::document::resource::{Body, Resource};
use crate::expression::analysis::Reference;
use crate::finding::Findings;
use crate::place::Place;
use crate::plan::first;
use crate::shape::Shape;

/// Reports a name that does not tell the items apart.
pub(super) fn check(resource: &Resource, findings: &mut Findings) {
    let mut read: Vec<&Reference> = Vec::new();
    let path = match &resource.body {
        Body::Object { shape, .. } => {
            if let Some(name) = field(shape, "metadata").and_then(|metadata| field(metadata, "name")) {
                name.each(&mut |expression| read.extend(&expression.references));
            }
            "object.metadata.name"
        }
        Body::Secret(secret) => {
            let expressions = secret.name.expressions();
            expressions.for_each(|expression| read.extend(&expression.references));
            "secret.name"
        }
        Body::Use(_) => return,
    };
    for iteration in &resource.each {
        let told = |reference: &&Reference| reference.root == "each" && names(reference, &iteration.name);
        if !read.iter().any(told) {
            let base = resource.place.path.strip_suffix(".id").unwrap_or(&resource.place.path);
            let place = Place {
                path: format!("{base}.{path}"),
                ..resource.place.clone()
            };
            findings.suggest(
                &place,
                "every item needs an object with a name of its own",
                format!("use `each.{}` in the name", iteration.name),
            );
        }
    }
}

/// Whether the reference reads that name, or all of them.
fn names(reference: &Reference, name: &str) -> bool {
    first(&reference.steps).is_none_or(|step| step == name)
}

fn field<'s>(shape: &'s Shape, name: &str) -> Option<&'s Shape> {
    shape
        .fields()
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, shape)| shape)
}
