//! Values while an expression is evaluated: JSON is borrowed, results are shared, nothing is copied deeply.
#![expect(clippy::wildcard_enum_match_arm, reason = "an operation knows the types it works on")]

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Number, Value as Json};

use super::opaque::Opaque;

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// Only for what does not fit [`Value::Int`].
    Uint(u64),
    Double(f64),
    Text(Text<'a>),
    List(Rc<Vec<Value<'a>>>),
    Map(Rc<BTreeMap<Key, Value<'a>>>),
    /// A JSON array or object.
    Json(&'a Json),
    /// A resource, by number.
    Resource(usize),
    /// An object inside a resource, of which the live and the desired side may both be there.
    Field(Field<'a>),
    /// A composed template, by number of its scope.
    Composed(usize),
    /// The `outputs` of a composed template.
    Outputs(usize),
    Optional(Option<Rc<Value<'a>>>),
    /// A value that only functions work on.
    Opaque(Rc<Opaque>),
    /// A type that only the expression library knows: timestamps, durations, bytes.
    Foreign(Rc<cel::Value>),
}

/// Text that is borrowed or shared.
#[derive(Clone, Debug)]
pub(crate) enum Text<'a> {
    Borrowed(&'a str),
    Shared(Rc<str>),
}

/// A key of a map.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Bool(bool),
    Int(i64),
    Text(String),
}

/// An object inside a resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    /// The resource's number.
    pub resource: usize,
    /// As the cluster has it.
    pub live: Option<&'a Map<String, Json>>,
    /// As the template wants it.
    pub desired: Option<&'a Map<String, Json>>,
}

impl Text<'_> {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Shared(text) => text,
        }
    }
}

impl<'a> Value<'a> {
    pub fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Text(Text::Shared(text.into()))
    }

    pub fn list(items: Vec<Value<'a>>) -> Self {
        Self::List(Rc::new(items))
    }

    /// Borrows JSON. Integers become `int`, never `uint`, so that arithmetic works on parameters.
    pub fn from_json(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => Self::from_number(number),
            Json::String(text) => Self::Text(Text::Borrowed(text)),
            Json::Array(_) | Json::Object(_) => Self::Json(json),
        }
    }

    fn from_number(number: &Number) -> Self {
        if let Some(value) = number.as_i64() {
            Self::Int(value)
        } else if let Some(value) = number.as_u64() {
            Self::Uint(value)
        } else {
            Self::Double(number.as_f64().unwrap_or(f64::NAN))
        }
    }

    /// The name of its type, for messages: they never show the value itself.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::Uint(_) => "an integer",
            Self::Double(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) | Self::Json(Json::Array(_)) => "a list",
            Self::Map(_) | Self::Field(_) | Self::Json(_) => "a map",
            Self::Resource(_) => "a resource",
            Self::Composed(_) | Self::Outputs(_) => "a composed template",
            Self::Optional(_) => "an optional value",
            Self::Opaque(value) => match **value {
                Opaque::Quantity(_) => "a quantity",
                Opaque::Ip(_) => "an IP address",
                Opaque::Cidr { .. } => "a network",
                Opaque::Url(_) => "a URL",
            },
            Self::Foreign(value) => match **value {
                cel::Value::Timestamp(_) => "a timestamp",
                cel::Value::Duration(_) => "a duration",
                cel::Value::Bytes(_) => "bytes",
                _ => "a value",
            },
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The items, when it is a list.
    pub fn items(&self) -> Option<Vec<Value<'a>>> {
        match self {
            Self::List(items) => Some(items.as_ref().clone()),
            Self::Json(Json::Array(items)) => Some(items.iter().map(Self::from_json).collect()),
            _ => None,
        }
    }

    /// Keys and values in the order of the keys, when it is a map: order must not depend on the process.
    pub fn entries(&self) -> Option<Vec<(Key, Value<'a>)>> {
        match self {
            Self::Map(map) => Some(map.iter().map(|(key, value)| (key.clone(), value.clone())).collect()),
            Self::Json(Json::Object(object)) => Some(sorted(object)),
            Self::Field(field) => field.live.or(field.desired).map(sorted),
            _ => None,
        }
    }

    /// The value of `key`, when it is a map that has it. Resources are not asked here.
    pub fn get(&self, key: &Key) -> Option<Value<'a>> {
        match (self, key) {
            (Self::Map(map), key) => map.get(key).cloned(),
            (Self::Json(Json::Object(object)), Key::Text(name)) => object.get(name).map(Self::from_json),
            _ => None,
        }
    }

    /// The number of items, entries or characters.
    pub fn size(&self) -> Option<usize> {
        match self {
            Self::Text(text) => Some(text.as_str().chars().count()),
            Self::List(items) => Some(items.len()),
            Self::Map(map) => Some(map.len()),
            Self::Json(Json::Array(items)) => Some(items.len()),
            Self::Json(Json::Object(object)) => Some(object.len()),
            Self::Field(field) => field.live.or(field.desired).map(Map::len),
            _ => None,
        }
    }

    /// The value as a key of a map.
    pub fn as_key(&self) -> Option<Key> {
        match self {
            Self::Bool(value) => Some(Key::Bool(*value)),
            Self::Int(value) => Some(Key::Int(*value)),
            Self::Text(text) => Some(Key::Text(text.as_str().to_owned())),
            #[expect(clippy::cast_possible_truncation, reason = "checked to be a whole number in range")]
            Self::Double(value) if value.fract() == 0.0 && value.abs() < 9e15 => Some(Key::Int(*value as i64)),
            _ => None,
        }
    }
}

impl Key {
    pub fn to_value<'a>(&self) -> Value<'a> {
        match self {
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Text(text) => Value::text(text.as_str()),
        }
    }
}

fn sorted(object: &Map<String, Json>) -> Vec<(Key, Value<'_>)> {
    let mut entries: Vec<_> = object
        .iter()
        .map(|(k, v)| (Key::Text(k.clone()), Value::from_json(v)))
        .collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries
}
