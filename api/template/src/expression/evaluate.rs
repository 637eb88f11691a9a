//! Evaluates a parsed expression against a scope, within a budget of steps.
//!
//! Our own walk over the parsed tree: every step is counted, maps are walked in the order of their keys, and a field that
//! is not there yet is told from one that never will be.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an operation knows the types it works on; every other one has no such overload"
)]

mod call;
mod fold;
mod json;
mod select;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use cel::common::ast::{EntryExpr, Expr, IdedExpr, LiteralValue, MapExpr};
use serde_json::Value as Json;

use self::select::{further, whole};
use super::Expression;
use super::value::{Text, Value};
use crate::place::Place;

/// Steps one expression may take.
const EXPRESSION_STEPS: u64 = 200_000;

/// Steps all expressions of one rendering may take together.
const RENDER_STEPS: u64 = 2_000_000;

/// Why there is no value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stop {
    /// A resource has no such field yet.
    Waiting {
        /// The resource's number.
        resource: usize,
        /// The path in it.
        path: String,
    },
    /// A resource that is left out was asked for; its id.
    Excluded(String),
    /// There is no such field, and there will be none.
    Missing { name: String, place: Option<Place> },
    /// It cannot be evaluated with this data.
    Failed { message: String, place: Option<Place> },
    /// The budget is used up.
    Exceeded,
}

impl Stop {
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed {
            message: message.into(),
            place: None,
        }
    }

    pub fn missing(name: impl Into<String>) -> Self {
        Self::Missing {
            name: name.into(),
            place: None,
        }
    }

    /// Says where, unless something further inside already did.
    pub fn at(self, here: &Place) -> Self {
        let here = || Some(here.clone());
        match self {
            Self::Failed { message, place } => Self::Failed {
                message,
                place: place.or_else(here),
            },
            Self::Missing { name, place } => Self::Missing {
                name,
                place: place.or_else(here),
            },
            Self::Exceeded => {
                let message = format!("the expression takes more than {EXPRESSION_STEPS} steps");
                Self::Failed { message, place: here() }
            }
            other => other,
        }
    }
}

/// What the names of an expression stand for.
pub(crate) trait Scope<'a> {
    /// The value of a name; `None` when there is no such name.
    fn name(&self, name: &str) -> Result<Option<Value<'a>>, Stop>;
    /// How a resource stands.
    fn standing(&self, resource: usize) -> Result<Standing<'a>, Stop>;
    /// An output of a composed template.
    fn output(&self, composed: usize, name: &str) -> Result<Value<'a>, Stop>;
}

/// A resource as an expression sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing<'a> {
    pub live: Option<&'a Json>,
    pub desired: Option<&'a Json>,
    pub ready: bool,
}

/// Counts steps.
#[derive(Debug)]
pub(crate) struct Meter {
    expression: Cell<u64>,
    render: Cell<u64>,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            expression: Cell::new(EXPRESSION_STEPS),
            render: Cell::new(RENDER_STEPS),
        }
    }
}

impl Meter {
    /// Takes `steps` from both budgets.
    pub fn charge(&self, steps: u64) -> Result<(), Stop> {
        for budget in [&self.expression, &self.render] {
            budget.set(budget.get().checked_sub(steps).ok_or(Stop::Exceeded)?);
        }
        Ok(())
    }

    /// Charges for handling that many bytes.
    pub fn charge_bytes(&self, bytes: usize) -> Result<(), Stop> {
        self.charge(1 + u64::try_from(bytes / 16).unwrap_or(u64::MAX))
    }
}

/// Evaluates `expression`, and hands the value to `then` while it can still be looked into.
pub(crate) fn evaluate<'a, T>(
    expression: &'a Expression,
    scope: &dyn Scope<'a>,
    meter: &Meter,
    then: impl FnOnce(&mut Evaluator<'a, '_>, Value<'a>) -> Result<T, Stop>,
) -> Result<T, Stop> {
    let outer = meter.expression.replace(EXPRESSION_STEPS);
    let mut evaluator = Evaluator {
        scope,
        meter,
        locals: Vec::new(),
        peek: false,
    };
    let value = evaluator
        .value(&expression.ast)
        .and_then(|value| then(&mut evaluator, value));
    meter.expression.set(outer);
    value.map_err(|stop| stop.at(&expression.place))
}

/// One evaluation.
pub(crate) struct Evaluator<'a, 's> {
    scope: &'s dyn Scope<'a>,
    pub meter: &'s Meter,
    locals: Vec<(&'a str, Value<'a>)>,
    /// Inside `has()`: take what is there, wait for nothing.
    peek: bool,
}

type Outcome<'a> = Result<Value<'a>, Stop>;

impl<'a> Evaluator<'a, '_> {
    pub(super) fn value(&mut self, expr: &'a IdedExpr) -> Outcome<'a> {
        self.meter.charge(1)?;
        match &expr.expr {
            Expr::Literal(literal) => Ok(from_literal(literal)),
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) if select.test => self.presence(&select.operand, &select.field).map(Value::Bool),
            Expr::Select(select) => {
                let next = || format!(".{}", select.field);
                let operand = self.value(&select.operand).map_err(|stop| further(stop, next))?;
                self.select(&operand, &select.field)
                    .map_err(|stop| whole(stop, &operand, expr))
            }
            Expr::Call(call) => self.call(expr, call),
            Expr::List(list) => {
                let mut items = Vec::with_capacity(list.elements.len());
                for (index, element) in list.elements.iter().enumerate() {
                    match self.value(element)? {
                        Value::Optional(value) if list.optional_indices.contains(&index) => {
                            items.extend(value.map(Rc::unwrap_or_clone));
                        }
                        value => items.push(value),
                    }
                }
                Ok(Value::list(items))
            }
            Expr::Map(map) => self.map(map),
            Expr::Comprehension(fold) => self.fold(fold),
            Expr::Struct(_) | Expr::Unspecified => Err(Stop::failed("there are no message types")),
        }
    }

    fn name(&self, name: &str) -> Outcome<'a> {
        if let Some((_, value)) = self.locals.iter().rev().find(|(local, _)| *local == name) {
            return Ok(value.clone());
        }
        self.scope
            .name(name)?
            .ok_or_else(|| Stop::failed(format!("unknown name `{name}`")))
    }

    fn map(&mut self, map: &'a MapExpr) -> Outcome<'a> {
        let mut entries = BTreeMap::new();
        for entry in &map.entries {
            let EntryExpr::MapEntry(entry) = &entry.expr else {
                return Err(Stop::failed("there are no message types"));
            };
            let key = self.value(&entry.key)?;
            let key = key
                .as_key()
                .ok_or_else(|| Stop::failed(format!("{} cannot be a key", key.type_name())))?;
            let value = match self.value(&entry.value)? {
                Value::Optional(None) if entry.optional => continue,
                Value::Optional(Some(value)) if entry.optional => Rc::unwrap_or_clone(value),
                value => value,
            };
            if entries.insert(key, value).is_some() {
                return Err(Stop::failed("the map has a key twice"));
            }
        }
        Ok(Value::Map(Rc::new(entries)))
    }
}

fn from_literal(literal: &LiteralValue) -> Value<'_> {
    match literal {
        LiteralValue::Boolean(value) => Value::Bool(*value.inner()),
        LiteralValue::Int(value) => Value::Int(*value.inner()),
        LiteralValue::UInt(value) => i64::try_from(*value.inner()).map_or(Value::Uint(*value.inner()), Value::Int),
        LiteralValue::Double(value) => Value::Double(*value.inner()),
        LiteralValue::Null => Value::Null,
        LiteralValue::String(text) => Value::Text(Text::Borrowed(text.inner())),
        LiteralValue::Bytes(bytes) => Value::Foreign(Rc::new(cel::Value::Bytes(bytes.inner().to_vec().into()))),
    }
}
