//! The container of a workload: image, command, variables, probes.

use serde_json::Value;

use super::{Reader, Target, below, placeholder};
use crate::interchange::tree;
use crate::yaml::{Content, Node};

/// What a container can have.
const FIELDS: [&str; 10] = [
    "image",
    "command",
    "args",
    "variables",
    "files",
    "volumes",
    "resources",
    "livenessProbe",
    "readinessProbe",
    "before",
];

impl<'n> Reader<'n> {
    /// The one container.
    pub(super) fn containers(&mut self, target: &mut Target<'_>) {
        let containers = self.entries(self.root.get("containers"), "/containers");
        if containers.is_empty() {
            self.refuse("/containers", "is required, with one container in it");
        }
        for (index, entry) in containers.iter().enumerate() {
            let pointer = below("/containers", &entry.key);
            if index > 0 {
                self.refuse(
                    &pointer,
                    "has no counterpart: an environment of this template has one container",
                );
                continue;
            }
            self.container(&entry.value, &pointer, target);
        }
    }

    fn container(&mut self, node: &'n Node, pointer: &str, target: &mut Target<'_>) {
        self.known(node, pointer, &FIELDS);
        let at = |field: &str| below(pointer, field);
        match node.get("image").map(|image| self.text(image, &at("image"))) {
            Some(Some(".")) => self.refuse(&at("image"), "must name an image: `.` is one that is yet to be built"),
            Some(Some(image)) => self.put(target, &["image"], Value::String(image.to_owned()), &at("image")),
            Some(None) => {}
            None => self.refuse(&at("image"), "is required"),
        }
        for field in ["command", "args"] {
            let Some(words) = node.get(field) else { continue };
            if target.declared(&[field]).is_none() {
                self.without(&at(field), target, field);
            } else {
                self.put(target, &[field], words.to_value(), &at(field));
            }
        }
        if let Some(variables) = node.get("variables") {
            self.variables(variables, &at("variables"), target);
        }
        for (field, what) in [
            ("files", "files"),
            ("volumes", "volumes"),
            ("before", "an order of containers"),
        ] {
            let there = node.get(field).is_some_and(|node| match &node.content {
                Content::List(items) => !items.is_empty(),
                Content::Map(entries) => !entries.is_empty(),
                Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) => true,
            });
            if there {
                self.refuse(
                    &at(field),
                    format!("has no counterpart: `{}` has no {what}", target.name),
                );
            }
        }
        if let Some(amounts) = node.get("resources") {
            if target.declared(&["resources"]).is_some() {
                self.put(target, &["resources"], amounts.to_value(), &at("resources"));
            } else {
                let hint = if target.declared(&["size"]).is_some() {
                    "; choose a size with the annotation `berth.dev/parameter.size`"
                } else {
                    ""
                };
                let message = format!("has no counterpart: `{}` takes no amounts{hint}", target.name);
                self.refuse(&at("resources"), message);
            }
        }
        self.probes(node, pointer, target);
    }

    fn variables(&mut self, node: &'n Node, pointer: &str, target: &mut Target<'_>) {
        let database = self.database(target);
        target.origins.push(("/env".to_owned(), pointer.to_owned()));
        for entry in self.entries(Some(node), pointer) {
            let pointer = below(pointer, &entry.key);
            let Some(text) = self.text(&entry.value, &pointer) else {
                continue;
            };
            // The template itself gives this one.
            if entry.key == "DATABASE_URL" && database.is_some_and(|name| placeholder::is_connection(text, name)) {
                continue;
            }
            if target.declared(&["env"]).is_none() {
                self.without(&pointer, target, "env");
                continue;
            }
            match placeholder::fill(text, self.root) {
                Ok(value) => self.put(target, &["env", &entry.key], Value::String(value), &pointer),
                Err(message) => self.refuse(&pointer, message),
            }
        }
    }

    fn probes(&mut self, node: &'n Node, pointer: &str, target: &mut Target<'_>) {
        if let Some(probe) = node.get("livenessProbe") {
            let pointer = below(pointer, "livenessProbe");
            self.known(probe, &pointer, &["httpGet", "exec"]);
            let command = probe.get("exec").and_then(|exec| exec.get("command"));
            let exec =
                command.filter(|_| target.declared(&["healthCommand"]).is_some() && probe.get("httpGet").is_none());
            if let (Some(command), Some(exec)) = (exec, probe.get("exec")) {
                let pointer = below(&pointer, "exec");
                self.known(exec, &pointer, &["command"]);
                self.put(
                    target,
                    &["healthCommand"],
                    command.to_value(),
                    &below(&pointer, "command"),
                );
            } else {
                let message = format!(
                    "has no counterpart: `{}` decides itself when to start it anew",
                    target.name
                );
                self.refuse(&pointer, message);
            }
        }
        let Some(probe) = node.get("readinessProbe") else {
            return;
        };
        let pointer = below(pointer, "readinessProbe");
        self.known(probe, &pointer, &["httpGet", "exec"]);
        let Some(get) = probe
            .get("httpGet")
            .filter(|_| target.declared(&["healthPath"]).is_some())
        else {
            self.without(&pointer, target, "healthPath");
            return;
        };
        if probe.get("exec").is_some() {
            self.refuse(&below(&pointer, "exec"), "has no counterpart");
        }
        let pointer = below(&pointer, "httpGet");
        self.known(get, &pointer, &["path", "port", "scheme", "host", "httpHeaders"]);
        for field in ["host", "httpHeaders"] {
            if get.get(field).is_some() {
                self.refuse(&below(&pointer, field), "has no counterpart");
            }
        }
        if get
            .get("scheme")
            .is_some_and(|scheme| tree::as_text(scheme) != Some("HTTP"))
        {
            self.refuse(&below(&pointer, "scheme"), "has no counterpart: only HTTP has");
        }
        let port = get.get("port").map(Node::to_value);
        if port.is_none() || port.as_ref() != target.get(&["port"]) {
            let message = "has no counterpart: the port that is asked is the one the service has";
            self.refuse(&below(&pointer, "port"), message);
        }
        match get.get("path").map(|path| self.text(path, &below(&pointer, "path"))) {
            Some(Some(path)) => {
                let value = Value::String(path.to_owned());
                self.put(target, &["healthPath"], value, &below(&pointer, "path"));
            }
            Some(None) => {}
            None => self.refuse(&below(&pointer, "path"), "is required"),
        }
    }
}
