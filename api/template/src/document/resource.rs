//! `spec.resources`: objects, secrets and composed templates.

use super::composition::Use;
use super::iteration::{self, Iteration};
use super::secret::{Secret, SecretPiece};
use super::{Condition, Purpose, conditions};
use crate::compiled::Kind;
use crate::expression::Expression;
use crate::finding::Findings;
use crate::guard;
use crate::place::{Fields, Place, item};
use crate::rendered::OnDelete;
use crate::shape::Shape;
use crate::suggest::nearest;
use crate::yaml::{Content, Node};

/// One resource.
#[derive(Debug)]
pub(crate) struct Resource {
    pub id: String,
    pub place: Place,
    /// `forEach`; empty for a resource that is there once.
    pub each: Vec<Iteration>,
    pub include: Vec<Condition>,
    pub ready: Vec<Condition>,
    pub on_delete: Option<OnDelete>,
    pub body: Body,
}

/// What a resource is.
#[derive(Debug)]
pub(crate) enum Body {
    Object {
        shape: Shape,
        kind: Kind,
        fields: Vec<String>,
    },
    Secret(Secret),
    Use(Use),
}

/// Names that mean something else in expressions, ours and those CEL reserves.
pub(crate) const RESERVED: [&str; 38] = [
    "baseline",
    "cel",
    "ip",
    "lists",
    "sets",
    "strings",
    "params",
    "env",
    "platform",
    "self",
    "each",
    "generated",
    "has",
    "true",
    "false",
    "null",
    "in",
    "math",
    "base64",
    "optional",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
    "dyn",
];

/// Most resources of one document.
const MOST: usize = 500;

/// Reads all resources.
pub(crate) fn read_all(node: &Node, path: &str, findings: &mut Findings) -> Vec<Resource> {
    let Content::List(nodes) = &node.content else {
        findings.error(&Place::of(node, path), format!("must be a list, not {}", node.kind()));
        return Vec::new();
    };
    if nodes.len() > MOST {
        findings.error(
            &Place::of(node, path),
            format!("there may be {MOST} resources; these are {}", nodes.len()),
        );
        return Vec::new();
    }
    let mut resources: Vec<Resource> = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let Some(resource) = Resource::read(node, &item(path, index), findings) else {
            continue;
        };
        if resources.iter().any(|other| other.id == resource.id) {
            findings.error(
                &resource.place,
                format!("there is another resource with the id `{}`", resource.id),
            );
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
        let known = [
            "id",
            "forEach",
            "object",
            "secret",
            "use",
            "includeWhen",
            "readyWhen",
            "onDelete",
        ];
        let fields = Fields::read(node, path, &known, findings);
        let id = fields.require_text("id", findings);
        if let Some((id, place)) = &id {
            if !is_id(id) {
                findings.error(place, "an id must be lowerCamelCase: it is a name in expressions");
            } else if RESERVED.contains(id) {
                findings.error(place, format!("`{id}` means something else in expressions"));
            }
        }
        let each = iteration::read_all(&fields, findings);
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
                if let Some(entry) = fields.entry("forEach") {
                    let at = Place::of_key(entry, &fields.path("forEach"));
                    let message = "only objects and secrets are made for each of something";
                    findings.suggest(&at, message, "write `forEach` inside the composed template");
                }
                Use::read(template, &fields.path("use"), findings).map(Body::Use)
            }
            _ => {
                findings.error(fields.place(), "a resource has one of `object`, `secret` and `use`");
                None
            }
        };
        let (id, place) = id?;
        Some(Self {
            id: id.to_owned(),
            place,
            each,
            include,
            ready,
            on_delete,
            body: body?,
        })
    }

    /// Calls `visit` for every expression in it.
    pub fn each<'d>(&'d self, visit: &mut dyn FnMut(&'d Expression, Purpose)) {
        for iteration in &self.each {
            visit(&iteration.range, Purpose::Range);
        }
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
                    let purpose = if content {
                        Purpose::SecretContent
                    } else {
                        Purpose::Field
                    };
                    shape.each(&mut |expression| visit(expression, purpose));
                }
            }
            Body::Secret(secret) => {
                secret
                    .name
                    .expressions()
                    .for_each(|expression| visit(expression, Purpose::Field));
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
            let meant =
                nearest(other, known).map_or_else(|| known.join(", "), |meant| format!("did you mean `{meant}`?"));
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
