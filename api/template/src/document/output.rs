//! `spec.outputs`: what a template tells its user, and a template that is composed of it.

use super::{Condition, Purpose, conditions, scalar};
use crate::expression::{Expression, Scalar};
use crate::finding::Findings;
use crate::place::{Fields, Place, child};
use crate::shape::Shape;
use crate::yaml::{Content, Node};

/// One output.
#[derive(Debug)]
pub(crate) struct Output {
    pub name: String,
    pub place: Place,
    pub title: Option<String>,
    pub include: Vec<Condition>,
    pub body: Body,
}

/// What an output is.
#[derive(Debug)]
pub(crate) enum Body {
    Value(Shape),
    Secret { name: Scalar, key: Scalar },
}

/// Reads all outputs, in the order of their names.
pub(crate) fn read_all(node: &Node, path: &str, findings: &mut Findings) -> Vec<Output> {
    let Content::Map(entries) = &node.content else {
        findings.error(
            &Place::of(node, path),
            format!("must be a mapping, not {}", node.kind()),
        );
        return Vec::new();
    };
    let mut outputs = Vec::new();
    for entry in entries {
        let path = child(path, &entry.key);
        let place = Place::of_key(entry, &path);
        if !super::resource::is_id(&entry.key) {
            findings.error(&place, "an output's name must be lowerCamelCase");
        }
        let known = ["title", "value", "secret", "includeWhen"];
        let fields = Fields::read(&entry.value, &path, &known, findings);
        let title = fields.text("title", findings).map(|(title, _)| title.to_owned());
        let include = conditions(&fields, "includeWhen", findings);
        let body = match (fields.get("value"), fields.get("secret")) {
            (Some(value), None) => Some(Body::Value(Shape::read(value, &fields.path("value"), findings))),
            (None, Some(secret)) => read_secret(secret, &fields.path("secret"), findings),
            _ => {
                findings.error(&place, "an output has either a `value` or a `secret`");
                None
            }
        };
        if let Some(body) = body {
            outputs.push(Output {
                name: entry.key.clone(),
                place,
                title,
                include,
                body,
            });
        }
    }
    outputs.sort_by(|a, b| a.name.cmp(&b.name));
    outputs
}

fn read_secret(node: &Node, path: &str, findings: &mut Findings) -> Option<Body> {
    let fields = Fields::read(node, path, &["name", "key"], findings);
    fields.require("name", findings);
    fields.require("key", findings);
    let (name, _) = scalar(&fields, "name", findings)?;
    let (key, _) = scalar(&fields, "key", findings)?;
    Some(Body::Secret { name, key })
}

impl Output {
    /// Calls `visit` for every expression in it.
    pub fn each<'d>(&'d self, visit: &mut dyn FnMut(&'d Expression, Purpose)) {
        for condition in &self.include {
            if let Condition::Expression(expression) = condition {
                visit(expression, Purpose::Include);
            }
        }
        match &self.body {
            Body::Value(shape) => shape.each(&mut |expression| visit(expression, Purpose::Field)),
            Body::Secret { name, key } => {
                let both = name.expressions().chain(key.expressions());
                both.for_each(|expression| visit(expression, Purpose::Field));
            }
        }
    }
}
