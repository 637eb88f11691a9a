//! `secret`: a Secret whose values are partly made in the cluster.

use std::collections::BTreeMap;

use cel::common::ast::Expr;

use super::scalar;
use crate::expression::analysis::Step;
use crate::expression::{Expression, Part, Scalar};
use crate::finding::Findings;
use crate::place::{Fields, Place, child};
use crate::rendered::Generate;
use crate::suggest::nearest;
use crate::yaml::{Content, Node};

/// A `Secret` whose values are partly made in the cluster.
#[derive(Debug)]
pub(crate) struct Secret {
    pub name: Scalar,
    pub generate: BTreeMap<String, Generate>,
    pub data: BTreeMap<String, SecretText>,
}

/// The value of one key of a secret.
#[derive(Debug)]
pub(crate) struct SecretText {
    pub pieces: Vec<SecretPiece>,
    /// Whether it is one whole expression, which may come to nothing.
    pub whole: bool,
}

#[derive(Debug)]
pub(crate) enum SecretPiece {
    Text(String),
    Expression(Expression),
    /// `${generated.password}`.
    Generated(String),
}

impl Secret {
    pub fn read(node: &Node, path: &str, findings: &mut Findings) -> Option<Self> {
        let fields = Fields::read(node, path, &["name", "generate", "data"], findings);
        fields.require("name", findings);
        let name = scalar(&fields, "name", findings);
        let mut generate = BTreeMap::new();
        let mut data = BTreeMap::new();
        for (key, node, place) in keys(&fields, "generate", findings) {
            let inner = Fields::read(node, &place.path, &["length"], findings);
            let length = inner.require("length", findings).map(Node::to_value);
            match length.as_ref().and_then(serde_json::Value::as_u64) {
                Some(length @ 16..=256) => {
                    generate.insert(
                        key,
                        Generate {
                            length: u32::try_from(length).unwrap_or(256),
                        },
                    );
                }
                _ => findings.error(&place, "`length` must be a number from 16 to 256"),
            }
        }
        for (key, node, place) in keys(&fields, "data", findings) {
            if generate.contains_key(&key) {
                findings.error(&place, format!("`{key}` is generated; it cannot have another value"));
            }
            let Content::Text(text) = &node.content else {
                findings.suggest(&place, format!("must be text, not {}", node.kind()), "quote it");
                continue;
            };
            let scalar = Scalar::parse(text, &place, node.text_offset, findings);
            data.insert(key, SecretText::from_scalar(scalar, &generate, findings));
        }
        if generate.is_empty() && data.is_empty() {
            findings.error(fields.place(), "a secret has `generate`, `data` or both");
        }
        Some(Self {
            name: name?.0,
            generate,
            data,
        })
    }
}

/// The entries of a mapping whose keys are those of a `Secret`.
fn keys<'n>(fields: &Fields<'n>, field: &str, findings: &mut Findings) -> Vec<(String, &'n Node, Place)> {
    let Some(node) = fields.get(field) else {
        return Vec::new();
    };
    let path = fields.path(field);
    let Content::Map(entries) = &node.content else {
        findings.error(
            &Place::of(node, &path),
            format!("must be a mapping, not {}", node.kind()),
        );
        return Vec::new();
    };
    for entry in entries {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if entry.key.is_empty() || entry.key.len() > 253 || !entry.key.bytes().all(allowed) {
            let at = Place::of_key(entry, &child(&path, &entry.key));
            findings.error(&at, "a key of a secret has letters, digits, `-`, `_` and `.`");
        }
    }
    entries
        .iter()
        .map(|e| (e.key.clone(), &e.value, Place::of(&e.value, &child(&path, &e.key))))
        .collect()
}

impl SecretText {
    fn from_scalar(scalar: Scalar, generate: &BTreeMap<String, Generate>, findings: &mut Findings) -> Self {
        let whole = matches!(scalar, Scalar::Whole(_));
        let parts = match scalar {
            Scalar::Literal(text) => vec![Part::Text(text)],
            Scalar::Whole(expression) => vec![Part::Expression(expression)],
            Scalar::Parts(parts) => parts,
        };
        let mut pieces = Vec::with_capacity(parts.len());
        for part in parts {
            pieces.push(match part {
                Part::Text(text) => SecretPiece::Text(text),
                Part::Expression(expression) => match generated(&expression) {
                    None => SecretPiece::Expression(expression),
                    Some(key) => {
                        if !generate.contains_key(&key) {
                            let message = format!("`{key}` is not generated");
                            match nearest(&key, generate.keys().map(String::as_str)) {
                                Some(meant) => {
                                    findings.suggest(&expression.place, message, format!("did you mean `{meant}`?"));
                                }
                                None => findings.error(&expression.place, message),
                            }
                        }
                        SecretPiece::Generated(key)
                    }
                },
            });
        }
        Self { pieces, whole }
    }
}

/// The key, when the expression is `generated.key` and nothing else.
fn generated(expression: &Expression) -> Option<String> {
    let Expr::Select(_) = &expression.ast.expr else {
        return None;
    };
    match expression.references.as_slice() {
        [reference] if reference.root == "generated" && !reference.presence => match reference.steps.as_slice() {
            [Step::Field(key)] => Some(key.clone()),
            _ => None,
        },
        _ => None,
    }
}
