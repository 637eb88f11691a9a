//! Operators on values: arithmetic that never wraps, comparison across number types, equality, membership.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an operation knows the types it works on; every other one has no such overload"
)]

use std::cmp::Ordering;

use cel::common::ast::operators;

use super::evaluate::{Meter, Stop};
use super::foreign;
use super::functions::Style;
use super::value::Value;

/// `left <operator> right`.
pub(super) fn binary<'a>(
    meter: &Meter,
    operator: &str,
    left: &Value<'a>,
    right: &Value<'a>,
) -> Result<Value<'a>, Stop> {
    if matches!((left, right), (Value::Foreign(_), _) | (_, Value::Foreign(_))) {
        return foreign::call(meter, operator, Style::Global, &[left.clone(), right.clone()]);
    }
    let compared = |wanted: fn(Ordering) -> bool| {
        let ordering = compare(left, right).ok_or_else(|| mismatch(operator, left, right))?;
        Ok(Value::Bool(wanted(ordering)))
    };
    match operator {
        operators::EQUALS => equal(meter, left, right).map(Value::Bool),
        operators::NOT_EQUALS => equal(meter, left, right).map(|same| Value::Bool(!same)),
        operators::LESS => compared(Ordering::is_lt),
        operators::LESS_EQUALS => compared(Ordering::is_le),
        operators::GREATER => compared(Ordering::is_gt),
        operators::GREATER_EQUALS => compared(Ordering::is_ge),
        operators::IN => contains(meter, right, left).map(Value::Bool),
        operators::ADD => add(meter, left, right),
        _ => arithmetic(operator, left, right),
    }
}

/// `-operand`.
pub(super) fn negate<'a>(meter: &Meter, operator: &str, operand: &Value<'a>) -> Result<Value<'a>, Stop> {
    match operand {
        Value::Int(value) => value.checked_neg().map(Value::Int).ok_or_else(overflow),
        Value::Double(value) => Ok(Value::Double(-value)),
        Value::Foreign(_) => foreign::call(meter, operator, Style::Global, std::slice::from_ref(operand)),
        other => Err(Stop::failed(format!("{} cannot be negated", other.type_name()))),
    }
}

fn add<'a>(meter: &Meter, left: &Value<'a>, right: &Value<'a>) -> Result<Value<'a>, Stop> {
    if let (Some(left), Some(right)) = (left.as_str(), right.as_str()) {
        meter.charge_bytes(left.len() + right.len())?;
        return Ok(Value::text(format!("{left}{right}")));
    }
    if let (Some(mut items), Some(more)) = (left.items(), right.items()) {
        meter.charge_bytes((items.len() + more.len()) * 16)?;
        items.extend(more);
        return Ok(Value::list(items));
    }
    arithmetic(operators::ADD, left, right)
}

fn arithmetic<'a>(operator: &str, left: &Value<'a>, right: &Value<'a>) -> Result<Value<'a>, Stop> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => {
            if *right == 0 && matches!(operator, operators::DIVIDE | operators::MODULO) {
                return Err(Stop::failed("division by zero"));
            }
            let result = match operator {
                operators::ADD => left.checked_add(*right),
                operators::SUBSTRACT => left.checked_sub(*right),
                operators::MULTIPLY => left.checked_mul(*right),
                operators::DIVIDE => left.checked_div(*right),
                operators::MODULO => left.checked_rem(*right),
                _ => None,
            };
            result.map(Value::Int).ok_or_else(overflow)
        }
        (Value::Double(left), Value::Double(right)) => match operator {
            operators::ADD => Ok(Value::Double(left + right)),
            operators::SUBSTRACT => Ok(Value::Double(left - right)),
            operators::MULTIPLY => Ok(Value::Double(left * right)),
            operators::DIVIDE => Ok(Value::Double(left / right)),
            _ => Err(Stop::failed("only integers have a remainder")),
        },
        _ => Err(mismatch(operator, left, right)),
    }
}

/// The order of two values, when they have one.
pub(super) fn compare(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::Uint(left), Value::Uint(right)) => Some(left.cmp(right)),
        // An unsigned integer here is one that no signed integer reaches.
        (Value::Int(_), Value::Uint(_)) => Some(Ordering::Less),
        (Value::Uint(_), Value::Int(_)) => Some(Ordering::Greater),
        (left, right) => {
            if let (Some(left), Some(right)) = (left.as_str(), right.as_str()) {
                return Some(left.cmp(right));
            }
            double(left)?.partial_cmp(&double(right)?)
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "comparing an integer with a floating point number is approximate"
)]
fn double(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Int(value) => Some(*value as f64),
        Value::Uint(value) => Some(*value as f64),
        Value::Double(value) => Some(*value),
        _ => None,
    }
}

/// Whether two values are equal; values of different types are not.
pub(super) fn equal(meter: &Meter, left: &Value<'_>, right: &Value<'_>) -> Result<bool, Stop> {
    meter.charge(1)?;
    if let (Value::Null, Value::Null) = (left, right) {
        return Ok(true);
    }
    if let (Some(left), Some(right)) = (left.as_str(), right.as_str()) {
        meter.charge_bytes(left.len().min(right.len()))?;
        return Ok(left == right);
    }
    if let (Value::Opaque(left), Value::Opaque(right)) = (left, right) {
        return Ok(left == right);
    }
    if let (Value::Optional(left), Value::Optional(right)) = (left, right) {
        return match (left, right) {
            (None, None) => Ok(true),
            (Some(left), Some(right)) => equal(meter, left, right),
            _ => Ok(false),
        };
    }
    if let (Some(left), Some(right)) = (left.items(), right.items()) {
        if left.len() != right.len() {
            return Ok(false);
        }
        return left
            .iter()
            .zip(&right)
            .try_fold(true, |same, (l, r)| Ok(same && equal(meter, l, r)?));
    }
    if let (Some(left), Some(right)) = (left.entries(), right.entries()) {
        if left.len() != right.len() {
            return Ok(false);
        }
        return left
            .iter()
            .zip(&right)
            .try_fold(true, |same, (l, r)| Ok(same && l.0 == r.0 && equal(meter, &l.1, &r.1)?));
    }
    Ok(compare(left, right) == Some(Ordering::Equal))
}

fn contains(meter: &Meter, container: &Value<'_>, value: &Value<'_>) -> Result<bool, Stop> {
    if let Some(items) = container.items() {
        for item in &items {
            if equal(meter, item, value)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    let Some(entries) = container.entries() else {
        return Err(Stop::failed(format!(
            "`in` needs a list or a map, not {}",
            container.type_name()
        )));
    };
    let key = value
        .as_key()
        .ok_or_else(|| Stop::failed(format!("{} cannot be a key", value.type_name())))?;
    meter.charge_bytes(entries.len())?;
    Ok(entries.iter().any(|(candidate, _)| *candidate == key))
}

fn overflow() -> Stop {
    Stop::failed("the number does not fit 64 bits")
}

fn mismatch(operator: &str, left: &Value<'_>, right: &Value<'_>) -> Stop {
    let symbol = operator.trim_matches('_');
    Stop::failed(format!(
        "`{symbol}` does not work on {} and {}",
        left.type_name(),
        right.type_name()
    ))
}
