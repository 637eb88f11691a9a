//! Functions: which types they take, and what they give back.
//!
//! A function that is not here gives back anything. Whether a function exists, and how many arguments it takes, is for
//! [`crate::expression::functions`].

use super::Type;
use crate::expression::functions::Style;
use crate::kinds::Schemas;

/// What calling a function comes to.
pub(super) enum Answer {
    Type(Type),
    /// It does not work on these; what it works on.
    Wants(&'static str),
}

/// What a function takes in one place.
#[derive(Clone, Copy)]
enum Takes {
    Anything,
    /// Everything that has one way to be written.
    Scalar,
    Text,
    Int,
    Numeric,
    Bool,
    Bytes,
    List,
    TextOrBytes,
    Optional,
    Timestamp,
    Duration,
    Moment,
    /// Text, a list or a map.
    Sized,
    Opaque(&'static str),
}

/// What a function gives back.
#[derive(Clone, Copy)]
enum Gives {
    Text,
    Int,
    Uint,
    Double,
    Bool,
    Bytes,
    Timestamp,
    Duration,
    Texts,
    /// What the first argument is.
    Same,
    /// The value in the first argument, when it is there.
    Inside,
    /// The value in the first argument, or the second.
    InsideOr,
    /// The first argument, as one that may be missing.
    Maybe,
    /// An item of the first argument, as one that may be missing.
    MaybeItem,
    Opaque(&'static str),
    Anything,
}

use Gives as G;
use Takes as T;

type Row = (&'static str, Style, &'static [Takes], Gives, &'static str);

const G_: Style = Style::Global;
const M: Style = Style::Member;

/// Name, style, what it takes (a member's target first; the last one stands for all that follow), what it gives back,
/// and what it works on in words. Several rows are alternatives.
const ROWS: &[Row] = &[
    ("size", G_, &[T::Sized], G::Int, "text, a list or a map"),
    ("size", M, &[T::Sized], G::Int, "text, a list or a map"),
    (
        "string",
        G_,
        &[T::Scalar],
        G::Text,
        "text, a number, a boolean or a moment",
    ),
    ("dyn", G_, &[T::Anything], G::Anything, "anything"),
    ("type", G_, &[T::Anything], G::Anything, "anything"),
    ("shortName", G_, &[T::Text, T::Int], G::Text, "text and an integer"),
    ("digest", G_, &[T::Anything], G::Text, "anything"),
    ("int", G_, &[T::Numeric], G::Int, "a number, text or a timestamp"),
    ("int", G_, &[T::Text], G::Int, "a number, text or a timestamp"),
    ("int", G_, &[T::Moment], G::Int, "a number, text or a timestamp"),
    ("uint", G_, &[T::Numeric], G::Uint, "a number or text"),
    ("uint", G_, &[T::Text], G::Uint, "a number or text"),
    ("double", G_, &[T::Numeric], G::Double, "a number or text"),
    ("double", G_, &[T::Text], G::Double, "a number or text"),
    ("bool", G_, &[T::Bool], G::Bool, "a boolean or text"),
    ("bool", G_, &[T::Text], G::Bool, "a boolean or text"),
    ("bytes", G_, &[T::TextOrBytes], G::Bytes, "text"),
    ("duration", G_, &[T::Text], G::Duration, "text"),
    ("duration", G_, &[T::Duration], G::Duration, "text"),
    ("timestamp", G_, &[T::Text], G::Timestamp, "text"),
    ("timestamp", G_, &[T::Timestamp], G::Timestamp, "text"),
    ("matches", G_, &[T::Text, T::Text], G::Bool, "two texts"),
    ("matches", M, &[T::Text, T::Text], G::Bool, "text"),
    ("contains", M, &[T::Text, T::Text], G::Bool, "text"),
    ("startsWith", M, &[T::Text, T::Text], G::Bool, "text"),
    ("endsWith", M, &[T::Text, T::Text], G::Bool, "text"),
    ("lowerAscii", M, &[T::Text], G::Text, "text"),
    ("upperAscii", M, &[T::Text], G::Text, "text"),
    ("trim", M, &[T::Text], G::Text, "text"),
    ("charAt", M, &[T::Text, T::Int], G::Text, "text and an integer"),
    ("indexOf", M, &[T::Text, T::Text, T::Int], G::Int, "text"),
    ("lastIndexOf", M, &[T::Text, T::Text, T::Int], G::Int, "text"),
    ("substring", M, &[T::Text, T::Int], G::Text, "text and integers"),
    ("replace", M, &[T::Text, T::Text, T::Text, T::Int], G::Text, "texts"),
    ("split", M, &[T::Text, T::Text, T::Int], G::Texts, "text"),
    ("join", M, &[T::List, T::Text], G::Text, "a list of texts"),
    ("format", M, &[T::Text, T::List], G::Text, "text and a list"),
    ("strings.quote", G_, &[T::Text], G::Text, "text"),
    ("reverse", M, &[T::Text], G::Text, "text or a list"),
    ("reverse", M, &[T::List], G::Same, "text or a list"),
    ("sort", M, &[T::List], G::Same, "a list"),
    ("distinct", M, &[T::List], G::Same, "a list"),
    ("slice", M, &[T::List, T::Int], G::Same, "a list and integers"),
    ("flatten", M, &[T::List, T::Int], G::Anything, "a list"),
    ("first", M, &[T::List], G::MaybeItem, "a list"),
    ("last", M, &[T::List], G::MaybeItem, "a list"),
    ("lists.range", G_, &[T::Int], G::Anything, "an integer"),
    ("sets.contains", G_, &[T::List], G::Bool, "two lists"),
    ("sets.equivalent", G_, &[T::List], G::Bool, "two lists"),
    ("sets.intersects", G_, &[T::List], G::Bool, "two lists"),
    (
        "orValue",
        M,
        &[T::Optional, T::Anything],
        G::InsideOr,
        "a value that may be missing",
    ),
    (
        "or",
        M,
        &[T::Optional, T::Optional],
        G::Same,
        "values that may be missing",
    ),
    ("hasValue", M, &[T::Optional], G::Bool, "a value that may be missing"),
    ("value", M, &[T::Optional], G::Inside, "a value that may be missing"),
    ("optional.of", G_, &[T::Anything], G::Maybe, "a value"),
    ("optional.ofNonZeroValue", G_, &[T::Anything], G::Maybe, "a value"),
    ("math.ceil", G_, &[T::Numeric], G::Double, "a number"),
    ("math.floor", G_, &[T::Numeric], G::Double, "a number"),
    ("math.round", G_, &[T::Numeric], G::Double, "a number"),
    ("math.trunc", G_, &[T::Numeric], G::Double, "a number"),
    ("math.sqrt", G_, &[T::Numeric], G::Double, "a number"),
    ("math.abs", G_, &[T::Numeric], G::Same, "a number"),
    ("math.sign", G_, &[T::Numeric], G::Same, "a number"),
    ("math.isNaN", G_, &[T::Numeric], G::Bool, "a number"),
    ("math.isInf", G_, &[T::Numeric], G::Bool, "a number"),
    ("math.isFinite", G_, &[T::Numeric], G::Bool, "a number"),
    ("base64.encode", G_, &[T::TextOrBytes], G::Text, "bytes or text"),
    ("base64.decode", G_, &[T::Text], G::Bytes, "text"),
    ("getFullYear", M, &[T::Timestamp, T::Text], G::Int, "a timestamp"),
    ("getMonth", M, &[T::Timestamp, T::Text], G::Int, "a timestamp"),
    ("getDate", M, &[T::Timestamp, T::Text], G::Int, "a timestamp"),
    ("getDayOfMonth", M, &[T::Timestamp, T::Text], G::Int, "a timestamp"),
    ("getDayOfWeek", M, &[T::Timestamp, T::Text], G::Int, "a timestamp"),
    ("getDayOfYear", M, &[T::Timestamp, T::Text], G::Int, "a timestamp"),
    (
        "getHours",
        M,
        &[T::Moment, T::Text],
        G::Int,
        "a timestamp or a duration",
    ),
    (
        "getMinutes",
        M,
        &[T::Moment, T::Text],
        G::Int,
        "a timestamp or a duration",
    ),
    (
        "getSeconds",
        M,
        &[T::Moment, T::Text],
        G::Int,
        "a timestamp or a duration",
    ),
    (
        "getMilliseconds",
        M,
        &[T::Moment, T::Text],
        G::Int,
        "a timestamp or a duration",
    ),
    ("quantity", G_, &[T::Text], G::Opaque("quantity"), "text"),
    ("isQuantity", G_, &[T::Text], G::Bool, "text"),
    ("asInteger", M, &[T::Opaque("quantity")], G::Int, "a quantity"),
    (
        "asApproximateFloat",
        M,
        &[T::Opaque("quantity")],
        G::Double,
        "a quantity",
    ),
    ("isInteger", M, &[T::Opaque("quantity")], G::Bool, "a quantity"),
    ("sign", M, &[T::Opaque("quantity")], G::Int, "a quantity"),
    ("compareTo", M, &[T::Opaque("quantity")], G::Int, "two quantities"),
    ("isGreaterThan", M, &[T::Opaque("quantity")], G::Bool, "two quantities"),
    ("isLessThan", M, &[T::Opaque("quantity")], G::Bool, "two quantities"),
    ("url", G_, &[T::Text], G::Opaque("url"), "text"),
    ("isURL", G_, &[T::Text], G::Bool, "text"),
    ("getScheme", M, &[T::Opaque("url")], G::Text, "a URL"),
    ("getHost", M, &[T::Opaque("url")], G::Text, "a URL"),
    ("getHostname", M, &[T::Opaque("url")], G::Text, "a URL"),
    ("getPort", M, &[T::Opaque("url")], G::Text, "a URL"),
    ("getEscapedPath", M, &[T::Opaque("url")], G::Text, "a URL"),
    ("ip", G_, &[T::Text], G::Opaque("ip"), "text"),
    ("isIP", G_, &[T::Text], G::Bool, "text"),
    ("ip.isCanonical", G_, &[T::Text], G::Bool, "text"),
    ("cidr", G_, &[T::Text], G::Opaque("cidr"), "text"),
    ("isCIDR", G_, &[T::Text], G::Bool, "text"),
    ("prefixLength", M, &[T::Opaque("cidr")], G::Int, "a CIDR"),
    ("masked", M, &[T::Opaque("cidr")], G::Opaque("cidr"), "a CIDR"),
];

/// What calling a function with arguments of these types comes to; a member's target is the first.
pub(super) fn answer(schemas: &Schemas, name: &str, style: Style, arguments: &[Type]) -> Answer {
    let mut rows = ROWS.iter().filter(|row| row.0 == name && row.1 == style).peekable();
    let Some(wanted) = rows.peek().map(|row| row.4) else {
        return Answer::Type(Type::Any);
    };
    let fits = |row: &&Row| {
        let takes = |position: usize| row.2.get(position).or(row.2.last()).copied();
        let argument = |(position, of): (usize, &Type)| takes(position).is_none_or(|takes| takes.accepts(of));
        arguments.iter().enumerate().all(argument)
    };
    match rows.find(fits) {
        Some(row) => Answer::Type(row.3.given(schemas, arguments)),
        None => Answer::Wants(wanted),
    }
}

impl Takes {
    fn accepts(self, of: &Type) -> bool {
        if matches!(of, Type::Any | Type::Null) {
            return true;
        }
        match self {
            Self::Anything => true,
            Self::Scalar => !matches!(of, Type::List(_) | Type::Map(_) | Type::Object(_) | Type::Named(_)),
            Self::Text => matches!(of, Type::Text | Type::Choice(_) | Type::IntOrText | Type::Quantity),
            Self::Int => matches!(of, Type::Int | Type::Number | Type::IntOrText),
            Self::Numeric => matches!(
                of,
                Type::Int | Type::Uint | Type::Double | Type::Number | Type::IntOrText | Type::Quantity
            ),
            Self::Bool => matches!(of, Type::Bool),
            Self::Bytes => matches!(of, Type::Bytes),
            Self::List => matches!(of, Type::List(_)),
            Self::TextOrBytes => Self::Text.accepts(of) || Self::Bytes.accepts(of),
            Self::Optional => matches!(of, Type::Optional(_)),
            Self::Timestamp => matches!(of, Type::Timestamp),
            Self::Duration => matches!(of, Type::Duration),
            Self::Moment => matches!(of, Type::Timestamp | Type::Duration),
            Self::Sized => {
                matches!(of, Type::List(_) | Type::Map(_) | Type::Object(_) | Type::Bytes) || Self::Text.accepts(of)
            }
            Self::Opaque(what) => matches!(of, Type::Opaque(is) if *is == what),
        }
    }
}

impl Gives {
    fn given(self, schemas: &Schemas, arguments: &[Type]) -> Type {
        let first = || arguments.first().cloned().unwrap_or(Type::Any);
        let item = || match first() {
            Type::List(of) => of.as_ref().clone(),
            _ => Type::Any,
        };
        match self {
            Self::Text => Type::Text,
            Self::Int => Type::Int,
            Self::Uint => Type::Uint,
            Self::Double => Type::Double,
            Self::Bool => Type::Bool,
            Self::Bytes => Type::Bytes,
            Self::Timestamp => Type::Timestamp,
            Self::Duration => Type::Duration,
            Self::Texts => Type::list(Type::Text),
            Self::Same => first(),
            Self::Inside => match first() {
                Type::Optional(of) => of.as_ref().clone(),
                _ => Type::Any,
            },
            Self::InsideOr => match first() {
                Type::Optional(of) => schemas.join(&of, arguments.get(1).unwrap_or(&Type::Any)),
                _ => Type::Any,
            },
            Self::Maybe => Type::optional(first()),
            Self::MaybeItem => Type::optional(item()),
            Self::Opaque(what) => Type::Opaque(what),
            Self::Anything => Type::Any,
        }
    }
}
