//! Values that only functions work on, as Kubernetes has them in CEL: quantities, addresses, networks, URLs.
//!
//! Knows nothing of evaluation; the functions are in [`functions`](super::functions).

use std::net::IpAddr;

/// Nano-units in one.
const NANO: i128 = 1_000_000_000;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Opaque {
    /// An amount in billionths.
    Quantity(i128),
    Ip(IpAddr),
    Cidr {
        address: IpAddr,
        prefix: u8,
    },
    Url(Url),
}

/// A URL in its parts, escaped as they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    pub scheme: String,
    /// With the port, when there is one.
    pub host: String,
    pub path: String,
    pub query: Vec<(String, String)>,
}

impl Opaque {
    /// Its text, when it has one.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Quantity(_) | Self::Url(_) => None,
            Self::Ip(address) => Some(address.to_string()),
            Self::Cidr { address, prefix } => Some(format!("{address}/{prefix}")),
        }
    }
}

/// Reads a quantity (`k8s.io/apimachinery/pkg/api/resource`): a number with a binary or decimal unit, or an exponent.
pub(crate) fn quantity(text: &str) -> Option<i128> {
    if !crate::types::literal::is_quantity(text) {
        return None;
    }
    let (negative, unsigned) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let end = unsigned
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(unsigned.len());
    let (number, unit) = unsigned.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let (multiply, divide) = scale(unit)?;
    let digits: i128 = format!("0{whole}{fraction}").parse().ok()?;
    let places = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let value = digits.checked_mul(multiply)?.checked_mul(NANO)? / places.checked_mul(divide)?;
    Some(if negative { -value } else { value })
}

/// By what a unit multiplies, and by what it divides.
fn scale(unit: &str) -> Option<(i128, i128)> {
    let binary = |power: u32| (1_i128 << (10 * power), 1);
    let decimal = |power: u32| (10_i128.pow(power), 1);
    Some(match unit {
        "" => (1, 1),
        "n" => (1, 1_000_000_000),
        "u" => (1, 1_000_000),
        "m" => (1, 1_000),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        exponent => {
            let power: i32 = exponent.strip_prefix(['e', 'E'])?.parse().ok()?;
            let factor = 10_i128.checked_pow(power.unsigned_abs())?;
            if power < 0 { (1, factor) } else { (factor, 1) }
        }
    })
}

/// The quantity as a whole number, when it is one.
pub(crate) fn whole(nanos: i128) -> Option<i64> {
    if nanos % NANO == 0 {
        i64::try_from(nanos / NANO).ok()
    } else {
        None
    }
}

/// The quantity as a floating point number, nearly.
#[expect(clippy::cast_precision_loss, reason = "an approximation is what is asked for")]
pub(crate) fn nearly(nanos: i128) -> f64 {
    nanos as f64 / NANO as f64
}

/// The quantity of a whole number.
pub(crate) fn of_integer(value: i64) -> i128 {
    i128::from(value) * NANO
}

/// Reads an address; IPv4 inside IPv6 and zones are refused, as in Kubernetes.
pub(crate) fn ip(text: &str) -> Option<IpAddr> {
    let address: IpAddr = text.parse().ok()?;
    match address {
        IpAddr::V6(six) if six.to_ipv4_mapped().is_some() => None,
        IpAddr::V4(_) | IpAddr::V6(_) => Some(address),
    }
}

/// Reads a network.
pub(crate) fn cidr(text: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) = text.split_once('/')?;
    let address = ip(address)?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let written: u8 = prefix.parse().ok()?;
    (written <= longest && written.to_string() == prefix).then_some((address, written))
}

/// The network's first address.
pub(crate) fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(four) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            IpAddr::V4((four.to_bits() & mask).into())
        }
        IpAddr::V6(six) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            IpAddr::V6((six.to_bits() & mask).into())
        }
    }
}

/// Reads a URL that is absolute, or a path (RFC 3986).
pub(crate) fn url(text: &str) -> Option<Url> {
    if text.is_empty() || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let text = text.split('#').next().unwrap_or(text);
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => {
            let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
            let good = scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(known);
            (good.then_some(scheme)?, rest)
        }
        None if text.starts_with('/') => ("", text),
        None => return None,
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, path) = match rest.find('/') {
        _ if scheme.is_empty() => ("", rest),
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let host = host.rsplit('@').next().unwrap_or(host);
    let port = host
        .rsplit_once(':')
        .filter(|(name, _)| !name.starts_with('[') || name.ends_with(']'));
    if port.is_some_and(|(_, port)| !port.is_empty() && port.parse::<u16>().is_err()) {
        return None;
    }
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, value)) => (name.to_owned(), value.to_owned()),
        None => (pair.to_owned(), String::new()),
    };
    Some(Url {
        scheme: scheme.to_ascii_lowercase(),
        host: host.to_owned(),
        path: path.to_owned(),
        query: pairs.map(pair).collect(),
    })
}

impl Url {
    /// The host without the port, and the port.
    pub fn parts(&self) -> (&str, &str) {
        let (name, port) = match self.host.rsplit_once(':') {
            Some((name, port)) if !name.starts_with('[') || name.ends_with(']') => (name, port),
            _ => (self.host.as_str(), ""),
        };
        (name.trim_start_matches('[').trim_end_matches(']'), port)
    }
}
