//! Rendering: the plan walked in its order, each resource evaluated to an object, to waiting, or to being left out.
//!
//! Pure. Nothing is remembered between two renderings.

mod object;
mod outputs;
mod world;

use std::collections::BTreeMap;

use self::world::{State, View, World};
use crate::compiled::Compiled;
use crate::document::Condition;
use crate::expression::evaluate::Stop;
use crate::finding::RenderError;
use crate::place::Place;
use crate::rendered::{Inputs, Live, Node, NodeState, Rendered};

/// Why a resource did not come to an object.
pub(crate) enum Halt {
    Excluded(String),
    Waiting { on: String, path: String },
    Failed { message: String, place: Place },
}

/// Renders every resource and output.
pub(crate) fn render(template: &Compiled, inputs: &Inputs, live: &Live) -> Result<Rendered, RenderError> {
    let world = World::new(template.plan(), inputs, live);
    run(&world)?;
    let mut nodes = Vec::with_capacity(world.plan.units.len());
    for number in &world.plan.order {
        let unit = &world.plan.units[*number];
        let present = |dependency: &&usize| !matches!(world.state(**dependency), Some(State::Excluded(_)));
        let id = |dependency: &usize| world.plan.units[*dependency].id.clone();
        nodes.push(Node {
            id: unit.id.clone(),
            layer: unit.layer,
            dependencies: unit.dependencies.iter().filter(present).map(id).collect(),
            state: match world.state(*number) {
                Some(State::Excluded(because)) => NodeState::Excluded {
                    because: because.clone(),
                },
                Some(State::Waiting { on, path }) => NodeState::Waiting {
                    on: on.clone(),
                    path: path.clone(),
                },
                Some(State::Object(object)) => NodeState::Object(object.clone()),
                None => NodeState::Excluded {
                    because: "it was not rendered".to_owned(),
                },
            },
        });
    }
    let mut rendered = BTreeMap::new();
    for output in &world.plan.scopes[0].document.outputs {
        if let Some(value) = outputs::render(&world, output)? {
            rendered.insert(output.name.clone(), value);
        }
    }
    Ok(Rendered {
        nodes,
        outputs: rendered,
    })
}

/// Evaluates `readyWhen` of one resource.
pub(crate) fn ready_when(
    template: &Compiled,
    id: &str,
    inputs: &Inputs,
    live: &Live,
) -> Result<Option<bool>, RenderError> {
    let plan = template.plan();
    let Some(unit) = plan.units.iter().find(|unit| unit.id == id) else {
        return Ok(None);
    };
    let resource = plan.resource(unit.scope, unit.resource);
    if resource.ready.is_empty() {
        return Ok(None);
    }
    let Some(object) = live.get(id) else {
        return Ok(Some(false));
    };
    let world = World::new(plan, inputs, live);
    if unit.scope != 0 {
        // The parameters of a composed template can come from other resources.
        run(&world)?;
    }
    let view = View {
        world: &world,
        scope: unit.scope,
        itself: Some(&object.object),
    };
    for condition in &resource.ready {
        let fulfilled = match condition {
            Condition::Literal(value) => Ok(*value),
            Condition::Expression(expression) => expression.boolean(&view, &world.meter),
        };
        match fulfilled {
            Ok(true) => {}
            Ok(false) | Err(Stop::Missing { .. } | Stop::Waiting { .. } | Stop::Excluded(_)) => {
                return Ok(Some(false));
            }
            Err(stop) => match world.halt(stop, &resource.place) {
                Halt::Failed { message, place } => return Err(error(id, message, place)),
                Halt::Waiting { .. } | Halt::Excluded(_) => return Ok(Some(false)),
            },
        }
    }
    Ok(Some(true))
}

fn run(world: &World<'_>) -> Result<(), RenderError> {
    for number in &world.plan.order {
        let state = match object::render(world, *number) {
            Ok(object) => State::Object(Box::new(object)),
            Err(Halt::Excluded(because)) => State::Excluded(because),
            Err(Halt::Waiting { on, path }) => State::Waiting { on, path },
            Err(Halt::Failed { message, place }) => {
                return Err(error(&world.plan.units[*number].id, message, place));
            }
        };
        world.settle(*number, state);
    }
    Ok(())
}

fn error(resource: &str, message: String, place: Place) -> RenderError {
    let Place { line, column, path } = place;
    RenderError {
        resource: resource.to_owned(),
        path,
        line,
        column,
        message,
    }
}
