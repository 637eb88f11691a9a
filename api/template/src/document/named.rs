//! `let`: values with a name, so that what is said twice is written once.

use super::resource::{RESERVED, is_id};
use crate::finding::Findings;
use crate::place::{Fields, Place, child};
use crate::shape::Shape;
use crate::yaml::Content;

/// Most names: evaluating one can mean evaluating all before it, each inside the next.
const MOST: usize = 200;

/// One named value.
#[derive(Debug)]
pub(crate) struct Named {
    pub name: String,
    pub place: Place,
    pub value: Shape,
}

/// Reads all named values, in the order of the document.
pub(crate) fn read_all(fields: &Fields<'_>, findings: &mut Findings) -> Vec<Named> {
    let Some(node) = fields.get("let") else {
        return Vec::new();
    };
    let path = fields.path("let");
    let Content::Map(entries) = &node.content else {
        findings.error(
            &Place::of(node, &path),
            format!("must be a mapping of names to values, not {}", node.kind()),
        );
        return Vec::new();
    };
    if entries.len() > MOST {
        findings.error(
            &Place::of(node, &path),
            format!("there may be {MOST} names; these are {}", entries.len()),
        );
    }
    let mut all = Vec::with_capacity(entries.len());
    for entry in entries {
        let path = child(&path, &entry.key);
        let place = Place::of_key(entry, &path);
        if !is_id(&entry.key) {
            findings.error(&place, "a name must be lowerCamelCase: it is used in expressions");
        } else if RESERVED.contains(&entry.key.as_str()) {
            findings.error(&place, format!("`{}` means something else in expressions", entry.key));
        }
        all.push(Named {
            name: entry.key.clone(),
            value: Shape::read(&entry.value, &path, findings),
            place,
        });
    }
    all
}
