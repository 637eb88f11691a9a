//! What a template comes to, as text for people and golden files: every object in order, and what is not known yet.
//!
//! Generated values are only described. Given ones are covered before anything is rendered.

use std::fmt::Write as _;

use berth_template::{Compiled, Inputs, Live, NodeState, Output, RenderError, Rendered, RenderedObject, SecretPart};
use serde_json::{Value, json};

/// What stands for a secret value.
const COVERED: &str = "(secret)";

/// Renders with nothing but covers in the place of secret parameters.
pub fn render(template: &Compiled, inputs: &Inputs) -> Result<Rendered, RenderError> {
    let params = covered(template.parameter_schema(), &inputs.params);
    template.render(
        &Inputs {
            params,
            ..inputs.clone()
        },
        &Live::new(),
    )
}

/// The whole, as one YAML file.
pub fn yaml(rendered: &Rendered) -> String {
    let mut text = String::new();
    for node in &rendered.nodes {
        let _ = writeln!(
            text,
            "---\n# {} (layer {}, after {:?})",
            node.id, node.layer, node.dependencies
        );
        match &node.state {
            NodeState::Object(object) => show(object, &mut text),
            NodeState::Excluded { because } => {
                let _ = writeln!(text, "# left out: {because}");
            }
            NodeState::Waiting { on, path } => {
                let _ = writeln!(text, "# waits for {on}.{path}");
            }
        }
    }
    text.push_str("---\n# outputs\n");
    for (name, output) in &rendered.outputs {
        let _ = match output {
            Output::Value { value, .. } => writeln!(text, "# {name}: {value}"),
            Output::Secret { name: secret, key, .. } => writeln!(text, "# {name}: key {key} of {secret}"),
            Output::Pending { on, path, .. } => writeln!(text, "# {name}: waits for {on}.{path}"),
        };
    }
    text
}

/// The objects in order, as one JSON list.
pub fn json(rendered: &Rendered) -> Value {
    let objects = rendered.nodes.iter().filter_map(|node| match &node.state {
        NodeState::Object(object) => Some(with_placeholders(object)),
        NodeState::Excluded { .. } | NodeState::Waiting { .. } => None,
    });
    Value::Array(objects.collect())
}

/// The parameters with something else in the place of every secret: nothing they come to can show it then.
fn covered(schema: &Value, params: &Value) -> Value {
    let secret = schema["writeOnly"] == true;
    match params {
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                let declared = schema["properties"]
                    .get(name)
                    .unwrap_or(&schema["additionalProperties"]);
                let declared = if secret { schema } else { declared };
                (name.clone(), covered(declared, value))
            };
            Value::Object(fields.iter().map(field).collect())
        }
        Value::Array(items) => {
            let declared = if secret { schema } else { &schema["items"] };
            Value::Array(items.iter().map(|item| covered(declared, item)).collect())
        }
        Value::String(_) if secret => json!(COVERED),
        Value::Number(_) if secret => json!(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => params.clone(),
    }
}

fn show(object: &RenderedObject, into: &mut String) {
    into.push_str(&serde_saphyr::to_string(&object.object).unwrap_or_default());
    for (key, placeholder) in placeholders(object) {
        let _ = writeln!(into, "# data.{key}: {placeholder}");
    }
}

/// The object with a placeholder for every value that is made in the cluster.
fn with_placeholders(object: &RenderedObject) -> Value {
    let mut shown = object.object.clone();
    for (key, placeholder) in placeholders(object) {
        shown["stringData"][key] = json!(format!("({placeholder})"));
    }
    shown
}

/// Keys of a secret whose values are made in the cluster, and how.
fn placeholders(object: &RenderedObject) -> Vec<(String, String)> {
    let Some(secret) = &object.secret else {
        return Vec::new();
    };
    let generated = secret
        .generate
        .iter()
        .map(|(key, generate)| (key.clone(), format!("{} random characters", generate.length)));
    let composed = secret.composed.iter().map(|(key, parts)| {
        let part = |part: &SecretPart| match part {
            SecretPart::Text(text) => text.clone(),
            SecretPart::Generated(key) => format!("<{key}>"),
        };
        (key.clone(), parts.iter().map(part).collect())
    });
    generated.chain(composed).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::covered;

    #[test]
    fn what_is_secret_is_covered_and_nothing_else() {
        let schema = json!({"properties": {
            "image": {"type": "string"},
            "key": {"type": "string", "writeOnly": true},
            "pins": {"type": "array", "items": {"type": "integer", "writeOnly": true}},
            "login": {"writeOnly": true, "properties": {"name": {"type": "string"}}},
            "users": {"additionalProperties": {"properties": {"password": {"type": "string", "writeOnly": true}}}},
        }});
        let given = json!({
            "image": "a", "key": "k", "pins": [1, 2], "login": {"name": "ada", "tries": 3},
            "users": {"ada": {"password": "p", "age": 36}},
        });
        let shown = json!({
            "image": "a", "key": "(secret)", "pins": [0, 0], "login": {"name": "(secret)", "tries": 0},
            "users": {"ada": {"password": "(secret)", "age": 36}},
        });
        assert_eq!(covered(&schema, &given), shown);
    }
}
