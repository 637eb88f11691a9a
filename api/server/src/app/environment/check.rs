//! Whether a template and the data for it fit together, found out before anything is accepted.
//!
//! Pure but for the threads it renders on.

use std::sync::Arc;

use berth_model::environment::Environment;
use berth_model::{Code, Error, FieldError, Result};
use berth_template::{Compiled, Inputs, Live, ParameterFinding, RenderError, pool};
use serde_json::Value;

/// The parameters with defaults applied.
///
/// # Errors
/// `invalid_parameters` naming all that do not fit; `template_unavailable` for a template that takes secrets.
pub fn parameters(template: &Compiled, given: &Value) -> Result<Value> {
    if takes_secrets(template.parameter_schema()) {
        let detail = format!(
            "`{}` takes secret parameters, and this server has no place to keep them",
            template.name()
        );
        let field = FieldError {
            pointer: "/template".to_owned(),
            detail: detail.clone(),
        };
        return Err(Error::new(Code::TemplateUnavailable, detail).with_fields(vec![field]));
    }
    template
        .check_parameters(given)
        .map_err(|findings| refuse(fields(findings)))
}

/// Checks the template's rules, and renders the environment once as it is before anything of it exists.
///
/// # Errors
/// `invalid_parameters` naming every rule that does not hold, or the place in the template.
pub async fn rendering(template: Arc<Compiled>, environment: &Environment, platform: &Value) -> Result<()> {
    let inputs = Inputs {
        params: environment.parameters.clone(),
        env: environment.template_scope(),
        platform: platform.clone(),
    };
    let checked = pool::run(move || match template.check_rules(&inputs) {
        Ok(broken) if broken.is_empty() => template.render(&inputs, &Live::new()).map(|_| broken),
        broken => broken,
    });
    let broken = checked.await.map_err(|error| {
        let RenderError {
            resource,
            path,
            line,
            column,
            message,
        } = &error;
        let detail = format!("{resource}: {message} (the template's {path}, line {line}, column {column})");
        refuse(vec![FieldError {
            pointer: "/parameters".to_owned(),
            detail,
        }])
    })?;
    if broken.is_empty() {
        Ok(())
    } else {
        Err(refuse(fields(broken)))
    }
}

fn fields(findings: Vec<ParameterFinding>) -> Vec<FieldError> {
    let field = |finding: ParameterFinding| FieldError {
        pointer: format!("/parameters{}", finding.pointer),
        detail: finding.detail,
    };
    findings.into_iter().map(field).collect()
}

fn refuse(fields: Vec<FieldError>) -> Error {
    let detail = match fields.as_slice() {
        [only] => format!("{}: {}", only.pointer, only.detail),
        several => format!("{} parameters do not fit the template", several.len()),
    };
    Error::new(Code::InvalidParameters, detail).with_fields(fields)
}

/// Whether any part of the schema is `writeOnly`. Such a value would stand in the database in clear.
fn takes_secrets(schema: &Value) -> bool {
    match schema {
        Value::Object(keywords) => {
            keywords.get("writeOnly") == Some(&Value::Bool(true)) || keywords.values().any(takes_secrets)
        }
        Value::Array(items) => items.iter().any(takes_secrets),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
