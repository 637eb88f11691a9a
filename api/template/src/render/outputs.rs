//! Outputs: for the user of the template, and for a template that is composed of it.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value as Json;

use super::world::World;
use super::{Halt, error};
use crate::document::output::{Body, Output as Declared};
use crate::expression::Scalar;
use crate::expression::evaluate::Stop;
use crate::expression::value::{Key, Value};
use crate::finding::RenderError;
use crate::rendered::Output;

/// An output as it was evaluated.
enum Evaluated {
    Value(Json),
    Secret { name: String, key: String },
}

/// An output of the template; `None` when it is left out.
pub(super) fn render(world: &World<'_>, output: &Declared) -> Result<Option<Output>, RenderError> {
    let title = output.title.clone();
    match evaluate(world, 0, output) {
        Ok(Evaluated::Value(value)) => Ok(Some(Output::Value { title, value })),
        Ok(Evaluated::Secret { name, key }) => Ok(Some(Output::Secret { title, name, key })),
        Err(stop) => match world.halt(stop, &output.place) {
            Halt::Excluded(_) => Ok(None),
            Halt::Waiting { on, path } => Ok(Some(Output::Pending { title, on, path })),
            Halt::Failed { message, place } => Err(error(&format!("outputs.{}", output.name), message, place)),
        },
    }
}

/// An output of a composed template, as a value of an expression.
pub(super) fn value<'w>(world: &'w World<'_>, scope: usize, name: &str) -> Result<Value<'w>, Stop> {
    let Some(output) = world.plan.output(scope, name) else {
        return Err(Stop::missing(name));
    };
    Ok(match evaluate(world, scope, output)? {
        Evaluated::Value(json) => owned(&json),
        Evaluated::Secret { name, key } => {
            let fields = [("name", name), ("key", key)];
            let fields = fields.map(|(field, text)| (Key::Text(field.to_owned()), Value::text(text)));
            Value::Map(Rc::new(BTreeMap::from(fields)))
        }
    })
}

fn evaluate(world: &World<'_>, scope: usize, output: &Declared) -> Result<Evaluated, Stop> {
    let view = world.view(scope);
    world.parameters(scope)?;
    world.rules(scope)?;
    view.include(&output.include)?;
    match &output.body {
        Body::Value(shape) => {
            let value = shape
                .render(&view, &world.meter)
                .map_err(|stop| stop.at(&output.place))?;
            Ok(Evaluated::Value(value.unwrap_or(Json::Null)))
        }
        Body::Secret { name, key } => {
            let text = |scalar: &Scalar| match scalar.render(&view, &world.meter)? {
                Json::String(text) => Ok(text),
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => Err(Stop::Failed {
                    message: "the name and the key of a secret must come to text".to_owned(),
                    place: Some(output.place.clone()),
                }),
            };
            Ok(Evaluated::Secret {
                name: text(name)?,
                key: text(key)?,
            })
        }
    }
}

/// JSON that nobody else keeps, as a value.
fn owned<'a>(json: &Json) -> Value<'a> {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => Value::Int(value),
            (None, Some(value)) => Value::Uint(value),
            (None, None) => Value::Double(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::text(text.as_str()),
        Json::Array(items) => Value::list(items.iter().map(owned).collect()),
        Json::Object(object) => Value::Map(Rc::new(
            object.iter().map(|(k, v)| (Key::Text(k.clone()), owned(v))).collect(),
        )),
    }
}
