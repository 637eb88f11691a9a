//! Guard rails: what a template may create, checked on the document and once more on what is rendered.
//!
//! Nothing here can be switched off by a template.

mod identity;

use cel::common::ast::Expr;
use serde_json::Value as Json;

use crate::compiled::Kind;
use crate::document::Document;
use crate::document::metadata::is_dns_subdomain;
use crate::document::resource::Body;
use crate::expression::Scalar;
use crate::expression::analysis::Step;
use crate::expression::evaluate::Stop;
use crate::finding::Findings;
use crate::place::{Fields, Place, child, item};
use crate::rendered::OnDelete;
use crate::shape::Shape;
use crate::suggest::nearest;
use crate::yaml::{Content, Node};

/// Largest object, in bytes of JSON: the API server takes 1.5 MiB, and its store adds to it.
const LARGEST: usize = 1024 * 1024;

/// The template whose objects are the environment's own guard rails.
pub(crate) const BASELINE: &str = "baseline";

/// Kinds any template may create.
const ALLOWED: [(&str, &str); 13] = [
    ("v1", "ConfigMap"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("batch/v1", "CronJob"),
    ("batch/v1", "Job"),
    ("networking.k8s.io/v1", "Ingress"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("policy/v1", "PodDisruptionBudget"),
];

/// Kinds only the baseline may create: they are what holds everything else in.
const BASELINE_ONLY: [(&str, &str); 4] = [
    ("v1", "Namespace"),
    ("v1", "LimitRange"),
    ("v1", "ResourceQuota"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
];

impl Kind {
    pub(crate) fn is_secret(&self) -> bool {
        self.api_version == "v1" && self.kind == "Secret"
    }

    pub(crate) fn holds_data(&self) -> bool {
        matches!(self.kind.as_str(), "StatefulSet" | "PersistentVolumeClaim")
    }
}

/// Whether only the baseline may create it.
pub(crate) fn baseline_only(kind: &Kind) -> bool {
    BASELINE_ONLY.contains(&(kind.api_version.as_str(), kind.kind.as_str()))
}

/// Checks what only the whole document shows: who may create the kinds that hold everything else in.
pub(crate) fn check_document(document: &Document, findings: &mut Findings) {
    for resource in &document.resources {
        identity::check(resource, findings);
        let Body::Object { shape, kind, .. } = &resource.body else {
            continue;
        };
        if baseline_only(kind) && document.metadata.name != BASELINE {
            let message = format!("only the `{BASELINE}` template may create a {}", kind.kind);
            findings.error(&resource.place, message);
        }
        if kind.kind == "Namespace" && !named_after_environment(shape) {
            findings.error(&resource.place, "the Namespace must be named `${env.namespace}`");
        }
    }
}

fn named_after_environment(shape: &Shape) -> bool {
    let field = |shape: &'_ Shape, name: &str| shape.fields().iter().position(|(key, _)| key == name);
    let Some(metadata) = field(shape, "metadata").map(|at| &shape.fields()[at].1) else {
        return false;
    };
    let Some(Shape::Scalar(Scalar::Whole(name))) = field(metadata, "name").map(|at| &metadata.fields()[at].1) else {
        return false;
    };
    let env = |steps: &[Step]| matches!(steps, [Step::Field(field)] if field == "namespace");
    matches!(name.ast.expr, Expr::Select(_))
        && matches!(name.references.as_slice(), [only] if only.root == "env" && !only.presence && env(&only.steps))
}

/// Checks an object of the document and tells its kind.
pub(crate) fn check_object(
    node: &Node,
    path: &str,
    on_delete: Option<OnDelete>,
    findings: &mut Findings,
) -> Option<Kind> {
    let place = Place::of(node, path);
    let Content::Map(_) = &node.content else {
        findings.error(&place, format!("must be a mapping, not {}", node.kind()));
        return None;
    };
    if node.get("status").is_some() {
        findings.error(&place, "`status` is written by the cluster, not by a template");
    }
    check_metadata(node, path, findings);
    check_reserved(node, path, findings);
    let api_version = literal(node, path, "apiVersion", findings);
    let kind = literal(node, path, "kind", findings);
    let kind = Kind {
        api_version: api_version?,
        kind: kind?,
    };
    check_kind(&kind, node, path, findings);
    if kind.holds_data() && on_delete.is_none() {
        findings.suggest(
            &place,
            format!("a {} holds data: say what happens to it", kind.kind),
            "add `onDelete: delete`, `retain` or `snapshot-then-delete` to the resource",
        );
    }
    Some(kind)
}

/// A field that must be there, as text without expressions.
fn literal(node: &Node, path: &str, field: &str, findings: &mut Findings) -> Option<String> {
    let Some(value) = node.get(field) else {
        findings.error(&Place::of(node, path), format!("`{field}` is missing"));
        return None;
    };
    match &value.content {
        Content::Text(text) if !text.contains("${") => Some(text.clone()),
        Content::Null
        | Content::Bool(_)
        | Content::Number(_)
        | Content::Text(_)
        | Content::List(_)
        | Content::Map(_) => {
            findings.error(
                &Place::of(value, &child(path, field)),
                format!("`{field}` must be written out"),
            );
            None
        }
    }
}

fn check_kind(kind: &Kind, node: &Node, path: &str, findings: &mut Findings) {
    let pair = (kind.api_version.as_str(), kind.kind.as_str());
    if ALLOWED.contains(&pair) || BASELINE_ONLY.contains(&pair) {
        return;
    }
    let all = || ALLOWED.iter().chain(&BASELINE_ONLY);
    let field = |name: &str| Place::of(node.get(name).unwrap_or(node), &child(path, name));
    if let Some((api_version, _)) = all().find(|(_, k)| *k == kind.kind) {
        let message = format!("a {} of `{}` is not allowed", kind.kind, kind.api_version);
        findings.suggest(&field("apiVersion"), message, format!("did you mean `{api_version}`?"));
        return;
    }
    let message = format!("objects of kind `{}` ({}) are not allowed", kind.kind, kind.api_version);
    match nearest(&kind.kind, all().map(|(_, kind)| *kind)) {
        Some(meant) => {
            findings.suggest(&field("kind"), message, format!("did you mean `{meant}`?"));
        }
        None => findings.error(&field("kind"), message),
    }
}

fn check_metadata(node: &Node, path: &str, findings: &mut Findings) {
    let path = child(path, "metadata");
    let Some(metadata) = node.get("metadata") else {
        findings.error(&Place::of(node, &path), "`metadata` with a `name` is missing");
        return;
    };
    let Content::Map(entries) = &metadata.content else {
        findings.error(
            &Place::of(metadata, &path),
            "`metadata` must be written out as a mapping",
        );
        return;
    };
    for (field, why) in [
        (
            "namespace",
            "an environment has one namespace, and the object goes there",
        ),
        ("ownerReferences", "owners are set by the cluster's controllers"),
        (
            "finalizers",
            "an object that cannot be deleted would keep its environment",
        ),
        ("generateName", "an object without a fixed name cannot be found again"),
    ] {
        if let Some(entry) = entries.iter().find(|e| e.key == field) {
            let at = Place::of_key(entry, &child(&path, field));
            findings.error(&at, format!("`{field}` cannot be set: {why}"));
        }
    }
    let refused = ["namespace", "ownerReferences", "finalizers", "generateName"];
    let known: Vec<&str> = ["name", "labels", "annotations"].into_iter().chain(refused).collect();
    let fields = Fields::read(metadata, &path, &known, findings);
    if let Some(name) = fields.require("name", findings) {
        let place = Place::of(name, &fields.path("name"));
        match &name.content {
            Content::Text(text) if text.contains("${") || is_dns_subdomain(text) => {}
            Content::Text(_) => findings.error(
                &place,
                "the name must be a DNS name: lower case letters, digits, `-` and `.`",
            ),
            Content::Null | Content::Bool(_) | Content::Number(_) | Content::List(_) | Content::Map(_) => {
                findings.error(&place, format!("the name must be text, not {}", name.kind()));
            }
        }
    }
}

/// Keys of Berth's own domain, anywhere: labels decide what belongs to whom.
fn check_reserved(node: &Node, path: &str, findings: &mut Findings) {
    match &node.content {
        Content::Map(entries) => {
            for entry in entries {
                let path = child(path, &entry.key);
                if is_reserved(&entry.key) {
                    findings.error(
                        &Place::of_key(entry, &path),
                        format!("`{}` is reserved for Berth", entry.key),
                    );
                }
                check_reserved(&entry.value, &path, findings);
            }
        }
        Content::List(items) => {
            for (index, node) in items.iter().enumerate() {
                check_reserved(node, &item(path, index), findings);
            }
        }
        Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) => {}
    }
}

fn is_reserved(key: &str) -> bool {
    key.split_once('/')
        .is_some_and(|(domain, _)| domain == "berth.dev" || domain.ends_with(".berth.dev"))
}

/// Checks an object that was rendered: a whole expression can bring keys of its own.
pub(crate) fn check_rendered(object: &Json) -> Result<(), Stop> {
    let metadata = &object["metadata"];
    match metadata["name"].as_str() {
        Some(name) if is_dns_subdomain(name) => {}
        Some(_) => {
            return Err(Stop::failed(
                "metadata.name is not a DNS name: lower case letters, digits, `-` and `.`",
            ));
        }
        None => return Err(Stop::failed("metadata.name did not come to text")),
    }
    let mut bytes = 0;
    walk(object, &mut bytes)
}

fn walk(value: &Json, bytes: &mut usize) -> Result<(), Stop> {
    match value {
        Json::Object(fields) => {
            for (key, value) in fields {
                if is_reserved(key) {
                    return Err(Stop::failed("a key of the domain berth.dev is reserved for Berth"));
                }
                *bytes += key.len() + 4;
                walk(value, bytes)?;
            }
        }
        Json::Array(items) => {
            for item in items {
                *bytes += 2;
                walk(item, bytes)?;
            }
        }
        Json::String(text) => *bytes += text.len() + 2,
        Json::Null | Json::Bool(_) | Json::Number(_) => *bytes += 8,
    }
    if *bytes > LARGEST {
        return Err(Stop::failed(format!("the object is larger than {LARGEST} bytes")));
    }
    Ok(())
}
