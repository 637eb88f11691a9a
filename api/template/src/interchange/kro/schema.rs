//! `SimpleSchema` in, JSON Schema 2020-12 out.
//!
//! Custom types are written out where they are used: a template's schema has no references.

use serde_json::Value as Json;

use super::marker::{self, Field, Marker};
use crate::finding::Findings;
use crate::interchange::tree;
use crate::place::{Place, child};
use crate::suggest::nearest;
use crate::yaml::{self, Content, Entry, Node};

/// Deepest nesting of types, the custom ones written out.
const DEEPEST: usize = 24;

/// Most fields, the custom types written out: types that use each other twice double with every level.
const MOST: usize = 5_000;

/// The types that need no declaration.
const TYPES: [&str; 5] = ["string", "integer", "float", "boolean", "object"];

/// What may be said about a field, and the keyword it becomes.
const MARKERS: [&str; 13] = [
    "required",
    "default",
    "description",
    "enum",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "uniqueItems",
    "minItems",
    "maxItems",
    "immutable",
];

/// The schema of one field, and what its parent must know of it.
struct Built {
    keywords: Vec<(&'static str, Node)>,
    required: bool,
    /// Whether it comes to something when nothing is given.
    defaulted: bool,
}

/// Reads `schema.spec` into `spec.parameters`.
pub(super) fn parameters(spec: &Node, path: &str, types: Option<&Node>, findings: &mut Findings) -> Node {
    let mut reader = Reader {
        types: types.map_or(&[], tree::entries),
        open: Vec::new(),
        depth: 0,
        fields: 0,
        findings,
    };
    let mut built = reader.object(spec, path);
    built.keywords.retain(|(keyword, _)| *keyword != "default");
    tree::map(spec, built.keywords)
}

struct Reader<'n, 'f> {
    types: &'n [Entry],
    /// The custom types that are being written out.
    open: Vec<&'n str>,
    depth: usize,
    fields: usize,
    findings: &'f mut Findings,
}

impl<'n> Reader<'n, '_> {
    fn any(&mut self, node: &'n Node, path: &str) -> Option<Built> {
        let place = Place::of(node, path);
        self.fields += 1;
        if self.depth >= DEEPEST || self.fields > MOST {
            // Said once: what follows would only repeat it.
            if self.depth >= DEEPEST || self.fields == MOST + 1 {
                let message =
                    format!("the schema has more than {DEEPEST} levels or {MOST} fields, custom types written out");
                self.findings.error(&place, message);
            }
            return None;
        }
        match &node.content {
            Content::Map(_) => {
                self.depth += 1;
                let built = self.object(node, path);
                self.depth -= 1;
                Some(built)
            }
            Content::Text(text) => match marker::parse(text) {
                Ok(field) => self.field(node, &field, &place),
                Err(message) => {
                    self.findings.error(&place, message);
                    None
                }
            },
            Content::Null | Content::Bool(_) | Content::Number(_) | Content::List(_) => {
                let message = format!(
                    "a field is a type like `string | default=x`, or a mapping of fields, not {}",
                    node.kind()
                );
                self.findings.error(&place, message);
                None
            }
        }
    }

    fn object(&mut self, node: &'n Node, path: &str) -> Built {
        let (mut properties, mut required) = (Vec::new(), Vec::new());
        let mut defaulted = false;
        for entry in tree::entries(node) {
            let Some(built) = self.any(&entry.value, &child(path, &entry.key)) else {
                continue;
            };
            defaulted |= built.defaulted;
            if built.required && !built.defaulted {
                required.push(tree::text(&entry.value, entry.key.clone()));
            }
            properties.push(Entry {
                value: tree::map(&entry.value, built.keywords),
                ..entry.clone()
            });
        }
        // Defaults of the fields count when the whole is left out, unless something in it must be given.
        let defaulted = defaulted && required.is_empty();
        let mut keywords = vec![("type", tree::text(node, "object"))];
        if defaulted {
            keywords.push(("default", tree::map(node, Vec::new())));
        }
        if !required.is_empty() {
            keywords.push(("required", tree::node(node, Content::List(required))));
        }
        keywords.push(("properties", tree::node(node, Content::Map(properties))));
        Built {
            keywords,
            required: false,
            defaulted,
        }
    }

    fn field(&mut self, node: &'n Node, field: &Field<'_>, place: &Place) -> Option<Built> {
        let mut built = self.kind(node, field.kind, place)?;
        let kind = built
            .keywords
            .iter()
            .find(|(keyword, _)| *keyword == "type")
            .and_then(|(_, kind)| tree::as_text(kind))
            .unwrap_or_default()
            .to_owned();
        for marker in &field.markers {
            self.marker(node, marker, &kind, place, &mut built);
        }
        Some(built)
    }

    fn kind(&mut self, node: &'n Node, kind: &str, place: &Place) -> Option<Built> {
        let plain = |keywords| Built {
            keywords,
            required: false,
            defaulted: false,
        };
        if let Some(items) = kind.strip_prefix("[]") {
            let items = self.inner(node, items, place)?;
            return Some(plain(vec![("type", tree::text(node, "array")), ("items", items)]));
        }
        if let Some((key, values)) = kind.strip_prefix("map[").and_then(|rest| rest.split_once(']')) {
            if key != "string" {
                self.findings
                    .error(place, format!("the keys of a map are text: `map[string]{values}`"));
                return None;
            }
            let values = self.inner(node, values, place)?;
            let object = tree::text(node, "object");
            return Some(plain(vec![("type", object), ("additionalProperties", values)]));
        }
        if TYPES.contains(&kind) {
            let kind = if kind == "float" { "number" } else { kind };
            let mut keywords = vec![("type", tree::text(node, kind))];
            if kind == "object" {
                keywords.push(("additionalProperties", tree::node(node, Content::Bool(true))));
            }
            return Some(plain(keywords));
        }
        let Some(declared) = self.types.iter().find(|entry| entry.key == kind) else {
            let known = TYPES
                .into_iter()
                .chain(self.types.iter().map(|entry| entry.key.as_str()));
            let message = format!("there is no type `{kind}`");
            match nearest(kind, known) {
                Some(meant) => self
                    .findings
                    .suggest(place, message, format!("did you mean `{meant}`?")),
                None => self.findings.error(place, message),
            }
            return None;
        };
        if self.open.contains(&declared.key.as_str()) {
            let way = [self.open.as_slice(), &[declared.key.as_str()]].concat().join(" → ");
            self.findings.error(place, format!("the types go in a circle: {way}"));
            return None;
        }
        self.open.push(&declared.key);
        self.depth += 1;
        let built = self.any(&declared.value, &child("spec.schema.types", &declared.key));
        self.depth -= 1;
        self.open.pop();
        built
    }

    /// The type of items or values.
    fn inner(&mut self, node: &'n Node, kind: &str, place: &Place) -> Option<Node> {
        if self.depth >= DEEPEST {
            self.findings
                .error(place, format!("nested deeper than {DEEPEST} levels"));
            return None;
        }
        self.depth += 1;
        let built = self.kind(node, kind.trim(), place);
        self.depth -= 1;
        built.map(|built| tree::map(node, built.keywords))
    }

    fn marker(&mut self, node: &Node, marker: &Marker, kind: &str, place: &Place, built: &mut Built) {
        let Marker { name, value } = marker;
        let known = MARKERS.iter().find(|known| *known == name).copied();
        let wrong = |findings: &mut Findings, what: &str| {
            findings.error(place, format!("the value of `{name}` must be {what}"));
        };
        let content = match known {
            Some("required") => match value.as_str() {
                "true" | "false" => {
                    built.required = value == "true";
                    return;
                }
                _ => return wrong(self.findings, "true or false"),
            },
            Some("immutable") => {
                if value == "true" {
                    let hint = "leave it out, or say so in the description".to_owned();
                    let message = "`immutable` has no counterpart: the parameter can be changed later";
                    self.findings.warn(place, message, Some(hint));
                }
                return;
            }
            Some("default") => match typed(value, kind) {
                Some(value) => {
                    built.defaulted = true;
                    tree::from_value(node, &value)
                }
                None => return wrong(self.findings, &format!("of type {kind}")),
            },
            Some("enum") => {
                let values: Option<Vec<_>> = value.split(',').map(|one| typed(one.trim(), kind)).collect();
                match values {
                    Some(values) => tree::from_value(node, &Json::Array(values)),
                    None => return wrong(self.findings, &format!("a list of values of type {kind}: `a,b`")),
                }
            }
            Some("description" | "pattern") => tree::text(node, value.clone()),
            Some("uniqueItems") => match typed(value, "boolean") {
                Some(value) => tree::from_value(node, &value),
                None => return wrong(self.findings, "true or false"),
            },
            Some(_) => match typed(value, "number") {
                Some(value) => tree::from_value(node, &value),
                None => return wrong(self.findings, "a number"),
            },
            None if name == "printColumn" => {
                let message = "`printColumn` has no meaning here: there is no table of kubectl's";
                return self.findings.warn(place, message, None);
            }
            None if name == "validation" => {
                let message = "`validation` cannot be translated: it is a rule on the value alone";
                let hint = "leave it out here and write it as one of the template's `rules`";
                return self.findings.suggest(place, message, hint);
            }
            None => {
                let message = format!("`{name}` is no marker of a field");
                let hint = nearest(name, MARKERS)
                    .map_or_else(|| MARKERS.join(", "), |meant| format!("did you mean `{meant}`?"));
                return self.findings.suggest(place, message, hint);
            }
        };
        let Some(keyword) = known else { return };
        built.keywords.retain(|(other, _)| *other != keyword);
        // The long ones stay last.
        let end = built
            .keywords
            .iter()
            .position(|(k, _)| matches!(*k, "properties" | "items" | "additionalProperties"));
        built
            .keywords
            .insert(end.unwrap_or(built.keywords.len()), (keyword, content));
    }
}

/// The value of a marker as a value of that type.
fn typed(text: &str, kind: &str) -> Option<Json> {
    match kind {
        "string" => Some(Json::String(text.to_owned())),
        "integer" => text.parse::<i64>().ok().map(Json::from),
        "number" => serde_json::from_str::<serde_json::Number>(text).ok().map(Json::Number),
        "boolean" => text.parse::<bool>().ok().map(Json::Bool),
        _ => {
            let mut quiet = Findings::default();
            let value = yaml::parse(text, &mut quiet)?.to_value();
            let fits = match kind {
                "array" => value.is_array(),
                _ => value.is_object(),
            };
            (fits && quiet.errors() == 0).then_some(value)
        }
    }
}
