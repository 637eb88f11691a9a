//! A Score workload (`score.dev/v1b1`) in, the parameters of a template out.
//!
//! What a template can take is what its parameters are called: `image`, `command`, `args`, `env`, `port`, `healthPath`,
//! `resources`, and `database.enabled` for a resource of type `postgres`. Everything else of a workload has no counterpart
//! and is an error at its place in the workload's document.

mod container;
mod dependency;
mod placeholder;

use serde_json::{Map, Value};

use super::tree;
use crate::compiled::Compiled;
use crate::finding::{Findings, ParameterFinding};
use crate::suggest::nearest;
use crate::yaml::{self, Content, Entry, Node};

/// The domain of annotations that speak to us; those of other domains speak to other tools.
const OURS: &str = "berth.dev/";

/// An annotation that sets a parameter: `berth.dev/parameter.database.storage`.
const PARAMETER: &str = "parameter.";

/// A workload that was read.
#[derive(Debug)]
pub struct Workload {
    root: Node,
}

/// What a workload comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The template's parameters, without defaults.
    pub parameters: Value,
    /// Where each of them comes from: pointers into the parameters, and into the workload's document.
    pub origins: Vec<(String, String)>,
}

impl Workload {
    /// Reads the document.
    ///
    /// # Errors
    /// It is not YAML, or no Score workload.
    pub fn read(text: &str) -> Result<Self, Vec<ParameterFinding>> {
        let mut findings = Findings::default();
        let root = match yaml::parse(text, &mut findings) {
            Some(root) if findings.errors() == 0 => root,
            _ => {
                let one = |f: crate::finding::Finding| ParameterFinding {
                    pointer: String::new(),
                    detail: format!("line {}, column {}: {}", f.line, f.column, f.message),
                };
                return Err(findings.sorted().into_iter().map(one).collect());
            }
        };
        let mut reader = Reader::new(&root);
        reader.known(
            &root,
            "",
            &["apiVersion", "metadata", "containers", "service", "resources"],
        );
        match root.get("apiVersion").and_then(tree::as_text) {
            Some("score.dev/v1b1") => {}
            _ => reader.refuse("/apiVersion", "must be `score.dev/v1b1`"),
        }
        if root
            .get("metadata")
            .and_then(|m| m.get("name"))
            .and_then(tree::as_text)
            .is_none()
        {
            reader.refuse("/metadata/name", "is required, and is text");
        }
        reader.annotations();
        let wrong = reader.wrong;
        if wrong.is_empty() {
            Ok(Self { root })
        } else {
            Err(wrong)
        }
    }

    /// `metadata.name`.
    pub fn name(&self) -> &str {
        let name = self.root.get("metadata").and_then(|metadata| metadata.get("name"));
        name.and_then(tree::as_text).unwrap_or_default()
    }

    /// The annotation `berth.dev/<name>`.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        let annotations = self.root.get("metadata")?.get("annotations")?;
        tree::as_text(annotations.get(&format!("{OURS}{name}"))?)
    }

    /// The template it is for when nobody names one: who listens is a `web-service`, who does not is a `worker`.
    pub fn template(&self) -> &'static str {
        let ports = self.root.get("service").and_then(|service| service.get("ports"));
        if ports.is_some_and(|ports| !tree::entries(ports).is_empty()) {
            "web-service"
        } else {
            "worker"
        }
    }

    /// The workload as parameters of a template.
    ///
    /// # Errors
    /// Everything of the workload that the template has no parameter for, and everything that is not as Score says.
    pub fn parameters(&self, template: &Compiled) -> Result<Request, Vec<ParameterFinding>> {
        let mut reader = Reader::new(&self.root);
        let mut target = Target {
            name: template.name(),
            schema: template.parameter_schema(),
            parameters: Value::Object(Map::new()),
            origins: Vec::new(),
        };
        reader.given(&mut target);
        reader.dependencies(&mut target);
        reader.ports(&mut target);
        reader.containers(&mut target);
        reader
            .wrong
            .sort_by(|a, b| (&a.pointer, &a.detail).cmp(&(&b.pointer, &b.detail)));
        reader.wrong.dedup();
        if reader.wrong.is_empty() {
            Ok(Request {
                parameters: target.parameters,
                origins: target.origins,
            })
        } else {
            Err(reader.wrong)
        }
    }
}

/// A JSON Pointer, one step further.
fn below(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The template, and what it will be given.
struct Target<'t> {
    name: &'t str,
    schema: &'t Value,
    parameters: Value,
    origins: Vec<(String, String)>,
}

impl Target<'_> {
    /// What the schema says about a parameter, when it is declared.
    fn declared(&self, path: &[&str]) -> Option<&Value> {
        let mut schema = self.schema;
        for name in path {
            schema = schema.get("properties")?.get(name)?;
        }
        Some(schema)
    }

    fn get(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(&self.parameters, |value, name| value.get(name))
    }

    /// Sets a parameter; what is above it is made.
    fn set(&mut self, path: &[&str], value: Value, origin: &str) {
        let mut at = &mut self.parameters;
        let mut pointer = String::new();
        for name in path {
            pointer = below(&pointer, name);
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            at = &mut at[*name];
        }
        *at = value;
        self.origins.push((pointer, origin.to_owned()));
    }
}

/// Goes through the document and collects what is wrong with it.
struct Reader<'n> {
    root: &'n Node,
    wrong: Vec<ParameterFinding>,
}

impl<'n> Reader<'n> {
    fn new(root: &'n Node) -> Self {
        Self {
            root,
            wrong: Vec::new(),
        }
    }

    fn refuse(&mut self, pointer: &str, detail: impl Into<String>) {
        let line = self.root.nearest(pointer).line;
        self.wrong.push(ParameterFinding {
            pointer: pointer.to_owned(),
            detail: format!("{} (line {line})", detail.into()),
        });
    }

    /// Reports that the template has nothing of the kind.
    fn without(&mut self, pointer: &str, target: &Target<'_>, parameter: &str) {
        let message = format!("has no counterpart: `{}` has no parameter `{parameter}`", target.name);
        self.refuse(pointer, message);
    }

    /// Reports every field that Score does not know there, and what is no mapping at all.
    fn known(&mut self, node: &Node, pointer: &str, known: &[&str]) {
        if !matches!(node.content, Content::Map(_)) {
            self.refuse(pointer, format!("must be a mapping, not {}", node.kind()));
        }
        for entry in tree::entries(node)
            .iter()
            .filter(|entry| !known.contains(&entry.key.as_str()))
        {
            let detail = match nearest(&entry.key, known.iter().copied()) {
                Some(meant) => format!("is not a known field; did you mean `{meant}`?"),
                None => format!("is not a known field; there are {}", known.join(", ")),
            };
            self.refuse(&below(pointer, &entry.key), detail);
        }
    }

    /// The entries of a mapping that may be missing; anything else is reported.
    fn entries(&mut self, node: Option<&'n Node>, pointer: &str) -> &'n [Entry] {
        match node.map(|node| (&node.content, node.kind())) {
            None | Some((Content::Null, _)) => &[],
            Some((Content::Map(entries), _)) => entries,
            Some((Content::Bool(_) | Content::Number(_) | Content::Text(_) | Content::List(_), kind)) => {
                self.refuse(pointer, format!("must be a mapping, not {kind}"));
                &[]
            }
        }
    }

    fn text(&mut self, node: &'n Node, pointer: &str) -> Option<&'n str> {
        let text = tree::as_text(node);
        if text.is_none() {
            self.refuse(pointer, format!("must be text, not {}", node.kind()));
        }
        text
    }

    /// Reports annotations of ours that mean nothing.
    fn annotations(&mut self) {
        let pointer = "/metadata/annotations";
        let Some(annotations) = self
            .root
            .get("metadata")
            .and_then(|metadata| metadata.get("annotations"))
        else {
            return;
        };
        for entry in tree::entries(annotations) {
            let pointer = below(pointer, &entry.key);
            self.text(&entry.value, &pointer);
            let Some(name) = entry.key.strip_prefix(OURS) else {
                continue;
            };
            if !matches!(name, "team" | "template") && !name.starts_with(PARAMETER) {
                let known = "there are `berth.dev/team`, `berth.dev/template` and `berth.dev/parameter.<name>`";
                self.refuse(&pointer, format!("is not a known annotation; {known}"));
            }
        }
    }

    /// Parameters that are given by annotations, because Score has no words for them.
    fn given(&mut self, target: &mut Target<'_>) {
        let annotations = self
            .root
            .get("metadata")
            .and_then(|metadata| metadata.get("annotations"));
        for entry in annotations.map_or(&[][..], tree::entries) {
            let Some(name) = entry
                .key
                .strip_prefix(OURS)
                .and_then(|name| name.strip_prefix(PARAMETER))
            else {
                continue;
            };
            let pointer = below("/metadata/annotations", &entry.key);
            let Some(text) = tree::as_text(&entry.value) else {
                continue;
            };
            let path: Vec<&str> = name.split('.').collect();
            let Some(declared) = target.declared(&path) else {
                self.without(&pointer, target, name);
                continue;
            };
            let value = if declared["type"] == "string" {
                Some(Value::String(text.to_owned()))
            } else {
                let mut findings = Findings::default();
                let read = yaml::parse(text, &mut findings).map(|node| node.to_value());
                read.filter(|_| findings.errors() == 0)
            };
            match value {
                Some(value) => target.set(&path, value, &pointer),
                None => self.refuse(&pointer, "must be a value in YAML"),
            }
        }
    }

    /// Sets what the workload says, unless an annotation says it as well.
    fn put(&mut self, target: &mut Target<'_>, path: &[&str], value: Value, pointer: &str) {
        if target.get(path).is_some() {
            let message = format!("an annotation sets the parameter `{}` as well", path.join("."));
            self.refuse(pointer, message);
        } else {
            target.set(path, value, pointer);
        }
    }

    /// One port that everybody reaches at the environment's address.
    fn ports(&mut self, target: &mut Target<'_>) {
        let Some(service) = self.root.get("service") else {
            return;
        };
        self.known(service, "/service", &["ports"]);
        let ports = self.entries(service.get("ports"), "/service/ports");
        for (index, entry) in ports.iter().enumerate() {
            let pointer = below("/service/ports", &entry.key);
            self.known(&entry.value, &pointer, &["port", "protocol", "targetPort"]);
            if index > 0 {
                self.refuse(
                    &pointer,
                    "has no counterpart: an environment of this template has one port",
                );
                continue;
            }
            if target.declared(&["port"]).is_none() {
                self.without(&pointer, target, "port");
                continue;
            }
            if entry
                .value
                .get("protocol")
                .is_some_and(|protocol| tree::as_text(protocol) != Some("TCP"))
            {
                self.refuse(&below(&pointer, "protocol"), "has no counterpart: only TCP has");
            }
            let (public, inside) = (entry.value.get("port"), entry.value.get("targetPort"));
            let number = |node: Option<&Node>| node.map(Node::to_value);
            // The template publishes on port 80 whatever the container listens on.
            match (number(public), number(inside)) {
                (None, _) => self.refuse(&below(&pointer, "port"), "is required"),
                (Some(port), None) => self.put(target, &["port"], port, &below(&pointer, "port")),
                (Some(port), Some(inside)) => {
                    if port != inside && port != 80 {
                        let message = "has no counterpart: it is published on port 80, or on the one it listens on";
                        self.refuse(&below(&pointer, "port"), message);
                    }
                    self.put(target, &["port"], inside, &below(&pointer, "targetPort"));
                }
            }
        }
    }
}
