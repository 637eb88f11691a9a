//! The schema of a template's parameters: JSON Schema 2020-12, checked when it is compiled, applied when it is used.
//!
//! A schema stands alone: no references, nothing loaded from anywhere. An object that lists its properties has no others
//! unless it says `additionalProperties` itself. Knows nothing about expressions but the paths they read.

mod defaults;
pub(crate) mod keywords;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::{Value, json};

use crate::expression::analysis::Step;
use crate::finding::{Findings, ParameterFinding};
use crate::place::{Place, child};
use crate::suggest::nearest;
use crate::yaml::Node;

/// Largest compiled regular expression of a `pattern`, in bytes.
const PATTERN_SIZE: usize = 256 * 1024;

/// A schema that was checked.
#[derive(Debug)]
pub(crate) struct Parameters {
    pub schema: Value,
    validator: Validator,
}

/// What the schema says about a path.
pub(crate) enum Known<'s> {
    /// The path is declared, by this schema.
    Schema(&'s Value),
    /// Nothing is said about it, and nothing forbids it.
    Open,
    /// No such property; those there are.
    Unknown { name: String, declared: Vec<&'s str> },
}

impl Parameters {
    /// Checks `spec.parameters`, its defaults and its examples. A template without them takes no parameters.
    pub fn read(node: Option<&Node>, path: &str, findings: &mut Findings) -> Option<Self> {
        let before = findings.errors();
        let mut schema = node.map_or_else(|| json!({"type": "object"}), Node::to_value);
        if let Some(node) = node {
            if schema["type"] != json!("object") {
                findings.error(&Place::of(node, path), "the parameters must be of `type: object`");
            }
            keywords::check(node, path, findings);
            for error in jsonschema::draft202012::meta::validator().iter_errors(&schema) {
                let (pointer, message) = (error.instance_path().to_string(), error.masked_with("it").to_string());
                findings.error(&at(node, path, &pointer), format!("not a JSON Schema: {message}"));
            }
            if findings.errors() > before {
                return None;
            }
        }
        keywords::close(&mut schema);
        let validator = match build(&schema) {
            Ok(validator) => validator,
            Err(error) => {
                let place = node.map_or_else(Place::default, |node| {
                    at(node, path, &error.instance_path().to_string())
                });
                findings.error(&place, format!("not a usable schema: {}", error.masked_with("it")));
                return None;
            }
        };
        if let Some(node) = node {
            defaults::check(node, &schema, path, findings);
        }
        (findings.errors() == before).then_some(Self { schema, validator })
    }

    /// Applies defaults, deeply, and checks the result.
    pub fn check(&self, given: &Value) -> Result<Value, Vec<ParameterFinding>> {
        let mut value = if given.is_null() { json!({}) } else { given.clone() };
        defaults::apply(&self.schema, &mut value);
        let findings: Vec<_> = self
            .validator
            .iter_errors(&value)
            .flat_map(|e| explain(&self.schema, &e))
            .collect();
        if findings.is_empty() { Ok(value) } else { Err(findings) }
    }

    /// What the schema says about the parameter at a path.
    pub fn lookup<'s>(&'s self, steps: &[Step]) -> Known<'s> {
        let mut schema = &self.schema;
        for step in steps {
            if keywords::has_combinators(schema) {
                return Known::Open;
            }
            let Some(name) = step.name() else {
                match schema.get("items") {
                    Some(items @ Value::Object(_)) => schema = items,
                    _ => return Known::Open,
                }
                continue;
            };
            match (schema["properties"].get(name), &schema["additionalProperties"]) {
                (Some(property), _) => schema = property,
                (None, Value::Bool(false)) => {
                    let declared = schema["properties"].as_object().into_iter().flatten();
                    let declared = declared.map(|(name, _)| name.as_str()).collect();
                    return Known::Unknown {
                        name: name.to_owned(),
                        declared,
                    };
                }
                (None, _) => return Known::Open,
            }
        }
        Known::Schema(schema)
    }

    /// Calls `visit` with the path and the schema of every declared property, from the outside in.
    pub fn each_property<'s>(&'s self, visit: &mut dyn FnMut(&[&'s str], &'s Value)) {
        fn walk<'s>(schema: &'s Value, path: &mut Vec<&'s str>, visit: &mut dyn FnMut(&[&'s str], &'s Value)) {
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                path.push(name);
                visit(path, property);
                walk(property, path, visit);
                path.pop();
            }
        }
        walk(&self.schema, &mut Vec::new(), visit);
    }

    /// Whether the whole property is `writeOnly`.
    pub fn is_secret(&self, name: &str) -> bool {
        self.schema["properties"][name]["writeOnly"] == json!(true)
    }
}

/// A validator that loads nothing and whose patterns are bounded.
fn build(schema: &Value) -> Result<Validator, ValidationError<'static>> {
    jsonschema::draft202012::options()
        .with_pattern_options(
            PatternOptions::regex()
                .size_limit(PATTERN_SIZE)
                .dfa_size_limit(4 * PATTERN_SIZE),
        )
        .should_validate_formats(true)
        .build(schema)
}

/// The place of what a JSON Pointer into the schema points at.
fn at(node: &Node, path: &str, pointer: &str) -> Place {
    let mut path = path.to_owned();
    for step in pointer.split('/').skip(1) {
        path = child(&path, &step.replace("~1", "/").replace("~0", "~"));
    }
    Place::of(node.nearest(pointer), &path)
}

/// What is wrong with a parameter, without its value.
fn explain(schema: &Value, error: &ValidationError<'_>) -> Vec<ParameterFinding> {
    let pointer = error.instance_path().to_string();
    let property = |name: &str| format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other error is about the value at its pointer"
    )]
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let declared = declared_at(schema, &pointer);
            let detail = |name: &str| match nearest(name, declared.iter().map(String::as_str)) {
                Some(meant) => format!("there is no such parameter; did you mean `{meant}`?"),
                None => "there is no such parameter".to_owned(),
            };
            let finding = |name: &String| ParameterFinding {
                pointer: property(name),
                detail: detail(name),
            };
            unexpected.iter().map(finding).collect()
        }
        ValidationErrorKind::Required {
            property: Value::String(name),
        } => {
            vec![ParameterFinding {
                pointer: property(name),
                detail: "is required".to_owned(),
            }]
        }
        ValidationErrorKind::Enum { options } => {
            vec![ParameterFinding {
                pointer,
                detail: format!("must be one of {options}"),
            }]
        }
        _ => vec![ParameterFinding {
            pointer,
            detail: error.masked().to_string(),
        }],
    }
}

/// The declared properties of the object at a pointer into the parameters.
fn declared_at(schema: &Value, pointer: &str) -> Vec<String> {
    let mut schema = schema;
    for step in pointer.split('/').skip(1) {
        let name = step.replace("~1", "/").replace("~0", "~");
        schema = schema["properties"]
            .get(&name)
            .or_else(|| schema.get("items"))
            .unwrap_or(&Value::Null);
    }
    schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect()
}

/// Checks one value against one part of a schema; what is wrong with it, without the value.
pub(crate) fn violations(schema: &Value, value: &Value) -> Vec<String> {
    match build(schema) {
        Ok(validator) => validator
            .iter_errors(value)
            .map(|error| error.masked().to_string())
            .collect(),
        Err(_) => Vec::new(),
    }
}
