//! A template document: read from its tree, every field known, every mistake reported.
//!
//! Knows the form of each part; whether the parts fit together is for [`crate::compile`].

pub(crate) mod composition;
pub(crate) mod iteration;
pub(crate) mod metadata;
pub(crate) mod named;
pub(crate) mod operation;
pub(crate) mod output;
pub(crate) mod resource;
pub(crate) mod rule;
pub(crate) mod secret;

use serde_json::Value as Json;

use self::metadata::Metadata;
use self::named::Named;
use self::operation::{Action, Sleep};
use self::output::Output;
use self::resource::Resource;
use self::rule::Rule;
use crate::expression::analysis::obviously_not_boolean;
use crate::expression::{Expression, Scalar};
use crate::finding::Findings;
use crate::place::{Fields, Place, child, item};
use crate::yaml::{Content, Node};

/// A document whose form is right.
#[derive(Debug)]
pub(crate) struct Document {
    pub metadata: Metadata,
    pub rules: Vec<Rule>,
    /// `let`, in the order of the document.
    pub named: Vec<Named>,
    pub resources: Vec<Resource>,
    pub outputs: Vec<Output>,
    pub actions: Vec<Action>,
    pub sleep: Option<Sleep>,
}

/// What an expression is there for: it decides which names it may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A field of an object, or an output.
    Field,
    /// The content of a `Secret`.
    SecretContent,
    /// A parameter of a composed template, by its name.
    With,
    /// `includeWhen`.
    Include,
    /// `readyWhen`.
    Ready,
    /// `rules`.
    Rule,
    /// A value of `let`.
    Named,
    /// What `forEach` goes through.
    Range,
}

/// `includeWhen` or `readyWhen`: one condition of the list.
#[derive(Debug)]
pub(crate) enum Condition {
    Literal(bool),
    Expression(Expression),
}

/// The document, and the nodes that are checked further.
pub(crate) struct Read<'n> {
    pub document: Document,
    /// `spec.parameters`.
    pub parameters: Option<&'n Node>,
}

/// Reads the whole document. `None` when not even its metadata makes sense.
pub(crate) fn read<'n>(root: &'n Node, findings: &mut Findings) -> Option<Read<'n>> {
    let top = Fields::read(root, "", &["apiVersion", "kind", "metadata", "spec"], findings);
    for (field, expected) in [("apiVersion", "berth.dev/v1"), ("kind", "Template")] {
        if let Some((text, place)) = top.require_text(field, findings)
            && text != expected
        {
            findings.error(&place, format!("must be `{expected}`"));
        }
    }
    let metadata = top
        .require("metadata", findings)
        .and_then(|node| Metadata::read(node, findings));
    let spec = top.require("spec", findings)?;
    let known = ["parameters", "rules", "let", "resources", "outputs", "actions", "sleep"];
    let fields = Fields::read(spec, "spec", &known, findings);
    let rules = rule::read_all(&fields, findings);
    let named = named::read_all(&fields, findings);
    let resources = match fields.require("resources", findings) {
        Some(node) => resource::read_all(node, &fields.path("resources"), findings),
        None => Vec::new(),
    };
    let outputs = match fields.get("outputs") {
        Some(node) => output::read_all(node, &fields.path("outputs"), findings),
        None => Vec::new(),
    };
    let (actions, sleep) = operation::read(&fields, findings);
    let document = Document {
        metadata: metadata?,
        rules,
        named,
        resources,
        outputs,
        actions,
        sleep,
    };
    Some(Read {
        document,
        parameters: fields.get("parameters"),
    })
}

impl Document {
    /// The value of `let` with that name.
    pub fn named(&self, name: &str) -> Option<&Named> {
        self.named.iter().find(|named| named.name == name)
    }
}

/// Reads a list of conditions.
pub(crate) fn conditions(fields: &Fields<'_>, field: &str, findings: &mut Findings) -> Vec<Condition> {
    let Some(node) = fields.get(field) else {
        return Vec::new();
    };
    let path = fields.path(field);
    let Content::List(nodes) = &node.content else {
        findings.error(
            &Place::of(node, &path),
            format!("must be a list of conditions, not {}", node.kind()),
        );
        return Vec::new();
    };
    let one = |(index, node)| condition(node, &item(&path, index), findings);
    nodes.iter().enumerate().filter_map(one).collect()
}

/// Reads one condition.
pub(crate) fn condition(node: &Node, path: &str, findings: &mut Findings) -> Option<Condition> {
    let place = Place::of(node, path);
    let wrong = |findings: &mut Findings| {
        findings.suggest(
            &place,
            "a condition must be a boolean",
            "write one whole expression: \"${…}\"",
        );
        None
    };
    let text = match &node.content {
        Content::Bool(value) => return Some(Condition::Literal(*value)),
        Content::Text(text) => text,
        Content::Null | Content::Number(_) | Content::List(_) | Content::Map(_) => {
            return wrong(findings);
        }
    };
    let before = findings.errors();
    match Scalar::parse(text, &place, node.text_offset, findings) {
        Scalar::Whole(expression) if obviously_not_boolean(&expression.ast) => {
            findings.error(
                &expression.place,
                "a condition must be a boolean; this is something else",
            );
            None
        }
        Scalar::Whole(expression) => Some(Condition::Expression(expression)),
        // An expression that does not parse is reported already.
        Scalar::Literal(_) | Scalar::Parts(_) if findings.errors() > before => None,
        Scalar::Literal(_) | Scalar::Parts(_) => wrong(findings),
    }
}

/// Reads a field as a scalar that comes to text.
pub(crate) fn scalar(fields: &Fields<'_>, field: &str, findings: &mut Findings) -> Option<(Scalar, Place)> {
    let node = fields.get(field)?;
    let (text, place) = fields.require_text(field, findings)?;
    Some((Scalar::parse(text, &place, node.text_offset, findings), place))
}

/// A literal list of texts.
pub(crate) fn texts(fields: &Fields<'_>, field: &str, findings: &mut Findings) -> Vec<String> {
    let Some(node) = fields.get(field) else {
        return Vec::new();
    };
    match node.to_value() {
        Json::Array(items) if items.iter().all(Json::is_string) => {
            items.iter().filter_map(Json::as_str).map(str::to_owned).collect()
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) | Json::Object(_) => {
            findings.error(
                &Place::of(node, &child(&fields.place().path, field)),
                "must be a list of texts",
            );
            Vec::new()
        }
    }
}
