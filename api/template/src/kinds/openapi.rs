//! OpenAPI v3 schemas as a Kubernetes API server answers them, read as types; and made small enough to ship.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::compiled::Kind;
use crate::types::{Field, Object, Type};

/// What is kept of a schema: everything that says what may stand in a field.
const KEPT: [&str; 9] = [
    "type",
    "format",
    "enum",
    "required",
    "nullable",
    "$ref",
    "x-kubernetes-int-or-string",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-embedded-resource",
];

/// Where definitions are in a document.
const DEFINITIONS: &str = "#/components/schemas/";

/// The kinds whose objects a schema describes.
pub(super) fn kinds(schema: &Value) -> Vec<Kind> {
    let declared = schema["x-kubernetes-group-version-kind"]
        .as_array()
        .into_iter()
        .flatten();
    declared
        .filter_map(|one| {
            let (group, version) = (one["group"].as_str()?, one["version"].as_str()?);
            Some(Kind {
                api_version: if group.is_empty() {
                    version.to_owned()
                } else {
                    format!("{group}/{version}")
                },
                kind: one["kind"].as_str()?.to_owned(),
            })
        })
        .collect()
}

/// The schema without what is there for people and for patches.
pub(super) fn pruned(schema: &Value) -> Value {
    let Some(keywords) = schema.as_object() else {
        return json!({});
    };
    let mut kept = Map::new();
    for (keyword, value) in keywords {
        match keyword.as_str() {
            "$ref" => {
                let name = value.as_str().unwrap_or_default();
                kept.insert(keyword.clone(), json!(name.trim_start_matches(DEFINITIONS)));
            }
            "properties" => {
                let properties = value.as_object().into_iter().flatten();
                let properties: Map<_, _> = properties
                    .map(|(name, schema)| (name.clone(), pruned(schema)))
                    .collect();
                kept.insert(keyword.clone(), Value::Object(properties));
            }
            "items" => {
                kept.insert(keyword.clone(), pruned(value));
            }
            "additionalProperties" if value.is_object() => {
                kept.insert(keyword.clone(), pruned(value));
            }
            "additionalProperties" => {
                kept.insert(keyword.clone(), value.clone());
            }
            // A reference that has words of its own beside it.
            "allOf" => {
                if let Some([only]) = value.as_array().map(Vec::as_slice) {
                    kept.extend(pruned(only).as_object().cloned().unwrap_or_default());
                }
            }
            keyword if KEPT.contains(&keyword) => {
                kept.insert(keyword.to_owned(), value.clone());
            }
            _ => {}
        }
    }
    Value::Object(kept)
}

/// The type a pruned schema describes. `name` is what to call it.
pub(super) fn read(schema: &Value, name: &str) -> Type {
    if let Some(name) = schema["$ref"].as_str() {
        return Type::Named(name.into());
    }
    if schema["x-kubernetes-int-or-string"] == json!(true) || schema["format"] == json!("int-or-string") {
        return Type::IntOrText;
    }
    // Quantities are the one definition that is text and takes numbers as well.
    if name.ends_with(".Quantity") {
        return Type::Quantity;
    }
    match schema["type"].as_str() {
        Some("boolean") => Type::Bool,
        Some("integer") => Type::Int,
        Some("number") => Type::Number,
        Some("string") => match schema["enum"].as_array() {
            Some(choices) => Type::Choice(choices.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            None => Type::Text,
        },
        Some("array") => Type::list(read(&schema["items"], "")),
        Some("object") => object(schema, name),
        Some(_) | None if schema["properties"].is_object() => object(schema, name),
        Some(_) | None => Type::Any,
    }
}

fn object(schema: &Value, name: &str) -> Type {
    let open = schema["x-kubernetes-preserve-unknown-fields"] == json!(true)
        || schema["x-kubernetes-embedded-resource"] == json!(true);
    let others = match &schema["additionalProperties"] {
        Value::Bool(true) => Some(Type::Any),
        others @ Value::Object(_) => Some(read(others, "")),
        Value::Null | Value::Bool(false) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            open.then_some(Type::Any)
        }
    };
    let Some(properties) = schema["properties"].as_object() else {
        // An object of which nothing is said can be anything: `RawExtension`, `FieldsV1`.
        return Type::map(others.unwrap_or(Type::Any));
    };
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let field = |(field, schema): (&String, &Value)| {
        let present = required.contains(&field.as_str());
        (
            field.clone(),
            Field {
                of: read(schema, ""),
                present,
            },
        )
    };
    let fields: BTreeMap<_, _> = properties.iter().map(field).collect();
    Type::Object(Arc::new(Object {
        name: name.rsplit('.').next().unwrap_or_default().to_owned(),
        fields,
        others,
    }))
}

/// The kinds that objects are made of, and all definitions they need, as the program ships them: a line each, from the
/// OpenAPI v3 documents of an API server.
pub fn describe(documents: &[Value]) -> String {
    let mut definitions: BTreeMap<&str, Value> = BTreeMap::new();
    let mut kinds: BTreeMap<String, &str> = BTreeMap::new();
    for (name, schema) in documents
        .iter()
        .filter_map(|document| document["components"]["schemas"].as_object())
        .flatten()
    {
        definitions.insert(name, pruned(schema));
        // What can be created has metadata of its own; lists and options of requests do not.
        let metadata = schema["properties"]["metadata"].to_string();
        if let [kind] = self::kinds(schema).as_slice()
            && metadata.contains("ObjectMeta")
        {
            kinds.insert(format!("{} {}", kind.api_version, kind.kind), name);
        }
    }
    let mut needed: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&str> = kinds.values().copied().collect();
    while let Some(name) = open.pop() {
        if needed.insert(name)
            && let Some((_, definition)) = definitions.get_key_value(name)
        {
            references(definition, &mut |reference| {
                open.extend(definitions.get_key_value(reference).map(|(name, _)| *name));
            });
        }
    }
    let mut text = String::new();
    for (kind, name) in &kinds {
        let _ = writeln!(text, "{kind}\t{name}");
    }
    for name in needed {
        if let Some(definition) = definitions.get(name) {
            let _ = writeln!(text, "{name}\t{definition}");
        }
    }
    text
}

fn references(schema: &Value, visit: &mut dyn FnMut(&str)) {
    match schema {
        Value::Object(keywords) => {
            if let Some(name) = keywords.get("$ref").and_then(Value::as_str) {
                visit(name);
            }
            keywords.values().for_each(|value| references(value, visit));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
