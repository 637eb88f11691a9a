//! Functions on numbers: bits, and what a floating point number can be.

use super::native::wants;
use crate::expression::evaluate::{Meter, Stop};
use crate::expression::value::Value;

type Outcome<'a> = Result<Value<'a>, Stop>;

fn integers(arguments: &[Value<'_>]) -> Result<Vec<i64>, Stop> {
    arguments
        .iter()
        .map(|argument| {
            if let Value::Int(value) = argument {
                Ok(*value)
            } else {
                wants("integers")
            }
        })
        .collect()
}

fn number(arguments: &[Value<'_>]) -> Result<f64, Stop> {
    match arguments {
        [Value::Double(value)] => Ok(*value),
        #[expect(
            clippy::cast_precision_loss,
            reason = "the nearest floating point number is what is asked for"
        )]
        [Value::Int(value)] => Ok(*value as f64),
        _ => wants("a number"),
    }
}

pub(super) fn bits<'a>(arguments: &[Value<'a>], of: fn(i64, i64) -> i64) -> Outcome<'a> {
    match integers(arguments)?.as_slice() {
        [one, other] => Ok(Value::Int(of(*one, *other))),
        _ => wants("two integers"),
    }
}

pub(super) fn not<'a>(_: &Meter, arguments: &[Value<'a>]) -> Outcome<'a> {
    match integers(arguments)?.as_slice() {
        [one] => Ok(Value::Int(!one)),
        _ => wants("an integer"),
    }
}

/// Shifts as on 64 bits without a sign; by 64 and more everything is gone.
pub(super) fn shift<'a>(arguments: &[Value<'a>], left: bool) -> Outcome<'a> {
    let integers = integers(arguments)?;
    let [value, by] = integers.as_slice() else {
        return wants("two integers");
    };
    let Ok(by) = u32::try_from(*by) else {
        return wants("a shift that is not negative");
    };
    let bits = value.cast_unsigned();
    let shifted = if left {
        bits.checked_shl(by)
    } else {
        bits.checked_shr(by)
    };
    Ok(Value::Int(shifted.unwrap_or(0).cast_signed()))
}

pub(super) fn test<'a>(arguments: &[Value<'a>], holds: fn(f64) -> bool) -> Outcome<'a> {
    number(arguments).map(|value| Value::Bool(holds(value)))
}

pub(super) fn root<'a>(_: &Meter, arguments: &[Value<'a>]) -> Outcome<'a> {
    number(arguments).map(|value| Value::Double(value.sqrt()))
}
