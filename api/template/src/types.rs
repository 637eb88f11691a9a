//! Types: of expressions, of parameters, and of the fields that values are put in.
//!
//! One vocabulary for all three, so that what an expression comes to can be held against where it stands. What nothing
//! is known of is [`Type::Any`], and fits everywhere.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a question about types concerns a few of them; every other one answers it alike"
)]

pub(crate) mod check;
pub(crate) mod document;
mod fit;
pub(crate) mod literal;
mod parameters;
mod signature;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use parameters::of_parameters;

/// A type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Type {
    /// Nothing is known of it.
    Any,
    Null,
    Bool,
    Int,
    /// A whole number that is larger than any [`Type::Int`], by its literal `1u` or by `uint()`.
    Uint,
    Double,
    /// An integer or a number with a fraction: known only when it is there.
    Number,
    Text,
    /// One of these texts.
    Choice(Arc<[String]>),
    /// An integer or text, as in ports.
    IntOrText,
    /// An amount: text with a unit, or a number.
    Quantity,
    Bytes,
    Timestamp,
    Duration,
    List(Arc<Type>),
    /// Any keys, which are text; values of one type.
    Map(Arc<Type>),
    Object(Arc<Object>),
    /// A definition of [`Schemas`](crate::kinds::Schemas), which may contain itself.
    Named(Arc<str>),
    /// A value that may not be there.
    Optional(Arc<Type>),
    /// A value that only functions work on: `quantity(…)`, `url(…)`, `ip(…)`, `cidr(…)`.
    Opaque(&'static str),
}

/// An object with known fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Object {
    /// What to call it: `Deployment`, `params`; empty when there is nothing to call it.
    pub name: String,
    pub fields: BTreeMap<String, Field>,
    /// The type of every other field; `None` when there are no others.
    pub others: Option<Type>,
}

/// A field of an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    pub of: Type,
    /// Whether it is always there.
    pub present: bool,
}

impl Type {
    pub fn list(of: Self) -> Self {
        Self::List(Arc::new(of))
    }

    pub fn map(of: Self) -> Self {
        Self::Map(Arc::new(of))
    }

    pub fn optional(of: Self) -> Self {
        match of {
            Self::Optional(_) | Self::Any => of,
            of => Self::Optional(Arc::new(of)),
        }
    }

    /// The value when it is there.
    pub fn present(&self) -> &Self {
        match self {
            Self::Optional(of) => of,
            of => of,
        }
    }

    /// What it is, for messages: `text`, `a list of integers`.
    pub fn said(&self) -> String {
        match self {
            Self::Any => "anything".to_owned(),
            Self::Null => "null".to_owned(),
            Self::Bool => "a boolean".to_owned(),
            Self::Int | Self::Uint => "an integer".to_owned(),
            Self::Double | Self::Number => "a number".to_owned(),
            Self::Text | Self::Choice(_) => "text".to_owned(),
            Self::IntOrText => "an integer or text".to_owned(),
            Self::Quantity => "a quantity".to_owned(),
            Self::Bytes => "bytes".to_owned(),
            Self::Timestamp => "a timestamp".to_owned(),
            Self::Duration => "a duration".to_owned(),
            Self::List(of) => match of.said_many() {
                Some(many) => format!("a list of {many}"),
                None => "a list".to_owned(),
            },
            Self::Map(of) => match of.said_many() {
                Some(many) => format!("a map of {many}"),
                None => "a map".to_owned(),
            },
            Self::Object(_) | Self::Named(_) => "a map".to_owned(),
            Self::Optional(of) => format!("{} that may be missing", of.said()),
            Self::Opaque(what) => format!("a value of `{what}()`"),
        }
    }

    fn said_many(&self) -> Option<&'static str> {
        Some(match self {
            Self::Bool => "booleans",
            Self::Int | Self::Uint => "integers",
            Self::Double | Self::Number => "numbers",
            Self::Text | Self::Choice(_) => "texts",
            Self::List(_) => "lists",
            Self::Map(_) | Self::Object(_) | Self::Named(_) => "maps",
            Self::Any
            | Self::Null
            | Self::IntOrText
            | Self::Quantity
            | Self::Bytes
            | Self::Timestamp
            | Self::Duration
            | Self::Optional(_)
            | Self::Opaque(_) => return None,
        })
    }
}

impl Field {
    pub const fn always(of: Type) -> Self {
        Self { of, present: true }
    }

    pub const fn perhaps(of: Type) -> Self {
        Self { of, present: false }
    }
}
