//! Values on their way out: JSON, with the keys of every map in order.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "only text and what holds other values is treated apart"
)]

use serde_json::{Map, Value as Json};

use super::{Evaluator, Stop};
use crate::expression::foreign;
use crate::expression::value::{Key, Value};

impl<'a> Evaluator<'a, '_> {
    /// The value as JSON; what is optional and not there is `null`.
    pub fn json(&self, value: &Value<'a>) -> Result<Json, Stop> {
        self.meter.charge(1)?;
        Ok(match value {
            Value::Null | Value::Optional(None) => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Int(value) => Json::from(*value),
            Value::Uint(value) => Json::from(*value),
            Value::Double(value) => serde_json::Number::from_f64(*value)
                .map(Json::Number)
                .ok_or_else(|| Stop::failed("the number is not finite"))?,
            Value::Text(text) => {
                self.meter.charge_bytes(text.as_str().len())?;
                Json::String(text.as_str().to_owned())
            }
            Value::List(items) => Json::Array(items.iter().map(|item| self.json(item)).collect::<Result<_, _>>()?),
            Value::Map(map) => {
                let mut object = Map::new();
                for (key, value) in map.iter() {
                    let Key::Text(key) = key else {
                        return Err(Stop::failed("a key must be text"));
                    };
                    object.insert(key.clone(), self.json(value)?);
                }
                Json::Object(object)
            }
            Value::Json(json) => self.copy(json)?,
            Value::Field(field) => match field.live.or(field.desired) {
                Some(object) => self.object(object)?,
                None => Json::Null,
            },
            Value::Resource(resource) => {
                let standing = self.scope.standing(*resource)?;
                match standing.live.filter(|_| standing.ready) {
                    Some(object) => self.copy(object)?,
                    None => {
                        return Err(Stop::Waiting {
                            resource: *resource,
                            path: String::new(),
                        });
                    }
                }
            }
            Value::Optional(Some(inner)) => self.json(inner)?,
            Value::Foreign(inner) => Json::String(foreign::text(inner)?),
            Value::Opaque(inner) => Json::String(inner.text().ok_or_else(|| {
                let what = value.type_name();
                Stop::failed(format!("{what} is no value of a field; take something of it"))
            })?),
            Value::Composed(_) | Value::Outputs(_) => {
                return Err(Stop::failed("a composed template is no value; name one of its outputs"));
            }
        })
    }

    fn copy(&self, json: &Json) -> Result<Json, Stop> {
        self.meter.charge(1)?;
        Ok(match json {
            Json::Array(items) => Json::Array(items.iter().map(|item| self.copy(item)).collect::<Result<_, _>>()?),
            Json::Object(object) => self.object(object)?,
            Json::String(text) => {
                self.meter.charge_bytes(text.len())?;
                json.clone()
            }
            scalar => scalar.clone(),
        })
    }

    fn object(&self, object: &Map<String, Json>) -> Result<Json, Stop> {
        let mut copy = Map::new();
        for (key, value) in object {
            copy.insert(key.clone(), self.copy(value)?);
        }
        Ok(Json::Object(copy))
    }
}
