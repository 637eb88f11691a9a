//! Names in expressions: each must be in scope where it stands, and its path must be one there is.

mod resource;

use std::collections::BTreeSet;

use cel::common::ast::Expr;

use crate::document::iteration::Iteration;
use crate::document::named::Named;
use crate::document::rule::Rule;
use crate::document::{Condition, Document, Purpose};
use crate::expression::Expression;
use crate::expression::analysis::{Reference, Step};
use crate::finding::Findings;
use crate::flow::{Flow, starts};
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

/// Checks every name of a document.
pub(crate) struct Names<'c> {
    document: &'c Document,
    parameters: Option<&'c Parameters>,
    children: &'c Children,
    flow: &'c Flow<'c>,
    findings: &'c mut Findings,
    /// The parameters that are read.
    used: Vec<&'c [Step]>,
    /// The names of `let` that are read.
    read: BTreeSet<&'c str>,
    /// `forEach` of the resource that is looked at.
    each: &'c [Iteration],
}

impl<'c> Names<'c> {
    pub fn new(
        document: &'c Document,
        parameters: Option<&'c Parameters>,
        children: &'c Children,
        flow: &'c Flow<'c>,
        findings: &'c mut Findings,
    ) -> Self {
        Self {
            document,
            parameters,
            children,
            flow,
            findings,
            used: Vec::new(),
            read: BTreeSet::new(),
            each: &[],
        }
    }

    /// Reports every name that is not in scope and every parameter that is not used; `schema` is where those stand.
    pub fn check(mut self, schema: &dyn Fn(&[&str]) -> Place) {
        self.visit_all();
        self.report_clashes();
        self.report_unused(schema);
    }

    fn visit_all(&mut self) {
        let document = self.document;
        for rule in &document.rules {
            self.pointer(rule);
            if let Condition::Expression(expression) = &rule.holds {
                self.expression(expression, Purpose::Rule);
            }
        }
        for named in &document.named {
            named
                .value
                .each(&mut |expression| self.expression(expression, Purpose::Named));
        }
        for resource in &document.resources {
            self.each = &resource.each;
            resource.each(&mut |expression, purpose| self.expression(expression, purpose));
        }
        self.each = &[];
        for output in &document.outputs {
            output.each(&mut |expression, purpose| self.expression(expression, purpose));
        }
    }

    fn expression(&mut self, expression: &'c Expression, purpose: Purpose) {
        for reference in &expression.references {
            self.reference(reference, purpose);
        }
        if matches!(purpose, Purpose::Include | Purpose::Rule) {
            self.condition(expression);
        }
    }

    /// A name of `let` that is a resource's id as well could mean either.
    fn report_clashes(&mut self) {
        for named in &self.document.named {
            if self.document.resources.iter().any(|resource| resource.id == named.name) {
                let message = format!("`{}` is the id of a resource too", named.name);
                self.findings.error(&named.place, message);
            }
        }
    }

    /// What a rule says to change must be a parameter.
    fn pointer(&mut self, rule: &Rule) {
        let steps = rule.pointer.split('/').skip(1);
        let steps: Vec<Step> = steps
            .map(|step| Step::Field(step.replace("~1", "/").replace("~0", "~")))
            .collect();
        if let Some(parameters) = self.parameters
            && let Known::Unknown { name, declared } = parameters.lookup(&steps)
        {
            let place = Place {
                path: child(&rule.place.path, "path"),
                ..rule.place.clone()
            };
            self.no_parameter(&place, &name, declared);
        }
    }

    fn no_parameter(&mut self, place: &Place, name: &str, declared: Vec<&str>) {
        let message = format!("there is no parameter `{name}`");
        match nearest(name, declared) {
            Some(meant) => self
                .findings
                .suggest(place, message, format!("did you mean `{meant}`?")),
            None => self.findings.error(place, message),
        }
    }

    /// Reports names and parameters that nothing reads; `schema` is where the parameters stand.
    fn report_unused(self, schema: &dyn Fn(&[&str]) -> Place) {
        for Named { name, place, .. } in &self.document.named {
            if !self.read.contains(name.as_str()) {
                self.findings
                    .warn(place, format!("the name `{name}` is not used"), None);
            }
        }
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
            "each" if !self.each.is_empty() && !matches!(purpose, Purpose::Include | Purpose::Range) => {
                self.each(reference);
            }
            "each" => self
                .findings
                .error(&reference.place, "`each` is only known in a resource with `forEach`"),
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
            root if self.document.named(root).is_some() => self.named(reference, purpose),
            root => match self.document.resources.iter().position(|resource| resource.id == root) {
                Some(position) if self.may_wait(reference, purpose, "no other resource") => {
                    self.resource(reference, position);
                }
                Some(_) => {}
                None => self.unknown(reference, purpose),
            },
        }
    }

    /// A name of `let`.
    fn named(&mut self, reference: &'c Reference, purpose: Purpose) {
        self.read.insert(&reference.root);
        if self.flow.is_bound(&reference.root) && !self.may_wait(reference, purpose, "nothing made of a resource") {
            return;
        }
        self.refuse_secret(reference, purpose);
    }

    /// Whether an expression may need a resource: readiness and rules may not.
    fn may_wait(&mut self, reference: &Reference, purpose: Purpose, but: &str) -> bool {
        let message = match purpose {
            Purpose::Ready => format!("`readyWhen` knows `self`, `params`, `env` and `platform`, but {but}"),
            Purpose::Rule => {
                format!(
                    "a rule is checked before anything is there: it knows `params`, `env` and `platform`, but {but}"
                )
            }
            Purpose::Field
            | Purpose::SecretContent
            | Purpose::With
            | Purpose::Include
            | Purpose::Named
            | Purpose::Range => return true,
        };
        self.findings.error(&reference.place, message);
        false
    }

    /// `each.<name>`.
    fn each(&mut self, reference: &Reference) {
        let known = self.each.iter().map(|iteration| iteration.name.as_str());
        match first(&reference.steps) {
            Some(name) if known.clone().any(|known| known == name) => {}
            Some(name) => {
                let meant = nearest(name, known.clone()).map_or_else(
                    || known.collect::<Vec<_>>().join(", "),
                    |meant| format!("did you mean `{meant}`?"),
                );
                self.findings
                    .suggest(&reference.place, format!("`each` has no `{name}`"), meant);
            }
            None => self
                .findings
                .error(&reference.place, "`each` is no value; name what `forEach` names"),
        }
    }

    fn refuse_secret(&mut self, reference: &Reference, purpose: Purpose) {
        // `with` is checked against what the composed template does with it; a name, where it is used.
        let fine = matches!(purpose, Purpose::SecretContent | Purpose::With | Purpose::Named);
        if !fine && self.flow.shows(reference) {
            self.findings.error(
                &reference.place,
                "a `writeOnly` parameter can only be used in the content of a Secret",
            );
        }
    }

    fn unknown(&mut self, reference: &Reference, purpose: Purpose) {
        let ids = self.document.resources.iter().map(|resource| resource.id.as_str());
        let own = if purpose == Purpose::Ready { "self" } else { "env" };
        let named = self.document.named.iter().map(|named| named.name.as_str());
        let known = ids.chain(named).chain(["params", "env", "platform", own]);
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
            self.no_parameter(&reference.place, &name, declared);
        }
        self.refuse_secret(reference, purpose);
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
}

/// The path of a declared property in the document.
pub(crate) fn property_path(path: &[&str]) -> String {
    path.iter().fold(String::from("spec.parameters"), |at, name| {
        child(&child(&at, "properties"), name)
    })
}
