//! Names in expressions: each must be in scope where it stands, and its path must be one there is.

use cel::common::ast::Expr;

use crate::compiled::Compiled;
use crate::document::resource::Body;
use crate::document::{Document, Purpose};
use crate::expression::Expression;
use crate::expression::analysis::{Reference, Step};
use crate::finding::Findings;
use crate::place::{Place, child};
use crate::plan::{Children, first};
use crate::schema::{Known, Parameters};
use crate::suggest::nearest;

/// What `env` has.
const ENV: [&str; 9] = [
    "id",
    "name",
    "team",
    "owner",
    "namespace",
    "labels",
    "revision",
    "template",
    "source",
];

/// What an object can have beside what the template gives it.
const OBJECT: [&str; 6] = ["apiVersion", "kind", "metadata", "spec", "status", "data"];

/// Checks every name of a document.
pub(crate) struct Names<'c> {
    document: &'c Document,
    parameters: Option<&'c Parameters>,
    children: &'c Children,
    findings: &'c mut Findings,
    /// The parameters that are read.
    used: Vec<&'c [Step]>,
}

impl<'c> Names<'c> {
    pub fn new(
        document: &'c Document,
        parameters: Option<&'c Parameters>,
        children: &'c Children,
        findings: &'c mut Findings,
    ) -> Self {
        Self {
            document,
            parameters,
            children,
            findings,
            used: Vec::new(),
        }
    }

    /// Reports every name that is not in scope and every parameter that is not used; `schema` is where those stand.
    pub fn check(mut self, schema: &dyn Fn(&[&str]) -> Place) {
        let document = self.document;
        document.each(&mut |expression, purpose| {
            for reference in &expression.references {
                self.reference(reference, purpose);
            }
            if purpose == Purpose::Include {
                self.condition(expression);
            }
        });
        let Some(parameters) = self.parameters else {
            return;
        };
        parameters.each_property(&mut |path, _| {
            let reads = |steps: &&[Step]| {
                let pairs = steps.iter().zip(path);
                pairs
                    .into_iter()
                    .all(|(step, name)| step.name().is_none_or(|step| step == *name))
            };
            // Of what is not used at all, only the outermost is worth saying.
            let outside = path
                .split_last()
                .is_none_or(|(_, outside)| outside.is_empty() || self.used.iter().any(|steps| starts(steps, outside)));
            if outside && !self.used.iter().any(reads) {
                let name = path.join(".");
                self.findings
                    .warn(&schema(path), format!("the parameter `{name}` is not used"), None);
            }
        });
    }

    /// A condition that is just a parameter: its schema says whether it is a boolean.
    fn condition(&mut self, expression: &Expression) {
        let ([reference], Some(parameters)) = (expression.references.as_slice(), self.parameters) else {
            return;
        };
        let just_a_path = matches!(&expression.ast.expr, Expr::Select(select) if !select.test);
        if reference.root != "params" || !just_a_path {
            return;
        }
        if let Known::Schema(schema) = parameters.lookup(&reference.steps)
            && let Some(kind) = schema["type"].as_str().filter(|kind| *kind != "boolean")
        {
            let message = format!("a condition must be a boolean; this parameter is of type `{kind}`");
            self.findings.error(&reference.place, message);
        }
    }

    fn reference(&mut self, reference: &'c Reference, purpose: Purpose) {
        match reference.root.as_str() {
            "params" => self.parameter(reference, purpose),
            "env" => self.environment(reference),
            "platform" => {}
            "self" if purpose == Purpose::Ready => {}
            "self" => self
                .findings
                .error(&reference.place, "`self` is only known in `readyWhen`"),
            "generated" => {
                let message = "a generated value can only be a part of the text of a value of the same secret";
                self.findings.suggest(
                    &reference.place,
                    message,
                    "refer to the secret by its name and key instead",
                );
            }
            root => match self.document.resources.iter().position(|resource| resource.id == root) {
                Some(_) if purpose == Purpose::Ready => {
                    let message = "`readyWhen` knows `self`, `params`, `env` and `platform`, but no other resource";
                    self.findings.error(&reference.place, message);
                }
                Some(position) => self.resource(reference, position),
                None => self.unknown(reference, purpose),
            },
        }
    }

    fn unknown(&mut self, reference: &Reference, purpose: Purpose) {
        let ids = self.document.resources.iter().map(|resource| resource.id.as_str());
        let own = if purpose == Purpose::Ready { "self" } else { "env" };
        let known = ids.chain(["params", "env", "platform", own]);
        let message = format!("unknown name `{}`", reference.root);
        match nearest(&reference.root, known) {
            Some(meant) => self
                .findings
                .suggest(&reference.place, message, format!("did you mean `{meant}`?")),
            None => self.findings.error(&reference.place, message),
        }
    }

    fn parameter(&mut self, reference: &'c Reference, purpose: Purpose) {
        self.used.push(&reference.steps);
        let Some(parameters) = self.parameters else {
            return;
        };
        if let Known::Unknown { name, declared } = parameters.lookup(&reference.steps) {
            let message = format!("there is no parameter `{name}`");
            match nearest(&name, declared) {
                Some(meant) => self
                    .findings
                    .suggest(&reference.place, message, format!("did you mean `{meant}`?")),
                None => self.findings.error(&reference.place, message),
            }
        }
        if !matches!(purpose, Purpose::SecretContent | Purpose::With) && reads_secret(parameters, &reference.steps) {
            self.findings.error(
                &reference.place,
                "a `writeOnly` parameter can only be used in the content of a Secret",
            );
        }
    }

    fn environment(&mut self, reference: &Reference) {
        let Some(name) = first(&reference.steps).filter(|name| !ENV.contains(name)) else {
            return;
        };
        let message = format!("`env` has no `{name}`");
        let meant = nearest(name, ENV).map_or_else(
            || format!("it has {}", ENV.join(", ")),
            |m| format!("did you mean `{m}`?"),
        );
        self.findings.suggest(&reference.place, message, meant);
    }

    fn resource(&mut self, reference: &Reference, position: usize) {
        let resource = &self.document.resources[position];
        let selected = first(&reference.steps);
        match &resource.body {
            Body::Use(_) => {
                let Some(child) = self.children.get(&position) else {
                    return;
                };
                self.output(reference, child);
            }
            Body::Secret(_) => self.secret(reference),
            Body::Object { kind, .. } if kind.is_secret() => self.secret(reference),
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
    fn secret(&mut self, reference: &Reference) {
        if !matches!(
            first(&reference.steps),
            Some("metadata" | "kind" | "apiVersion" | "type")
        ) {
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

fn starts(steps: &[Step], path: &[&str]) -> bool {
    steps
        .iter()
        .zip(path)
        .all(|(step, name)| step.name().is_none_or(|step| step == *name))
}

/// Whether a path reads a `writeOnly` parameter, or something that has one in it.
fn reads_secret(parameters: &Parameters, steps: &[Step]) -> bool {
    let mut secret = false;
    parameters.each_property(&mut |path, schema| {
        secret |= schema["writeOnly"] == serde_json::json!(true) && starts(steps, path);
    });
    secret
}

/// Whether an expression given to a composed template's parameter would show a secret there.
pub(crate) fn leaks(parameters: &Parameters, reference: &Reference) -> bool {
    reference.root == "params" && reads_secret(parameters, &reference.steps)
}

/// The path of a declared property in the document.
pub(crate) fn property_path(path: &[&str]) -> String {
    path.iter().fold(String::from("spec.parameters"), |at, name| {
        child(&child(&at, "properties"), name)
    })
}
