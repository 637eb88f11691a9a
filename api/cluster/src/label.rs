//! The labels and annotations that say whose an object is.

use berth_model::canonical;

/// Most characters in a label's value.
const LONGEST: usize = 63;

/// The environment's id: what the watches select on.
pub const ENVIRONMENT: &str = "berth.dev/environment";
/// The template resource the object comes from.
pub const RESOURCE: &str = "berth.dev/resource";
/// Kubernetes' recommended label for what manages an object.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// The value of [`MANAGED_BY`], and our field manager.
pub const MANAGER: &str = "berth";
/// Annotation: the team's name.
pub const TEAM: &str = "berth.dev/team";
/// Annotation: who asked for the environment.
pub const OWNER: &str = "berth.dev/owner";
/// Annotation: the environment's name.
pub const NAME: &str = "berth.dev/environment-name";
/// Annotation: the template's name.
pub const TEMPLATE: &str = "berth.dev/template";
/// Annotation: the template's version.
pub const VERSION: &str = "berth.dev/template-version";
/// Annotation: the number of the revision.
pub const REVISION: &str = "berth.dev/revision";
/// The ClusterRole that a RoleBinding in each namespace gives to Berth itself, and that binding's name.
pub const ACCESS_ROLE: &str = "berth-environment";

/// The text as the value of a label: as it is where that is allowed, else what is left of it with a hash of the whole.
pub fn value(text: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let edge = |c: char| !c.is_ascii_alphanumeric();
    if text.len() <= LONGEST && text.chars().all(allowed) && !text.starts_with(edge) && !text.ends_with(edge) {
        return text.to_owned();
    }
    let hash = canonical::digest(&serde_json::Value::String(text.to_owned()));
    let hash = &hash[..8];
    let kept: String = text.chars().filter(|c| allowed(*c)).take(LONGEST - 9).collect();
    format!("{}-{hash}", kept.trim_matches(edge))
        .trim_start_matches(edge)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn a_value_is_kept_where_it_is_allowed_and_told_apart_where_it_is_not() {
        for fine in ["web", "database.server", "config.a-b_c", ""] {
            assert_eq!(value(fine), fine);
        }
        let long = "a".repeat(64);
        for odd in ["config[0]", "-web", "web.", long.as_str(), "ü"] {
            let made = value(odd);
            assert!(made.len() <= 63 && !made.is_empty(), "{made}");
            assert_eq!(value(&made), made, "{odd}");
            assert_ne!(made, odd);
        }
        assert_ne!(value("config[0]"), value("config(0)"));
    }
}
