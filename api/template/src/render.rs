//! Rendering: the plan walked in its order, each resource evaluated to an object, to waiting, or to being left out.
//!
//! Pure. Nothing is remembered between two renderings.

mod object;
mod outputs;
mod rules;
mod world;

use std::collections::BTreeMap;

use serde_json::Value as Json;

use self::world::{State, View, World};
use crate::compiled::Compiled;
use crate::document::Condition;
use crate::document::rule::Rule;
use crate::expression::evaluate::Stop;
use crate::finding::{ParameterFinding, RenderError};
use crate::place::Place;
use crate::plan::Unit;
use crate::rendered::{Inputs, Live, Node, NodeState, Rendered, RenderedObject};

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
    refuse_doubles(&world)?;
    let mut nodes = Vec::with_capacity(world.plan.units.len());
    for number in &world.plan.order {
        push(&world, *number, &mut nodes);
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

/// The nodes of a resource: one, or with `forEach` one for every item.
fn push(world: &World<'_>, number: usize, nodes: &mut Vec<Node>) {
    let unit = &world.plan.units[number];
    let dependencies: Vec<String> = unit
        .dependencies
        .iter()
        .flat_map(|unit| present(world, *unit))
        .collect();
    let node = |id: &str, state: &State| Node {
        id: id.to_owned(),
        layer: unit.layer,
        dependencies: dependencies.clone(),
        state: shown(state),
    };
    let nothing = |because: &str| State::Excluded(because.to_owned());
    match world.state(number) {
        Some(State::Collection(members)) if members.is_empty() => {
            nodes.push(node(&unit.id, &nothing("forEach goes through nothing")));
        }
        Some(State::Collection(members)) => {
            nodes.extend(members.iter().map(|member| node(&member.id, &member.state)));
        }
        Some(state) => nodes.push(node(&unit.id, state)),
        None => nodes.push(node(&unit.id, &nothing("it was not rendered"))),
    }
}

/// The ids of a resource's objects that are not left out.
fn present(world: &World<'_>, unit: usize) -> Vec<String> {
    match world.state(unit) {
        Some(State::Excluded(_)) => Vec::new(),
        Some(State::Collection(members)) => {
            let present = members
                .iter()
                .filter(|member| !matches!(member.state, State::Excluded(_)));
            present.map(|member| member.id.clone()).collect()
        }
        Some(State::Waiting { .. } | State::Object(_)) | None => vec![world.plan.units[unit].id.clone()],
    }
}

fn shown(state: &State) -> NodeState {
    match state {
        State::Excluded(because) => NodeState::Excluded {
            because: because.clone(),
        },
        State::Waiting { on, path } => NodeState::Waiting {
            on: on.clone(),
            path: path.clone(),
        },
        State::Object(object) => NodeState::Object(object.clone()),
        State::Collection(members) => NodeState::Excluded {
            because: format!("it comes to {} objects", members.len()),
        },
    }
}

/// Two resources that come to the same object would overwrite each other for ever.
fn refuse_doubles(world: &World<'_>) -> Result<(), RenderError> {
    let mut seen: BTreeMap<(String, String, String), &str> = BTreeMap::new();
    for number in &world.plan.order {
        let unit = &world.plan.units[*number];
        let objects: Vec<(&str, &RenderedObject)> = match world.state(*number) {
            Some(State::Object(object)) => vec![(unit.id.as_str(), object)],
            Some(State::Collection(members)) => members
                .iter()
                .filter_map(|member| match &member.state {
                    State::Object(object) => Some((member.id.as_str(), &**object)),
                    State::Excluded(_) | State::Waiting { .. } | State::Collection(_) => None,
                })
                .collect(),
            Some(State::Excluded(_) | State::Waiting { .. }) | None => Vec::new(),
        };
        for (id, object) in objects {
            let group = object.api_version().split_once('/').map_or("", |(group, _)| group);
            let key = (group.to_owned(), object.kind().to_owned(), object.name().to_owned());
            if let Some(other) = seen.insert(key, id) {
                let (kind, name) = (object.kind(), object.name());
                let message = if other == id {
                    format!("two items come to the same {kind} `{name}`")
                } else {
                    format!("it comes to the same {kind} `{name}` as `{other}`")
                };
                let place = world.plan.resource(unit.scope, unit.resource).place.clone();
                return Err(error(id, message, place));
            }
        }
    }
    Ok(())
}

/// What is wrong with the parameters by the rules of the template.
pub(crate) fn check_rules(template: &Compiled, inputs: &Inputs) -> Result<Vec<ParameterFinding>, RenderError> {
    let live = Live::new();
    let world = World::new(template.plan(), inputs, &live);
    let found = rules::broken(&world, 0).map_err(|stop| match world.halt(stop, &Place::default()) {
        Halt::Failed { message, place } => error("rules", message, place),
        Halt::Waiting { on, path } => error("rules", format!("waits for `{on}`, {path}"), Place::default()),
        Halt::Excluded(because) => error("rules", because, Place::default()),
    })?;
    let finding = |rule: &Rule| ParameterFinding {
        pointer: rule.pointer.clone(),
        detail: rule.message.clone(),
    };
    Ok(found.into_iter().map(finding).collect())
}

/// Evaluates `readyWhen` of every resource that has one.
pub(crate) fn readiness(
    template: &Compiled,
    inputs: &Inputs,
    live: &Live,
) -> Result<BTreeMap<String, bool>, RenderError> {
    let plan = template.plan();
    let mut readiness = BTreeMap::new();
    let resource = |unit: &Unit| plan.resource(unit.scope, unit.resource);
    if plan.units.iter().all(|unit| resource(unit).ready.is_empty()) {
        return Ok(readiness);
    }
    let world = World::new(plan, inputs, live);
    // Parameters of composed templates and what `forEach` goes through can come from other resources.
    let by_itself = |unit: &&Unit| unit.scope == 0 && resource(unit).each.is_empty();
    let conditional = plan.units.iter().filter(|unit| !resource(unit).ready.is_empty());
    if !conditional.clone().all(|unit| by_itself(&unit)) {
        run(&world)?;
    }
    for (number, unit) in plan.units.iter().enumerate() {
        if resource(unit).ready.is_empty() {
            continue;
        }
        for (id, each) in world.objects(number) {
            let ready = is_ready(&world, unit, id, each)?;
            readiness.insert(id.to_owned(), ready);
        }
    }
    Ok(readiness)
}

fn is_ready(world: &World<'_>, unit: &Unit, id: &str, each: Option<&Json>) -> Result<bool, RenderError> {
    let Some(object) = world.live.get(id) else {
        return Ok(false);
    };
    let resource = world.plan.resource(unit.scope, unit.resource);
    let view = View {
        itself: Some(&object.object),
        each,
        ..world.view(unit.scope)
    };
    for condition in &resource.ready {
        let fulfilled = match condition {
            Condition::Literal(value) => Ok(*value),
            Condition::Expression(expression) => expression.boolean(&view, &world.meter),
        };
        match fulfilled {
            Ok(true) => {}
            Ok(false) | Err(Stop::Missing { .. } | Stop::Waiting { .. } | Stop::Excluded(_)) => return Ok(false),
            Err(stop) => match world.halt(stop, &resource.place) {
                Halt::Failed { message, place } => return Err(error(id, message, place)),
                Halt::Waiting { .. } | Halt::Excluded(_) => return Ok(false),
            },
        }
    }
    Ok(true)
}

fn run(world: &World<'_>) -> Result<(), RenderError> {
    for number in &world.plan.order {
        let state = match object::render(world, *number) {
            Ok(state) => state,
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
