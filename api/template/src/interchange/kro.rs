//! kro's `ResourceGraphDefinition` (`kro.run/v1alpha1`) in, a template's document out, which compiles.
//!
//! What was written for kro keeps its meaning or is refused: every finding stands at its place in kro's document, those
//! of the compiler as well. Knows kro's form, not kro.

mod marker;
mod origin;
mod resource;
mod rewrite;
mod schema;

use self::origin::Origin;
use super::{emit, tree};
use crate::compile::compile;
use crate::compiled::Library;
use crate::document::resource::is_id;
use crate::finding::{Finding, Findings};
use crate::guard::BASELINE;
use crate::place::{Fields, Place};
use crate::yaml::{self, Content, Entry, Node};

/// Largest document, in bytes.
const LARGEST: usize = 1024 * 1024;

/// What is said about fields of an API that a template has not.
const HERE: &str = "has no meaning here and is left out";

/// A template made from a document of kro's.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The template's name.
    pub name: String,
    /// The template's document, YAML. It compiles.
    pub document: String,
    /// What is different from kro, and what the compiler warns about; places are those of kro's document.
    pub warnings: Vec<Finding>,
}

/// Whether the document says that it is a `ResourceGraphDefinition`.
pub fn is_one(text: &str) -> bool {
    let kind = |line: &str| {
        let value = line
            .strip_prefix("kind:")
            .map(|kind| kind.split(" #").next().unwrap_or_default());
        value.is_some_and(|kind| kind.trim().trim_matches(['"', '\'']) == "ResourceGraphDefinition")
    };
    text.lines().any(kind)
}

/// Reads a `ResourceGraphDefinition` as a template, and reports everything that keeps it from being one.
///
/// Parses and recurses: run it on the [`pool`](crate::pool).
pub fn import(text: &str, library: &dyn Library) -> Result<Imported, Vec<Finding>> {
    let mut findings = Findings::default();
    if text.len() > LARGEST {
        let message = format!("a document may have {LARGEST} bytes; this one has {}", text.len());
        findings.error(&Place::new(1, 1, ""), message);
        return Err(findings.sorted());
    }
    let Some(root) = yaml::parse(text, &mut findings) else {
        return Err(findings.sorted());
    };
    let template = template(&root, &mut findings);
    let Some((name, template)) = template.filter(|_| findings.errors() == 0) else {
        return Err(findings.sorted());
    };
    let document = emit::document(&template);
    let origin = Origin::new(&root, &template);
    let (failed, found) = match compile(&document, library) {
        Ok(compilation) => (false, compilation.warnings),
        Err(found) => (true, found),
    };
    for finding in found {
        findings.add(origin.at(finding));
    }
    if failed {
        return Err(findings.sorted());
    }
    Ok(Imported {
        name,
        document,
        warnings: findings.sorted(),
    })
}

fn template(root: &Node, findings: &mut Findings) -> Option<(String, Node)> {
    let top = Fields::read(
        root,
        "",
        &["apiVersion", "kind", "metadata", "spec", "status"],
        findings,
    );
    for (field, expected) in [("apiVersion", "kro.run/v1alpha1"), ("kind", "ResourceGraphDefinition")] {
        if let Some((text, place)) = top.require_text(field, findings)
            && text != expected
        {
            findings.error(&place, format!("must be `{expected}`"));
        }
    }
    meaningless(&top, &["status"], "", findings);
    let definition = top.get("metadata").and_then(|node| definition_name(node, findings));
    let spec = Fields::read(
        top.require("spec", findings)?,
        "spec",
        &["schema", "resources"],
        findings,
    );
    let schema = spec.require("schema", findings)?;
    let schema = read_schema(schema, findings);
    let resources = spec.require("resources", findings);
    let (name, title) = api(&schema, findings)?;
    let at = schema.require("kind", findings)?;
    let version = version(&schema, findings);
    let summary = definition.map_or_else(
        || "Read from a ResourceGraphDefinition".to_owned(),
        |name| format!("Read from the ResourceGraphDefinition {name}"),
    );
    let metadata = tree::map(
        at,
        vec![
            ("name", tree::text(at, name.clone())),
            ("version", tree::text(schema.get("apiVersion").unwrap_or(at), version)),
            ("title", tree::text(at, title)),
            ("summary", tree::text(at, summary)),
            ("tags", tree::node(at, Content::List(vec![tree::text(at, "kro")]))),
        ],
    );
    let mut fields = Vec::new();
    if let Some(node) = schema.get("spec").filter(|node| !tree::entries(node).is_empty()) {
        let path = schema.path("spec");
        fields.push((
            "parameters",
            schema::parameters(node, &path, schema.get("types"), findings),
        ));
    }
    let resources = resource::read_all(resources?, "spec.resources", findings);
    let outputs = schema
        .get("status")
        .and_then(|status| outputs(status, &schema.path("status"), &resources.names(), findings));
    fields.push(("resources", resources.node));
    fields.extend(outputs.map(|outputs| ("outputs", outputs)));
    let document = tree::map(
        root,
        vec![
            ("apiVersion", tree::text(root, "berth.dev/v1")),
            ("kind", tree::text(root, "Template")),
            ("metadata", metadata),
            ("spec", tree::map(root, fields)),
        ],
    );
    Some((name, document))
}

/// `metadata.name` of the definition; the rest of its metadata is about the object in kro's cluster.
fn definition_name<'n>(node: &'n Node, findings: &mut Findings) -> Option<&'n str> {
    for entry in tree::entries(node).iter().filter(|entry| entry.key != "name") {
        let place = Place::of_key(entry, &crate::place::child("metadata", &entry.key));
        findings.warn(&place, format!("`{}` {HERE}", entry.key), None);
    }
    node.get("name").and_then(tree::as_text)
}

fn read_schema<'n>(node: &'n Node, findings: &mut Findings) -> Fields<'n> {
    let unused = [
        "group",
        "metadata",
        "additionalPrinterColumns",
        "shortNames",
        "categories",
    ];
    let known = ["apiVersion", "kind", "scope", "spec", "status", "types"];
    let known: Vec<&str> = known.into_iter().chain(unused).collect();
    let schema = Fields::read(node, "spec.schema", &known, findings);
    meaningless(&schema, &unused, "spec.schema", findings);
    if let Some((scope, place)) = schema.text("scope", findings)
        && scope != "Namespaced"
    {
        let message = format!("`scope: {scope}` cannot be translated: an environment is one namespace");
        findings.error(&place, message);
    }
    for field in ["spec", "types", "status"] {
        let Some(node) = schema.get(field) else { continue };
        match &node.content {
            Content::Map(_) | Content::Null => {}
            Content::Bool(_) | Content::Number(_) | Content::Text(_) | Content::List(_) => {
                let place = Place::of(node, &schema.path(field));
                findings.error(&place, format!("must be a mapping, not {}", node.kind()));
            }
        }
    }
    schema
}

/// Warns about fields that a cluster's API has and a template has not.
fn meaningless(fields: &Fields<'_>, names: &[&str], path: &str, findings: &mut Findings) {
    for name in names {
        if let Some(entry) = fields.entry(name) {
            let place = Place::of_key(entry, &crate::place::child(path, name));
            findings.warn(&place, format!("`{name}` {HERE}"), None);
        }
    }
}

/// Name and title from `kind`: `WebApplication` is `web-application`, "Web application".
fn api(schema: &Fields<'_>, findings: &mut Findings) -> Option<(String, String)> {
    let (kind, place) = schema.require_text("kind", findings)?;
    let good = kind.starts_with(|c: char| c.is_ascii_uppercase()) && kind.bytes().all(|b| b.is_ascii_alphanumeric());
    if !good {
        findings.error(&place, "a kind is UpperCamelCase: the template's name is made from it");
        return None;
    }
    let letters: Vec<char> = kind.chars().collect();
    let mut name = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        let begins = letter.is_ascii_uppercase()
            && before.is_some_and(|b| !b.is_ascii_uppercase() || after.is_some_and(char::is_ascii_lowercase));
        if begins {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    if name == BASELINE {
        findings.error(
            &place,
            format!("`{BASELINE}` is the template beneath every environment"),
        );
        return None;
    }
    let mut title = name.replace('-', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Some((name, title))
}

/// `v2` is 2.0.0; what is not stable yet begins at 0.1.0.
fn version(schema: &Fields<'_>, findings: &mut Findings) -> String {
    let Some((text, place)) = schema.require_text("apiVersion", findings) else {
        return "0.1.0".to_owned();
    };
    let number = text.strip_prefix('v').unwrap_or_default();
    let digits = number.len() - number.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, stage) = number.split_at(digits);
    match (number.parse::<u32>(), stage) {
        (Ok(number @ 1..), "") => format!("{number}.0.0"),
        (Ok(1..), stage) if stage.starts_with("alpha") || stage.starts_with("beta") => "0.1.0".to_owned(),
        _ => {
            findings.suggest(&place, "not a version of an API", "write v1, v1beta1 or v1alpha1");
            "0.1.0".to_owned()
        }
    }
}

/// `schema.status` as outputs.
fn outputs(status: &Node, path: &str, names: &rewrite::Names<'_>, findings: &mut Findings) -> Option<Node> {
    let mut outputs: Vec<Entry> = Vec::new();
    for entry in tree::entries(status) {
        let path = crate::place::child(path, &entry.key);
        let place = Place::of_key(entry, &path);
        let name = resource::camel_case(&entry.key);
        if !is_id(&name) || outputs.iter().any(|other| other.key == name) {
            findings.error(
                &place,
                format!("`{}` cannot be made the name of an output: lowerCamelCase", entry.key),
            );
            continue;
        }
        if name != entry.key {
            let message = format!(
                "`{}` is called `{name}` here: an output's name is lowerCamelCase",
                entry.key
            );
            findings.warn(&place, message, None);
        }
        let value = resource::rewritten(&entry.value, &path, names, findings);
        outputs.push(Entry {
            key: name,
            line: entry.line,
            column: entry.column,
            value: tree::map(&entry.value, vec![("value", value)]),
        });
    }
    (!outputs.is_empty()).then(|| tree::node(status, Content::Map(outputs)))
}
