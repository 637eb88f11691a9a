//! The keywords of JSON Schema 2020-12 that parameters may use, and the closing of open objects.

use serde_json::{Value, json};

use crate::finding::Findings;
use crate::place::{Place, child, item};
use crate::suggest::nearest;
use crate::yaml::{Content, Node};

/// Keywords whose value is no schema.
const PLAIN: [&str; 27] = [
    "type",
    "enum",
    "const",
    "title",
    "description",
    "default",
    "examples",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "required",
    "minProperties",
    "maxProperties",
    "minItems",
    "maxItems",
    "uniqueItems",
    "writeOnly",
    "readOnly",
    "deprecated",
    "$comment",
    "ui",
];

/// Keywords whose value is a schema.
const SCHEMA: [&str; 8] = [
    "additionalProperties",
    "propertyNames",
    "items",
    "contains",
    "not",
    "if",
    "then",
    "else",
];

/// Keywords whose value is a list of schemas.
const LIST: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];

/// Keywords whose value maps names to schemas.
const MAP: [&str; 3] = ["properties", "patternProperties", "dependentSchemas"];

/// Reports unknown keywords and references; the values are for the meta-schema to check.
pub(super) fn check(node: &Node, path: &str, findings: &mut Findings) {
    let Content::Map(entries) = &node.content else {
        return;
    };
    for entry in entries {
        let (key, value, path) = (entry.key.as_str(), &entry.value, child(path, &entry.key));
        if SCHEMA.contains(&key) {
            check(value, &path, findings);
        } else if LIST.contains(&key) {
            if let Content::List(nodes) = &value.content {
                nodes
                    .iter()
                    .enumerate()
                    .for_each(|(index, node)| check(node, &item(&path, index), findings));
            }
        } else if MAP.contains(&key) {
            if let Content::Map(entries) = &value.content {
                for entry in entries {
                    check(&entry.value, &child(&path, &entry.key), findings);
                }
            }
        } else if !PLAIN.contains(&key) {
            let at = Place::of_key(entry, &path);
            if key.starts_with('$') {
                findings.error(&at, format!("`{key}` is not supported: write the schema out"));
                continue;
            }
            let message = format!("unknown field `{key}`");
            let known = PLAIN.iter().chain(&SCHEMA).chain(&LIST).chain(&MAP).copied();
            match nearest(key, known) {
                Some(meant) => findings.suggest(&at, message, format!("did you mean `{meant}`?")),
                None => findings.error(&at, message),
            }
        }
    }
}

/// Keywords by which other schemas have a say about the same value.
pub(crate) const COMBINATORS: [&str; 10] = [
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "patternProperties",
    "dependentSchemas",
    "prefixItems",
];

/// Whether other schemas have a say about the same object.
pub(super) fn has_combinators(schema: &Value) -> bool {
    COMBINATORS.iter().any(|keyword| schema.get(keyword).is_some())
}

/// Forbids properties that are not listed, where the schema does not say anything about them.
pub(super) fn close(schema: &mut Value) {
    let combined = has_combinators(schema);
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    let is_object = object.get("type") == Some(&json!("object")) || object.contains_key("properties");
    if is_object && !combined && !object.contains_key("additionalProperties") {
        object.insert("additionalProperties".to_owned(), json!(false));
    }
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(close);
    }
    for keyword in ["items", "additionalProperties"] {
        if let Some(inner) = object.get_mut(keyword) {
            close(inner);
        }
    }
}
