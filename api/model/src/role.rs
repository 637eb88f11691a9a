//! Roles: what a person is on the platform and in a team.

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word on the wire and in the tables.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value of a word, if it is one.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
            }
        }

        // By hand: the derive does not see a word that comes out of a macro, and would show the names of Rust.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::Type::String)
                    .enum_values(Some([$($word),+]))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )+};
}
pub(crate) use words;

words! {
    /// What a person may do across the whole platform.
    PlatformRole {
        /// Uses the platform through teams.
        User = "user",
        /// Looks after the catalog: publishes templates and moves environments to newer versions.
        Curator = "curator",
        /// Runs the platform: sees and may do everything.
        Admin = "admin",
    }

    /// What a member may do in a team, each including the one before.
    TeamRole {
        /// Reads.
        Viewer = "viewer",
        /// Creates, changes and deletes environments.
        Developer = "developer",
        /// Also manages members and the team itself.
        Maintainer = "maintainer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_has_the_words_of_the_wire() {
        let schema = serde_json::to_value(<TeamRole as utoipa::PartialSchema>::schema()).unwrap();
        assert_eq!(schema["enum"], serde_json::json!(["viewer", "developer", "maintainer"]));
        assert_eq!(serde_json::to_value(TeamRole::Viewer).unwrap(), "viewer");
    }
}
