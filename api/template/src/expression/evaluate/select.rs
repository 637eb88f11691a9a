//! Selecting: fields, items, and what is asked for with `has()` or may be missing.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an operation knows the types it works on; every other one has no such overload"
)]

use std::rc::Rc;

use cel::common::ast::{Expr, IdedExpr, LiteralValue, operators};
use serde_json::{Map, Value as Json};

use super::{Evaluator, Outcome, Stop};
use crate::expression::value::{Field, Key, Value};

impl<'a> Evaluator<'a, '_> {
    /// `has(operand.field)`: answered from what is there, without waiting and without leaving anything out.
    pub(super) fn presence(&mut self, operand: &'a IdedExpr, field: &str) -> Result<bool, Stop> {
        let outer = std::mem::replace(&mut self.peek, true);
        let found = self.value(operand).and_then(|value| self.select(&value, field));
        self.peek = outer;
        match found {
            Ok(Value::Optional(None)) | Err(Stop::Waiting { .. } | Stop::Excluded(_) | Stop::Missing { .. }) => {
                Ok(false)
            }
            Ok(_) => Ok(true),
            Err(stop) => Err(stop),
        }
    }

    /// `operand.name`.
    pub(super) fn select(&self, operand: &Value<'a>, name: &str) -> Outcome<'a> {
        match operand {
            Value::Json(Json::Object(object)) => object
                .get(name)
                .map(Value::from_json)
                .ok_or_else(|| Stop::missing(name)),
            Value::Map(_) => operand
                .get(&Key::Text(name.to_owned()))
                .ok_or_else(|| Stop::missing(name)),
            Value::Resource(resource) => {
                let standing = self.scope.standing(*resource)?;
                if name == "status" && !standing.ready && !self.peek {
                    return Err(Stop::Waiting {
                        resource: *resource,
                        path: name.to_owned(),
                    });
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
    pub(super) fn field(&self, field: Field<'a>, name: &str) -> Outcome<'a> {
        let resource = field.resource;
        match (
            field.live.and_then(|o| o.get(name)),
            field.desired.and_then(|o| o.get(name)),
        ) {
            (None, None) if self.scope.standing(resource)?.ready => Err(Stop::missing(name)),
            (None, None) => Err(Stop::Waiting {
                resource,
                path: name.to_owned(),
            }),
            (None | Some(Json::Object(_)), None | Some(Json::Object(_))) => {
                let object =
                    |map: Option<&'a Map<String, Json>>| map.and_then(|m| m.get(name)).and_then(Json::as_object);
                Ok(Value::Field(Field {
                    resource,
                    live: object(field.live),
                    desired: object(field.desired),
                }))
            }
            (Some(value), _) | (None, Some(value)) => Ok(Value::from_json(value)),
        }
    }

    pub(super) fn index(&self, operand: &Value<'a>, key: &Value<'a>) -> Outcome<'a> {
        if let Some(name) = key.as_str() {
            return self.select(operand, name);
        }
        if let Value::Optional(inner) = operand {
            return inner
                .as_ref()
                .map_or(Ok(Value::Optional(None)), |inner| optional(self.index(inner, key)));
        }
        let key = key
            .as_key()
            .ok_or_else(|| Stop::failed(format!("{} cannot be an index", key.type_name())))?;
        let missing = || match &key {
            Key::Bool(value) => Stop::missing(format!("[{value}]")),
            Key::Int(value) => Stop::missing(format!("[{value}]")),
            Key::Text(value) => Stop::missing(value.as_str()),
        };
        let position = match &key {
            Key::Int(position) => usize::try_from(*position).ok(),
            Key::Bool(_) | Key::Text(_) => None,
        };
        match operand {
            Value::List(items) => position.and_then(|at| items.get(at)).cloned().ok_or_else(missing),
            Value::Json(Json::Array(items)) => position
                .and_then(|at| items.get(at))
                .map(Value::from_json)
                .ok_or_else(missing),
            Value::Map(_) | Value::Json(_) => operand.get(&key).ok_or_else(missing),
            other => Err(Stop::failed(format!("{} cannot be indexed", other.type_name()))),
        }
    }
}

/// Says what would have been selected next on what is not there yet.
pub(super) fn further(stop: Stop, next: impl FnOnce() -> String) -> Stop {
    match stop {
        Stop::Waiting { resource, path } => Stop::Waiting {
            resource,
            path: path + &next(),
        },
        other => other,
    }
}

/// Says the whole path of what is waited for, where it is selected on the resource itself.
pub(super) fn whole(stop: Stop, operand: &Value<'_>, expr: &IdedExpr) -> Stop {
    match (stop, operand) {
        (Stop::Waiting { resource, .. }, Value::Resource(_) | Value::Field(_)) => {
            let mut steps = Vec::new();
            let mut base = expr;
            loop {
                match &base.expr {
                    Expr::Select(select) => {
                        steps.push(format!(".{}", select.field));
                        base = &select.operand;
                    }
                    Expr::Call(call) if call.func_name == operators::INDEX && call.args.len() == 2 => {
                        steps.push(step(&call.args[1]));
                        base = &call.args[0];
                    }
                    _ => break,
                }
            }
            let path: String = steps.into_iter().rev().collect();
            Stop::Waiting {
                resource,
                path: path.trim_start_matches('.').to_owned(),
            }
        }
        (stop, _) => stop,
    }
}

/// An index as it stands in a path.
pub(super) fn step(key: &IdedExpr) -> String {
    match &key.expr {
        Expr::Literal(LiteralValue::Int(index)) => format!("[{}]", index.inner()),
        Expr::Literal(LiteralValue::String(name)) => format!(".{}", name.inner()),
        _ => "[…]".to_owned(),
    }
}

pub(super) fn optional(outcome: Outcome<'_>) -> Outcome<'_> {
    match outcome {
        Ok(value @ Value::Optional(_)) => Ok(value),
        Ok(value) => Ok(Value::Optional(Some(Rc::new(value)))),
        Err(Stop::Missing { .. } | Stop::Waiting { .. } | Stop::Excluded(_)) => Ok(Value::Optional(None)),
        Err(stop) => Err(stop),
    }
}
