//! `forEach`: one resource for every item of a list or every key of a map.

use super::resource::is_id;
use crate::expression::{Expression, Scalar};
use crate::finding::Findings;
use crate::place::{Fields, Place, child, item};
use crate::yaml::{Content, Node};

/// Most names that are combined.
const MOST: usize = 4;

/// One name that goes through a range: `{key: "${params.env}"}`. Several of them combine every item with every item.
#[derive(Debug)]
pub(crate) struct Iteration {
    /// Read as `each.<name>`.
    pub name: String,
    pub place: Place,
    pub range: Expression,
}

/// Reads `forEach`.
pub(crate) fn read_all(fields: &Fields<'_>, findings: &mut Findings) -> Vec<Iteration> {
    let Some(node) = fields.get("forEach") else {
        return Vec::new();
    };
    let path = fields.path("forEach");
    let Content::List(nodes) = &node.content else {
        findings.suggest(
            &Place::of(node, &path),
            format!("must be a list of names with what they go through, not {}", node.kind()),
            "write [{item: \"${…}\"}]",
        );
        return Vec::new();
    };
    if nodes.is_empty() {
        findings.error(&Place::of(node, &path), "names nothing to go through");
    }
    if nodes.len() > MOST {
        findings.error(
            &Place::of(node, &path),
            format!("may combine {MOST} names; these are {}", nodes.len()),
        );
        return Vec::new();
    }
    let mut all: Vec<Iteration> = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        if let Some(one) = read(node, &item(&path, index), findings) {
            if all.iter().any(|other| other.name == one.name) {
                findings.error(&one.place, format!("`{}` is there twice", one.name));
            }
            all.push(one);
        }
    }
    all
}

fn read(node: &Node, path: &str, findings: &mut Findings) -> Option<Iteration> {
    let entry = match &node.content {
        Content::Map(entries) if entries.len() == 1 => entries.first()?,
        Content::Map(_)
        | Content::Null
        | Content::Bool(_)
        | Content::Number(_)
        | Content::Text(_)
        | Content::List(_) => {
            findings.suggest(
                &Place::of(node, path),
                "must be one name with what it goes through",
                "write {item: \"${…}\"}",
            );
            return None;
        }
    };
    let path = child(path, &entry.key);
    let place = Place::of_key(entry, &path);
    if !is_id(&entry.key) {
        findings.error(&place, "a name must be lowerCamelCase: it is read as `each.<name>`");
    }
    let at = Place::of(&entry.value, &path);
    let wrong = |findings: &mut Findings| {
        findings.suggest(&at, "must be a list or a map", "write one whole expression: \"${…}\"");
        None
    };
    let Content::Text(text) = &entry.value.content else {
        return wrong(findings);
    };
    let before = findings.errors();
    match Scalar::parse(text, &at, entry.value.text_offset, findings) {
        Scalar::Whole(range) => Some(Iteration {
            name: entry.key.clone(),
            place,
            range,
        }),
        // An expression that does not parse is reported already.
        Scalar::Literal(_) | Scalar::Parts(_) if findings.errors() > before => None,
        Scalar::Literal(_) | Scalar::Parts(_) => wrong(findings),
    }
}
