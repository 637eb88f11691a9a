//! Evaluates a parsed expression against a scope, within a budget of steps.
//!
//! Our own walk over the parsed tree: every step is counted, maps are walked in the order of their keys, and a field that
//! is not there yet is told from one that never will be.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an operation knows the types it works on; every other one has no such overload"
)]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, MapExpr, operators};
use serde_json::{Map, Value as Json};

use super::value::{Field, Key, Text, Value};
use super::{Expression, foreign, functions, operators as operate};
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
    Missing(String),
    /// It cannot be evaluated with this data.
    Failed { message: String, place: Option<Place> },
    /// The budget is used up.
    Exceeded,
}

impl Stop {
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed { message: message.into(), place: None }
    }

    /// Says where, unless something further inside already did.
    fn at(self, here: &Place) -> Self {
        let message = match self {
            Self::Failed { message, place: None } => message,
            Self::Missing(name) => format!("there is no `{name}`"),
            Self::Exceeded => format!("the expression takes more than {EXPRESSION_STEPS} steps"),
            other => return other,
        };
        Self::Failed { message, place: Some(here.clone()) }
    }
}

/// What the names of an expression stand for.
pub(crate) trait Scope<'a> {
    /// The value of a name.
    fn name(&self, name: &str) -> Option<Value<'a>>;
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
        Self { expression: Cell::new(EXPRESSION_STEPS), render: Cell::new(RENDER_STEPS) }
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
    let mut evaluator = Evaluator { scope, meter, locals: Vec::new(), peek: false };
    let value = evaluator.value(&expression.ast).and_then(|value| then(&mut evaluator, value));
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
    fn value(&mut self, expr: &'a IdedExpr) -> Outcome<'a> {
        self.meter.charge(1)?;
        match &expr.expr {
            Expr::Literal(literal) => Ok(from_literal(literal)),
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) if select.test => self.presence(&select.operand, &select.field).map(Value::Bool),
            Expr::Select(select) => {
                let operand = self.value(&select.operand).map_err(|stop| further(stop, &select.field))?;
                self.select(&operand, &select.field)
            }
            Expr::Call(call) => self.call(call),
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
        self.scope.name(name).ok_or_else(|| Stop::failed(format!("unknown name `{name}`")))
    }

    fn map(&mut self, map: &'a MapExpr) -> Outcome<'a> {
        let mut entries = BTreeMap::new();
        for entry in &map.entries {
            let EntryExpr::MapEntry(entry) = &entry.expr else {
                return Err(Stop::failed("there are no message types"));
            };
            let key = self.value(&entry.key)?;
            let key = key.as_key().ok_or_else(|| Stop::failed(format!("{} cannot be a key", key.type_name())))?;
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

    /// `has(operand.field)`: answered from what is there, without waiting and without leaving anything out.
    fn presence(&mut self, operand: &'a IdedExpr, field: &str) -> Result<bool, Stop> {
        let outer = std::mem::replace(&mut self.peek, true);
        let found = self.value(operand).and_then(|value| self.select(&value, field));
        self.peek = outer;
        match found {
            Ok(Value::Optional(None)) | Err(Stop::Waiting { .. } | Stop::Excluded(_) | Stop::Missing(_)) => Ok(false),
            Ok(_) => Ok(true),
            Err(stop) => Err(stop),
        }
    }

    /// `operand.name`.
    fn select(&self, operand: &Value<'a>, name: &str) -> Outcome<'a> {
        match operand {
            Value::Json(Json::Object(object)) => {
                object.get(name).map(Value::from_json).ok_or_else(|| Stop::Missing(name.to_owned()))
            }
            Value::Map(_) => {
                operand.get(&Key::Text(name.to_owned())).ok_or_else(|| Stop::Missing(name.to_owned()))
            }
            Value::Resource(resource) => {
                let standing = self.scope.standing(*resource)?;
                if name == "status" && !standing.ready && !self.peek {
                    return Err(Stop::Waiting { resource: *resource, path: name.to_owned() });
                }
                let field = Field {
                    resource: *resource,
                    live: standing.live.and_then(Json::as_object),
                    desired: standing.desired.and_then(Json::as_object),
                };
                self.field(field, name)
            }
            Value::Field(field) => self.field(*field, name),
            Value::Composed(composed) if name == "outputs" => Ok(Value::Outputs(*composed)),
            Value::Composed(_) => Err(Stop::failed("a composed template has only `outputs`")),
            Value::Outputs(composed) => self.scope.output(*composed, name),
            Value::Optional(None) => Ok(Value::Optional(None)),
            Value::Optional(Some(inner)) => optional(self.select(inner, name)),
            other => Err(Stop::failed(format!("{} has no field `{name}`", other.type_name()))),
        }
    }

    /// A field of a resource: the live one, else the one the template wants.
    fn field(&self, field: Field<'a>, name: &str) -> Outcome<'a> {
        let resource = field.resource;
        match (field.live.and_then(|o| o.get(name)), field.desired.and_then(|o| o.get(name))) {
            (None, None) if self.scope.standing(resource)?.ready => Err(Stop::Missing(name.to_owned())),
            (None, None) => Err(Stop::Waiting { resource, path: name.to_owned() }),
            (None | Some(Json::Object(_)), None | Some(Json::Object(_))) => {
                let object = |map: Option<&'a Map<String, Json>>| map.and_then(|m| m.get(name)).and_then(Json::as_object);
                Ok(Value::Field(Field { resource, live: object(field.live), desired: object(field.desired) }))
            }
            (Some(value), _) | (None, Some(value)) => Ok(Value::from_json(value)),
        }
    }

    fn index(&self, operand: &Value<'a>, key: &Value<'a>) -> Outcome<'a> {
        if let Some(name) = key.as_str() {
            return self.select(operand, name);
        }
        if let Value::Optional(inner) = operand {
            return inner.as_ref().map_or(Ok(Value::Optional(None)), |inner| optional(self.index(inner, key)));
        }
        let key = key.as_key().ok_or_else(|| Stop::failed(format!("{} cannot be an index", key.type_name())))?;
        let missing = || Stop::Missing(match &key {
            Key::Bool(value) => format!("[{value}]"),
            Key::Int(value) => format!("[{value}]"),
            Key::Text(value) => value.clone(),
        });
        let position = match &key {
            Key::Int(position) => usize::try_from(*position).ok(),
            Key::Bool(_) | Key::Text(_) => None,
        };
        match operand {
            Value::List(items) => position.and_then(|at| items.get(at)).cloned().ok_or_else(missing),
            Value::Json(Json::Array(items)) => {
                position.and_then(|at| items.get(at)).map(Value::from_json).ok_or_else(missing)
            }
            Value::Map(_) | Value::Json(_) => operand.get(&key).ok_or_else(missing),
            other => Err(Stop::failed(format!("{} cannot be indexed", other.type_name()))),
        }
    }

    fn call(&mut self, call: &'a CallExpr) -> Outcome<'a> {
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::CONDITIONAL, [condition, yes, no]) => {
                let branch = if self.boolean(condition)? { yes } else { no };
                self.value(branch)
            }
            (operators::LOGICAL_OR, [left, right]) => self.logical(left, right, true),
            (operators::LOGICAL_AND, [left, right]) => self.logical(left, right, false),
            (operators::LOGICAL_NOT, [operand]) => self.boolean(operand).map(|value| Value::Bool(!value)),
            (operators::NOT_STRICTLY_FALSE, [operand]) => match self.value(operand) {
                Err(Stop::Exceeded) => Err(Stop::Exceeded),
                value => Ok(Value::Bool(!matches!(value, Ok(Value::Bool(false))))),
            },
            (operators::INDEX, [operand, key]) => {
                let operand = self.value(operand).map_err(|stop| further(stop, "…"))?;
                let key = self.value(key)?;
                self.index(&operand, &key)
            }
            (operators::OPT_INDEX | operators::OPT_SELECT, [operand, key]) => {
                let operand = match self.value(operand) {
                    Err(Stop::Missing(_)) => Value::Optional(None),
                    other => other?,
                };
                let key = self.value(key)?;
                optional(self.index(&operand, &key))
            }
            (name, [left, right]) if functions::is_operator(name) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                operate::binary(self.meter, name, &left, &right)
            }
            (name, [operand]) if functions::is_operator(name) => {
                let operand = self.value(operand)?;
                operate::negate(self.meter, name, &operand)
            }
            _ => self.function(call),
        }
    }

    fn function(&mut self, call: &'a CallExpr) -> Outcome<'a> {
        let mut arguments = Vec::with_capacity(call.args.len() + 1);
        let mut style = functions::Style::Global;
        let mut name = std::borrow::Cow::Borrowed(call.func_name.as_str());
        if let Some(target) = &call.target {
            match &target.expr {
                Expr::Ident(space) if functions::is_namespace(space) && !self.locals.iter().any(|(l, _)| l == space) => {
                    name = format!("{space}.{name}").into();
                }
                _ => {
                    style = functions::Style::Member;
                    arguments.push(self.value(target)?);
                }
            }
        }
        for argument in &call.args {
            arguments.push(self.value(argument)?);
        }
        match functions::native(&name, style) {
            Some(native) => native(self.meter, &arguments),
            None => foreign::call(self.meter, &name, style, &arguments),
        }
    }

    fn boolean(&mut self, expr: &'a IdedExpr) -> Result<bool, Stop> {
        match self.value(expr)? {
            Value::Bool(value) => Ok(value),
            other => Err(Stop::failed(format!("a condition must be a boolean, not {}", other.type_name()))),
        }
    }

    /// `||` and `&&`: the absorbing value wins over an error on the other side, whichever side that is.
    fn logical(&mut self, left: &'a IdedExpr, right: &'a IdedExpr, absorbing: bool) -> Outcome<'a> {
        let left = self.boolean(left);
        if left == Ok(absorbing) || left == Err(Stop::Exceeded) {
            return left.map(Value::Bool);
        }
        match (left, self.boolean(right)) {
            (_, Ok(value)) if value == absorbing => Ok(Value::Bool(value)),
            (Err(waiting @ Stop::Waiting { .. }), _) => Err(waiting),
            (_, Err(stop)) | (Err(stop), Ok(_)) => Err(stop),
            (Ok(_), Ok(value)) => Ok(Value::Bool(value)),
        }
    }

    /// A comprehension macro: `all`, `exists`, `exists_one`, `map`, `filter`.
    fn fold(&mut self, fold: &'a ComprehensionExpr) -> Outcome<'a> {
        let range = self.value(&fold.iter_range)?;
        let items = match (range.items(), range.entries()) {
            (Some(items), _) => items,
            (None, Some(entries)) => entries.iter().map(|(key, _)| key.to_value()).collect(),
            (None, None) => return Err(Stop::failed(format!("cannot go through {}", range.type_name()))),
        };
        let mut result = self.value(&fold.accu_init)?;
        let append = appending(fold);
        let before = self.locals.len();
        let mut pending = None;
        for item in items {
            self.meter.charge(1)?;
            self.locals.push((&fold.iter_var, item));
            if let Some((guard, elements)) = append {
                if guard.map_or(Ok(true), |guard| self.boolean(guard))? {
                    self.append(&mut result, elements)?;
                }
            } else {
                self.locals.push((&fold.accu_var, result.clone()));
                if !self.boolean(&fold.loop_cond)? {
                    self.locals.truncate(before);
                    break;
                }
                match self.value(&fold.loop_step) {
                    Ok(next) => {
                        result = next;
                        pending = None;
                    }
                    // `all` and `exists`: a later element may still decide, whatever this one failed with.
                    Err(stop) if stop != Stop::Exceeded && is_logical(&fold.loop_step) => pending = Some(stop),
                    Err(stop) => return Err(stop),
                }
            }
            self.locals.truncate(before);
        }
        if let Some(stop) = pending {
            return Err(stop);
        }
        self.locals.push((&fold.accu_var, result));
        let value = self.value(&fold.result);
        self.locals.truncate(before);
        value
    }

    fn append(&mut self, result: &mut Value<'a>, elements: &'a [IdedExpr]) -> Result<(), Stop> {
        for element in elements {
            let value = self.value(element)?;
            if let Value::List(items) = result {
                Rc::make_mut(items).push(value);
            }
        }
        Ok(())
    }

    /// The value as JSON; what is optional and not there is `null`.
    pub fn json(&self, value: &Value<'a>) -> Result<Json, Stop> {
        self.meter.charge(1)?;
        Ok(match value {
            Value::Null | Value::Optional(None) => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Int(value) => Json::from(*value),
            Value::Uint(value) => Json::from(*value),
            Value::Double(value) => serde_json::Number::from_f64(*value)
                .map(Json::Number)
                .ok_or_else(|| Stop::failed("the number is not finite"))?,
            Value::Text(text) => {
                self.meter.charge_bytes(text.as_str().len())?;
                Json::String(text.as_str().to_owned())
            }
            Value::List(items) => Json::Array(items.iter().map(|item| self.json(item)).collect::<Result<_, _>>()?),
            Value::Map(map) => {
                let mut object = Map::new();
                for (key, value) in map.iter() {
                    let Key::Text(key) = key else { return Err(Stop::failed("a key must be text")) };
                    object.insert(key.clone(), self.json(value)?);
                }
                Json::Object(object)
            }
            Value::Json(json) => self.copy(json)?,
            Value::Field(field) => match field.live.or(field.desired) {
                Some(object) => self.object(object)?,
                None => Json::Null,
            },
            Value::Resource(resource) => {
                let standing = self.scope.standing(*resource)?;
                match standing.live.filter(|_| standing.ready) {
                    Some(object) => self.copy(object)?,
                    None => return Err(Stop::Waiting { resource: *resource, path: String::new() }),
                }
            }
            Value::Optional(Some(inner)) => self.json(inner)?,
            Value::Foreign(inner) => Json::String(foreign::text(inner)?),
            Value::Composed(_) | Value::Outputs(_) => {
                return Err(Stop::failed("a composed template is no value; name one of its outputs"));
            }
        })
    }

    fn copy(&self, json: &Json) -> Result<Json, Stop> {
        self.meter.charge(1)?;
        Ok(match json {
            Json::Array(items) => Json::Array(items.iter().map(|item| self.copy(item)).collect::<Result<_, _>>()?),
            Json::Object(object) => self.object(object)?,
            Json::String(text) => {
                self.meter.charge_bytes(text.len())?;
                json.clone()
            }
            scalar => scalar.clone(),
        })
    }

    fn object(&self, object: &Map<String, Json>) -> Result<Json, Stop> {
        let mut copy = Map::new();
        for (key, value) in object {
            copy.insert(key.clone(), self.copy(value)?);
        }
        Ok(Json::Object(copy))
    }
}

/// Says what would have been selected next on what is not there yet.
fn further(stop: Stop, name: &str) -> Stop {
    match stop {
        Stop::Waiting { resource, path } => Stop::Waiting { resource, path: format!("{path}.{name}") },
        other => other,
    }
}

fn optional(outcome: Outcome<'_>) -> Outcome<'_> {
    match outcome {
        Ok(value @ Value::Optional(_)) => Ok(value),
        Ok(value) => Ok(Value::Optional(Some(Rc::new(value)))),
        Err(Stop::Missing(_) | Stop::Waiting { .. } | Stop::Excluded(_)) => Ok(Value::Optional(None)),
        Err(stop) => Err(stop),
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

/// A guard and the elements appended.
type Append<'a> = (Option<&'a IdedExpr>, &'a [IdedExpr]);

/// The step of `map` and `filter`, `@result + [element]`, which is done in place.
fn appending(fold: &ComprehensionExpr) -> Option<Append<'_>> {
    let is_result = |expr: &IdedExpr| matches!(&expr.expr, Expr::Ident(name) if *name == fold.accu_var);
    let step = &fold.loop_step;
    let (guard, addition) = match &step.expr {
        Expr::Call(call) if call.func_name == operators::CONDITIONAL => match call.args.as_slice() {
            [guard, addition, otherwise] if is_result(otherwise) => (Some(guard), addition),
            _ => return None,
        },
        _ => (None, step),
    };
    let Expr::Call(call) = &addition.expr else { return None };
    let [left, IdedExpr { expr: Expr::List(list), .. }] = call.args.as_slice() else { return None };
    let plain = call.func_name == operators::ADD && is_result(left) && list.optional_indices.is_empty();
    (plain && is_result(&fold.result)).then_some((guard, list.elements.as_slice()))
}

fn is_logical(step: &IdedExpr) -> bool {
    matches!(&step.expr, Expr::Call(call)
        if call.func_name == operators::LOGICAL_AND || call.func_name == operators::LOGICAL_OR)
}
