//! Identifiers: UUIDv7 in the tables, prefixed on the wire (`env_0198…`).
//!
//! Each kind of thing has its own type, so that a team's id cannot be passed where an environment's is wanted.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use uuid::Uuid;

/// The text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be `{prefix}_` followed by 32 lower-case hexadecimal digits")]
pub struct IdError {
    /// The prefix that ids of this kind carry.
    pub prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// What ids of this kind begin with on the wire, before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new id: ordered by time of creation, 74 random bits.
            #[expect(clippy::new_without_default, reason = "a default id would be a different one each time")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The value the tables hold.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(value: Uuid) -> Self {
                Self(value)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", Self::PREFIX, self.0.simple())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                parse(text, Self::PREFIX).map(Self).ok_or(IdError { prefix: Self::PREFIX })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                id_schema(Self::PREFIX)
            }
        }

        impl utoipa::ToSchema for $name {}
    )+};
}

ids! {
    /// A person or a machine that signs in.
    UserId = "usr";
    /// A team: what owns environments.
    TeamId = "team";
    /// An environment.
    EnvironmentId = "env";
    /// One immutable numbered state of an environment's intent.
    RevisionId = "rev";
    /// One transition of an environment.
    OperationId = "op";
    /// A sign-in: every access and refresh token of it carries this id.
    SessionId = "ses";
    /// A template, over all its versions.
    TemplateId = "tpl";
    /// One published version of a template.
    TemplateVersionId = "tplv";
    /// An invitation to sign up.
    InvitationId = "inv";
    /// One row of the audit log.
    AuditId = "aud";
    /// A row of an environment's inventory.
    InventoryId = "obj";
    /// A rollout: the upgrade of many environments.
    RolloutId = "rol";
}

/// Only the canonical form is accepted, so that one thing has one address.
fn parse(text: &str, prefix: &str) -> Option<Uuid> {
    let hex = text.strip_prefix(prefix)?.strip_prefix('_')?;
    let canonical = hex.len() == 32 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if canonical { Uuid::try_parse(hex).ok() } else { None }
}

fn id_schema(prefix: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(format!("^{prefix}_[0-9a-f]{{32}}$")))
        .examples([serde_json::json!(format!("{prefix}_019ab7e4c0de7a11b0a75eafa12e5001"))])
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_the_wire() {
        let id = EnvironmentId::new();
        assert_eq!(id.to_string().parse::<EnvironmentId>(), Ok(id));
        assert!(id.to_string().starts_with("env_"));
    }

    #[test]
    fn an_id_of_another_kind_or_form_is_refused() {
        let hex = "019ab7e4c0de7a11b0a75eafa12e5001";
        for text in [
            format!("team_{hex}"),
            format!("env-{hex}"),
            format!("env_{}", hex.to_uppercase()),
            format!("env_{}", &hex[1..]),
            hex.to_owned(),
            String::new(),
            "env_019ab7e4-c0de-7a11-b0a7-5eafa12e5001".to_owned(),
        ] {
            assert!(text.parse::<EnvironmentId>().is_err(), "{text}");
        }
    }
}
