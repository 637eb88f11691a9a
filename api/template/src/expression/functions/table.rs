//! The table of all functions.

use super::{Native, Style, collections, kubernetes, native, numbers};
use crate::expression::opaque::{self, Opaque};
use crate::expression::value::Value;

/// Name, style, fewest and most arguments, and who implements it: we or the expression library.
pub(in crate::expression) type Entry = (&'static str, Style, usize, usize, Option<Native>);

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
pub(in crate::expression) static FUNCTIONS: &[Entry] = &[
    global("size", 1, native::size),
    global("string", 1, native::string),
    global("dyn", 1, native::same),
    global("shortName", 2, native::short_name),
    global("digest", 1, native::digest),
    global("optional.of", 1, native::optional_of),
    global("optional.none", 0, native::optional_none),
    global("optional.ofNonZeroValue", 1, native::optional_of_non_zero),
    // What macros are written out with; nobody can write these names.
    global("@insert", 3, collections::insert),
    global("@merge", 2, collections::merge),
    global("sets.contains", 2, collections::contains),
    global("sets.equivalent", 2, collections::equivalent),
    global("sets.intersects", 2, collections::intersects),
    global("lists.range", 1, collections::range),
    member("first", 0, 0, collections::first),
    member("last", 0, 0, collections::last),
    global("strings.quote", 1, native::quote),
    global("math.bitAnd", 2, |_, a| numbers::bits(a, |one, other| one & other)),
    global("math.bitOr", 2, |_, a| numbers::bits(a, |one, other| one | other)),
    global("math.bitXor", 2, |_, a| numbers::bits(a, |one, other| one ^ other)),
    global("math.bitNot", 1, numbers::not),
    global("math.bitShiftLeft", 2, |_, a| numbers::shift(a, true)),
    global("math.bitShiftRight", 2, |_, a| numbers::shift(a, false)),
    global("math.isNaN", 1, |_, a| numbers::test(a, f64::is_nan)),
    global("math.isInf", 1, |_, a| numbers::test(a, f64::is_infinite)),
    global("math.isFinite", 1, |_, a| numbers::test(a, f64::is_finite)),
    global("math.sqrt", 1, numbers::root),
    global("quantity", 1, |m, a| {
        kubernetes::read(m, a, kubernetes::read_quantity, "a quantity")
    }),
    global("isQuantity", 1, |m, a| kubernetes::is(m, a, kubernetes::read_quantity)),
    member("sign", 0, 0, |_, a| {
        kubernetes::of_quantity(a, |nanos| Ok(Value::Int(i64::try_from(nanos.signum()).unwrap_or(0))))
    }),
    member("isInteger", 0, 0, |_, a| {
        kubernetes::of_quantity(a, |nanos| Ok(Value::Bool(opaque::whole(nanos).is_some())))
    }),
    member("asInteger", 0, 0, |_, a| kubernetes::of_quantity(a, kubernetes::whole)),
    member("asApproximateFloat", 0, 0, |_, a| {
        kubernetes::of_quantity(a, |nanos| Ok(Value::Double(opaque::nearly(nanos))))
    }),
    member("add", 1, 1, |_, a| kubernetes::sum(a, i128::checked_add)),
    member("sub", 1, 1, |_, a| kubernetes::sum(a, i128::checked_sub)),
    member("compareTo", 1, 1, |_, a| {
        kubernetes::compare(a, |order| Value::Int(order as i64))
    }),
    member("isGreaterThan", 1, 1, |_, a| {
        kubernetes::compare(a, |order| Value::Bool(order.is_gt()))
    }),
    member("isLessThan", 1, 1, |_, a| {
        kubernetes::compare(a, |order| Value::Bool(order.is_lt()))
    }),
    global("ip", 1, |m, a| {
        kubernetes::read(m, a, kubernetes::read_ip, "an IP address")
    }),
    global("isIP", 1, |m, a| kubernetes::is(m, a, kubernetes::read_ip)),
    global("ip.isCanonical", 1, kubernetes::is_canonical),
    member("family", 0, 0, |_, a| {
        kubernetes::of_ip(a, |ip| Value::Int(if ip.is_ipv4() { 4 } else { 6 }))
    }),
    member("isUnspecified", 0, 0, |_, a| {
        kubernetes::of_ip(a, |ip| Value::Bool(ip.is_unspecified()))
    }),
    member("isLoopback", 0, 0, |_, a| {
        kubernetes::of_ip(a, |ip| Value::Bool(ip.is_loopback()))
    }),
    member("isGlobalUnicast", 0, 0, |_, a| {
        kubernetes::of_ip(a, |ip| Value::Bool(kubernetes::is_global(ip)))
    }),
    member("isLinkLocalUnicast", 0, 0, |_, a| {
        kubernetes::of_ip(a, |ip| Value::Bool(kubernetes::is_link_local(ip)))
    }),
    member("isLinkLocalMulticast", 0, 0, |_, a| {
        kubernetes::of_ip(a, |ip| Value::Bool(kubernetes::is_link_local_multicast(ip)))
    }),
    global("cidr", 1, |m, a| {
        kubernetes::read(m, a, kubernetes::read_cidr, "a network")
    }),
    global("isCIDR", 1, |m, a| kubernetes::is(m, a, kubernetes::read_cidr)),
    member("containsIP", 1, 1, kubernetes::contains_ip),
    member("containsCIDR", 1, 1, kubernetes::contains_cidr),
    member("ip", 0, 0, |_, a| {
        kubernetes::of_cidr(a, |address, _| kubernetes::opaque(Opaque::Ip(address)))
    }),
    member("masked", 0, 0, |_, a| {
        kubernetes::of_cidr(a, |address, prefix| {
            let address = opaque::masked(address, prefix);
            kubernetes::opaque(Opaque::Cidr { address, prefix })
        })
    }),
    member("prefixLength", 0, 0, |_, a| {
        kubernetes::of_cidr(a, |_, prefix| Value::Int(prefix.into()))
    }),
    global("url", 1, |m, a| kubernetes::read(m, a, kubernetes::read_url, "a URL")),
    global("isURL", 1, |m, a| kubernetes::is(m, a, kubernetes::read_url)),
    member("getScheme", 0, 0, |_, a| {
        kubernetes::of_url(a, |url| Value::text(url.scheme.as_str()))
    }),
    member("getHost", 0, 0, |_, a| {
        kubernetes::of_url(a, |url| Value::text(url.host.as_str()))
    }),
    member("getHostname", 0, 0, |_, a| {
        kubernetes::of_url(a, |url| Value::text(url.parts().0))
    }),
    member("getPort", 0, 0, |_, a| {
        kubernetes::of_url(a, |url| Value::text(url.parts().1))
    }),
    member("getEscapedPath", 0, 0, |_, a| {
        kubernetes::of_url(a, |url| Value::text(url.path.as_str()))
    }),
    member("getQuery", 0, 0, |_, a| kubernetes::of_url(a, kubernetes::query)),
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
