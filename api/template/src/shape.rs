//! The shape of an object: its structure, fixed when the document is read, with expressions in its scalars.

use serde_json::{Map, Value as Json};

use crate::expression::evaluate::{Meter, Scope, Stop, evaluate};
use crate::expression::functions::native::as_text;
use crate::expression::value::Value;
use crate::expression::{Expression, Part, Scalar};
use crate::finding::Findings;
use crate::place::{Place, child, item};
use crate::yaml::{Content, Node};

/// A part of a document that is evaluated.
#[derive(Debug)]
pub(crate) enum Shape {
    /// Nothing in it is evaluated.
    Literal(Json),
    Map(Vec<(String, Shape)>),
    List(Vec<Shape>),
    Scalar(Scalar),
}

impl Shape {
    /// Reads a node and parses every expression in it.
    pub fn read(node: &Node, path: &str, findings: &mut Findings) -> Self {
        match &node.content {
            Content::Null | Content::Bool(_) | Content::Number(_) => Self::Literal(node.to_value()),
            Content::Text(text) => {
                let place = Place::of(node, path);
                match Scalar::parse(text, &place, node.text_offset, findings) {
                    Scalar::Literal(text) => Self::Literal(Json::String(text)),
                    scalar @ (Scalar::Whole(_) | Scalar::Parts(_)) => Self::Scalar(scalar),
                }
            }
            Content::List(nodes) => {
                let read = |(index, node)| Self::read(node, &item(path, index), findings);
                let items: Vec<Self> = nodes.iter().enumerate().map(read).collect();
                match literals(items) {
                    Ok(values) => Self::Literal(Json::Array(values)),
                    Err(items) => Self::List(items),
                }
            }
            Content::Map(entries) => {
                let mut fields = Vec::with_capacity(entries.len());
                for entry in entries {
                    let path = child(path, &entry.key);
                    if entry.key.contains("${") {
                        let at = Place::of_key(entry, &path);
                        findings.error(&at, "a key cannot hold an expression: no value may add or name a field");
                    }
                    fields.push((entry.key.clone(), Self::read(&entry.value, &path, findings)));
                }
                if fields.iter().all(|(_, shape)| matches!(shape, Self::Literal(_))) {
                    let literal = |(key, shape)| match shape {
                        Self::Literal(value) => Some((key, value)),
                        Self::Map(_) | Self::List(_) | Self::Scalar(_) => None,
                    };
                    return Self::Literal(Json::Object(fields.into_iter().filter_map(literal).collect()));
                }
                Self::Map(fields)
            }
        }
    }

    /// Its fields, when its structure is a mapping.
    pub fn fields(&self) -> &[(String, Shape)] {
        match self {
            Self::Map(fields) => fields,
            Self::Literal(_) | Self::List(_) | Self::Scalar(_) => &[],
        }
    }

    /// Calls `visit` for every expression in it.
    pub fn each<'s>(&'s self, visit: &mut dyn FnMut(&'s Expression)) {
        match self {
            Self::Literal(_) => {}
            Self::Map(fields) => fields.iter().for_each(|(_, shape)| shape.each(visit)),
            Self::List(items) => items.iter().for_each(|shape| shape.each(visit)),
            Self::Scalar(scalar) => scalar.expressions().for_each(visit),
        }
    }

    /// Evaluates it. What comes to `null` by evaluation is left out, as an optional field that is not there.
    pub fn render<'a>(&'a self, scope: &dyn Scope<'a>, meter: &Meter) -> Result<Option<Json>, Stop> {
        match self {
            Self::Literal(value) => {
                meter.charge(1)?;
                Ok(Some(value.clone()))
            }
            Self::Map(fields) => {
                let mut object = Map::new();
                for (key, shape) in fields {
                    if let Some(value) = shape.render(scope, meter)? {
                        object.insert(key.clone(), value);
                    }
                }
                Ok(Some(Json::Object(object)))
            }
            Self::List(items) => {
                let mut array = Vec::with_capacity(items.len());
                for item in items {
                    array.extend(item.render(scope, meter)?);
                }
                Ok(Some(Json::Array(array)))
            }
            Self::Scalar(scalar) => scalar
                .render(scope, meter)
                .map(|value| (!value.is_null()).then_some(value)),
        }
    }
}

impl Scalar {
    /// Evaluates it to a value.
    pub fn render<'a>(&'a self, scope: &dyn Scope<'a>, meter: &Meter) -> Result<Json, Stop> {
        match self {
            Self::Literal(text) => Ok(Json::String(text.clone())),
            Self::Whole(expression) => evaluate(expression, scope, meter, |inside, value| inside.json(&value)),
            Self::Parts(parts) => {
                let mut text = String::new();
                for part in parts {
                    match part {
                        Part::Text(part) => text.push_str(part),
                        Part::Expression(expression) => {
                            text.push_str(&expression.text(scope, meter)?);
                        }
                    }
                }
                Ok(Json::String(text))
            }
        }
    }
}

impl Expression {
    /// Evaluates it as a part of text.
    pub fn text<'a>(&'a self, scope: &dyn Scope<'a>, meter: &Meter) -> Result<String, Stop> {
        evaluate(self, scope, meter, |inside, value| {
            let text = as_text(&value)?
                .ok_or_else(|| Stop::failed(format!("{} cannot be a part of text", value.type_name())))?;
            inside.meter.charge_bytes(text.len())?;
            Ok(text)
        })
    }

    /// Whether it comes to `null`.
    pub fn is_nothing<'a>(&'a self, scope: &dyn Scope<'a>, meter: &Meter) -> Result<bool, Stop> {
        evaluate(self, scope, meter, |_, value| {
            Ok(matches!(value, Value::Null | Value::Optional(None)))
        })
    }

    /// Evaluates it as a condition.
    pub fn boolean<'a>(&'a self, scope: &dyn Scope<'a>, meter: &Meter) -> Result<bool, Stop> {
        evaluate(self, scope, meter, |inside, value| match inside.json(&value)? {
            Json::Bool(value) => Ok(value),
            Json::Null | Json::Number(_) | Json::String(_) | Json::Array(_) | Json::Object(_) => Err(Stop::failed(
                format!("a condition must be a boolean, not {}", value.type_name()),
            )),
        })
    }
}

/// The values of `items`, when all of them are literal.
fn literals(items: Vec<Shape>) -> Result<Vec<Json>, Vec<Shape>> {
    if !items.iter().all(|shape| matches!(shape, Shape::Literal(_))) {
        return Err(items);
    }
    let value = |shape| match shape {
        Shape::Literal(value) => Some(value),
        Shape::Map(_) | Shape::List(_) | Shape::Scalar(_) => None,
    };
    Ok(items.into_iter().filter_map(value).collect())
}
