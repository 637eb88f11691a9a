//! A JSON merge patch (RFC 7396) on what is wanted of an environment.
//!
//! Pure. Only `template`, `parameters`, `labels` and `source` can be changed; whatever else is sent is named and
//! refused, never dropped.

use std::collections::BTreeMap;

use berth_model::FieldError;
use berth_model::environment::Source;
use berth_template::nearest;
use serde_json::{Map, Value};

use crate::app::environment::choice::Choice;
use crate::app::environment::intent;

/// What can be changed.
const FIELDS: [&str; 4] = ["template", "parameters", "labels", "source"];
/// What stands in an environment and is not for the caller to change.
const READ_ONLY: [&str; 15] = [
    "id",
    "team",
    "name",
    "owner",
    "desired",
    "cluster",
    "namespace",
    "generation",
    "revision",
    "createdAt",
    "updatedAt",
    "deletedAt",
    "status",
    "operation",
    "outputs",
];

/// A merge patch that was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Patch {
    template: Option<Choice>,
    parameters: Option<Value>,
    labels: Option<Value>,
    source: Option<Value>,
}

/// What is wanted after the patch.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The parameters as they are merged: not yet checked, defaults not applied.
    pub parameters: Value,
    /// The labels.
    pub labels: BTreeMap<String, String>,
    /// The source.
    pub source: Option<Source>,
}

impl Patch {
    /// Reads the body.
    ///
    /// # Errors
    /// Every field that cannot be changed, does not exist or has the wrong type.
    pub fn read(body: &Map<String, Value>) -> Result<Self, Vec<FieldError>> {
        let (mut patch, mut found) = (Self::default(), Vec::new());
        for (field, value) in body {
            let mut refuse = |detail: String| {
                found.push(FieldError {
                    pointer: format!("/{}", crate::app::environment::label::escaped(field)),
                    detail,
                });
            };
            match (field.as_str(), value) {
                ("template", Value::String(text)) => match Choice::parse(text) {
                    Ok(choice) => patch.template = Some(choice),
                    Err(rule) => refuse(rule.to_owned()),
                },
                ("template", _) => refuse("must be text".to_owned()),
                ("parameters", Value::Object(_) | Value::Null) => patch.parameters = Some(value.clone()),
                ("labels", Value::Object(_) | Value::Null) => patch.labels = Some(value.clone()),
                ("source", Value::Object(_) | Value::Null) => patch.source = Some(value.clone()),
                ("parameters" | "labels" | "source", _) => refuse("must be an object".to_owned()),
                (known, _) if READ_ONLY.contains(&known) => refuse("cannot be changed".to_owned()),
                (unknown, _) => refuse(match nearest(unknown, FIELDS) {
                    Some(near) => format!("unknown field; did you mean `{near}`?"),
                    None => format!("unknown field; there are {}", FIELDS.join(", ")),
                }),
            }
        }
        if found.is_empty() { Ok(patch) } else { Err(found) }
    }

    /// The template it asks for, if it asks for one.
    pub const fn template(&self) -> Option<&Choice> {
        self.template.as_ref()
    }

    /// Applies it to what is wanted now.
    ///
    /// # Errors
    /// Every label and every part of the source that is not as it must be.
    pub fn apply(
        &self,
        parameters: &Value,
        labels: &BTreeMap<String, String>,
        source: Option<&Source>,
    ) -> Result<Merged, Vec<FieldError>> {
        let mut found = Vec::new();
        let merged = |now: Value, patch: &Option<Value>| match patch {
            Some(Value::Null) => Value::Object(Map::new()),
            Some(patch) => {
                let mut now = now;
                json_patch::merge(&mut now, patch);
                now
            }
            None => now,
        };
        let parameters = merged(parameters.clone(), &self.parameters);
        let now = labels
            .iter()
            .map(|(key, value)| (key.clone(), Value::String(value.clone())))
            .collect();
        let labels = intent::labels(&merged(Value::Object(now), &self.labels), &mut found);
        let source = match &self.source {
            None => source.cloned(),
            Some(Value::Null) => None,
            Some(patch) => {
                let mut now = serde_json::to_value(source).unwrap_or_default();
                json_patch::merge(&mut now, patch);
                intent::source(&now, &mut found)
            }
        };
        if found.is_empty() {
            Ok(Merged {
                parameters,
                labels,
                source,
            })
        } else {
            Err(found)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: &Value) -> Result<Patch, Vec<FieldError>> {
        Patch::read(body.as_object().unwrap())
    }

    #[test]
    fn null_takes_away_and_the_rest_stays() {
        let patch = read(&json!({
            "parameters": {"replicas": 3, "env": {"OLD": null}},
            "labels": {"tier": null, "zone": "a"},
            "source": {"commit": "f00"},
        }))
        .unwrap();
        let labels = BTreeMap::from([("tier".to_owned(), "front".to_owned())]);
        let source = Source {
            repository: Some("shop".to_owned()),
            ..Source::default()
        };
        let now = json!({"replicas": 2, "image": "a", "env": {"OLD": "1", "NEW": "2"}});
        let merged = patch.apply(&now, &labels, Some(&source)).unwrap();
        assert_eq!(
            merged.parameters,
            json!({"replicas": 3, "image": "a", "env": {"NEW": "2"}})
        );
        assert_eq!(merged.labels, BTreeMap::from([("zone".to_owned(), "a".to_owned())]));
        assert_eq!(
            merged.source,
            Some(Source {
                commit: Some("f00".to_owned()),
                ..source
            })
        );
    }

    #[test]
    fn a_whole_field_can_be_taken_away() {
        let patch = read(&json!({"parameters": null, "labels": null, "source": null})).unwrap();
        let labels = BTreeMap::from([("tier".to_owned(), "front".to_owned())]);
        let merged = patch
            .apply(&json!({"a": 1}), &labels, Some(&Source::default()))
            .unwrap();
        assert_eq!(
            merged,
            Merged {
                parameters: json!({}),
                labels: BTreeMap::new(),
                source: None
            }
        );
    }

    #[test]
    fn every_field_that_cannot_be_changed_is_named() {
        let found =
            read(&json!({"name": "x", "status": {}, "label": {}, "template": null, "parameters": [], "a/b": 1}))
                .unwrap_err();
        let mut found: Vec<_> = found.iter().map(|f| (f.pointer.as_str(), f.detail.as_str())).collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [
                ("/a~1b", "unknown field; there are template, parameters, labels, source"),
                ("/label", "unknown field; did you mean `labels`?"),
                ("/name", "cannot be changed"),
                ("/parameters", "must be an object"),
                ("/status", "cannot be changed"),
                ("/template", "must be text"),
            ]
        );
    }

    #[test]
    fn bad_labels_and_sources_are_all_named() {
        let patch =
            read(&json!({"labels": {"k8s.io/x": "a", "b": 1}, "source": {"branch": "x", "commit": 7}})).unwrap();
        let found = patch.apply(&json!({}), &BTreeMap::new(), None).unwrap_err();
        let pointers: Vec<_> = found.iter().map(|f| f.pointer.as_str()).collect();
        assert_eq!(
            pointers,
            ["/labels/b", "/labels/k8s.io~1x", "/source/branch", "/source/commit"]
        );
    }
}
