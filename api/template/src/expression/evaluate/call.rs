//! Calls: operators that do not need both sides, the others, and functions.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an operation knows the types it works on; every other one has no such overload"
)]

use cel::common::ast::{CallExpr, Expr, IdedExpr, operators};

use super::select::{further, optional, step, whole};
use super::{Evaluator, Outcome, Stop};
use crate::expression::value::Value;
use crate::expression::{foreign, functions, operators as operate};

impl<'a> Evaluator<'a, '_> {
    pub(super) fn call(&mut self, expr: &'a IdedExpr, call: &'a CallExpr) -> Outcome<'a> {
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
                let operand = self.value(operand).map_err(|stop| further(stop, || step(key)))?;
                let key = self.value(key)?;
                self.index(&operand, &key).map_err(|stop| whole(stop, &operand, expr))
            }
            (operators::OPT_INDEX | operators::OPT_SELECT, [operand, key]) => {
                let operand = match self.value(operand) {
                    Err(Stop::Missing { .. }) => Value::Optional(None),
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

    pub(super) fn function(&mut self, call: &'a CallExpr) -> Outcome<'a> {
        let mut arguments = Vec::with_capacity(call.args.len() + 1);
        let mut style = functions::Style::Global;
        let mut name = std::borrow::Cow::Borrowed(call.func_name.as_str());
        if let Some(target) = &call.target {
            match &target.expr {
                Expr::Ident(space)
                    if functions::is_namespace(space) && !self.locals.iter().any(|(l, _)| l == space) =>
                {
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

    pub(super) fn boolean(&mut self, expr: &'a IdedExpr) -> Result<bool, Stop> {
        match self.value(expr)? {
            Value::Bool(value) => Ok(value),
            other => Err(Stop::failed(format!(
                "a condition must be a boolean, not {}",
                other.type_name()
            ))),
        }
    }

    /// `||` and `&&`: the absorbing value wins over an error on the other side, whichever side that is.
    pub(super) fn logical(&mut self, left: &'a IdedExpr, right: &'a IdedExpr, absorbing: bool) -> Outcome<'a> {
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
}
