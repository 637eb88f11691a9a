//! Parameters' types, from their JSON Schema.

use std::sync::Arc;

use serde_json::Value;

use super::{Field, Object, Type};
use crate::schema::keywords::COMBINATORS;

/// The type of all parameters together.
pub(crate) fn of_parameters(schema: &Value) -> Type {
    read(schema, "params")
}

fn read(schema: &Value, name: &str) -> Type {
    // Other schemas may say more, and never less: what this one says of a scalar holds.
    let combined = COMBINATORS.iter().any(|keyword| schema.get(keyword).is_some());
    match schema["type"].as_str() {
        Some("boolean") => Type::Bool,
        Some("integer") => Type::Int,
        Some("number") => Type::Number,
        Some("string") => choice(schema).unwrap_or(Type::Text),
        Some("null") => Type::Null,
        Some("array") if !combined => match schema.get("items") {
            Some(items @ Value::Object(_)) => Type::list(read(items, "")),
            Some(_) | None => Type::list(Type::Any),
        },
        Some("array") => Type::list(Type::Any),
        Some("object") if !combined => object(schema, name),
        Some("object") => Type::map(Type::Any),
        Some(_) => Type::Any,
        None => untyped(schema),
    }
}

/// `enum` and `const` say a type as well.
fn untyped(schema: &Value) -> Type {
    if let Some(choice) = choice(schema) {
        return choice;
    }
    let values: Vec<&Value> = match (schema.get("const"), schema["enum"].as_array()) {
        (Some(value), _) => vec![value],
        (None, Some(values)) => values.iter().collect(),
        (None, None) => return Type::Any,
    };
    if values.iter().all(|value| value.is_boolean()) {
        Type::Bool
    } else if values.iter().all(|value| value.is_i64()) {
        Type::Int
    } else {
        Type::Any
    }
}

fn choice(schema: &Value) -> Option<Type> {
    let values = schema["enum"].as_array()?;
    let texts: Option<Arc<[String]>> = values.iter().map(|value| value.as_str().map(str::to_owned)).collect();
    texts.filter(|texts| !texts.is_empty()).map(Type::Choice)
}

fn object(schema: &Value, name: &str) -> Type {
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let field = |(name, schema): (&String, &Value)| {
        let present = required.contains(&name.as_str()) || schema.get("default").is_some();
        (
            name.clone(),
            Field {
                of: read(schema, ""),
                present,
            },
        )
    };
    let others = match &schema["additionalProperties"] {
        Value::Bool(false) => None,
        others @ Value::Object(_) => Some(read(others, "")),
        _ => Some(Type::Any),
    };
    if schema["properties"].is_null() {
        return match others {
            Some(others) => Type::map(others),
            None => Type::Object(Arc::new(Object::default())),
        };
    }
    Type::Object(Arc::new(Object {
        name: name.to_owned(),
        fields: properties.map(field).collect(),
        others,
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schemas_are_read_as_types() {
        let choice = Type::Choice(Arc::from(["a".to_owned(), "b".to_owned()]));
        for (schema, of) in [
            (json!({"type": "integer", "minimum": 1}), Type::Int),
            (json!({"type": "string", "anyOf": [{"minLength": 1}]}), Type::Text),
            (json!({"enum": ["a", "b"]}), choice.clone()),
            (json!({"type": "string", "enum": ["a", "b"]}), choice),
            (json!({"const": 3}), Type::Int),
            (json!({"enum": [1, "a"]}), Type::Any),
            (json!({"type": ["string", "null"]}), Type::Any),
            (
                json!({"type": "array", "items": {"type": "boolean"}}),
                Type::list(Type::Bool),
            ),
            (
                json!({"type": "object", "additionalProperties": {"type": "number"}}),
                Type::map(Type::Number),
            ),
            (json!({"type": "object", "oneOf": []}), Type::map(Type::Any)),
        ] {
            assert_eq!(of_parameters(&schema), of, "{schema}");
        }
    }
}
