//! The functions expressions can call: which exist, and those that work on our own values.

use std::fmt::Write as _;
use std::rc::Rc;

use cel::common::ast::operators;
use sha2::{Digest, Sha256};

use super::evaluate::{Meter, Stop};
use super::value::Value;

/// How a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Style {
    /// `name(a)` or `space.name(a)`.
    Global,
    /// `a.name()`.
    Member,
}

/// Whether a function exists.
pub(super) enum Found {
    Yes,
    OtherArguments,
    No,
}

/// A function on our own values; a member's target is its first argument.
pub(super) type Native = for<'a> fn(&Meter, &[Value<'a>]) -> Result<Value<'a>, Stop>;

/// Name, style, fewest and most arguments, and who implements it: we or the expression library.
type Entry = (&'static str, Style, usize, usize, Option<Native>);

const fn global(name: &'static str, arguments: usize, native: Native) -> Entry {
    (name, Style::Global, arguments, arguments, Some(native))
}

const fn member(name: &'static str, fewest: usize, most: usize, native: Native) -> Entry {
    (name, Style::Member, fewest, most, Some(native))
}

const fn theirs(name: &'static str, style: Style, fewest: usize, most: usize) -> Entry {
    (name, style, fewest, most, None)
}

/// Every function. What can make more than it was given is ours, so that the budget sees it.
pub(super) static FUNCTIONS: &[Entry] = &[
    global("size", 1, size),
    global("string", 1, string),
    global("dyn", 1, same),
    global("shortName", 2, short_name),
    global("digest", 1, digest),
    global("optional.of", 1, optional_of),
    global("optional.none", 0, optional_none),
    member("size", 0, 0, size),
    member("contains", 1, 1, |_, a| text_test(a, |text, part| text.contains(part))),
    member("startsWith", 1, 1, |_, a| text_test(a, |text, part| text.starts_with(part))),
    member("endsWith", 1, 1, |_, a| text_test(a, |text, part| text.ends_with(part))),
    member("lowerAscii", 0, 0, |meter, a| text_map(meter, a, |text| text.to_ascii_lowercase())),
    member("upperAscii", 0, 0, |meter, a| text_map(meter, a, |text| text.to_ascii_uppercase())),
    member("trim", 0, 0, |meter, a| text_map(meter, a, |text| text.trim().to_owned())),
    member("replace", 2, 2, replace),
    member("split", 1, 1, split),
    member("join", 0, 1, join),
    member("orValue", 1, 1, or_value),
    member("or", 1, 1, or),
    member("hasValue", 0, 0, has_value),
    member("value", 0, 0, value),
    theirs("int", Style::Global, 1, 1),
    theirs("uint", Style::Global, 1, 1),
    theirs("double", Style::Global, 1, 1),
    theirs("bool", Style::Global, 1, 1),
    theirs("bytes", Style::Global, 1, 1),
    theirs("duration", Style::Global, 1, 1),
    theirs("timestamp", Style::Global, 1, 1),
    theirs("matches", Style::Global, 2, 2),
    theirs("matches", Style::Member, 1, 1),
    theirs("charAt", Style::Member, 1, 1),
    theirs("indexOf", Style::Member, 1, 2),
    theirs("lastIndexOf", Style::Member, 1, 2),
    theirs("substring", Style::Member, 1, 2),
    theirs("reverse", Style::Member, 0, 0),
    theirs("sort", Style::Member, 0, 0),
    theirs("distinct", Style::Member, 0, 0),
    theirs("flatten", Style::Member, 0, 1),
    theirs("slice", Style::Member, 2, 2),
    theirs("getFullYear", Style::Member, 0, 1),
    theirs("getMonth", Style::Member, 0, 1),
    theirs("getDate", Style::Member, 0, 1),
    theirs("getDayOfMonth", Style::Member, 0, 1),
    theirs("getDayOfWeek", Style::Member, 0, 1),
    theirs("getDayOfYear", Style::Member, 0, 1),
    theirs("getHours", Style::Member, 0, 1),
    theirs("getMinutes", Style::Member, 0, 1),
    theirs("getSeconds", Style::Member, 0, 1),
    theirs("getMilliseconds", Style::Member, 0, 1),
    theirs("math.greatest", Style::Global, 1, 4),
    theirs("math.least", Style::Global, 1, 4),
    theirs("math.ceil", Style::Global, 1, 1),
    theirs("math.floor", Style::Global, 1, 1),
    theirs("math.round", Style::Global, 1, 1),
    theirs("math.trunc", Style::Global, 1, 1),
    theirs("math.abs", Style::Global, 1, 1),
    theirs("math.sign", Style::Global, 1, 1),
    theirs("base64.encode", Style::Global, 1, 1),
    theirs("base64.decode", Style::Global, 1, 1),
];

/// Operators that take their operands evaluated.
pub(super) const BINARY: [&str; 12] = [
    operators::ADD,
    operators::SUBSTRACT,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::LESS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::GREATER_EQUALS,
    operators::IN,
];

/// Whether the parser made the call from an operator.
pub(super) fn is_operator(name: &str) -> bool {
    name.starts_with(['_', '@', '!', '-'])
}

/// Whether `name.f()` calls the function `name.f`.
pub(super) fn is_namespace(name: &str) -> bool {
    matches!(name, "math" | "base64" | "optional")
}

/// Looks a function up.
pub(super) fn find(name: &str, style: Style, arguments: usize) -> Found {
    let mut found = Found::No;
    for (_, _, fewest, most, _) in FUNCTIONS.iter().filter(|f| f.0 == name && f.1 == style) {
        if (*fewest..=*most).contains(&arguments) {
            return Found::Yes;
        }
        found = Found::OtherArguments;
    }
    found
}

/// The names of all functions of a style, for suggestions.
pub(super) fn names(style: Style) -> impl Iterator<Item = &'static str> {
    let macros: &[&str] = match style {
        Style::Global => &["has"],
        Style::Member => &["all", "exists", "exists_one", "map", "filter"],
    };
    FUNCTIONS.iter().filter(move |f| f.1 == style).map(|f| f.0).chain(macros.iter().copied())
}

/// Our own implementation, when there is one.
pub(super) fn native(name: &str, style: Style) -> Option<Native> {
    FUNCTIONS.iter().find(|f| f.0 == name && f.1 == style).and_then(|f| f.4)
}

fn wants<T>(what: &str) -> Result<T, Stop> {
    Err(Stop::failed(format!("the function needs {what}")))
}

fn texts<'v>(arguments: &'v [Value<'_>]) -> Result<Vec<&'v str>, Stop> {
    arguments.iter().map(|a| a.as_str().map_or_else(|| wants("text"), Ok)).collect()
}

fn same<'a>(_: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    arguments.first().cloned().map_or_else(|| wants("an argument"), Ok)
}

fn size<'a>(_: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    match arguments.first().and_then(Value::size) {
        Some(size) => Ok(Value::Int(i64::try_from(size).unwrap_or(i64::MAX))),
        None => wants("text, a list or a map"),
    }
}

fn string<'a>(meter: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    let Some(value) = arguments.first() else { return wants("an argument") };
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
        Value::Foreign(inner) => Some(super::foreign::text(inner)?),
        _ => None,
    })
}

/// The text itself when it is short enough, else its beginning with a hash of the whole: stable, and still unique.
fn short_name<'a>(meter: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    let [text, Value::Int(longest)] = arguments else { return wants("text and an integer") };
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
    Ok(Value::text(format!("{}{hash}", text[..end].trim_end_matches(['-', '.']))))
}

/// A stable fingerprint of any value, to make one field change when another does.
fn digest<'a>(meter: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    let Some(value) = arguments.first() else { return wants("an argument") };
    let mut hasher = Sha256::new();
    fingerprint(meter, value, &mut hasher)?;
    Ok(Value::text(hexadecimal(&hasher.finalize()[..8])))
}

/// Feeds a value with its type and its length, so that different values cannot read the same.
fn fingerprint(meter: &Meter, value: &Value<'_>, hasher: &mut Sha256) -> Result<(), Stop> {
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

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn text_test<'a>(arguments: &[Value<'a>], test: fn(&str, &str) -> bool) -> Result<Value<'a>, Stop> {
    match texts(arguments)?.as_slice() {
        [text, part] => Ok(Value::Bool(test(text, part))),
        _ => wants("one argument"),
    }
}

fn text_map<'a>(meter: &Meter, arguments: &[Value<'a>], map: fn(&str) -> String) -> Result<Value<'a>, Stop> {
    match texts(arguments)?.as_slice() {
        [text] => {
            meter.charge_bytes(text.len())?;
            Ok(Value::text(map(text)))
        }
        _ => wants("no arguments"),
    }
}

fn replace<'a>(meter: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    let texts = texts(arguments)?;
    let [text, from, to] = texts.as_slice() else { return wants("two texts") };
    let times = if from.is_empty() { text.chars().count() + 1 } else { text.matches(from).count() };
    meter.charge_bytes(text.len().saturating_add(times.saturating_mul(to.len())))?;
    Ok(Value::text(text.replace(from, to)))
}

fn split<'a>(meter: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    let texts = texts(arguments)?;
    let [text, by] = texts.as_slice() else { return wants("one text") };
    meter.charge_bytes(text.len().saturating_mul(16))?;
    if by.is_empty() {
        return Ok(Value::list(text.chars().map(|c| Value::text(c.to_string())).collect()));
    }
    Ok(Value::list(text.split(by).map(Value::text).collect()))
}

fn join<'a>(meter: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    let Some(items) = arguments.first().and_then(Value::items) else { return wants("a list of text") };
    let by = texts(arguments.get(1..).unwrap_or_default())?.first().copied().unwrap_or_default();
    let mut joined = String::new();
    for (index, item) in items.iter().enumerate() {
        let Some(text) = item.as_str() else { return wants("a list of text") };
        meter.charge_bytes(text.len() + by.len())?;
        if index > 0 {
            joined.push_str(by);
        }
        joined.push_str(text);
    }
    Ok(Value::text(joined))
}

fn optional_of<'a>(_: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    Ok(Value::Optional(arguments.first().cloned().map(Rc::new)))
}

#[expect(clippy::unnecessary_wraps, reason = "has the type of every function")]
fn optional_none<'a>(_: &Meter, _: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    Ok(Value::Optional(None))
}

fn or_value<'a>(_: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    match arguments {
        [Value::Optional(Some(value)), _] => Ok(value.as_ref().clone()),
        [Value::Optional(None), otherwise] => Ok(otherwise.clone()),
        _ => wants("an optional value: write `.?` before the field that may be missing"),
    }
}

fn or<'a>(_: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    match arguments {
        [some @ Value::Optional(Some(_)), _] => Ok(some.clone()),
        [Value::Optional(None), otherwise @ Value::Optional(_)] => Ok(otherwise.clone()),
        _ => wants("two optional values"),
    }
}

fn has_value<'a>(_: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    match arguments {
        [Value::Optional(value)] => Ok(Value::Bool(value.is_some())),
        _ => wants("an optional value"),
    }
}

fn value<'a>(_: &Meter, arguments: &[Value<'a>]) -> Result<Value<'a>, Stop> {
    match arguments {
        [Value::Optional(Some(value))] => Ok(value.as_ref().clone()),
        _ => wants("an optional value that is there"),
    }
}
