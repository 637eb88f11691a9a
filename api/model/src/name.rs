//! Names people choose. A value of one of these types has been checked; there is no other way to get one.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The text breaks the rule of its kind of name. The message is a sentence about the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NameError(&'static str);

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident, $parse:path, $pattern:literal, $max:literal, $example:literal, $rule:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Checks the text.
            ///
            /// # Errors
            /// The rule that does not hold.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                $parse(text).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::parse(&Cow::<'de, str>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::Type::String)
                    .description(Some($rule))
                    .pattern(Some($pattern))
                    .max_length(Some($max))
                    .examples([serde_json::json!($example)])
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    )+};
}

names! {
    /// An environment's name: an RFC 1123 DNS label of at most 40 characters, unique in its team.
    EnvironmentName, environment_name, "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", 40, "checkout",
        "must be a DNS label: lower-case letters, digits and dashes, beginning and ending with a letter or digit, at most 40";
    /// A team's name: an RFC 1123 DNS label of 2 to 30 characters, unique, never changed.
    TeamName, team_name, "^[a-z0-9]([-a-z0-9]*[a-z0-9])$", 30, "payments",
        "must be a DNS label: lower-case letters, digits and dashes, beginning and ending with a letter or digit, 2 to 30";
    /// An account's email, lower-cased. Case is not kept: two spellings of one address are one account.
    Email, email, r"^[^\s@]+@[^\s@]+\.[^\s@]+$", 254, "ada@example.com",
        "must be an email address, like ada@example.com";
    /// An account's public name, trimmed: 2 to 40 letters, digits, dots, dashes or underscores.
    Username, username, "^[A-Za-z0-9][-._A-Za-z0-9]*$", 40, "ada",
        "must be 2 to 40 letters, digits, dots, dashes or underscores, beginning with a letter or digit";
}

const LABEL: &str =
    "must be a DNS label: lower-case letters, digits and dashes, beginning and ending with a letter or digit";

fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    let inner = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-';
    bytes.iter().all(inner) && bytes.first().is_some_and(|b| *b != b'-') && bytes.last().is_some_and(|b| *b != b'-')
}

fn environment_name(text: &str) -> Result<String, NameError> {
    match text {
        "" => Err(NameError("must not be empty")),
        _ if !is_label(text) => Err(NameError(LABEL)),
        _ if text.len() > 40 => Err(NameError("must be at most 40 characters")),
        _ => Ok(text.to_owned()),
    }
}

fn team_name(text: &str) -> Result<String, NameError> {
    match text {
        "" => Err(NameError("must not be empty")),
        _ if !is_label(text) => Err(NameError(LABEL)),
        _ if !(2..=30).contains(&text.len()) => Err(NameError("must be 2 to 30 characters")),
        _ => Ok(text.to_owned()),
    }
}

fn email(text: &str) -> Result<String, NameError> {
    let malformed = NameError("must be an email address, like ada@example.com");
    let (local, domain) = text.split_once('@').ok_or(malformed)?;
    let (host, top) = domain.rsplit_once('.').ok_or(malformed)?;
    let bad =
        |part: &str| part.is_empty() || part.contains('@') || part.chars().any(|c| c.is_whitespace() || c.is_control());
    if bad(local) || bad(host) || bad(top) {
        return Err(malformed);
    }
    let lower = text.to_lowercase();
    if lower.len() > 254 {
        return Err(NameError("must be at most 254 bytes"));
    }
    Ok(lower)
}

fn username(text: &str) -> Result<String, NameError> {
    let text = text.trim();
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    match text {
        "" => Err(NameError("must not be empty")),
        _ if !text.chars().all(inner) || !text.starts_with(|c: char| c.is_ascii_alphanumeric()) => Err(NameError(
            "must be letters, digits, dots, dashes or underscores, beginning with a letter or digit",
        )),
        _ if !(2..=40).contains(&text.len()) => Err(NameError("must be 2 to 40 characters")),
        _ => Ok(text.to_owned()),
    }
}

impl Email {
    /// What follows the `@`.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// What precedes the `@`.
    pub fn local_part(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environment_names_are_dns_labels() {
        for good in ["a", "a-b", "0", "checkout-2", &"a".repeat(40)] {
            assert!(EnvironmentName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a.b", "a_b", "é", "a b", &"a".repeat(41)] {
            assert!(EnvironmentName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn emails_follow_the_rule_and_lose_their_case() {
        assert_eq!(Email::parse("Ada@Example.COM").unwrap().as_str(), "ada@example.com");
        for bad in [
            "", "a", "a@", "a@b", "@b.c", "a@b.", "a@.c", "a b@c.d", "a@@b.c", "a@b@c.d", "a@b.c\n",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn usernames_are_trimmed() {
        assert_eq!(Username::parse("  ada ").unwrap().as_str(), "ada");
        for bad in ["", "  ", "a", "a b", "-ab", "é2", &"a".repeat(41)] {
            assert!(Username::parse(bad).is_err(), "{bad:?}");
        }
    }
}
