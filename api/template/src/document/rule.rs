//! `rules`: what must hold across parameters, with the words a developer reads when it does not.

use super::{Condition, condition};
use crate::finding::Findings;
use crate::place::{Fields, Place, child, item};
use crate::yaml::{Content, Node};

/// Most rules.
const MOST: usize = 200;

/// One rule.
#[derive(Debug)]
pub(crate) struct Rule {
    pub place: Place,
    pub holds: Condition,
    /// JSON Pointer into the parameters: what a developer would change. Empty for all of them.
    pub pointer: String,
    pub message: String,
}

/// Reads all rules, in the order of the document.
pub(crate) fn read_all(fields: &Fields<'_>, findings: &mut Findings) -> Vec<Rule> {
    let Some(node) = fields.get("rules") else {
        return Vec::new();
    };
    let path = fields.path("rules");
    let Content::List(nodes) = &node.content else {
        findings.error(
            &Place::of(node, &path),
            format!("must be a list of rules, not {}", node.kind()),
        );
        return Vec::new();
    };
    if nodes.len() > MOST {
        findings.error(
            &Place::of(node, &path),
            format!("there may be {MOST} rules; these are {}", nodes.len()),
        );
        return Vec::new();
    }
    let one = |(index, node)| read(node, &item(&path, index), findings);
    nodes.iter().enumerate().filter_map(one).collect()
}

fn read(node: &Node, path: &str, findings: &mut Findings) -> Option<Rule> {
    let fields = Fields::read(node, path, &["rule", "path", "message"], findings);
    let holds = fields
        .require("rule", findings)
        .and_then(|node| condition(node, &child(path, "rule"), findings));
    let pointer = fields.text("path", findings).map(|(pointer, place)| {
        if !pointer.is_empty() && !pointer.starts_with('/') {
            findings.suggest(
                &place,
                "must be a JSON Pointer into the parameters",
                format!("write /{pointer}"),
            );
        }
        pointer.to_owned()
    });
    let message = fields.require_text("message", findings);
    if let Some((text, place)) = &message
        && (text.trim().is_empty() || text.contains("${"))
    {
        findings.error(place, "must be a sentence, without expressions");
    }
    Some(Rule {
        place: fields.place().clone(),
        holds: holds?,
        pointer: pointer.unwrap_or_default(),
        message: message?.0.to_owned(),
    })
}
