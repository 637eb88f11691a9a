//! References to resources: fields there are, contents of secrets, outputs of composed templates.

use super::Names;
use crate::compiled::Compiled;
use crate::document::resource::Body;
use crate::expression::analysis::{Reference, Step};
use crate::plan::first;
use crate::suggest::nearest;

/// What an object can have beside what the template gives it.
const OBJECT: [&str; 6] = ["apiVersion", "kind", "metadata", "spec", "status", "data"];

impl Names<'_> {
    pub(super) fn resource(&mut self, reference: &Reference, position: usize) {
        let resource = &self.document.resources[position];
        let steps = match (resource.each.is_empty(), reference.steps.split_first()) {
            (true, _) => reference.steps.as_slice(),
            (false, Some((Step::Any, rest))) => rest,
            (false, Some((Step::Field(name) | Step::Optional(name), _))) => {
                let message = format!(
                    "`{}` is a list, one object for every item: it has no `{name}`",
                    resource.id
                );
                let id = &resource.id;
                self.findings
                    .suggest(&reference.place, message, format!("write {id}[0] or {id}.map(one, …)"));
                return;
            }
            (false, None) => &[],
        };
        let selected = first(steps);
        match &resource.body {
            Body::Use(_) => {
                let Some(child) = self.children.get(&position) else {
                    return;
                };
                self.output(reference, child);
            }
            Body::Secret(_) => self.secret(reference, selected),
            Body::Object { kind, .. } if kind.is_secret() => self.secret(reference, selected),
            Body::Object { fields, .. } => {
                let known = || fields.iter().map(String::as_str).chain(OBJECT);
                let Some(name) = selected.filter(|name| !known().any(|field| field == *name)) else {
                    return;
                };
                let message = format!("`{}` has no field `{name}`", resource.id);
                match nearest(name, known()) {
                    Some(meant) => self
                        .findings
                        .suggest(&reference.place, message, format!("did you mean `{meant}`?")),
                    None => self.findings.error(&reference.place, message),
                }
            }
        }
    }

    /// Of a Secret, everything but the content can be read: content must not get into other objects.
    fn secret(&mut self, reference: &Reference, selected: Option<&str>) {
        if !matches!(selected, Some("metadata" | "kind" | "apiVersion" | "type")) {
            let message = "the content of a Secret cannot be read by an expression";
            self.findings
                .suggest(&reference.place, message, "refer to its `metadata.name` and to a key");
        }
    }

    fn output(&mut self, reference: &Reference, child: &Compiled) {
        let names = child.output_names();
        let [outputs, rest @ ..] = reference.steps.as_slice() else {
            self.findings.error(
                &reference.place,
                "a composed template is no value; name one of its outputs",
            );
            return;
        };
        if outputs.name() != Some("outputs") {
            let message = "a composed template has only `outputs`";
            self.findings
                .suggest(&reference.place, message, format!("its outputs: {}", names.join(", ")));
            return;
        }
        let Some(name) = first(rest) else {
            self.findings.error(&reference.place, "name one of the outputs");
            return;
        };
        if !names.contains(&name) {
            let message = format!("`{}` {} has no output `{name}`", child.name(), child.version());
            let meant = nearest(name, names.iter().copied()).map_or_else(
                || format!("it has {}", names.join(", ")),
                |meant| format!("did you mean `{meant}`?"),
            );
            self.findings.suggest(&reference.place, message, meant);
        }
    }
}
