//! The graph: every resource of a template and of those it is composed of, in the order they can be made in.
//!
//! Built once, when a template is compiled. Knows references, not values.

mod reach;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::compiled::Compiled;
use crate::document::Document;
use crate::document::composition::Use;
use crate::document::output::Output;
use crate::document::resource::{Body, Resource};
use crate::expression::analysis::Step;
use crate::finding::Findings;
use crate::place::Place;

/// Most resources a template may come to with everything it is composed of.
const LARGEST: usize = 500;

/// A template as it is placed: at the root, or under the resource that uses it.
#[derive(Debug)]
pub(crate) struct Placed {
    /// `""`, or `database.`
    pub prefix: String,
    pub document: Arc<Document>,
    /// The composed template itself; the root is not composed.
    pub template: Option<Arc<Compiled>>,
    /// The scope and the resource in it that uses the template.
    pub parent: Option<(usize, usize)>,
    /// What ids stand for.
    pub names: BTreeMap<String, Binding>,
}

/// What an id stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Binding {
    /// A resource, by its number.
    Unit(usize),
    /// A composed template, by the number of its scope.
    Composed(usize),
}

/// One resource that becomes one object.
#[derive(Debug)]
pub(crate) struct Unit {
    pub id: String,
    pub scope: usize,
    /// Its position in the scope's document.
    pub resource: usize,
    pub dependencies: Vec<usize>,
    pub layer: u32,
}

/// The graph of a template.
#[derive(Debug)]
pub(crate) struct Plan {
    pub scopes: Vec<Placed>,
    pub units: Vec<Unit>,
    /// Numbers of the units, dependencies first.
    pub order: Vec<usize>,
}

/// The documents of the templates a document uses, by position of the resource.
pub(crate) type Children = BTreeMap<usize, Arc<Compiled>>;

impl Plan {
    /// Builds the graph; reports a cycle, or too many resources.
    pub fn build(document: &Arc<Document>, children: &Children, findings: &mut Findings) -> Option<Self> {
        let mut plan = Self {
            scopes: Vec::new(),
            units: Vec::new(),
            order: Vec::new(),
        };
        plan.place(document, children, None, "", None);
        if plan.units.len() > LARGEST {
            findings.error(
                &Place::default(),
                format!("the template comes to more than {LARGEST} resources"),
            );
            return None;
        }
        for number in 0..plan.units.len() {
            let dependencies = reach::dependencies(&plan, number);
            plan.units[number].dependencies = dependencies.into_iter().collect();
        }
        plan.sort(findings)
    }

    /// The resource at a position of a scope's document.
    pub fn resource(&self, scope: usize, resource: usize) -> &Resource {
        &self.scopes[scope].document.resources[resource]
    }

    /// The resource that uses the template of a scope, and the scope it stands in.
    pub fn user(&self, scope: usize) -> Option<(usize, &Resource, &Use)> {
        let (parent, resource) = self.scopes[scope].parent?;
        let resource = self.resource(parent, resource);
        match &resource.body {
            Body::Use(template) => Some((parent, resource, template)),
            Body::Object { .. } | Body::Secret(_) => None,
        }
    }

    /// An output of the template of a scope.
    pub fn output(&self, scope: usize, name: &str) -> Option<&Output> {
        self.scopes[scope]
            .document
            .outputs
            .iter()
            .find(|output| output.name == name)
    }

    fn place(
        &mut self,
        document: &Arc<Document>,
        children: &Children,
        template: Option<&Arc<Compiled>>,
        prefix: &str,
        parent: Option<(usize, usize)>,
    ) {
        let scope = self.scopes.len();
        let (document, template) = (Arc::clone(document), template.cloned());
        let placed = Placed {
            prefix: prefix.to_owned(),
            document,
            template,
            parent,
            names: BTreeMap::new(),
        };
        self.scopes.push(placed);
        let document = Arc::clone(&self.scopes[scope].document);
        for (position, resource) in document.resources.iter().enumerate() {
            if self.units.len() > LARGEST {
                return;
            }
            let id = format!("{prefix}{}", resource.id);
            let binding = match (&resource.body, children.get(&position)) {
                (Body::Use(_), Some(child)) => {
                    let binding = Binding::Composed(self.scopes.len());
                    let (document, children) = (child.document(), child.children());
                    self.place(
                        document,
                        children,
                        Some(child),
                        &format!("{id}."),
                        Some((scope, position)),
                    );
                    binding
                }
                // A template that did not resolve is reported; its resource has no objects.
                (Body::Use(_), None) => continue,
                (Body::Object { .. } | Body::Secret(_), _) => {
                    let unit = Unit {
                        id,
                        scope,
                        resource: position,
                        dependencies: Vec::new(),
                        layer: 0,
                    };
                    self.units.push(unit);
                    Binding::Unit(self.units.len() - 1)
                }
            };
            self.scopes[scope].names.insert(resource.id.clone(), binding);
        }
    }

    /// Gives every unit its layer, and the order.
    fn sort(mut self, findings: &mut Findings) -> Option<Self> {
        let mut layers: Vec<Option<u32>> = vec![None; self.units.len()];
        let mut left: Vec<usize> = (0..self.units.len()).collect();
        while !left.is_empty() {
            let before = left.len();
            left.retain(|number| {
                let of = |dependency: &usize| layers[*dependency].map(|layer| layer + 1);
                let known: Option<Vec<u32>> = self.units[*number].dependencies.iter().map(of).collect();
                layers[*number] = known.map(|known| known.into_iter().max().unwrap_or(0));
                layers[*number].is_none()
            });
            if left.len() == before {
                self.report_cycle(&left, findings);
                return None;
            }
        }
        for (unit, layer) in self.units.iter_mut().zip(layers) {
            unit.layer = layer.unwrap_or(0);
        }
        self.order = (0..self.units.len()).collect();
        self.order.sort_by_key(|number| (self.units[*number].layer, *number));
        Some(self)
    }

    /// Walks dependencies among what is left until a unit comes again.
    fn report_cycle(&self, left: &[usize], findings: &mut Findings) {
        let mut walked: Vec<usize> = Vec::new();
        let mut at = left.first().copied();
        while let Some(number) = at {
            if let Some(start) = walked.iter().position(|seen| *seen == number) {
                let mut cycle: Vec<&str> = walked[start..].iter().map(|n| self.units[*n].id.as_str()).collect();
                cycle.push(&self.units[number].id);
                let unit = &self.units[number];
                let mut scope = unit.scope;
                let mut place = &self.resource(scope, unit.resource).place;
                while let Some((parent, resource, _)) = self.user(scope) {
                    (scope, place) = (parent, &resource.place);
                }
                let message = format!("resources refer to each other in a circle: {}", cycle.join(" → "));
                findings.error(place, message);
                return;
            }
            walked.push(number);
            // Through others where there is a way: that a unit needs itself says little.
            let around = || {
                self.units[number]
                    .dependencies
                    .iter()
                    .filter(|next| left.contains(next))
                    .copied()
            };
            at = around().find(|next| *next != number).or_else(|| around().next());
        }
    }
}

/// The field a reference begins with, when it is written out.
pub(crate) fn first(steps: &[Step]) -> Option<&str> {
    steps.first().and_then(Step::name)
}
