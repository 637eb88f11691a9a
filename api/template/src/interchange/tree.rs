//! Pieces of a tree that is put together: every piece stands where the piece it comes from stands.

use serde_json::Value;

use crate::place::{child, item};
use crate::yaml::{Content, Entry, Node};

/// Content that stands where `at` stands.
pub(crate) fn node(at: &Node, content: Content) -> Node {
    Node {
        line: at.line,
        column: at.column,
        content,
        text_offset: None,
    }
}

/// Text.
pub(crate) fn text(at: &Node, value: impl Into<String>) -> Node {
    node(at, Content::Text(value.into()))
}

/// A mapping with these fields, in this order.
pub(crate) fn map(at: &Node, fields: Vec<(&str, Node)>) -> Node {
    let entries = fields.into_iter().map(|(key, value)| entry(key, value)).collect();
    node(at, Content::Map(entries))
}

/// A field that stands where its value stands.
pub(crate) fn entry(key: &str, value: Node) -> Entry {
    Entry {
        key: key.to_owned(),
        line: value.line,
        column: value.column,
        value,
    }
}

/// The entries of a mapping; none of anything else.
pub(crate) fn entries(node: &Node) -> &[Entry] {
    match &node.content {
        Content::Map(entries) => entries,
        Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) | Content::List(_) => &[],
    }
}

/// The text of a scalar that is text.
pub(crate) fn as_text(node: &Node) -> Option<&str> {
    match &node.content {
        Content::Text(text) => Some(text),
        Content::Null | Content::Bool(_) | Content::Number(_) | Content::List(_) | Content::Map(_) => None,
    }
}

/// Plain data, all of it standing at one place.
pub(crate) fn from_value(at: &Node, value: &Value) -> Node {
    let content = match value {
        Value::Null => Content::Null,
        Value::Bool(value) => Content::Bool(*value),
        Value::Number(value) => Content::Number(value.clone()),
        Value::String(value) => Content::Text(value.clone()),
        Value::Array(items) => Content::List(items.iter().map(|item| from_value(at, item)).collect()),
        Value::Object(fields) => {
            let one = |(key, value): (&String, &Value)| entry(key, from_value(at, value));
            Content::Map(fields.iter().map(one).collect())
        }
    };
    node(at, content)
}

/// Calls `visit` with every node and its path.
pub(crate) fn walk(node: &Node, path: &str, visit: &mut dyn FnMut(&Node, &str)) {
    visit(node, path);
    match &node.content {
        Content::Map(entries) => {
            for entry in entries {
                walk(&entry.value, &child(path, &entry.key), visit);
            }
        }
        Content::List(items) => {
            for (index, node) in items.iter().enumerate() {
                walk(node, &item(path, index), visit);
            }
        }
        Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) => {}
    }
}
