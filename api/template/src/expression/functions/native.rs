//! Functions on our own values: text, sizes, optional values, fingerprints.

use std::fmt::Write as _;
use std::rc::Rc;

use sha2::{Digest, Sha256};

use crate::expression::evaluate::{Meter, Stop};
use crate::expression::foreign;
use crate::expression::value::Value;

pub(super) fn wants<T>(what: &str) -> Result<T, Stop> {
    Err(Stop::failed(format!("the function needs {what}")))
}

pub(super) fn texts<'v>(arguments: &'v [Value<'_>]) -> Result<Vec<&'v str>, Stop> {
    arguments
        .iter()
        .map(|a| a.as_str().map_or_else(|| wants("text"), Ok))
        .collect()
}

pub(super) fn same<'a>(_: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    arguments.first().cloned().map_or_else(|| wants("an argument"), Ok)
}

pub(super) fn size<'a>(_: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    match arguments.first().and_then(Value::size) {
        Some(size) => Ok(Value::Int(i64::try_from(size).unwrap_or(i64::MAX))),
        None => wants("text, a list or a map"),
    }
}

pub(super) fn string<'a>(meter: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    let Some(value) = arguments.first() else {
        return wants("an argument");
    };
    if let Value::Foreign(foreign) = value
        && let cel::Value::Bytes(bytes) = foreign.as_ref()
    {
        meter.charge_bytes(bytes.len())?;
        return std::str::from_utf8(bytes).map_or_else(|_| wants("bytes that are UTF-8"), |text| Ok(Value::text(text)));
    }
    match as_text(value)? {
        Some(text) => {
            meter.charge_bytes(text.len())?;
            Ok(Value::text(text))
        }
        None => wants("text, a number or a boolean"),
    }
}

/// A scalar as it is written in text; `None` for what has no one way to be written.
#[expect(clippy::wildcard_enum_match_arm, reason = "only scalars are text")]
pub(crate) fn as_text(value: &Value<'_>) -> Result<Option<String>, Stop> {
    Ok(match value {
        Value::Text(text) => Some(text.as_str().to_owned()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Int(value) => Some(value.to_string()),
        Value::Uint(value) => Some(value.to_string()),
        Value::Double(value) if value.is_finite() => Some(value.to_string()),
        Value::Optional(Some(inner)) => as_text(inner)?,
        Value::Foreign(inner) => Some(foreign::text(inner)?),
        Value::Opaque(inner) => inner.text(),
        _ => None,
    })
}

/// The text itself when it is short enough, else its beginning with a hash of the whole: stable, and still unique.
pub(super) fn short_name<'a>(meter: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    let [text, Value::Int(longest)] = arguments else {
        return wants("text and an integer");
    };
    let (Some(text), Ok(longest)) = (text.as_str(), usize::try_from(*longest)) else {
        return wants("text and a positive integer");
    };
    meter.charge_bytes(text.len())?;
    if text.len() <= longest {
        return Ok(Value::text(text));
    }
    if longest < 10 {
        return wants("a length of at least 10");
    }
    let hash = format!("-{}", hexadecimal(&Sha256::digest(text.as_bytes())[..4]));
    let mut end = longest - hash.len();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Ok(Value::text(format!(
        "{}{hash}",
        text[..end].trim_end_matches(['-', '.'])
    )))
}

/// A stable fingerprint of any value, to make one field change when another does.
pub(super) fn digest<'a>(meter: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    let Some(value) = arguments.first() else {
        return wants("an argument");
    };
    let mut hasher = Sha256::new();
    fingerprint(meter, value, &mut hasher)?;
    Ok(Value::text(hexadecimal(&hasher.finalize()[..8])))
}

/// Feeds a value with its type and its length, so that different values cannot read the same.
pub(super) fn fingerprint(meter: &Meter, value: &Value<'_>, hasher: &mut Sha256) -> Result<(), Stop> {
    meter.charge(1)?;
    if let Some(items) = value.items() {
        hasher.update(format!("l{};", items.len()));
        return items.iter().try_for_each(|item| fingerprint(meter, item, hasher));
    }
    if let Some(entries) = value.entries() {
        hasher.update(format!("m{};", entries.len()));
        return entries.iter().try_for_each(|(key, value)| {
            fingerprint(meter, &key.to_value(), hasher)?;
            fingerprint(meter, value, hasher)
        });
    }
    let text = match (value, as_text(value)?) {
        (_, Some(text)) => text,
        (Value::Null | Value::Optional(None), None) => String::new(),
        (_, None) => return wants("a value that is not a resource"),
    };
    meter.charge_bytes(text.len())?;
    hasher.update(format!("{}{};{text}", value.type_name(), text.len()));
    Ok(())
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(super) fn text_test<'a>(arguments: &[Value<'a>], holds: fn(&str, &str) -> bool) -> Result<Value<'a>, Stop> {
    match texts(arguments)?.as_slice() {
        [text, part] => Ok(Value::Bool(holds(text, part))),
        _ => wants("one argument"),
    }
}

pub(super) fn text_map<'a>(meter: &Meter, arguments: &[Value<'a>], map: fn(&str) -> String) -> Result<Value<'a>, Stop> {
    match texts(arguments)?.as_slice() {
        [text] => {
            meter.charge_bytes(text.len())?;
            Ok(Value::text(map(text)))
        }
        _ => wants("no arguments"),
    }
}

pub(super) fn replace<'a>(meter: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    let texts = texts(arguments)?;
    let [text, from, to] = texts.as_slice() else {
        return wants("two texts");
    };
    let times = if from.is_empty() {
        text.chars().count() + 1
    } else {
        text.matches(from).count()
    };
    meter.charge_bytes(text.len().saturating_add(times.saturating_mul(to.len())))?;
    Ok(Value::text(text.replace(from, to)))
}

pub(super) fn split<'a>(meter: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    let texts = texts(arguments)?;
    let [text, by] = texts.as_slice() else {
        return wants("one text");
    };
    meter.charge_bytes(text.len().saturating_mul(16))?;
    if by.is_empty() {
        return Ok(Value::list(text.chars().map(|c| Value::text(c.to_string())).collect()));
    }
    Ok(Value::list(text.split(by).map(Value::text).collect()))
}

pub(super) fn join<'a>(meter: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    let Some(items) = arguments.first().and_then(Value::items) else {
        return wants("a list of text");
    };
    let by = texts(arguments.get(1..).unwrap_or_default())?
        .first()
        .copied()
        .unwrap_or_default();
    let mut joined = String::new();
    for (index, item) in items.iter().enumerate() {
        let Some(text) = item.as_str() else {
            return wants("a list of text");
        };
        meter.charge_bytes(text.len() + by.len())?;
        if index > 0 {
            joined.push_str(by);
        }
        joined.push_str(text);
    }
    Ok(Value::text(joined))
}

#[expect(clippy::unnecessary_wraps, reason = "has the type of every function")]
pub(super) fn optional_of<'a>(_: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    Ok(Value::Optional(arguments.first().cloned().map(Rc::new)))
}

#[expect(clippy::unnecessary_wraps, reason = "has the type of every function")]
pub(super) fn optional_none<'a>(_: &Meter, _: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    Ok(Value::Optional(None))
}

pub(super) fn or_value<'a>(_: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    match arguments {
        [Value::Optional(Some(value)), _] => Ok(value.as_ref().clone()),
        [Value::Optional(None), otherwise] => Ok(otherwise.clone()),
        _ => wants("an optional value: write `.?` before the field that may be missing"),
    }
}

pub(super) fn or<'a>(_: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    match arguments {
        [some @ Value::Optional(Some(_)), _] => Ok(some.clone()),
        [Value::Optional(None), otherwise @ Value::Optional(_)] => Ok(otherwise.clone()),
        _ => wants("two optional values"),
    }
}

pub(super) fn has_value<'a>(_: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    match arguments {
        [Value::Optional(value)] => Ok(Value::Bool(value.is_some())),
        _ => wants("an optional value"),
    }
}

pub(super) fn value<'a>(_: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    match arguments {
        [Value::Optional(Some(value))] => Ok(value.as_ref().clone()),
        _ => wants("an optional value that is there"),
    }
}

/// An optional value that is there unless it is what nothing looks like: zero, empty, false.
pub(super) fn optional_of_non_zero<'a>(_: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    let Some(value) = arguments.first() else {
        return wants("an argument");
    };
    let nothing = matches!(
        value,
        Value::Null | Value::Bool(false) | Value::Int(0) | Value::Optional(None)
    );
    let zero = nothing || matches!(value, Value::Double(number) if *number == 0.0) || value.size() == Some(0);
    Ok(Value::Optional((!zero).then(|| Rc::new(value.clone()))))
}

/// The text as a literal, with what is special escaped.
pub(super) fn quote<'a>(meter: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    let texts = texts(arguments)?;
    let [text] = texts.as_slice() else {
        return wants("one text");
    };
    meter.charge_bytes(text.len())?;
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\u{b}' => quoted.push_str("\\v"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\\' => quoted.push_str("\\\\"),
            '"' => quoted.push_str("\\\""),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    Ok(Value::text(quoted))
}
