//! Functions on lists and sets of our own values.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::native::wants;
use crate::expression::evaluate::{Meter, Stop};
use crate::expression::operators::equal;
use crate::expression::value::{Key, Value};

/// Longest list that `lists.range` makes.
const LONGEST: i64 = 10_000;

type Outcome<'a> = Result<Value<'a>, Stop>;

fn two<'a>(arguments: &[Value<'a>]) -> Result<(Vec<Value<'a>>, Vec<Value<'a>>), Stop> {
    let [one, other] = arguments else {
        return wants("two lists");
    };
    match (one.items(), other.items()) {
        (Some(one), Some(other)) => Ok((one, other)),
        _ => wants("two lists"),
    }
}

/// Whether every item of the second is in the first.
fn covers(meter: &Meter, all: &[Value<'_>], wanted: &[Value<'_>]) -> Result<bool, Stop> {
    for item in wanted {
        if !holds(meter, all, item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn holds(meter: &Meter, all: &[Value<'_>], wanted: &Value<'_>) -> Result<bool, Stop> {
    for item in all {
        if equal(meter, item, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn contains<'a>(meter: &Meter, arguments: &[Value<'a>]) -> Outcome<'a> {
    let (all, wanted) = two(arguments)?;
    covers(meter, &all, &wanted).map(Value::Bool)
}

pub(super) fn equivalent<'a>(meter: &Meter, arguments: &[Value<'a>]) -> Outcome<'a> {
    let (one, other) = two(arguments)?;
    Ok(Value::Bool(
        covers(meter, &one, &other)? && covers(meter, &other, &one)?,
    ))
}

pub(super) fn intersects<'a>(meter: &Meter, arguments: &[Value<'a>]) -> Outcome<'a> {
    let (one, other) = two(arguments)?;
    for item in &one {
        if holds(meter, &other, item)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

pub(super) fn range<'a>(meter: &Meter, arguments: &[Value<'a>]) -> Outcome<'a> {
    let [Value::Int(end)] = arguments else {
        return wants("an integer");
    };
    if *end > LONGEST {
        return Err(Stop::failed(format!("a range has at most {LONGEST} items")));
    }
    meter.charge(u64::try_from(*end).unwrap_or(0))?;
    Ok(Value::list((0..*end).map(Value::Int).collect()))
}

pub(super) fn first<'a>(_: &Meter, arguments: &[Value<'a>]) -> Outcome<'a> {
    match arguments.first().and_then(Value::items) {
        Some(items) => Ok(Value::Optional(items.into_iter().next().map(Rc::new))),
        None => wants("a list"),
    }
}

pub(super) fn last<'a>(_: &Meter, arguments: &[Value<'a>]) -> Outcome<'a> {
    match arguments.first().and_then(Value::items) {
        Some(items) => Ok(Value::Optional(items.into_iter().next_back().map(Rc::new))),
        None => wants("a list"),
    }
}

/// The map with one entry more.
pub(super) fn insert<'a>(meter: &Meter, arguments: &[Value<'a>]) -> Outcome<'a> {
    let [map, key, value] = arguments else {
        return wants("a map, a key and a value");
    };
    extend(meter, map, vec![(key.clone(), value.clone())])
}

/// The map with the entries of another.
pub(super) fn merge<'a>(meter: &Meter, arguments: &[Value<'a>]) -> Outcome<'a> {
    let [map, other] = arguments else {
        return wants("two maps");
    };
    let Some(entries) = other.entries() else {
        return wants("a map");
    };
    extend(
        meter,
        map,
        entries
            .into_iter()
            .map(|(key, value)| (key.to_value(), value))
            .collect(),
    )
}

fn extend<'a>(meter: &Meter, map: &Value<'a>, more: Vec<(Value<'a>, Value<'a>)>) -> Outcome<'a> {
    let mut entries: BTreeMap<Key, Value<'a>> = map.entries().unwrap_or_default().into_iter().collect();
    meter.charge(u64::try_from(entries.len() + more.len()).unwrap_or(u64::MAX))?;
    for (key, value) in more {
        let Some(key) = key.as_key() else {
            return Err(Stop::failed(format!("{} cannot be a key", key.type_name())));
        };
        if entries.insert(key, value).is_some() {
            return Err(Stop::failed("the map has a key twice"));
        }
    }
    Ok(Value::Map(Rc::new(entries)))
}
