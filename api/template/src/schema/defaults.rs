//! Defaults: filled in from the outside in, and checked, like examples, when the template is compiled.

use serde_json::Value;

use super::{at, violations};
use crate::finding::Findings;
use crate::yaml::Node;

/// Fills in what is missing, and what is missing in what was filled in.
pub(super) fn apply(schema: &Value, value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                if !object.contains_key(name)
                    && let Some(default) = property.get("default")
                {
                    object.insert(name.clone(), default.clone());
                }
                if let Some(inner) = object.get_mut(name) {
                    apply(property, inner);
                }
            }
            let listed = &schema["properties"];
            let others = object
                .iter_mut()
                .filter(|(name, _)| listed.get(name.as_str()).is_none());
            others.for_each(|(_, inner)| apply(&schema["additionalProperties"], inner));
            for combined in schema["allOf"].as_array().into_iter().flatten() {
                apply(combined, value);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| apply(&schema["items"], item)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Checks every default and example of the schema against the schema it belongs to.
pub(super) fn check(node: &Node, schema: &Value, path: &str, findings: &mut Findings) {
    walk(schema, &mut String::new(), &mut |pointer, schema| {
        if let Some(default) = schema.get("default") {
            let mut value = default.clone();
            apply(schema, &mut value);
            for violation in violations(schema, &value) {
                let place = at(node, path, &format!("{pointer}/default"));
                findings.error(&place, format!("the default does not fit its schema: {violation}"));
            }
        }
        for (index, example) in schema["examples"].as_array().into_iter().flatten().enumerate() {
            let mut value = example.clone();
            apply(schema, &mut value);
            for violation in violations(schema, &value) {
                let place = at(node, path, &format!("{pointer}/examples/{index}"));
                findings.error(&place, format!("the example does not fit its schema: {violation}"));
            }
        }
    });
}

fn walk(schema: &Value, pointer: &mut String, visit: &mut dyn FnMut(&str, &Value)) {
    visit(pointer, schema);
    let length = pointer.len();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        pointer.push_str("/properties/");
        pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
        walk(property, pointer, visit);
        pointer.truncate(length);
    }
    for keyword in ["items", "additionalProperties"] {
        if let Some(inner @ Value::Object(_)) = schema.get(keyword) {
            pointer.push('/');
            pointer.push_str(keyword);
            walk(inner, pointer, visit);
            pointer.truncate(length);
        }
    }
}
