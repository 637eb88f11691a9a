//! What is wanted of a new environment, read from the body of the request: everything that is wrong is named at once.
//!
//! Pure.

use std::collections::BTreeMap;

use berth_model::FieldError;
use berth_model::environment::Source;
use berth_model::name::{EnvironmentName, TeamName};
use berth_template::nearest;
use serde_json::{Map, Value};

use crate::app::environment::choice::Choice;
use crate::app::environment::label;

const FIELDS: [&str; 6] = ["team", "name", "template", "parameters", "labels", "source"];
const SOURCE_FIELDS: [&str; 5] = ["repository", "commit", "committedAt", "ref", "change"];
/// The longest text in a source.
const LONGEST: usize = 512;

/// A request for an environment that was read; whether template and parameters fit is not known yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// The team that will own it.
    pub team: TeamName,
    /// Its name.
    pub name: EnvironmentName,
    /// What to make it from.
    pub template: Choice,
    /// The parameters as given.
    pub parameters: Value,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Where the request comes from.
    pub source: Option<Source>,
}

impl Intent {
    /// Reads the body.
    ///
    /// # Errors
    /// Every field that is missing, unknown or not as it must be.
    pub fn read(body: &Map<String, Value>) -> Result<Self, Vec<FieldError>> {
        let mut found = Vec::new();
        let team = text(
            body,
            "team",
            |text| TeamName::parse(text).map_err(|e| e.to_string()),
            &mut found,
        );
        let name = text(
            body,
            "name",
            |text| EnvironmentName::parse(text).map_err(|e| e.to_string()),
            &mut found,
        );
        let template = text(
            body,
            "template",
            |text| Choice::parse(text).map_err(str::to_owned),
            &mut found,
        );
        let parameters = match body.get("parameters") {
            None => Value::Object(Map::new()),
            Some(object @ Value::Object(_)) => object.clone(),
            Some(_) => {
                found.push(field("/parameters", "must be an object"));
                Value::Null
            }
        };
        let labels = body
            .get("labels")
            .map(|given| labels(given, &mut found))
            .unwrap_or_default();
        let source = body.get("source").and_then(|given| source(given, &mut found));
        unknown(body, "", &FIELDS, &mut found);
        match (team, name, template) {
            (Some(team), Some(name), Some(template)) if found.is_empty() => Ok(Self {
                team,
                name,
                template,
                parameters,
                labels,
                source,
            }),
            _ => Err(found),
        }
    }
}

fn text<T>(
    body: &Map<String, Value>,
    name: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
    found: &mut Vec<FieldError>,
) -> Option<T> {
    let rule = match body.get(name) {
        None => "is required".to_owned(),
        Some(Value::String(text)) => match parse(text) {
            Ok(value) => return Some(value),
            Err(rule) => rule,
        },
        Some(_) => "must be text".to_owned(),
    };
    found.push(field(format!("/{name}"), rule));
    None
}

/// The labels, as far as they are as they must be.
pub fn labels(given: &Value, found: &mut Vec<FieldError>) -> BTreeMap<String, String> {
    let Value::Object(given) = given else {
        found.push(field("/labels", "must be an object"));
        return BTreeMap::new();
    };
    if given.len() > label::MOST {
        found.push(field("/labels", format!("must be at most {} labels", label::MOST)));
        return BTreeMap::new();
    }
    let mut labels = BTreeMap::new();
    for (key, value) in given {
        if let Value::String(value) = value {
            labels.insert(key.clone(), value.clone());
        } else {
            found.push(field(format!("/labels/{}", label::escaped(key)), "must be text"));
        }
    }
    found.extend(label::findings(
        "/labels",
        labels.iter().map(|(key, value)| (key.as_str(), Some(value.as_str()))),
    ));
    labels
}

/// The source, as far as it is as it must be.
pub fn source(given: &Value, found: &mut Vec<FieldError>) -> Option<Source> {
    let Value::Object(given) = given else {
        found.push(field("/source", "must be an object"));
        return None;
    };
    let before = found.len();
    unknown(given, "/source", &SOURCE_FIELDS, found);
    for (name, value) in given.iter().filter(|(name, _)| SOURCE_FIELDS.contains(&name.as_str())) {
        let rule = match value {
            Value::String(text) if text.len() > LONGEST => Some(format!("must be at most {LONGEST} bytes")),
            Value::String(text) if text.chars().any(char::is_control) => {
                Some("must not hold control characters".to_owned())
            }
            Value::String(text) if name == "committedAt" && chrono::DateTime::parse_from_rfc3339(text).is_err() => {
                Some("must be a time as in RFC 3339, like 2026-01-31T12:00:00Z".to_owned())
            }
            Value::String(_) => None,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                Some("must be text".to_owned())
            }
        };
        found.extend(rule.map(|rule| field(format!("/source/{name}"), rule)));
    }
    if found.len() > before {
        return None;
    }
    match serde_json::from_value::<Source>(Value::Object(given.clone())) {
        Ok(source) => Some(source).filter(|source| *source != Source::default()),
        Err(error) => {
            found.push(field("/source", error.to_string()));
            None
        }
    }
}

fn unknown(given: &Map<String, Value>, prefix: &str, known: &[&str], found: &mut Vec<FieldError>) {
    for name in given.keys().filter(|name| !known.contains(&name.as_str())) {
        let detail = match nearest(name, known.iter().copied()) {
            Some(near) => format!("unknown field; did you mean `{near}`?"),
            None => format!("unknown field; there are {}", known.join(", ")),
        };
        found.push(field(format!("{prefix}/{}", label::escaped(name)), detail));
    }
}

fn field(pointer: impl Into<String>, detail: impl Into<String>) -> FieldError {
    FieldError {
        pointer: pointer.into(),
        detail: detail.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: &Value) -> Result<Intent, Vec<FieldError>> {
        Intent::read(body.as_object().unwrap())
    }

    #[test]
    fn a_request_is_read() {
        let intent = read(&json!({
            "team": "pay", "name": "web", "template": "web-service@^1", "parameters": {"image": "a"},
            "labels": {"tier": "front"}, "source": {"ref": "main", "committedAt": "2026-01-31T12:00:00Z"},
        }))
        .unwrap();
        assert_eq!(intent.labels["tier"], "front");
        assert_eq!(intent.source.unwrap().reference.as_deref(), Some("main"));
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let found = read(&json!({
            "name": "Not A Label", "template": 7, "parameters": [], "labels": {"a": 1, "k8s.io/x": "y"},
            "source": {"committedAt": "yesterday", "branch": "x"}, "lables": {},
        }))
        .unwrap_err();
        let pointers: Vec<_> = found.iter().map(|f| f.pointer.as_str()).collect();
        assert_eq!(
            pointers,
            [
                "/team",
                "/name",
                "/template",
                "/parameters",
                "/labels/a",
                "/labels/k8s.io~1x",
                "/source/branch",
                "/source/committedAt",
                "/lables"
            ]
        );
        assert!(found.iter().any(|f| f.detail.contains("DNS label")));
        assert!(found.iter().any(|f| f.detail.contains("did you mean `labels`?")));
    }

    #[test]
    fn there_are_at_most_32_labels() {
        let labels: Map<_, _> = (0..33).map(|n| (format!("l{n}"), json!(""))).collect();
        let found = read(&json!({"team": "pay", "name": "web", "template": "web", "labels": labels})).unwrap_err();
        assert_eq!(found, [field("/labels", "must be at most 32 labels")]);
    }
}
