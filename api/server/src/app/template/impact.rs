//! What a version would do to the environments that are on an older one.

use std::sync::Arc;

use berth_model::environment::Environment;
use berth_model::permission::{Action, Caller};
use berth_model::{Error, Result};
use berth_store::{Listed, Page};
use berth_template::{Compiled, Inputs, Live, ObjectChange, ParameterFinding, impact, pool};
use serde_json::Value;

use super::examine::version;
use crate::state::App;

/// What a version would do to one environment.
#[derive(Debug, Clone)]
pub struct Impact {
    /// The environment as it is.
    pub environment: Environment,
    /// What of its parameters does not fit, or which rules they break: then it cannot be upgraded as it is.
    pub findings: Vec<ParameterFinding>,
    /// Every object that would not stay as it is.
    pub changes: Vec<ObjectChange>,
}

/// A page of environments with what the version would do to them, oldest first.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn of(app: &App, caller: &Caller, name: &str, to: &str, page: Page) -> Result<Listed<Impact>> {
    let scope = caller.on_platform(Action::TemplateWrite)?;
    let to = version(to)?;
    let after = app.catalog.get(name, &to).ok_or_else(Error::not_found)?;
    let Listed { items, next } = app.store.fleet(&scope, name, &to, page).await?;
    let mut found = Vec::with_capacity(items.len());
    for environment in items {
        let before = app.catalog.get(name, &environment.template.version);
        found.push(one(before, after.clone(), environment, app.platform.clone()).await);
    }
    Ok(Listed { items: found, next })
}

async fn one(before: Option<Arc<Compiled>>, after: Arc<Compiled>, environment: Environment, platform: Value) -> Impact {
    let env = environment.template_scope();
    let given = environment.parameters.clone();
    let looked = pool::run(move || {
        let inputs = |params: Value| Inputs {
            params,
            env: env.clone(),
            platform: platform.clone(),
        };
        let then = inputs(after.check_parameters(&given)?);
        let failed = |error: berth_template::RenderError| {
            vec![ParameterFinding {
                pointer: String::new(),
                detail: error.to_string(),
            }]
        };
        let broken = after.check_rules(&then).map_err(failed)?;
        if !broken.is_empty() {
            return Err(broken);
        }
        let then = after.render(&then, &Live::new()).map_err(failed)?;
        // What cannot be rendered as it is now is compared with nothing: everything would be made.
        let now = before.and_then(|before| before.render(&inputs(given.clone()), &Live::new()).ok());
        Ok(impact(&now.unwrap_or_default(), &then))
    });
    let (findings, changes) = match looked.await {
        Ok(changes) => (Vec::new(), changes),
        Err(findings) => (findings, Vec::new()),
    };
    Impact {
        environment,
        findings,
        changes,
    }
}
