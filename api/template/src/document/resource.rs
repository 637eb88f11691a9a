//! `spec.resources`: objects, secrets and composed templates.

use std::collections::BTreeMap;

use cel::common::ast::Expr;
use semver::VersionReq;

use super::{Condition, Purpose, conditions, scalar};
use crate::compiled::Kind;
use crate::expression::analysis::Step;
use crate::expression::{Expression, Part, Scalar};
use crate::finding::Findings;
use crate::guard;
use crate::place::{Fields, Place, child, item};
use crate::rendered::{Generate, OnDelete};
use crate::shape::Shape;
use crate::suggest::nearest;
use crate::yaml::{Content, Node};

/// One resource.
#[derive(Debug)]
pub(crate) struct Resource {
    pub id: String,
    pub place: Place,
    pub include: Vec<Condition>,
    pub ready: Vec<Condition>,
    pub on_delete: Option<OnDelete>,
    pub body: Body,
}

/// What a resource is.
#[derive(Debug)]
pub(crate) enum Body {
    Object { shape: Shape, kind: Kind, fields: Vec<String> },
    Secret(Secret),
    Use(Use),
}

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

/// A composed template.
#[derive(Debug)]
pub(crate) struct Use {
    pub template: String,
    pub version: VersionReq,
    pub place: Place,
    pub with: Vec<(String, Shape, Place)>,
}

/// Names that mean something else in expressions, ours and those CEL reserves.
const RESERVED: [&str; 32] = [
    "params", "env", "platform", "self", "each", "generated", "has", "true", "false", "null", "in", "math", "base64",
    "optional", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
    "namespace", "return", "var", "void", "while", "dyn",
];

/// Reads all resources.
pub(crate) fn read_all(node: &Node, path: &str, findings: &mut Findings) -> Vec<Resource> {
    let Content::List(nodes) = &node.content else {
        findings.error(&Place::of(node, path), format!("must be a list, not {}", node.kind()));
        return Vec::new();
    };
    let mut resources: Vec<Resource> = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let Some(resource) = Resource::read(node, &item(path, index), findings) else { continue };
        if resources.iter().any(|other| other.id == resource.id) {
            findings.error(&resource.place, format!("there is another resource with the id `{}`", resource.id));
        } else {
            resources.push(resource);
        }
    }
    resources
}

/// lowerCamelCase, so that it is a name in expressions.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

impl Resource {
    fn read(node: &Node, path: &str, findings: &mut Findings) -> Option<Self> {
        let known = ["id", "object", "secret", "use", "includeWhen", "readyWhen", "onDelete"];
        let fields = Fields::read(node, path, &known, findings);
        let id = fields.require_text("id", findings);
        if let Some((id, place)) = &id {
            if !is_id(id) {
                findings.error(place, "an id must be lowerCamelCase: it is a name in expressions");
            } else if RESERVED.contains(id) {
                findings.error(place, format!("`{id}` means something else in expressions"));
            }
        }
        let include = conditions(&fields, "includeWhen", findings);
        let ready = conditions(&fields, "readyWhen", findings);
        let on_delete = read_on_delete(&fields, findings);
        let body = match (fields.get("object"), fields.get("secret"), fields.get("use")) {
            (Some(object), None, None) => read_object(object, &fields.path("object"), on_delete, findings),
            (None, Some(secret), None) => Secret::read(secret, &fields.path("secret"), findings).map(Body::Secret),
            (None, None, Some(template)) => {
                if let Some(entry) = fields.entry("readyWhen") {
                    let at = Place::of_key(entry, &fields.path("readyWhen"));
                    findings.error(&at, "a composed template says itself when it is ready");
                }
                Use::read(template, &fields.path("use"), findings).map(Body::Use)
            }
            _ => {
                findings.error(fields.place(), "a resource has one of `object`, `secret` and `use`");
                None
            }
        };
        let (id, place) = id?;
        Some(Self { id: id.to_owned(), place, include, ready, on_delete, body: body? })
    }

    /// Calls `visit` for every expression in it.
    pub fn each<'d>(&'d self, visit: &mut dyn FnMut(&'d Expression, Purpose)) {
        for (conditions, purpose) in [(&self.include, Purpose::Include), (&self.ready, Purpose::Ready)] {
            for condition in conditions {
                if let Condition::Expression(expression) = condition {
                    visit(expression, purpose);
                }
            }
        }
        match &self.body {
            Body::Object { shape, kind, .. } => {
                let secret = kind.is_secret();
                for (key, shape) in shape.fields() {
                    let content = secret && matches!(key.as_str(), "data" | "stringData");
                    let purpose = if content { Purpose::SecretContent } else { Purpose::Field };
                    shape.each(&mut |expression| visit(expression, purpose));
                }
            }
            Body::Secret(secret) => {
                secret.name.expressions().for_each(|expression| visit(expression, Purpose::Field));
                for piece in secret.data.values().flat_map(|text| &text.pieces) {
                    if let SecretPiece::Expression(expression) = piece {
                        visit(expression, Purpose::SecretContent);
                    }
                }
            }
            Body::Use(template) => {
                for (_, shape, _) in &template.with {
                    shape.each(&mut |expression| visit(expression, Purpose::With));
                }
            }
        }
    }
}

fn read_on_delete(fields: &Fields<'_>, findings: &mut Findings) -> Option<OnDelete> {
    let (text, place) = fields.text("onDelete", findings)?;
    match text {
        "delete" => Some(OnDelete::Delete),
        "retain" => Some(OnDelete::Retain),
        "snapshot-then-delete" => Some(OnDelete::SnapshotThenDelete),
        other => {
            let known = ["delete", "retain", "snapshot-then-delete"];
            let meant = nearest(other, known).map_or_else(|| known.join(", "), |meant| format!("did you mean `{meant}`?"));
            findings.suggest(&place, format!("`{other}` is no way to delete"), meant);
            None
        }
    }
}

fn read_object(node: &Node, path: &str, on_delete: Option<OnDelete>, findings: &mut Findings) -> Option<Body> {
    let shape = Shape::read(node, path, findings);
    let kind = guard::check_object(node, path, on_delete, findings)?;
    let fields = match &node.content {
        Content::Map(entries) => entries.iter().map(|entry| entry.key.clone()).collect(),
        Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) | Content::List(_) => Vec::new(),
    };
    Some(Body::Object { shape, kind, fields })
}

impl Secret {
    fn read(node: &Node, path: &str, findings: &mut Findings) -> Option<Self> {
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
                    generate.insert(key, Generate { length: u32::try_from(length).unwrap_or(256) });
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
        Some(Self { name: name?.0, generate, data })
    }
}

/// The entries of a mapping whose keys are those of a `Secret`.
fn keys<'n>(fields: &Fields<'n>, field: &str, findings: &mut Findings) -> Vec<(String, &'n Node, Place)> {
    let Some(node) = fields.get(field) else { return Vec::new() };
    let path = fields.path(field);
    let Content::Map(entries) = &node.content else {
        findings.error(&Place::of(node, &path), format!("must be a mapping, not {}", node.kind()));
        return Vec::new();
    };
    for entry in entries {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if entry.key.is_empty() || entry.key.len() > 253 || !entry.key.bytes().all(allowed) {
            let at = Place::of_key(entry, &child(&path, &entry.key));
            findings.error(&at, "a key of a secret has letters, digits, `-`, `_` and `.`");
        }
    }
    entries.iter().map(|e| (e.key.clone(), &e.value, Place::of(&e.value, &child(&path, &e.key)))).collect()
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
    let Expr::Select(_) = &expression.ast.expr else { return None };
    match expression.references.as_slice() {
        [reference] if reference.root == "generated" && !reference.presence => match reference.steps.as_slice() {
            [Step::Field(key)] => Some(key.clone()),
            _ => None,
        },
        _ => None,
    }
}

impl Use {
    fn read(node: &Node, path: &str, findings: &mut Findings) -> Option<Self> {
        let fields = Fields::read(node, path, &["template", "version", "with"], findings);
        let template = fields.require_text("template", findings);
        let version = fields.require_text("version", findings).and_then(|(text, place)| match VersionReq::parse(text) {
            Ok(range) => Some(range),
            Err(error) => {
                findings.suggest(&place, format!("not a range of versions: {error}"), "write ^1 or =1.2.3");
                None
            }
        });
        let mut with = Vec::new();
        if let Some(node) = fields.get("with") {
            let path = fields.path("with");
            match &node.content {
                Content::Map(entries) => {
                    for entry in entries {
                        let path = child(&path, &entry.key);
                        let shape = Shape::read(&entry.value, &path, findings);
                        with.push((entry.key.clone(), shape, Place::of(&entry.value, &path)));
                    }
                }
                Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) | Content::List(_) => {
                    findings.error(&Place::of(node, &path), format!("must be a mapping, not {}", node.kind()));
                }
            }
        }
        let (template, place) = template?;
        Some(Self { template: template.to_owned(), version: version?, place, with })
    }
}
