//! kro's resources: objects, alone or one for each of something.

use std::collections::{BTreeMap, BTreeSet};

use super::rewrite::{self, Names};
use crate::compiled::Kind;
use crate::document::resource::{RESERVED, is_id};
use crate::finding::Findings;
use crate::interchange::tree;
use crate::place::{Fields, Place, child, item};
use crate::yaml::{Content, Entry, Node};

/// The resources of the template, and what kro calls them.
pub(super) struct Resources<'n> {
    pub node: Node,
    ids: BTreeMap<&'n str, String>,
}

impl<'n> Resources<'n> {
    /// The names that every expression knows.
    pub fn names(&self) -> Names<'n> {
        Names {
            ids: self.ids.clone(),
            ..Names::default()
        }
    }
}

/// Reads `spec.resources`.
pub(super) fn read_all<'n>(node: &'n Node, path: &str, findings: &mut Findings) -> Resources<'n> {
    let nodes: &[Node] = match &node.content {
        Content::List(nodes) => nodes,
        Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) | Content::Map(_) => {
            findings.error(&Place::of(node, path), format!("must be a list, not {}", node.kind()));
            &[]
        }
    };
    let mut reader = Reader {
        ids: BTreeMap::new(),
        own: nodes
            .iter()
            .filter(|node| in_own_namespace(node))
            .filter_map(id)
            .collect(),
        findings,
    };
    for (index, node) in nodes.iter().enumerate() {
        reader.name(node, &item(path, index));
    }
    let read = |(index, node)| reader.resource(node, &item(path, index));
    let resources = nodes.iter().enumerate().filter_map(read).collect();
    Resources {
        node: tree::node(node, Content::List(resources)),
        ids: reader.ids,
    }
}

/// A name in lowerCamelCase: `web_app` and `web-app` are `webApp`.
pub(super) fn camel_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut parts = name.split(['_', '-', '.']).filter(|part| !part.is_empty());
    if let Some(first) = parts.next() {
        let capitals = first.bytes().take_while(u8::is_ascii_uppercase).count();
        out.push_str(&first[..capitals].to_ascii_lowercase());
        out.push_str(&first[capitals..]);
    }
    for part in parts {
        let (first, rest) = part.split_at(part.chars().next().map_or(0, char::len_utf8));
        out.push_str(&first.to_ascii_uppercase());
        out.push_str(rest);
    }
    out
}

/// The tree with every expression in it rewritten.
pub(super) fn rewritten(node: &Node, path: &str, names: &Names<'_>, findings: &mut Findings) -> Node {
    let content = match &node.content {
        Content::Text(text) => Content::Text(rewrite::text(text, names, &Place::of(node, path), findings)),
        Content::List(nodes) => {
            let one = |(index, node)| rewritten(node, &item(path, index), names, findings);
            Content::List(nodes.iter().enumerate().map(one).collect())
        }
        Content::Map(entries) => {
            let one = |entry: &Entry| Entry {
                value: rewritten(&entry.value, &child(path, &entry.key), names, findings),
                ..entry.clone()
            };
            Content::Map(entries.iter().map(one).collect())
        }
        Content::Null | Content::Bool(_) | Content::Number(_) => node.content.clone(),
    };
    tree::node(node, content)
}

fn id(node: &Node) -> Option<&str> {
    node.get("id").and_then(tree::as_text)
}

fn namespace(node: &Node) -> Option<&Node> {
    node.get("template")?.get("metadata")?.get("namespace")
}

/// Whether the object names no namespace, or the instance's own.
fn in_own_namespace(node: &Node) -> bool {
    node.get("template").is_some()
        && namespace(node).is_none_or(|namespace| selection(namespace).as_deref() == Some("schema.metadata.namespace"))
}

/// The path that a whole expression is, without blanks.
fn selection(node: &Node) -> Option<String> {
    let source = tree::as_text(node)?.strip_prefix("${")?.strip_suffix('}')?;
    Some(source.split_whitespace().collect())
}

struct Reader<'n, 'f> {
    ids: BTreeMap<&'n str, String>,
    /// The resources that are in the instance's own namespace whatever happens.
    own: BTreeSet<&'n str>,
    findings: &'f mut Findings,
}

impl<'n> Reader<'n, '_> {
    /// Finds a name for a resource before anything refers to it.
    fn name(&mut self, node: &'n Node, path: &str) {
        let Some(old) = id(node) else { return };
        let place = Place::of(node.get("id").unwrap_or(node), &child(path, "id"));
        let mut new = camel_case(old);
        if RESERVED.contains(&new.as_str()) {
            new.push_str("Resource");
        }
        if !is_id(&new) {
            self.findings
                .error(&place, format!("`{old}` cannot be made an id: lowerCamelCase"));
            return;
        }
        if self.ids.contains_key(old) || self.ids.values().any(|other| *other == new) {
            self.findings
                .error(&place, format!("there is another resource that is called `{new}` here"));
            return;
        }
        if new != old {
            let message = format!("`{old}` is called `{new}` here: `{old}` is no id of a template");
            self.findings.warn(&place, message, None);
        }
        self.ids.insert(old, new);
    }

    fn resource(&mut self, node: &'n Node, path: &str) -> Option<Node> {
        let known = [
            "id",
            "template",
            "externalRef",
            "readyWhen",
            "includeWhen",
            "forEach",
            "lifecycle",
        ];
        let fields = Fields::read(node, path, &known, self.findings);
        let (old, place) = fields.require_text("id", self.findings)?;
        if let Some(entry) = fields.entry("externalRef") {
            self.external(entry, &fields);
            return None;
        }
        let template = fields.require("template", self.findings)?;
        let new = self.ids.get(old)?.clone();
        let names = Names {
            ids: self.ids.clone(),
            ..Names::default()
        };
        let mut resource = vec![("id", tree::text(node.get("id").unwrap_or(node), new))];
        let (each, variables) = self.for_each(&fields, &names);
        let collection = each.is_some();
        resource.extend(each.map(|each| ("forEach", each)));
        for field in ["includeWhen", "readyWhen"] {
            let Some(conditions) = fields.get(field) else { continue };
            let ready = field == "readyWhen";
            let names = Names {
                own: ready.then_some(old),
                collection,
                variables: if ready { variables.clone() } else { BTreeMap::new() },
                ids: self.ids.clone(),
            };
            resource.push((field, rewritten(conditions, &fields.path(field), &names, self.findings)));
        }
        let retained = fields
            .get("lifecycle")
            .map(|node| self.lifecycle(node, &fields.path("lifecycle")));
        if let Some(policy) = retained.or_else(|| self.holds_data(template, &place)) {
            let at = fields.get("lifecycle").unwrap_or(node);
            resource.push(("onDelete", tree::text(at, policy)));
        }
        let names = Names { variables, ..names };
        let path = fields.path("template");
        let object = self.without_namespace(template, &path);
        resource.push(("object", rewritten(&object, &path, &names, self.findings)));
        Some(tree::map(node, resource))
    }

    fn external(&mut self, entry: &Entry, fields: &Fields<'_>) {
        let text = |field: &str| entry.value.get(field).and_then(tree::as_text).unwrap_or("object");
        let message = format!(
            "`externalRef` cannot be translated: it reads a {} that is not the environment's own",
            text("kind")
        );
        let hint = "make what is read from it a parameter, or one of the platform's values (`platform`)";
        self.findings
            .suggest(&Place::of_key(entry, &fields.path("externalRef")), message, hint);
    }

    /// `forEach`, and the names of its variables.
    fn for_each(&mut self, fields: &Fields<'n>, names: &Names<'n>) -> (Option<Node>, BTreeMap<&'n str, String>) {
        let mut variables = BTreeMap::new();
        let Some(node) = fields.get("forEach") else {
            return (None, variables);
        };
        let path = fields.path("forEach");
        let Content::List(items) = &node.content else {
            self.findings
                .error(&Place::of(node, &path), format!("must be a list, not {}", node.kind()));
            return (None, variables);
        };
        let mut each = Vec::new();
        for (index, one) in items.iter().enumerate() {
            let path = item(&path, index);
            let [entry] = tree::entries(one) else {
                self.findings
                    .error(&Place::of(one, &path), "must be one name with what it goes through");
                continue;
            };
            let (path, new) = (child(&path, &entry.key), camel_case(&entry.key));
            let place = Place::of_key(entry, &path);
            if !is_id(&new)
                || names.ids.contains_key(entry.key.as_str())
                || matches!(entry.key.as_str(), "schema" | "each")
            {
                self.findings
                    .error(&place, format!("`{}` cannot be the name of a variable", entry.key));
                continue;
            }
            let range = rewritten(&entry.value, &path, names, self.findings);
            each.push(tree::map(one, vec![(new.as_str(), range)]));
            variables.insert(entry.key.as_str(), new);
        }
        (Some(tree::node(node, Content::List(each))), variables)
    }

    /// `policy().withRetain()` and `policy().withDelete()`; nothing that depends on anything.
    fn lifecycle(&mut self, node: &Node, path: &str) -> &'static str {
        match selection(node).as_deref() {
            Some("policy().withRetain()") => "retain",
            Some("policy().withDelete()") => "delete",
            _ => {
                let message = "only `policy().withRetain()` and `policy().withDelete()` can be translated";
                let hint = "what happens to an object on deletion is written out in a template";
                self.findings.suggest(&Place::of(node, path), message, hint);
                "delete"
            }
        }
    }

    /// Whatever holds data must say what happens to it; kro deletes.
    fn holds_data(&mut self, template: &Node, place: &Place) -> Option<&'static str> {
        let field = |name: &str| template.get(name).and_then(tree::as_text).map(ToOwned::to_owned);
        let kind = Kind {
            api_version: field("apiVersion")?,
            kind: field("kind")?,
        };
        if !kind.holds_data() {
            return None;
        }
        let kind = kind.kind;
        let message = format!("this {kind} holds data and goes with its environment, as kro deletes it");
        let hint = "write `onDelete: retain` or `snapshot-then-delete` to keep the data".to_owned();
        self.findings.warn(place, message, Some(hint));
        Some("delete")
    }

    /// The object without the namespace it is in anyhow.
    fn without_namespace(&mut self, template: &Node, path: &str) -> Node {
        let mut object = template.clone();
        let Content::Map(fields) = &mut object.content else {
            return object;
        };
        let Some(metadata) = fields.iter_mut().find(|entry| entry.key == "metadata") else {
            return object;
        };
        let Content::Map(entries) = &mut metadata.value.content else {
            return object;
        };
        let Some(position) = entries.iter().position(|entry| entry.key == "namespace") else {
            return object;
        };
        let entry = entries.remove(position);
        let own = selection(&entry.value).is_some_and(|namespace| {
            let other = namespace.strip_suffix(".metadata.namespace");
            other.is_some_and(|other| other == "schema" || self.own.contains(other))
        });
        if !own {
            let place = Place::of_key(&entry, &child(&child(path, "metadata"), "namespace"));
            let message =
                "the object is in a namespace of its own choice: an environment has one, and the object goes there";
            let hint = "leave it out, or write ${schema.metadata.namespace}";
            self.findings.suggest(&place, message, hint);
        }
        object
    }
}
