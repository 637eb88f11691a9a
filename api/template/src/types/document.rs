//! Every expression and every field of a document, checked by type.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::check::{Checker, asked};
use super::{Field, Object, Type, literal, of_parameters};
use crate::compiled::{Compiled, Kind};
use crate::document::output::{Body as OutputBody, Output};
use crate::document::resource::{Body, Resource};
use crate::document::secret::SecretPiece;
use crate::document::{Condition, Document};
use crate::expression::{Expression, Part, Scalar};
use crate::finding::Findings;
use crate::flow::Flow;
use crate::kinds::Schemas;
use crate::place::child;
use crate::plan::Children;
use crate::schema::Parameters;
use crate::shape::Shape;
use crate::yaml::Node;

/// What checking found out.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The types of the outputs.
    pub outputs: BTreeMap<String, Type>,
    /// Kinds that no schema is known of: their fields were not checked.
    pub unchecked: Vec<Kind>,
}

/// What is checked.
pub(crate) struct Subject<'c> {
    pub root: &'c Node,
    pub document: &'c Document,
    pub parameters: Option<&'c Parameters>,
    pub children: &'c Children,
    pub flow: &'c Flow<'c>,
    pub schemas: &'c Schemas,
}

/// Checks everything.
pub(crate) fn check(subject: &Subject<'_>, findings: &mut Findings) -> Found {
    let mut found = Found::default();
    let mut checker = Checker::new(subject.schemas, findings);
    let parameters = subject.parameters.map(|parameters| of_parameters(&parameters.schema));
    checker
        .names
        .insert("params".to_owned(), parameters.unwrap_or(Type::Any));
    checker.names.insert("env".to_owned(), environment());
    for (position, resource) in subject.document.resources.iter().enumerate() {
        let of = resource_type(subject, position, resource, &mut found.unchecked);
        checker.names.insert(resource.id.clone(), of);
    }
    for named in subject.flow.order() {
        let of = shape(&mut checker, &named.value);
        checker.names.insert(named.name.clone(), of);
    }
    for rule in &subject.document.rules {
        conditions(&mut checker, std::slice::from_ref(&rule.holds));
    }
    let spec = subject.root.get("spec");
    let resources = spec.and_then(|spec| spec.get("resources"));
    for (position, resource) in subject.document.resources.iter().enumerate() {
        let node = resources.and_then(|resources| resources.item(resource.index));
        check_resource(subject, &mut checker, position, resource, node);
    }
    for output in &subject.document.outputs {
        let of = check_output(&mut checker, output);
        found.outputs.insert(output.name.clone(), of);
    }
    found.unchecked.sort();
    found.unchecked.dedup();
    found
}

/// What `env` is, everywhere.
fn environment() -> Type {
    let object = |name: &str, fields: Vec<(&str, Field)>| {
        let fields = fields.into_iter().map(|(name, field)| (name.to_owned(), field));
        Type::Object(Arc::new(Object {
            name: name.to_owned(),
            fields: fields.collect(),
            others: None,
        }))
    };
    let text = || Field::always(Type::Text);
    let perhaps = || Field::perhaps(Type::Text);
    let template = object("env.template", vec![("name", text()), ("version", text())]);
    let source = object(
        "env.source",
        vec![
            ("repository", perhaps()),
            ("commit", perhaps()),
            ("committedAt", perhaps()),
            ("ref", perhaps()),
            ("change", perhaps()),
        ],
    );
    object(
        "env",
        vec![
            ("id", text()),
            ("name", text()),
            ("team", text()),
            ("owner", text()),
            ("namespace", text()),
            ("labels", Field::always(Type::map(Type::Text))),
            ("revision", Field::always(Type::Int)),
            ("template", Field::always(template)),
            ("source", Field::always(source)),
        ],
    )
}

/// What a resource's id stands for.
fn resource_type(subject: &Subject<'_>, position: usize, resource: &Resource, unchecked: &mut Vec<Kind>) -> Type {
    let one = match &resource.body {
        Body::Object { kind, .. } => subject.schemas.kind(kind).unwrap_or_else(|| {
            unchecked.push(kind.clone());
            Type::Any
        }),
        Body::Secret(_) => Type::Any,
        Body::Use(_) => subject
            .children
            .get(&position)
            .map_or(Type::Any, |child| composed(child)),
    };
    if resource.each.is_empty() { one } else { Type::list(one) }
}

/// What a composed template is: its outputs.
fn composed(child: &Compiled) -> Type {
    let field = |(name, of): (&String, &Type)| (name.clone(), Field::always(of.clone()));
    let outputs = Type::Object(Arc::new(Object {
        name: String::new(),
        fields: child.output_types().iter().map(field).collect(),
        // That an output does not exist is said where names are checked, with the template's name.
        others: Some(Type::Any),
    }));
    Type::Object(Arc::new(Object {
        name: child.name().to_owned(),
        fields: [("outputs".to_owned(), Field::always(outputs))].into(),
        others: Some(Type::Any),
    }))
}

fn conditions<'c>(checker: &mut Checker<'c>, conditions: &'c [Condition]) {
    for condition in conditions {
        if let Condition::Expression(expression) = condition {
            checker.condition(expression);
        }
    }
}

fn check_resource<'c>(
    subject: &Subject<'c>,
    checker: &mut Checker<'c>,
    position: usize,
    resource: &'c Resource,
    node: Option<&Node>,
) {
    let mut each = Object::default();
    for iteration in &resource.each {
        let of = checker.items(&iteration.range);
        each.fields.insert(iteration.name.clone(), Field::always(of));
    }
    conditions(checker, &resource.include);
    // What the conditions asked for is there for everything else.
    checker.given = resource
        .include
        .iter()
        .filter_map(|condition| match condition {
            Condition::Expression(expression) => Some(asked(expression)),
            Condition::Literal(_) => None,
        })
        .flatten()
        .collect();
    if !resource.each.is_empty() {
        checker.names.insert("each".to_owned(), Type::Object(Arc::new(each)));
    }
    if let Body::Object { kind, .. } = &resource.body
        && let Some(of) = subject.schemas.kind(kind)
    {
        checker.names.insert("self".to_owned(), of);
    }
    conditions(checker, &resource.ready);
    checker.names.remove("self");
    let base = resource.place.path.strip_suffix(".id").unwrap_or(&resource.place.path);
    match &resource.body {
        Body::Object { shape, kind, .. } => {
            if let Some(node) = node.and_then(|node| node.get("object")) {
                let of = subject.schemas.kind(kind).unwrap_or(Type::Any);
                literal::check_object(checker, node, shape, &child(base, "object"), &of);
            }
        }
        Body::Secret(secret) => {
            scalar(checker, &secret.name);
            for text in secret.data.values() {
                for piece in &text.pieces {
                    match piece {
                        SecretPiece::Expression(expression) if text.whole => must_be_text(checker, expression),
                        SecretPiece::Expression(expression) => checker.text(expression),
                        SecretPiece::Text(_) | SecretPiece::Generated(_) => {}
                    }
                }
            }
        }
        Body::Use(template) => {
            let takes = subject.children.get(&position);
            let takes = takes.map(|template| of_parameters(template.parameter_schema()));
            let takes = takes.and_then(|of| subject.schemas.object(&of));
            let with = node.and_then(|node| node.get("use")?.get("with"));
            for (name, shape, place) in &template.with {
                let field = takes.as_ref().and_then(|takes| takes.fields.get(name));
                let of = field.map_or(Type::Any, |field| field.of.clone());
                match (shape, with.and_then(|with| with.get(name))) {
                    // Held against the parameter's schema already, which says more than its type.
                    (Shape::Literal(_), _) | (_, None) => {}
                    (shape, Some(node)) => literal::check_value(checker, node, shape, &place.path, &of),
                }
            }
        }
    }
    checker.names.remove("each");
    checker.given.clear();
}

fn check_output<'c>(checker: &mut Checker<'c>, output: &'c Output) -> Type {
    conditions(checker, &output.include);
    checker.given = output
        .include
        .iter()
        .filter_map(|condition| match condition {
            Condition::Expression(expression) => Some(asked(expression)),
            Condition::Literal(_) => None,
        })
        .flatten()
        .collect();
    let of = match &output.body {
        OutputBody::Value(value) => shape(checker, value),
        OutputBody::Secret { name, key } => {
            scalar(checker, name);
            scalar(checker, key);
            let text = |field: &str| (field.to_owned(), Field::always(Type::Text));
            Type::Object(Arc::new(Object {
                fields: [text("name"), text("key")].into(),
                ..Object::default()
            }))
        }
    };
    checker.given.clear();
    of
}

/// A scalar that must come to text.
fn scalar<'c>(checker: &mut Checker<'c>, scalar: &'c Scalar) {
    match scalar {
        Scalar::Literal(_) => {}
        Scalar::Whole(expression) => must_be_text(checker, expression),
        Scalar::Parts(_) => parts(checker, scalar),
    }
}

fn must_be_text<'c>(checker: &mut Checker<'c>, expression: &'c Expression) {
    let of = checker.expression(expression);
    if let Err(misfit) = checker.schemas.fits(&of, &Type::Text) {
        let message = misfit.wrong.replace("this is", "this expression is");
        checker.findings.error(&expression.place, message);
    }
}

fn parts<'c>(checker: &mut Checker<'c>, scalar: &'c Scalar) {
    if let Scalar::Parts(parts) = scalar {
        for part in parts {
            if let Part::Expression(expression) = part {
                checker.text(expression);
            }
        }
    }
}

/// The type of a part of the document that is not held against anything.
fn shape<'c>(checker: &mut Checker<'c>, shape_of: &'c Shape) -> Type {
    match shape_of {
        Shape::Literal(value) => of_value(value),
        Shape::Map(entries) => {
            let mut object = Object::default();
            for (name, inner) in entries {
                let of = shape(checker, inner);
                object.fields.insert(name.clone(), Field::always(of));
            }
            Type::Object(Arc::new(object))
        }
        Shape::List(items) => {
            let mut of = Type::Null;
            for inner in items {
                let item = shape(checker, inner);
                of = checker.schemas.join(&of, item.present());
            }
            Type::list(of)
        }
        Shape::Scalar(Scalar::Whole(expression)) => checker.expression(expression).present().clone(),
        Shape::Scalar(scalar) => {
            parts(checker, scalar);
            Type::Text
        }
    }
}

fn of_value(value: &Json) -> Type {
    match value {
        Json::Null => Type::Null,
        Json::Bool(_) => Type::Bool,
        Json::Number(number) if number.is_i64() => Type::Int,
        Json::Number(_) => Type::Double,
        Json::String(text) => Type::Choice(Arc::from([text.clone()])),
        Json::Array(items) => match items.split_first() {
            Some((first, rest)) if rest.iter().all(|item| of_value(item) == of_value(first)) => {
                Type::list(of_value(first))
            }
            Some(_) | None => Type::list(Type::Any),
        },
        Json::Object(fields) => {
            let field = |(name, value): (&String, &Json)| (name.clone(), Field::always(of_value(value)));
            Type::Object(Arc::new(Object {
                fields: fields.iter().map(field).collect(),
                ..Object::default()
            }))
        }
    }
}
