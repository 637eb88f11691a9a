//! What labels a team may give its environments: Kubernetes' syntax, without the prefixes that mean something to
//! Kubernetes or to Berth.
//!
//! Pure. The syntax is that of <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/>.

use berth_model::FieldError;

/// The most labels an environment may have.
pub const MOST: usize = 32;
/// The longest name and the longest value.
const LONGEST: usize = 63;
/// The longest prefix.
const LONGEST_PREFIX: usize = 253;
/// Whoever may set these could have an object taken for another's.
const RESERVED: [&str; 3] = ["berth.dev", "kubernetes.io", "k8s.io"];

/// Everything that is wrong with the labels. `pointer` is where they are in the body.
pub fn findings<'l>(pointer: &str, labels: impl IntoIterator<Item = (&'l str, Option<&'l str>)>) -> Vec<FieldError> {
    let mut found = Vec::new();
    for (key, value) in labels {
        let rules = [key_rule(key), value.and_then(value_rule)];
        let at = format!("{pointer}/{}", escaped(key));
        found.extend(rules.into_iter().flatten().map(|rule| FieldError {
            pointer: at.clone(),
            detail: rule.to_owned(),
        }));
    }
    found
}

/// A key as one step of a JSON pointer (RFC 6901).
pub fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn key_rule(key: &str) -> Option<&'static str> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    if name.is_empty() || !is_part(name) {
        return Some(
            "the key must be at most 63 letters, digits, dashes, underscores or dots, beginning and ending with a \
             letter or digit, after an optional DNS name and a slash",
        );
    }
    let prefix = prefix?;
    if !is_domain(prefix) {
        return Some("the key's prefix must be a DNS name of at most 253 characters");
    }
    let reserved = |domain: &str| {
        prefix
            .strip_suffix(domain)
            .is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    RESERVED
        .into_iter()
        .any(reserved)
        .then_some("the key's prefix is reserved")
}

fn value_rule(value: &str) -> Option<&'static str> {
    (!value.is_empty() && !is_part(value)).then_some(
        "must be at most 63 letters, digits, dashes, underscores or dots, beginning and ending with a letter or digit",
    )
}

fn is_part(text: &str) -> bool {
    let bytes = text.as_bytes();
    let inner = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let edge = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    bytes.len() <= LONGEST && bytes.iter().all(inner) && edge(bytes.first()) && edge(bytes.last())
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        let bytes = label.as_bytes();
        let inner = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-';
        let edge = |b: Option<&u8>| b.is_some_and(|b| *b != b'-');
        bytes.iter().all(inner) && edge(bytes.first()) && edge(bytes.last())
    };
    text.len() <= LONGEST_PREFIX && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_labels_pass() {
        let long = "x".repeat(63);
        for (key, value) in [
            ("tier", "front"),
            ("shop.example.com/tier", ""),
            ("a", "1.4.0_rc-1"),
            ("A.b_c-d", long.as_str()),
            ("x/k8s.io", "y"),
        ] {
            assert_eq!(findings("/labels", [(key, Some(value))]), [], "{key}={value}");
        }
    }

    #[test]
    fn malformed_and_reserved_labels_are_named() {
        let (long, domain) = ("x".repeat(64), format!("{}/x", "d".repeat(254)));
        for (key, value) in [
            ("", "v"),
            ("-a", "v"),
            ("a b", "v"),
            ("a/b/c", "v"),
            ("/a", "v"),
            ("A.com/x", "v"),
            ("a", "no spaces"),
            ("a", "-v"),
            ("a", long.as_str()),
            (long.as_str(), "v"),
            (domain.as_str(), "v"),
            ("berth.dev/environment", "v"),
            ("x.berth.dev/environment", "v"),
            ("kubernetes.io/metadata.name", "v"),
            ("app.kubernetes.io/managed-by", "v"),
            ("pod-security.kubernetes.io/enforce", "v"),
            ("x.k8s.io/y", "v"),
        ] {
            assert_eq!(findings("/labels", [(key, Some(value))]).len(), 1, "{key}={value}");
        }
    }

    #[test]
    fn the_pointer_is_escaped() {
        let found = findings("/labels", [("k8s.io/a", None)]);
        assert_eq!(found[0].pointer, "/labels/k8s.io~1a");
    }
}
