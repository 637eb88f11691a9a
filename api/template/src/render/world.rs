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
use crate::plan::{Binding, Plan};
use crate::rendered::{Inputs, Live, RenderedObject};

/// What became of a resource so far.
pub(super) enum State {
    Excluded(String),
    Waiting { on: String, path: String },
    Object(Box<RenderedObject>),
}

/// One rendering.
pub(super) struct World<'i> {
    pub plan: &'i Plan,
    pub inputs: &'i Inputs,
    pub live: &'i Live,
    pub meter: Meter,
    states: Vec<OnceCell<State>>,
    /// Parameters of composed templates, by scope; evaluated when first asked for.
    given: Vec<OnceCell<Result<Json, Stop>>>,
}

/// The world as the expressions of one scope see it.
#[derive(Clone, Copy)]
pub(super) struct View<'w, 'i> {
    pub world: &'w World<'i>,
    pub scope: usize,
    /// `self`.
    pub itself: Option<&'w Json>,
}

impl<'i> World<'i> {
    pub fn new(plan: &'i Plan, inputs: &'i Inputs, live: &'i Live) -> Self {
        let states = plan.units.iter().map(|_| OnceCell::new()).collect();
        let given = plan.scopes.iter().map(|_| OnceCell::new()).collect();
        Self {
            plan,
            inputs,
            live,
            meter: Meter::default(),
            states,
            given,
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

    /// Says for people why an evaluation stopped.
    pub fn halt(&self, stop: Stop, here: &Place) -> Halt {
        match stop {
            Stop::Waiting { resource, path } => {
                let on = self
                    .plan
                    .units
                    .get(resource)
                    .map(|unit| unit.id.clone())
                    .unwrap_or_default();
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
        let view = View {
            world: self,
            scope: parent,
            itself: None,
        };
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
    fn name(&self, name: &str) -> Option<Value<'w>> {
        let world = self.world;
        match name {
            // A scope's parameters are evaluated before anything in it.
            "params" => world.parameters(self.scope).ok().map(Value::from_json),
            "env" => Some(Value::from_json(&world.inputs.env)),
            "platform" => Some(Value::from_json(&world.inputs.platform)),
            "self" => self.itself.map(Value::from_json),
            id => match world.plan.scopes[self.scope].names.get(id)? {
                Binding::Unit(unit) => Some(Value::Resource(*unit)),
                Binding::Composed(scope) => Some(Value::Composed(*scope)),
            },
        }
    }

    fn standing(&self, resource: usize) -> Result<Standing<'w>, Stop> {
        let world = self.world;
        let live = world.plan.units.get(resource).and_then(|unit| world.live.get(&unit.id));
        let desired = match world.state(resource) {
            Some(State::Object(object)) => Some(&object.object),
            Some(State::Excluded(_)) => {
                let id = world.plan.units.get(resource).map_or("", |unit| unit.id.as_str());
                return Err(Stop::Excluded(format!("`{id}` is left out")));
            }
            Some(State::Waiting { .. }) | None => None,
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
