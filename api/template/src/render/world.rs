//! What expressions see while a template is rendered: inputs, live objects, and what was rendered before them.

use std::cell::OnceCell;

use serde_json::{Map, Value as Json};

use super::Halt;
use super::outputs;
use crate::document::Condition;
use crate::document::composition::Use;
use crate::document::resource::Resource;
use crate::expression::evaluate::{Meter, Scope, Standing, Stop};
use crate::expression::value::Value;
use crate::place::Place;
use crate::plan::{Binding, Placed, Plan};
use crate::rendered::{Inputs, Live, RenderedObject};

/// What became of a resource so far.
pub(super) enum State {
    Excluded(String),
    Waiting {
        on: String,
        path: String,
    },
    Object(Box<RenderedObject>),
    /// `forEach`: what became of each.
    Collection(Vec<Member>),
}

/// One of the objects of a resource with `forEach`.
pub(super) struct Member {
    pub id: String,
    pub state: State,
}

/// One rendering.
pub(super) struct World<'i> {
    pub plan: &'i Plan,
    pub inputs: &'i Inputs,
    pub live: &'i Live,
    pub meter: Meter,
    states: Vec<OnceCell<State>>,
    /// What `forEach` goes through, by resource: an object with a field for every name.
    ranges: Vec<OnceCell<Vec<Json>>>,
    /// Parameters of composed templates, by scope; evaluated when first asked for.
    given: Vec<OnceCell<Result<Json, Stop>>>,
    /// Values of `let`, by scope and position; evaluated when first asked for.
    named: Vec<Vec<OnceCell<Result<Json, Stop>>>>,
    /// Whether the rules of a composed template hold, by scope.
    ruled: Vec<OnceCell<Result<(), Stop>>>,
}

/// The world as the expressions of one scope see it.
#[derive(Clone, Copy)]
pub(super) struct View<'w, 'i> {
    pub world: &'w World<'i>,
    pub scope: usize,
    /// `self`.
    pub itself: Option<&'w Json>,
    /// `each`.
    pub each: Option<&'w Json>,
}

impl<'i> World<'i> {
    pub fn new(plan: &'i Plan, inputs: &'i Inputs, live: &'i Live) -> Self {
        let cells = |scope: &Placed| scope.document.named.iter().map(|_| OnceCell::new()).collect();
        Self {
            plan,
            inputs,
            live,
            meter: Meter::default(),
            states: plan.units.iter().map(|_| OnceCell::new()).collect(),
            ranges: plan.units.iter().map(|_| OnceCell::new()).collect(),
            given: plan.scopes.iter().map(|_| OnceCell::new()).collect(),
            named: plan.scopes.iter().map(cells).collect(),
            ruled: plan.scopes.iter().map(|_| OnceCell::new()).collect(),
        }
    }

    /// The world as a scope's expressions see it that belong to no resource.
    pub fn view(&self, scope: usize) -> View<'_, 'i> {
        View {
            world: self,
            scope,
            itself: None,
            each: None,
        }
    }

    pub fn state(&self, unit: usize) -> Option<&State> {
        self.states.get(unit).and_then(OnceCell::get)
    }

    /// Records what became of a resource; the first word counts.
    pub fn settle(&self, unit: usize, state: State) {
        if let Some(cell) = self.states.get(unit) {
            let _ = cell.set(state);
        }
    }

    /// Keeps what a resource's `forEach` goes through.
    pub fn go_through(&self, unit: usize, items: Vec<Json>) -> &[Json] {
        self.ranges.get(unit).map_or(&[], |cell| cell.get_or_init(|| items))
    }

    /// The number by which expressions know one of the objects of a resource with `forEach`.
    fn number(&self, unit: usize, member: usize) -> usize {
        unit + (member + 1) * self.plan.units.len()
    }

    /// The resource of a number, and which of its objects.
    fn locate(&self, number: usize) -> (usize, Option<usize>) {
        let units = self.plan.units.len().max(1);
        (number % units, (number / units).checked_sub(1))
    }

    /// What became of the resource, or of the one of its objects, with that number; and its id.
    fn find(&self, number: usize) -> (&str, Option<&State>) {
        let (unit, member) = self.locate(number);
        let id = self.plan.units.get(unit).map_or("", |unit| unit.id.as_str());
        match (self.state(unit), member) {
            (Some(State::Collection(members)), Some(member)) => members
                .get(member)
                .map_or((id, None), |member| (member.id.as_str(), Some(&member.state))),
            (state, _) => (id, state),
        }
    }

    /// Says for people why an evaluation stopped.
    pub fn halt(&self, stop: Stop, here: &Place) -> Halt {
        match stop {
            Stop::Waiting { resource, path } => {
                let on = self.find(resource).0.to_owned();
                Halt::Waiting { on, path }
            }
            Stop::Excluded(because) => Halt::Excluded(because),
            Stop::Missing { name, place } => Halt::Failed {
                message: format!("there is no `{name}`"),
                place: place.unwrap_or_else(|| here.clone()),
            },
            Stop::Failed { message, place } => Halt::Failed {
                message,
                place: place.unwrap_or_else(|| here.clone()),
            },
            Stop::Exceeded => Halt::Failed {
                message: "rendering takes too many steps".to_owned(),
                place: here.clone(),
            },
        }
    }

    /// The parameters of a scope; `Err` when the template around it leaves it out, waits or fails.
    pub fn parameters(&self, scope: usize) -> Result<&Json, Stop> {
        let Some((parent, resource, template)) = self.plan.user(scope) else {
            return Ok(&self.inputs.params);
        };
        let given = self.given[scope].get_or_init(|| self.evaluate_parameters(scope, parent, resource, template));
        given.as_ref().map_err(Clone::clone)
    }

    fn evaluate_parameters(
        &self,
        scope: usize,
        parent: usize,
        resource: &Resource,
        template: &Use,
    ) -> Result<Json, Stop> {
        let view = self.view(parent);
        self.parameters(parent)?;
        view.include(&resource.include)?;
        let mut with = Map::new();
        for (name, shape, place) in &template.with {
            let value = shape.render(&view, &self.meter).map_err(|stop| stop.at(place))?;
            with.extend(value.map(|value| (name.clone(), value)));
        }
        let Some(child) = self.plan.scopes[scope].template.as_ref() else {
            return Ok(Json::Object(with));
        };
        child.check_parameters(&Json::Object(with)).map_err(|findings| {
            let said: Vec<String> = findings
                .iter()
                .map(|f| format!("{}: {}", f.pointer, f.detail))
                .collect();
            let message = format!("the parameters do not fit `{}`: {}", child.name(), said.join("; "));
            Stop::Failed {
                message,
                place: Some(template.place.clone()),
            }
        })
    }

    /// Whether the rules of a composed template hold for what it is given. Those of the template itself are for
    /// [`rules::broken`](super::rules::broken), which tells all that do not hold.
    pub fn rules(&self, scope: usize) -> Result<(), Stop> {
        let Some((_, _, template)) = self.plan.user(scope) else {
            return Ok(());
        };
        let hold = || {
            let broken = super::rules::broken(self, scope).map_err(|stop| stop.at(&template.place))?;
            match broken.first() {
                None => Ok(()),
                Some(rule) => Err(Stop::Failed {
                    message: format!("`{}` refuses its parameters: {}", template.template, rule.message),
                    place: Some(template.place.clone()),
                }),
            }
        };
        self.ruled[scope].get_or_init(hold).clone()
    }

    /// A value of `let`.
    fn named(&self, scope: usize, position: usize) -> Result<&Json, Stop> {
        let named = &self.plan.scopes[scope].document.named[position];
        let evaluate = || {
            let value = named.value.render(&self.view(scope), &self.meter);
            value
                .map(|value| value.unwrap_or(Json::Null))
                .map_err(|stop| stop.at(&named.place))
        };
        let cell = &self.named[scope][position];
        cell.get_or_init(evaluate).as_ref().map_err(Clone::clone)
    }

    /// What an id stands for. A resource with `forEach` is a list.
    fn bound(&self, scope: usize, id: &str) -> Result<Option<Value<'_>>, Stop> {
        Ok(match self.plan.scopes[scope].names.get(id) {
            None => None,
            Some(Binding::Composed(scope)) => Some(Value::Composed(*scope)),
            Some(Binding::Unit(unit)) => match self.state(*unit) {
                Some(State::Collection(members)) => {
                    let all = 0..members.len();
                    Some(Value::list(
                        all.map(|member| Value::Resource(self.number(*unit, member))).collect(),
                    ))
                }
                Some(State::Excluded(_)) if self.is_collection(*unit) => {
                    return Err(Stop::Excluded(format!("`{id}` is left out")));
                }
                Some(State::Waiting { .. }) | None if self.is_collection(*unit) => {
                    return Err(Stop::Waiting {
                        resource: *unit,
                        path: String::new(),
                    });
                }
                Some(State::Excluded(_) | State::Waiting { .. } | State::Object(_)) | None => {
                    Some(Value::Resource(*unit))
                }
            },
        })
    }

    /// The ids of what a resource comes to, with what each of them is made for.
    pub fn objects(&self, unit: usize) -> Vec<(&str, Option<&Json>)> {
        match (self.state(unit), self.ranges.get(unit).and_then(OnceCell::get)) {
            (Some(State::Collection(members)), Some(items)) => {
                let ids = members.iter().map(|member| member.id.as_str());
                ids.zip(items.iter().map(Some)).collect()
            }
            _ => vec![(self.plan.units[unit].id.as_str(), None)],
        }
    }

    fn is_collection(&self, unit: usize) -> bool {
        let unit = &self.plan.units[unit];
        !self.plan.resource(unit.scope, unit.resource).each.is_empty()
    }
}

impl View<'_, '_> {
    /// `Err` when one of the conditions leaves the resource out.
    pub fn include(&self, conditions: &[Condition]) -> Result<(), Stop> {
        for condition in conditions {
            match condition {
                Condition::Literal(true) => {}
                Condition::Literal(false) => {
                    return Err(Stop::Excluded("includeWhen is false".to_owned()));
                }
                Condition::Expression(expression) => {
                    if !expression.boolean(self, &self.world.meter)? {
                        let path = &expression.place.path;
                        return Err(Stop::Excluded(format!("{path} is false")));
                    }
                }
            }
        }
        Ok(())
    }
}

impl<'w> Scope<'w> for View<'w, '_> {
    fn name(&self, name: &str) -> Result<Option<Value<'w>>, Stop> {
        let world = self.world;
        Ok(match name {
            // A scope's parameters are evaluated before anything in it.
            "params" => Some(Value::from_json(world.parameters(self.scope)?)),
            "env" => Some(Value::from_json(&world.inputs.env)),
            "platform" => Some(Value::from_json(&world.inputs.platform)),
            "self" => self.itself.map(Value::from_json),
            "each" => self.each.map(Value::from_json),
            name => {
                let named = &world.plan.scopes[self.scope].document.named;
                match named.iter().position(|named| named.name == name) {
                    Some(position) => Some(Value::from_json(world.named(self.scope, position)?)),
                    None => world.bound(self.scope, name)?,
                }
            }
        })
    }

    fn standing(&self, resource: usize) -> Result<Standing<'w>, Stop> {
        let (id, state) = self.world.find(resource);
        let live = self.world.live.get(id);
        let desired = match state {
            Some(State::Object(object)) => Some(&object.object),
            Some(State::Excluded(_)) => return Err(Stop::Excluded(format!("`{id}` is left out"))),
            Some(State::Waiting { .. } | State::Collection(_)) | None => None,
        };
        let ready = live.is_some_and(|live| live.ready);
        Ok(Standing {
            live: live.map(|live| live.object.as_ref()),
            desired,
            ready,
        })
    }

    fn output(&self, composed: usize, name: &str) -> Result<Value<'w>, Stop> {
        outputs::value(self.world, composed, name)
    }
}
