//! Kubernetes' own functions in CEL: quantities, addresses, networks, URLs.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;

use super::native::wants;
use crate::expression::evaluate::{Meter, Stop};
use crate::expression::opaque::{self, Opaque, Url};
use crate::expression::value::{Key, Value};

type Outcome<'a> = Result<Value<'a>, Stop>;

fn text<'v>(arguments: &'v [Value<'_>]) -> Result<&'v str, Stop> {
    match arguments {
        [one] => one.as_str().map_or_else(|| wants("text"), Ok),
        _ => wants("one text"),
    }
}

fn made<'a>(value: Option<Opaque>, what: &str) -> Outcome<'a> {
    value
        .map(|value| Value::Opaque(Rc::new(value)))
        .ok_or_else(|| Stop::failed(format!("the text is not {what}")))
}

/// Whether the text can be read.
pub(super) fn is<'a>(meter: &Meter, arguments: &[Value<'a>], reads: fn(&str) -> Option<Opaque>) -> Outcome<'a> {
    let text = text(arguments)?;
    meter.charge_bytes(text.len())?;
    Ok(Value::Bool(reads(text).is_some()))
}

pub(super) fn read_quantity(text: &str) -> Option<Opaque> {
    opaque::quantity(text).map(Opaque::Quantity)
}

pub(super) fn read_ip(text: &str) -> Option<Opaque> {
    opaque::ip(text).map(Opaque::Ip)
}

pub(super) fn read_cidr(text: &str) -> Option<Opaque> {
    opaque::cidr(text).map(|(address, prefix)| Opaque::Cidr { address, prefix })
}

pub(super) fn read_url(text: &str) -> Option<Opaque> {
    opaque::url(text).map(Opaque::Url)
}

pub(super) fn read<'a>(
    meter: &Meter,
    arguments: &[Value<'a>],
    reads: fn(&str) -> Option<Opaque>,
    what: &str,
) -> Outcome<'a> {
    let text = text(arguments)?;
    meter.charge_bytes(text.len())?;
    made(reads(text), what)
}

fn opaque_of<'v>(value: Option<&'v Value<'_>>) -> Option<&'v Opaque> {
    if let Some(Value::Opaque(value)) = value {
        Some(value)
    } else {
        None
    }
}

fn amount(value: Option<&Value<'_>>) -> Result<i128, Stop> {
    match (opaque_of(value), value) {
        (Some(Opaque::Quantity(nanos)), _) => Ok(*nanos),
        (None, Some(Value::Int(value))) => Ok(opaque::of_integer(*value)),
        _ => wants("a quantity"),
    }
}

/// Something of one quantity.
pub(super) fn of_quantity<'a>(arguments: &[Value<'a>], of: fn(i128) -> Outcome<'a>) -> Outcome<'a> {
    of(amount(arguments.first())?)
}

/// The quantity as an integer.
pub(super) fn whole<'a>(nanos: i128) -> Outcome<'a> {
    let whole = opaque::whole(nanos).map(Value::Int);
    whole.ok_or_else(|| Stop::failed("the quantity is not a whole number of 64 bits"))
}

/// Compares two quantities.
pub(super) fn compare<'a>(arguments: &[Value<'a>], says: fn(Ordering) -> Value<'a>) -> Outcome<'a> {
    let (one, other) = (amount(arguments.first())?, amount(arguments.get(1))?);
    Ok(says(one.cmp(&other)))
}

/// Adds or subtracts.
pub(super) fn sum<'a>(arguments: &[Value<'a>], of: fn(i128, i128) -> Option<i128>) -> Outcome<'a> {
    let (one, other) = (amount(arguments.first())?, amount(arguments.get(1))?);
    let sum = of(one, other).ok_or_else(|| Stop::failed("the quantity is too large"))?;
    Ok(Value::Opaque(Rc::new(Opaque::Quantity(sum))))
}

/// Something of an address.
pub(super) fn of_ip<'a>(arguments: &[Value<'a>], of: fn(IpAddr) -> Value<'a>) -> Outcome<'a> {
    match opaque_of(arguments.first()) {
        Some(Opaque::Ip(address)) => Ok(of(*address)),
        _ => wants("an IP address"),
    }
}

pub(super) fn is_global(address: IpAddr) -> bool {
    let link_local = is_link_local(address);
    let broadcast = matches!(address, IpAddr::V4(four) if four.is_broadcast());
    !(address.is_unspecified() || address.is_loopback() || address.is_multicast() || link_local || broadcast)
}

pub(super) fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => four.is_link_local(),
        IpAddr::V6(six) => six.is_unicast_link_local(),
    }
}

pub(super) fn is_link_local_multicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => matches!(four.octets(), [224, 0, 0, _]),
        IpAddr::V6(six) => six.segments()[0] & 0xff0f == 0xff02,
    }
}

pub(super) fn is_canonical<'a>(_: &Meter, arguments: &[Value<'a>]) -> Outcome<'a> {
    let text = text(arguments)?;
    let address = opaque::ip(text).ok_or_else(|| Stop::failed("the text is not an IP address"))?;
    Ok(Value::Bool(address.to_string() == text))
}

fn network(value: Option<&Value<'_>>) -> Result<(IpAddr, u8), Stop> {
    match (opaque_of(value), value.and_then(Value::as_str)) {
        (Some(Opaque::Cidr { address, prefix }), _) => Ok((*address, *prefix)),
        (None, Some(text)) => opaque::cidr(text).map_or_else(|| wants("a network"), Ok),
        _ => wants("a network"),
    }
}

pub(super) fn of_cidr<'a>(arguments: &[Value<'a>], of: fn(IpAddr, u8) -> Value<'a>) -> Outcome<'a> {
    network(arguments.first()).map(|(address, prefix)| of(address, prefix))
}

pub(super) fn opaque<'a>(value: Opaque) -> Value<'a> {
    Value::Opaque(Rc::new(value))
}

fn inside(outer: (IpAddr, u8), address: IpAddr, prefix: u8) -> bool {
    outer.0.is_ipv4() == address.is_ipv4()
        && prefix >= outer.1
        && opaque::masked(outer.0, outer.1) == opaque::masked(address, outer.1)
}

pub(super) fn contains_ip<'a>(_: &Meter, arguments: &[Value<'a>]) -> Outcome<'a> {
    let outer = network(arguments.first())?;
    let address = match (opaque_of(arguments.get(1)), arguments.get(1).and_then(Value::as_str)) {
        (Some(Opaque::Ip(address)), _) => *address,
        (None, Some(text)) => opaque::ip(text).map_or_else(|| wants("an IP address"), Ok)?,
        _ => return wants("an IP address"),
    };
    Ok(Value::Bool(inside(outer, address, u8::MAX)))
}

pub(super) fn contains_cidr<'a>(_: &Meter, arguments: &[Value<'a>]) -> Outcome<'a> {
    let (outer, (address, prefix)) = (network(arguments.first())?, network(arguments.get(1))?);
    Ok(Value::Bool(inside(outer, address, prefix)))
}

/// Something of a URL.
pub(super) fn of_url<'a>(arguments: &[Value<'a>], of: fn(&Url) -> Value<'a>) -> Outcome<'a> {
    match opaque_of(arguments.first()) {
        Some(Opaque::Url(url)) => Ok(of(url)),
        _ => wants("a URL"),
    }
}

/// Every name of the query with all its values.
pub(super) fn query<'a>(url: &Url) -> Value<'a> {
    let mut names: BTreeMap<Key, Vec<Value<'a>>> = BTreeMap::new();
    for (name, value) in &url.query {
        let values = names.entry(Key::Text(name.clone())).or_default();
        values.push(Value::text(value.as_str()));
    }
    let lists = names.into_iter().map(|(name, values)| (name, Value::list(values)));
    Value::Map(Rc::new(lists.collect()))
}
