//! The functions expressions can call: which exist, and those that work on our own values.

pub(crate) mod native;

use cel::common::ast::operators;

use super::evaluate::{Meter, Stop};
use super::value::Value;

/// How a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Style {
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
    global("size", 1, native::size),
    global("string", 1, native::string),
    global("dyn", 1, native::same),
    global("shortName", 2, native::short_name),
    global("digest", 1, native::digest),
    global("optional.of", 1, native::optional_of),
    global("optional.none", 0, native::optional_none),
    member("size", 0, 0, native::size),
    member("contains", 1, 1, |_, a| {
        native::text_test(a, |text, part| text.contains(part))
    }),
    member("startsWith", 1, 1, |_, a| {
        native::text_test(a, |text, part| text.starts_with(part))
    }),
    member("endsWith", 1, 1, |_, a| {
        native::text_test(a, |text, part| text.ends_with(part))
    }),
    member("lowerAscii", 0, 0, |meter, a| {
        native::text_map(meter, a, str::to_ascii_lowercase)
    }),
    member("upperAscii", 0, 0, |meter, a| {
        native::text_map(meter, a, str::to_ascii_uppercase)
    }),
    member("trim", 0, 0, |meter, a| {
        native::text_map(meter, a, |text| text.trim().to_owned())
    }),
    member("replace", 2, 2, native::replace),
    member("split", 1, 1, native::split),
    member("join", 0, 1, native::join),
    member("orValue", 1, 1, native::or_value),
    member("or", 1, 1, native::or),
    member("hasValue", 0, 0, native::has_value),
    member("value", 0, 0, native::value),
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
pub(crate) fn is_operator(name: &str) -> bool {
    name.starts_with(['_', '@', '!', '-'])
}

/// Whether `name.f()` calls the function `name.f`.
pub(crate) fn is_namespace(name: &str) -> bool {
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
    FUNCTIONS
        .iter()
        .filter(move |f| f.1 == style)
        .map(|f| f.0)
        .chain(macros.iter().copied())
}

/// Our own implementation, when there is one.
pub(super) fn native(name: &str, style: Style) -> Option<Native> {
    FUNCTIONS.iter().find(|f| f.0 == name && f.1 == style).and_then(|f| f.4)
}
