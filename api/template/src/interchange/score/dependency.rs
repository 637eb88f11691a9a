//! `resources` of a workload: what it needs beside itself, as parts that a template can be asked for.

use serde_json::Value;

use super::{Reader, Target, below, placeholder};
use crate::interchange::tree;
use crate::yaml::Node;

/// Types of resources, and the parameter whose `enabled` asks for one.
const TYPES: [(&str, &str); 1] = [("postgres", "database")];

impl<'n> Reader<'n> {
    /// Asks for what is needed, and for nothing else.
    pub(super) fn dependencies(&mut self, target: &mut Target<'_>) {
        let entries = self.entries(self.root.get("resources"), "/resources");
        let mut taken: Vec<(&str, &str)> = Vec::new();
        for entry in entries {
            let pointer = below("/resources", &entry.key);
            self.known(&entry.value, &pointer, &["type", "class", "id", "metadata", "params"]);
            let Some(kind) = placeholder::text_of(&entry.value, "type") else {
                self.refuse(&below(&pointer, "type"), "is required, and is text");
                continue;
            };
            let Some(parameter) = parameter(kind, target) else {
                let known: Vec<_> = TYPES
                    .iter()
                    .filter(|(kind, _)| parameter(kind, target).is_some())
                    .collect();
                let known = match known.as_slice() {
                    [] => "takes no resources".to_owned(),
                    some => format!(
                        "takes {}",
                        some.iter().map(|(kind, _)| *kind).collect::<Vec<_>>().join(", ")
                    ),
                };
                let message = format!("`{kind}` has no counterpart: `{}` {known}", target.name);
                self.refuse(&below(&pointer, "type"), message);
                continue;
            };
            if let Some((other, _)) = taken.iter().find(|(_, taken)| *taken == parameter) {
                let message =
                    format!("has no counterpart: an environment of this template has one, and `{other}` is it");
                self.refuse(&pointer, message);
                continue;
            }
            taken.push((&entry.key, parameter));
            target.origins.push((format!("/{parameter}"), pointer.clone()));
            self.put(target, &[parameter, "enabled"], Value::Bool(true), &pointer);
            self.details(&entry.value, &pointer, parameter, target);
        }
        for (_, parameter) in TYPES {
            let asked = taken.iter().any(|(_, taken)| *taken == parameter);
            let path = [parameter, "enabled"];
            if !asked && target.declared(&path).is_some() && target.get(&path).is_none() {
                target.set(&path, Value::Bool(false), "/resources");
            }
        }
    }

    fn details(&mut self, node: &'n Node, pointer: &str, parameter: &str, target: &mut Target<'_>) {
        for field in ["class", "id", "metadata"] {
            let default = field == "class" && placeholder::text_of(node, field) == Some("default");
            if node.get(field).is_some() && !default {
                self.refuse(&below(pointer, field), "has no counterpart");
            }
        }
        let pointer = below(pointer, "params");
        for entry in self.entries(node.get("params"), &pointer) {
            let (pointer, path) = (below(&pointer, &entry.key), [parameter, entry.key.as_str()]);
            if entry.key == "enabled" || target.declared(&path).is_none() {
                self.without(&pointer, target, &path.join("."));
                continue;
            }
            let value = match tree::as_text(&entry.value).map(|text| placeholder::fill(text, self.root)) {
                Some(Ok(text)) => Value::String(text),
                Some(Err(message)) => {
                    self.refuse(&pointer, message);
                    continue;
                }
                None => entry.value.to_value(),
            };
            self.put(target, &path, value, &pointer);
        }
    }

    /// The name of the resource that gives a connection string, when the template gives one.
    pub(super) fn database(&self, target: &Target<'_>) -> Option<&'n str> {
        let entries = self.root.get("resources").map_or(&[][..], tree::entries);
        let postgres = |node: &Node| placeholder::text_of(node, "type") == Some("postgres");
        let found = entries.iter().find(|entry| postgres(&entry.value));
        parameter("postgres", target).and(found).map(|entry| entry.key.as_str())
    }
}

/// The parameter that asks for a resource of that type, when the template has it.
fn parameter(kind: &str, target: &Target<'_>) -> Option<&'static str> {
    let (_, parameter) = TYPES.iter().find(|(known, _)| *known == kind)?;
    target.declared(&[parameter, "enabled"]).map(|_| *parameter)
}
