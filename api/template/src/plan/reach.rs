//! What a resource depends on: every resource it refers to, itself, by names of `let`, and by what composed templates
//! around it and beside it are given.
//!
//! Everything is followed once, so that a value that goes round ends, and many references to one thing cost no more
//! than one.

use std::collections::BTreeSet;

use super::{Binding, Plan, Unit};
use crate::document::output::Output;
use crate::document::{Condition, Purpose};
use crate::expression::Expression;
use crate::expression::analysis::Reference;
use crate::flow;

/// The resources that the one with that number depends on.
pub(super) fn dependencies(plan: &Plan, number: usize) -> BTreeSet<usize> {
    let unit = &plan.units[number];
    let mut reach = Reach {
        plan,
        found: BTreeSet::new(),
        named: BTreeSet::new(),
        outputs: BTreeSet::new(),
        given: BTreeSet::new(),
    };
    plan.resource(unit.scope, unit.resource)
        .each(&mut |expression, purpose| {
            if purpose != Purpose::Ready {
                reach.expression(unit.scope, expression);
            }
        });
    reach.given(unit.scope);
    reach.found
}

struct Reach<'p> {
    plan: &'p Plan,
    found: BTreeSet<usize>,
    /// Names of `let` that were followed, with their scopes.
    named: BTreeSet<(usize, &'p str)>,
    /// Outputs of composed templates that were followed.
    outputs: BTreeSet<(usize, &'p str)>,
    /// Scopes whose parameters were followed.
    given: BTreeSet<usize>,
}

impl<'p> Reach<'p> {
    fn expression(&mut self, scope: usize, expression: &'p Expression) {
        for reference in &expression.references {
            self.reference(scope, reference);
        }
    }

    fn reference(&mut self, scope: usize, reference: &'p Reference) {
        let placed = &self.plan.scopes[scope];
        match placed.names.get(&reference.root) {
            Some(Binding::Unit(unit)) => {
                self.found.insert(*unit);
            }
            Some(Binding::Composed(composed)) => self.composed(*composed, reference),
            None => {
                if let Some(named) = placed.document.named(&reference.root)
                    && self.named.insert((scope, &named.name))
                {
                    flow::references(named).for_each(|reference| self.reference(scope, reference));
                }
            }
        }
    }

    /// A reference to an output: what the output refers to, and what the composed template is given.
    fn composed(&mut self, scope: usize, reference: &Reference) {
        let name = match reference.steps.as_slice() {
            [outputs, output, ..] if outputs.name() == Some("outputs") => output.name(),
            _ => None,
        };
        if let Some(output) = name.and_then(|name| self.plan.output(scope, name)) {
            self.output(scope, output);
        } else {
            let prefix = &self.plan.scopes[scope].prefix;
            let inside = |(_, unit): &(usize, &Unit)| unit.id.starts_with(prefix);
            let all = self.plan.units.iter().enumerate().filter(inside);
            self.found.extend(all.map(|(number, _)| number));
        }
        self.given(scope);
    }

    fn output(&mut self, scope: usize, output: &'p Output) {
        if self.outputs.insert((scope, &output.name)) {
            output.each(&mut |expression, _| self.expression(scope, expression));
        }
    }

    /// What the templates around a scope are given, and when they are included.
    fn given(&mut self, scope: usize) {
        let Some((parent, resource, template)) = self.plan.user(scope) else {
            return;
        };
        if !self.given.insert(scope) {
            return;
        }
        for condition in &resource.include {
            if let Condition::Expression(expression) = condition {
                self.expression(parent, expression);
            }
        }
        for (_, shape, _) in &template.with {
            shape.each(&mut |expression| self.expression(parent, expression));
        }
        self.given(parent);
    }
}
