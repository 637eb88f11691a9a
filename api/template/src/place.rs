//! Places in a document, and fields of mappings read with every mistake reported.

use crate::finding::Findings;
use crate::suggest::nearest;
use crate::yaml::{Content, Entry, Node};

/// Where something stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub line: u32,
    pub column: u32,
    pub path: String,
}

impl Place {
    pub fn new(line: u32, column: u32, path: impl Into<String>) -> Self {
        Self {
            line,
            column,
            path: path.into(),
        }
    }

    pub fn of(node: &Node, path: &str) -> Self {
        Self::new(node.line, node.column, path)
    }

    pub fn of_key(entry: &Entry, path: &str) -> Self {
        Self::new(entry.line, entry.column, path)
    }
}

/// `path.key`.
pub(crate) fn child(path: &str, key: &str) -> String {
    let simple = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    match (path.is_empty(), simple) {
        (true, true) => key.to_owned(),
        (false, true) => format!("{path}.{key}"),
        (_, false) => format!("{path}[\"{key}\"]"),
    }
}

/// `path[index]`.
pub(crate) fn item(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

/// A mapping whose fields are known beforehand.
pub(crate) struct Fields<'n> {
    entries: &'n [Entry],
    place: Place,
}

impl<'n> Fields<'n> {
    /// Takes `node` as a mapping with some of the `known` fields, and reports whatever else it is.
    pub fn read(node: &'n Node, path: &str, known: &[&str], findings: &mut Findings) -> Self {
        let place = Place::of(node, path);
        let entries = match &node.content {
            Content::Map(entries) => entries.as_slice(),
            Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) | Content::List(_) => {
                findings.error(&place, format!("must be a mapping, not {}", node.kind()));
                &[]
            }
        };
        for entry in entries.iter().filter(|e| !known.contains(&e.key.as_str())) {
            let at = Place::of_key(entry, &child(path, &entry.key));
            let message = format!("unknown field `{}`", entry.key);
            match nearest(&entry.key, known.iter().copied()) {
                Some(meant) => findings.suggest(&at, message, format!("did you mean `{meant}`?")),
                None => findings.error(&at, message),
            }
        }
        Self { entries, place }
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    pub fn path(&self, key: &str) -> String {
        child(&self.place.path, key)
    }

    pub fn entry(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|e| e.key == key)
    }

    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|e| &e.value)
    }

    /// The field, which must be there.
    pub fn require(&self, key: &str, findings: &mut Findings) -> Option<&'n Node> {
        let found = self.get(key);
        if found.is_none() {
            findings.error(&self.place, format!("`{key}` is missing"));
        }
        found
    }

    /// The field as text, when it is there.
    pub fn text(&self, key: &str, findings: &mut Findings) -> Option<(&'n str, Place)> {
        let node = self.get(key)?;
        let place = Place::of(node, &self.path(key));
        if let Content::Text(text) = &node.content {
            Some((text.as_str(), place))
        } else {
            findings.error(&place, format!("must be text, not {}", node.kind()));
            None
        }
    }

    /// The field as text, which must be there.
    pub fn require_text(&self, key: &str, findings: &mut Findings) -> Option<(&'n str, Place)> {
        self.require(key, findings)?;
        self.text(key, findings)
    }
}
