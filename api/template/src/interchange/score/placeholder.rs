//! `${…}` in a workload: what stands in its own document is filled in, what a resource would give is not known.

use crate::interchange::tree;
use crate::yaml::{Content, Node};

/// Fills in a text; `Err` is what keeps it from being one.
pub(super) fn fill(text: &str, root: &Node) -> Result<String, String> {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(start) = rest.find('$') {
        out.push_str(&rest[..start]);
        rest = &rest[start + 1..];
        if let Some(escaped) = rest.strip_prefix('$') {
            out.push('$');
            rest = escaped;
            // `$${x}` is the text `${x}`.
            if let Some(end) = escaped.strip_prefix('{').and_then(|inner| inner.find('}')) {
                out.push_str(&escaped[..end + 2]);
                rest = &escaped[end + 2..];
            }
        } else if let Some(inner) = rest.strip_prefix('{') {
            let (path, after) = inner.split_once('}').ok_or("`${` is never closed")?;
            out.push_str(&look_up(path, root)?);
            rest = after;
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn look_up(path: &str, root: &Node) -> Result<String, String> {
    let mut steps = path.split('.');
    match steps.next() {
        Some("metadata") => {}
        Some("resources") => {
            let hint = "what a resource comes to is only known in the environment; the template gives `DATABASE_URL`";
            return Err(format!("`${{{path}}}` has no counterpart: {hint}"));
        }
        _ => return Err(format!("`${{{path}}}` is neither `metadata.…` nor `resources.…`")),
    }
    let start = root.get("metadata");
    let found = steps.try_fold(start, |node, step| Some(node?.get(step))).flatten();
    let Some(node) = found else {
        return Err(format!("there is no `{path}` in this document"));
    };
    match &node.content {
        Content::Text(text) => Ok(text.clone()),
        Content::Bool(_) | Content::Number(_) => Ok(node.to_value().to_string()),
        Content::Null | Content::List(_) | Content::Map(_) => Err(format!("`{path}` is {}, not text", node.kind())),
    }
}

/// Whether the text is just the connection string of that resource, in one piece or put together.
pub(super) fn is_connection(text: &str, resource: &str) -> bool {
    let output = |name: &str| format!("${{resources.{resource}.{name}}}");
    if ["uri", "url", "connection"].iter().any(|name| text == output(name)) {
        return true;
    }
    let Some(rest) = text
        .strip_prefix("postgres://")
        .or_else(|| text.strip_prefix("postgresql://"))
    else {
        return false;
    };
    let server = ["username", "password", "host", "port"].map(output);
    let start = format!("{}:{}@{}:{}/", server[0], server[1], server[2], server[3]);
    rest.strip_prefix(&start)
        .is_some_and(|name| name == output("name") || name == output("database"))
}

/// The text in a field of a mapping.
pub(super) fn text_of<'n>(node: &'n Node, field: &str) -> Option<&'n str> {
    node.get(field).and_then(tree::as_text)
}

#[cfg(test)]
mod tests {
    use super::{fill, is_connection};
    use crate::finding::Findings;
    use crate::yaml;

    #[test]
    fn the_documents_own_values_are_filled_in() {
        let document = "metadata: {name: shop, annotations: {tier: front}, n: 3, list: []}";
        let root = yaml::parse(document, &mut Findings::default()).unwrap();
        for (text, filled) in [
            ("plain", "plain"),
            (
                "${metadata.name}-${metadata.annotations.tier}-${metadata.n}",
                "shop-front-3",
            ),
            ("$${metadata.name} $$ $5 $", "${metadata.name} $ $5 $"),
            ("é${metadata.name}é", "éshopé"),
        ] {
            assert_eq!(fill(text, &root).as_deref(), Ok(filled), "{text}");
        }
        for (text, message) in [
            ("${metadata.nam}", "no `metadata.nam`"),
            ("${metadata.list}", "is a list"),
            ("${resources.db.host}", "`${resources.db.host}` has no counterpart"),
            ("${secret.x}", "neither"),
            ("${metadata.name", "never closed"),
        ] {
            assert!(fill(text, &root).unwrap_err().contains(message), "{text}");
        }
    }

    #[test]
    fn a_connection_string_is_known_by_its_parts() {
        let parts = "${resources.db.username}:${resources.db.password}@${resources.db.host}:${resources.db.port}/";
        assert!(is_connection("${resources.db.uri}", "db"));
        assert!(is_connection(
            &format!("postgres://{parts}${{resources.db.name}}"),
            "db"
        ));
        assert!(is_connection(
            &format!("postgresql://{parts}${{resources.db.database}}"),
            "db"
        ));
        assert!(!is_connection(&format!("postgresql://{parts}other"), "db"));
        assert!(!is_connection(
            &format!("postgresql://{parts}${{resources.db.name}}?sslmode=off"),
            "db"
        ));
        assert!(!is_connection("${resources.db.uri}", "other"));
    }
}
