//! A Score workload as a request for an environment, and what is wrong with that request as a place in the workload.
//!
//! Pure but for the catalog. The mapping itself is `berth_template`'s.

use berth_model::{Error, FieldError, Result};
use berth_template::interchange::score::Workload;
use berth_template::{Catalog, ParameterFinding};
use serde_json::{Map, Value, json};

use crate::app::environment::choice::Choice;

/// What the query says, over what the workload says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The team that will own it.
    pub team: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// What to make it from.
    pub template: Option<String>,
}

/// A request as if it had been sent in JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Translated {
    /// The body.
    pub body: Map<String, Value>,
    /// Pointers into the body, and where in the query or the workload what is there comes from.
    origins: Vec<(String, String)>,
}

/// Translates the document.
///
/// # Errors
/// `invalid_fields` naming everything that has no counterpart; `template_unknown`.
pub fn translate(catalog: &Catalog, document: &str, said: &Said) -> Result<Translated> {
    let workload = Workload::read(document).map_err(|found| Error::fields(fields(found)))?;
    let mut body = Map::new();
    let mut origins = Vec::new();
    let mut put = |field: &str, asked: Option<&String>, own: Option<&str>, origin: &str| {
        let (value, origin) = match (asked, own) {
            (Some(asked), _) => (Some(asked.as_str()), format!("?{field}")),
            (None, own) => (own, origin.to_owned()),
        };
        body.extend(value.map(|value| (field.to_owned(), json!(value))));
        origins.push((format!("/{field}"), origin));
    };
    let annotation = |name: &str| format!("/metadata/annotations/berth.dev~1{name}");
    put(
        "team",
        said.team.as_ref(),
        workload.annotation("team"),
        &annotation("team"),
    );
    put("name", said.name.as_ref(), Some(workload.name()), "/metadata/name");
    let template = workload.annotation("template").unwrap_or(workload.template());
    put(
        "template",
        said.template.as_ref(),
        Some(template),
        &annotation("template"),
    );
    let mut translated = Translated { body, origins };
    let chosen = translated.body["template"].as_str().unwrap_or_default();
    let template = Choice::parse(chosen)
        .map_err(|rule| Error::field("/template", rule))
        .and_then(|choice| choice.resolve(catalog))
        .map_err(|error| translated.relocated(error))?;
    let request = workload
        .parameters(&template)
        .map_err(|found| Error::fields(fields(found)))?;
    let origins = request.origins.into_iter();
    let origins = origins.map(|(parameter, origin)| (format!("/parameters{parameter}"), origin));
    translated.origins.extend(origins);
    translated.body.insert("parameters".to_owned(), request.parameters);
    Ok(translated)
}

impl Translated {
    /// The error, with every field where the workload's author finds it.
    pub fn relocated(&self, error: Error) -> Error {
        let relocated = |field: &FieldError| FieldError {
            pointer: self.origin(&field.pointer),
            detail: field.detail.clone(),
        };
        let fields: Vec<_> = error.field_errors().iter().map(relocated).collect();
        if fields.is_empty() {
            return error;
        }
        let detail = Error::fields(fields.clone()).detail().to_owned();
        let code = error.code();
        Error::new(code, detail).with_fields(fields).because(error)
    }

    fn origin(&self, pointer: &str) -> String {
        let rest = |at: &str| {
            pointer
                .strip_prefix(at)
                .filter(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let known = self
            .origins
            .iter()
            .filter_map(|(at, origin)| Some((at.len(), origin, rest(at)?)));
        if let Some((_, origin, rest)) = known.max_by_key(|(length, ..)| *length) {
            return format!("{origin}{rest}");
        }
        // A parameter that the workload does not give at all can be given by an annotation.
        match pointer.strip_prefix("/parameters/") {
            Some(path) => format!("/metadata/annotations/berth.dev~1parameter.{}", path.replace('/', ".")),
            None => pointer.to_owned(),
        }
    }
}

fn fields(found: Vec<ParameterFinding>) -> Vec<FieldError> {
    let field = |ParameterFinding { pointer, detail }| FieldError { pointer, detail };
    found.into_iter().map(field).collect()
}
