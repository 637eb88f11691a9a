//! The namespace of an environment: derived, never chosen by a tenant, never the same for two environments.

use crate::canonical::digest_bytes;
use crate::id::TeamId;
use crate::name::{EnvironmentName, TeamName};

/// The longest name Kubernetes allows a namespace (RFC 1123 label).
const MAX: usize = 63;
/// Hexadecimal digits of the hash at the end: 48 bits.
const HASH: usize = 12;

/// `{team}-{environment}-{hash}`, cut to 63 characters.
///
/// The hash is over the team's id and the environment's name with a separator that neither can hold, so `a-b` + `c`
/// and `a` + `b-c` differ, and a name that is cut still differs from its neighbours. The team's id, not its name,
/// goes in: a team that is deleted and made again under the same name gets other namespaces. The store's unique
/// index on (cluster, namespace) turns a collision of the 48 bits into an error instead of a shared namespace.
pub fn derive(team: TeamId, team_name: &TeamName, name: &EnvironmentName) -> String {
    let hash = digest_bytes(format!("{team}\0{name}").as_bytes());
    let readable = format!("{team_name}-{name}");
    let kept = readable[..readable.len().min(MAX - HASH - 1)].trim_end_matches('-');
    format!("{kept}-{}", &hash[..HASH])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn namespace(team: TeamId, team_name: &str, name: &str) -> String {
        derive(
            team,
            &TeamName::parse(team_name).unwrap(),
            &EnvironmentName::parse(name).unwrap(),
        )
    }

    #[test]
    fn the_same_environment_has_the_same_namespace() {
        let team = TeamId::new();
        assert_eq!(namespace(team, "pay", "web"), namespace(team, "pay", "web"));
    }

    #[test]
    fn neighbours_never_share_a_namespace() {
        let (one, other) = (TeamId::new(), TeamId::new());
        assert_ne!(namespace(one, "aa-b", "c"), namespace(one, "aa", "b-c"));
        assert_ne!(namespace(one, "pay", "web"), namespace(other, "pay", "web"));
        let long = "x".repeat(39);
        assert_ne!(
            namespace(one, &"t".repeat(30), &format!("{long}a")),
            namespace(one, &"t".repeat(30), &format!("{long}b"))
        );
    }

    #[test]
    fn the_longest_names_fit() {
        let text = namespace(TeamId::new(), &"t".repeat(30), &"e".repeat(40));
        assert!(
            text.len() <= MAX && EnvironmentName::parse(&text[..40]).is_ok(),
            "{text}"
        );
    }
}
