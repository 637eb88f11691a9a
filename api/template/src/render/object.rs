//! One resource evaluated to one object.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value as Json, json};

use super::Halt;
use super::world::{Member, State, View, World};
use crate::document::resource::Body;
use crate::document::secret::{Secret, SecretPiece, SecretText};
use crate::expression::evaluate::{Stop, evaluate as evaluate_range};
use crate::guard;
use crate::plan::Unit;
use crate::rendered::{OnDelete, RenderedObject, SecretPart, SecretPlan};

/// Most objects that one resource may be made for.
const MOST: usize = 1_000;

/// Evaluates a resource: to an object, or with `forEach` to one for every item.
pub(super) fn render(world: &World<'_>, number: usize) -> Result<State, Halt> {
    let unit = &world.plan.units[number];
    let resource = world.plan.resource(unit.scope, unit.resource);
    let halt = |stop| world.halt(stop, &resource.place);
    prepare(world, unit).map_err(halt)?;
    if resource.each.is_empty() {
        let object = evaluate(world, unit, None).map_err(halt)?;
        return Ok(State::Object(Box::new(object)));
    }
    let items = combine(world, unit).map_err(halt)?;
    let mut members = Vec::with_capacity(items.len());
    for (index, item) in world.go_through(number, items).iter().enumerate() {
        members.push(match evaluate(world, unit, Some(item)).map_err(halt) {
            Ok(object) => Member {
                id: format!("{}.{}", unit.id, object.name()),
                state: State::Object(Box::new(object)),
            },
            Err(Halt::Waiting { on, path }) => Member {
                id: format!("{}[{index}]", unit.id),
                state: State::Waiting { on, path },
            },
            Err(Halt::Excluded(because)) => Member {
                id: format!("{}[{index}]", unit.id),
                state: State::Excluded(because),
            },
            Err(failed @ Halt::Failed { .. }) => return Err(failed),
        });
    }
    Ok(State::Collection(members))
}

/// What must be before anything of the resource is evaluated.
fn prepare(world: &World<'_>, unit: &Unit) -> Result<(), Stop> {
    let resource = world.plan.resource(unit.scope, unit.resource);
    world.parameters(unit.scope)?;
    world.rules(unit.scope)?;
    world.view(unit.scope).include(&resource.include)
}

/// Every item of every range with every item of the others, the last name going fastest.
fn combine(world: &World<'_>, unit: &Unit) -> Result<Vec<Json>, Stop> {
    let view = world.view(unit.scope);
    let mut combined = vec![Map::new()];
    for iteration in &world.plan.resource(unit.scope, unit.resource).each {
        let range = evaluate_range(&iteration.range, &view, &world.meter, |inside, value| {
            inside.json(&value)
        })?;
        let items = match range {
            Json::Array(items) => items,
            Json::Object(object) => object.into_iter().map(|(key, _)| Json::String(key)).collect(),
            Json::Null => Vec::new(),
            Json::Bool(_) | Json::Number(_) | Json::String(_) => {
                return Err(Stop::failed("`forEach` goes through a list or a map").at(&iteration.range.place));
            }
        };
        if combined.len().saturating_mul(items.len()) > MOST {
            return Err(Stop::failed(format!("`forEach` comes to more than {MOST} objects")).at(&iteration.place));
        }
        let with = |before: &Map<String, Json>, item: &Json| {
            let mut names = before.clone();
            names.insert(iteration.name.clone(), item.clone());
            names
        };
        combined = combined
            .iter()
            .flat_map(|before| items.iter().map(move |item| with(before, item)))
            .collect();
        world.meter.charge_bytes(combined.len() * 16)?;
    }
    Ok(combined.into_iter().map(Json::Object).collect())
}

fn evaluate(world: &World<'_>, unit: &Unit, each: Option<&Json>) -> Result<RenderedObject, Stop> {
    let resource = world.plan.resource(unit.scope, unit.resource);
    let view = View {
        each,
        ..world.view(unit.scope)
    };
    let (object, secret, sensitive) = match &resource.body {
        Body::Object { shape, kind, .. } => {
            let object = shape.render(&view, &world.meter)?.unwrap_or_else(|| json!({}));
            (object, None, kind.is_secret())
        }
        Body::Secret(secret) => {
            let (object, plan) = render_secret(&view, secret)?;
            (object, Some(plan), true)
        }
        Body::Use(_) => return Err(Stop::failed("a composed template is no object")),
    };
    guard::check_rendered(&object)?;
    let on_delete = on_delete(world, unit, resource.on_delete);
    Ok(RenderedObject {
        object,
        secret,
        on_delete,
        sensitive,
    })
}

/// What happens to the object when it goes: for what holds data, the outermost template that says something decides.
fn on_delete(world: &World<'_>, unit: &Unit, own: Option<OnDelete>) -> OnDelete {
    let Some(mut decided) = own else {
        return OnDelete::default();
    };
    let mut scope = unit.scope;
    while let Some((parent, resource, _)) = world.plan.user(scope) {
        decided = resource.on_delete.unwrap_or(decided);
        scope = parent;
    }
    decided
}

fn render_secret(view: &View<'_, '_>, secret: &Secret) -> Result<(Json, SecretPlan), Stop> {
    let name = secret.name.render(view, &view.world.meter)?;
    let mut data = Map::new();
    let mut composed = BTreeMap::new();
    for (key, text) in &secret.data {
        let Some(parts) = parts(view, text)? else {
            continue;
        };
        match parts.as_slice() {
            [] => {
                data.insert(key.clone(), Json::String(String::new()));
            }
            [SecretPart::Text(text)] => {
                data.insert(key.clone(), Json::String(BASE64.encode(text)));
            }
            _ => {
                composed.insert(key.clone(), parts);
            }
        }
    }
    let object = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "type": "Opaque",
        "data": data,
    });
    Ok((
        object,
        SecretPlan {
            generate: secret.generate.clone(),
            composed,
        },
    ))
}

/// The parts of a value, neighbouring texts joined. `None` when a whole expression came to nothing.
fn parts(view: &View<'_, '_>, text: &SecretText) -> Result<Option<Vec<SecretPart>>, Stop> {
    let mut parts: Vec<SecretPart> = Vec::new();
    for piece in &text.pieces {
        let added = match piece {
            SecretPiece::Text(text) => text.clone(),
            SecretPiece::Expression(expression) => {
                if text.whole && expression.is_nothing(view, &view.world.meter)? {
                    return Ok(None);
                }
                expression.text(view, &view.world.meter)?
            }
            SecretPiece::Generated(key) => {
                parts.push(SecretPart::Generated(key.clone()));
                continue;
            }
        };
        match parts.last_mut() {
            Some(SecretPart::Text(before)) => before.push_str(&added),
            Some(SecretPart::Generated(_)) | None => parts.push(SecretPart::Text(added)),
        }
    }
    Ok(Some(parts))
}
