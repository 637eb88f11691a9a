//! One resource evaluated to one object.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value as Json, json};

use super::Halt;
use super::world::{View, World};
use crate::document::resource::Body;
use crate::document::secret::{Secret, SecretPiece, SecretText};
use crate::expression::evaluate::Stop;
use crate::guard;
use crate::plan::Unit;
use crate::rendered::{OnDelete, RenderedObject, SecretPart, SecretPlan};

/// Evaluates a resource.
pub(super) fn render(world: &World<'_>, number: usize) -> Result<RenderedObject, Halt> {
    let unit = &world.plan.units[number];
    let resource = world.plan.resource(unit.scope, unit.resource);
    evaluate(world, unit).map_err(|stop| world.halt(stop, &resource.place))
}

fn evaluate(world: &World<'_>, unit: &Unit) -> Result<RenderedObject, Stop> {
    let resource = world.plan.resource(unit.scope, unit.resource);
    let view = View {
        world,
        scope: unit.scope,
        itself: None,
    };
    world.parameters(unit.scope)?;
    view.include(&resource.include)?;
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
