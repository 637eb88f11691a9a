//! Rendering a template without making anything: what an environment would come to.

use std::sync::Arc;

use berth_model::name::{EnvironmentName, TeamName};
use berth_model::permission::{Action, Caller};
use berth_model::{Code, Error, FieldError, Result};
use berth_template::{Compiled, Inputs, Live, ParameterFinding, Rendered, compile, pool};
use serde_json::Value;

use super::examine::{sample_environment, version};
use crate::state::App;

/// What is tried.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The parameters as given.
    pub parameters: Value,
    /// What the team would be called, when that matters.
    pub team: Option<TeamName>,
    /// What the environment would be called, when that matters.
    pub name: Option<EnvironmentName>,
}

/// Renders a published version or, for curators, the draft of one.
///
/// # Errors
/// `not_found`, `invalid_parameters`.
pub async fn published(app: &App, caller: &Caller, name: &str, of: &str, trial: Trial) -> Result<Rendered> {
    caller.on_platform(Action::TemplateRead)?;
    let of = version(of)?;
    if let Some(template) = app.catalog.get(name, &of) {
        return render(app, template, trial).await;
    }
    let scope = caller
        .on_platform(Action::TemplateWrite)
        .map_err(|_| Error::not_found())?;
    let draft = app
        .store
        .draft_get(&scope, name, &of)
        .await?
        .ok_or_else(Error::not_found)?;
    document(app, caller, draft.document, trial).await
}

/// Renders a document that is stored nowhere.
///
/// # Errors
/// `forbidden`, `template_invalid`, `invalid_parameters`.
pub async fn document(app: &App, caller: &Caller, document: String, trial: Trial) -> Result<Rendered> {
    caller.on_platform(Action::TemplateWrite)?;
    let catalog = app.catalog.clone();
    let compiled = pool::run(move || compile(&document, &*catalog)).await;
    let template = compiled.map_err(|findings| {
        let fields = findings.into_iter().map(|finding| FieldError {
            pointer: format!("/document:{}:{}", finding.line, finding.column),
            detail: format!("{} [{}]", finding.message, finding.path),
        });
        Error::new(Code::TemplateInvalid, Code::TemplateInvalid.title()).with_fields(fields.collect())
    })?;
    render(app, template.template, trial).await
}

async fn render(app: &App, template: Arc<Compiled>, trial: Trial) -> Result<Rendered> {
    let platform = app.platform.clone();
    pool::run(move || {
        let params = template.check_parameters(&trial.parameters).map_err(refuse)?;
        let inputs = Inputs {
            params,
            env: sample_environment(
                &template,
                trial.team.as_ref().map_or("example", TeamName::as_str),
                trial.name.as_ref().map_or("example", EnvironmentName::as_str),
            ),
            platform,
        };
        let failed = |error: berth_template::RenderError| {
            Error::new(Code::InvalidParameters, error.to_string()).with_fields(vec![FieldError {
                pointer: "/parameters".to_owned(),
                detail: error.to_string(),
            }])
        };
        let broken = template.check_rules(&inputs).map_err(failed)?;
        if !broken.is_empty() {
            return Err(refuse(broken));
        }
        template.render(&inputs, &Live::new()).map_err(failed)
    })
    .await
}

fn refuse(findings: Vec<ParameterFinding>) -> Error {
    let fields = findings.into_iter().map(|finding| FieldError {
        pointer: format!("/parameters{}", finding.pointer),
        detail: finding.detail,
    });
    Error::new(Code::InvalidParameters, Code::InvalidParameters.title()).with_fields(fields.collect())
}
