//! The functions expressions can call: which exist, and those that work on our own values.

mod collections;
mod kubernetes;
pub(crate) mod native;
mod numbers;
mod table;

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

pub(super) use table::FUNCTIONS;

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
    name.starts_with(['_', '@', '!', '-']) && !matches!(name, "@insert" | "@merge")
}

/// Whether `name.f()` calls the function `name.f`.
pub(crate) fn is_namespace(name: &str) -> bool {
    matches!(
        name,
        "math" | "base64" | "optional" | "sets" | "lists" | "strings" | "ip"
    )
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
        Style::Member => &[
            "all",
            "exists",
            "exists_one",
            "existsOne",
            "map",
            "filter",
            "transformList",
            "transformMap",
            "optMap",
        ],
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
