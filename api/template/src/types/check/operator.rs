//! Operators: which types they work on, and what they come to.

use cel::common::ast::{IdedExpr, operators};

use super::Checker;
use crate::types::Type;

impl Checker<'_> {
    pub(super) fn boolean(&mut self, expr: &IdedExpr) {
        let of = self.infer(expr);
        if !matches!(of, Type::Bool | Type::Any) {
            let message = match &of {
                Type::Optional(inner) if matches!(**inner, Type::Bool | Type::Any) => {
                    self.suggest(
                        expr,
                        "a boolean is wanted; this one may be missing",
                        "add .orValue(false)",
                    );
                    return;
                }
                of => format!("a boolean is wanted; this is {}", of.said()),
            };
            self.error(expr, message);
        }
    }

    pub(super) fn conditional(&mut self, condition: &IdedExpr, yes: &IdedExpr, no: &IdedExpr) -> Type {
        self.boolean(condition);
        let (yes, no) = (self.infer(yes), self.infer(no));
        self.schemas.join(&yes, &no)
    }

    pub(super) fn negation(&mut self, expr: &IdedExpr, operand: &IdedExpr) -> Type {
        match self.infer(operand) {
            of @ (Type::Int | Type::Double | Type::Number | Type::Duration | Type::Any) => of,
            of => self.error(expr, format!("{} cannot be negated", of.said())),
        }
    }

    pub(super) fn binary(&mut self, expr: &IdedExpr, operator: &str, left: &IdedExpr, right: &IdedExpr) -> Type {
        let (left, right) = (self.infer(left), self.infer(right));
        if matches!(left, Type::Any) || matches!(right, Type::Any) {
            return known_anyway(operator, &left, &right);
        }
        match operator {
            operators::EQUALS | operators::NOT_EQUALS => {
                self.equality(expr, operator, &left, &right);
                Type::Bool
            }
            operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS => {
                if !ordered(&left, &right) {
                    self.no_such(expr, operator, &left, &right);
                }
                Type::Bool
            }
            operators::IN => {
                match self.schemas.resolve(right.present()) {
                    Type::List(_) | Type::Map(_) | Type::Object(_) | Type::Null | Type::Any => {}
                    other => {
                        self.error(expr, format!("`in` needs a list or a map, not {}", other.said()));
                    }
                }
                Type::Bool
            }
            operators::ADD => match (&left, &right) {
                (Type::List(one), Type::List(other)) => Type::list(self.schemas.join(one, other)),
                (Type::Text | Type::Choice(_), Type::Text | Type::Choice(_)) => Type::Text,
                (Type::Bytes, Type::Bytes) => Type::Bytes,
                (Type::Duration, Type::Duration) => Type::Duration,
                (Type::Timestamp, Type::Duration) | (Type::Duration, Type::Timestamp) => Type::Timestamp,
                _ => self.arithmetic(expr, operator, &left, &right),
            },
            operators::SUBSTRACT => match (&left, &right) {
                (Type::Duration, Type::Duration) | (Type::Timestamp, Type::Timestamp) => Type::Duration,
                (Type::Timestamp, Type::Duration) => Type::Timestamp,
                _ => self.arithmetic(expr, operator, &left, &right),
            },
            _ => self.arithmetic(expr, operator, &left, &right),
        }
    }

    fn arithmetic(&mut self, expr: &IdedExpr, operator: &str, left: &Type, right: &Type) -> Type {
        match (left, right) {
            (Type::Int, Type::Int) => Type::Int,
            (Type::Uint, Type::Uint) => Type::Uint,
            (Type::Double, Type::Double) if operator != operators::MODULO => Type::Double,
            (Type::Number, Type::Int | Type::Double | Type::Number) | (Type::Int | Type::Double, Type::Number) => {
                Type::Number
            }
            (Type::IntOrText | Type::Quantity, _) | (_, Type::IntOrText | Type::Quantity) => Type::Any,
            _ => self.no_such(expr, operator, left, right),
        }
    }

    fn no_such(&mut self, expr: &IdedExpr, operator: &str, left: &Type, right: &Type) -> Type {
        let symbol = operator.trim_matches('_');
        let message = format!("`{symbol}` does not work on {} and {}", left.said(), right.said());
        let textual = |of: &Type| matches!(of, Type::Text | Type::Choice(_));
        let numeric = |of: &Type| matches!(of, Type::Int | Type::Double | Type::Number | Type::Bool);
        let optional = |of: &Type| matches!(of, Type::Optional(_));
        if optional(left) || optional(right) {
            self.suggest(expr, message, "add .orValue(…)")
        } else if operator == operators::ADD && (textual(left) && numeric(right) || numeric(left) && textual(right)) {
            self.suggest(expr, message, "make it text with string(…)")
        } else if matches!((left, right), (Type::Int, Type::Double) | (Type::Double, Type::Int)) {
            self.suggest(
                expr,
                message,
                "make both integers with int(…), or neither with double(…)",
            )
        } else {
            self.error(expr, message)
        }
    }

    /// Values of different types are never equal: comparing them is a mistake.
    fn equality(&mut self, expr: &IdedExpr, operator: &str, left: &Type, right: &Type) {
        let (one, other) = (
            self.schemas.resolve(left.present()),
            self.schemas.resolve(right.present()),
        );
        if let (Type::Choice(one), Type::Choice(other)) = (&one, &other)
            && !one.iter().any(|text| other.contains(text))
            && (one.len() > 1 || other.len() > 1)
        {
            let (known, given) = if one.len() > 1 { (one, other) } else { (other, one) };
            let message = format!("this is one of {}, never `{}`", known.join(", "), given.join(", "));
            self.error(expr, message);
            return;
        }
        let comparable = matches!(one, Type::Null | Type::Any)
            || matches!(other, Type::Null | Type::Any)
            || group(&one).is_some_and(|group| group.iter().any(|of| of(&other)))
            || one == other;
        if !comparable {
            self.no_such(expr, operator, left, right);
        }
    }
}

/// What an operator comes to when one of its sides can be anything.
fn known_anyway(operator: &str, left: &Type, right: &Type) -> Type {
    match operator {
        operators::EQUALS
        | operators::NOT_EQUALS
        | operators::LESS
        | operators::LESS_EQUALS
        | operators::GREATER
        | operators::GREATER_EQUALS
        | operators::IN => Type::Bool,
        operators::ADD
            if matches!(left, Type::Text | Type::Choice(_)) || matches!(right, Type::Text | Type::Choice(_)) =>
        {
            Type::Text
        }
        _ => Type::Any,
    }
}

type Is = fn(&Type) -> bool;

const NUMBER: Is = |of| {
    matches!(
        of,
        Type::Int | Type::Uint | Type::Double | Type::Number | Type::IntOrText | Type::Quantity
    )
};
const TEXT: Is = |of| matches!(of, Type::Text | Type::Choice(_) | Type::IntOrText | Type::Quantity);
const MAP: Is = |of| matches!(of, Type::Map(_) | Type::Object(_) | Type::Named(_));

/// What values of a type can be equal to.
fn group(of: &Type) -> Option<&'static [Is]> {
    Some(match of {
        Type::Int | Type::Uint | Type::Double | Type::Number => &[NUMBER],
        Type::Text | Type::Choice(_) => &[TEXT],
        Type::IntOrText | Type::Quantity => &[NUMBER, TEXT],
        Type::Bool => &[|of| matches!(of, Type::Bool)],
        Type::List(_) => &[|of| matches!(of, Type::List(_))],
        Type::Map(_) | Type::Object(_) | Type::Named(_) => &[MAP],
        Type::Bytes
        | Type::Timestamp
        | Type::Duration
        | Type::Opaque(_)
        | Type::Any
        | Type::Null
        | Type::Optional(_) => {
            return None;
        }
    })
}

/// Whether values of two types have an order.
fn ordered(left: &Type, right: &Type) -> bool {
    let textual = |of: &Type| TEXT(of);
    NUMBER(left) && NUMBER(right)
        || textual(left) && textual(right)
        || left == right && matches!(left, Type::Bool | Type::Timestamp | Type::Duration | Type::Bytes)
}
