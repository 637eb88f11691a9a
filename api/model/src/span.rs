//! Spans of time as they stand on the wire: ISO 8601 durations of days, hours, minutes and seconds.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

const DAY: u64 = 86_400;
const HOUR: u64 = 3_600;
const MINUTE: u64 = 60;

/// A span in whole seconds: `PT90S`, `PT5M`, `P1DT12H`. Years and months have no fixed length and are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(u64);

impl Span {
    /// The longest that is read: a year.
    pub const LONGEST: Self = Self(365 * DAY);

    /// A span of that many seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Its length in seconds.
    pub const fn as_seconds(self) -> u64 {
        self.0
    }

    /// Reads the text.
    ///
    /// # Errors
    /// The rule that does not hold, as a sentence about the field.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let malformed = "must be an ISO 8601 duration of days, hours, minutes and seconds, like PT90S or P1DT12H";
        let rest = text.strip_prefix('P').ok_or(malformed)?;
        let (date, time) = match rest.split_once('T') {
            Some((_, "")) => return Err(malformed),
            Some((date, time)) => (date, time),
            None => (rest, ""),
        };
        if date.is_empty() && time.is_empty() {
            return Err(malformed);
        }
        let days = sum(date, &[('D', DAY)]).ok_or(malformed)?;
        let rest = sum(time, &[('H', HOUR), ('M', MINUTE), ('S', 1)]).ok_or(malformed)?;
        let span = Self(days.checked_add(rest).ok_or(malformed)?);
        if span > Self::LONGEST {
            return Err("must be at most a year");
        }
        Ok(span)
    }
}

/// Adds the parts of one half up; each unit at most once, in their order.
fn sum(mut text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut total = 0_u64;
    for (unit, seconds) in units {
        if let Some((number, rest)) = text.split_once(*unit) {
            if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(*seconds)?)?;
            text = rest;
        }
    }
    text.is_empty().then_some(total)
}

impl From<Span> for Duration {
    fn from(span: Span) -> Self {
        Self::from_secs(span.0)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(seconds) = *self;
        if seconds == 0 {
            return f.write_str("PT0S");
        }
        f.write_str("P")?;
        if seconds >= DAY {
            write!(f, "{}D", seconds / DAY)?;
        }
        let parts = [
            (seconds % DAY / HOUR, 'H'),
            (seconds % HOUR / MINUTE, 'M'),
            (seconds % MINUTE, 'S'),
        ];
        if parts.iter().any(|(number, _)| *number > 0) {
            f.write_str("T")?;
        }
        for (number, unit) in parts.into_iter().filter(|(number, _)| *number > 0) {
            write!(f, "{number}{unit}")?;
        }
        Ok(())
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Span {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "must be an ISO 8601 duration of days, hours, minutes and seconds, like PT90S or P1DT12H",
            ))
            .pattern(Some(
                "^P(?=[0-9T])([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+S)?)?$",
            ))
            .max_length(Some(30))
            .examples([serde_json::json!("PT5M")])
            .into()
    }
}

impl utoipa::ToSchema for Span {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_written_back() {
        for (text, seconds, written) in [
            ("PT0S", 0, "PT0S"),
            ("PT90S", 90, "PT1M30S"),
            ("PT5M", 300, "PT5M"),
            ("P1D", DAY, "P1D"),
            ("P1DT12H", DAY + 12 * HOUR, "P1DT12H"),
            ("PT36H", 36 * HOUR, "P1DT12H"),
        ] {
            let span = Span::parse(text).unwrap();
            assert_eq!(
                (span.as_seconds(), span.to_string().as_str()),
                (seconds, written),
                "{text}"
            );
            assert_eq!(Span::parse(written), Ok(span));
        }
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in [
            "", "P", "PT", "5M", "P5M", "PT5", "PTM", "PT5S3M", "P1Y", "PT-5M", "PT1.5S", "P366D", "pt5m", "PT5M ",
        ] {
            assert!(Span::parse(text).is_err(), "{text}");
        }
    }
}
