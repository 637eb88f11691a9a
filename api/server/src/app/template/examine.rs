//! What the compiler has to say about a document that is to become a version: findings, and what it changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use berth_model::{Error, Result};
use berth_template::{
    Catalog, Change, Compilation, Compiled, Finding, Inputs, Live, Severity, Standing, Step, compare, compile,
    deserved, pool, taken,
};
use semver::Version;
use serde_json::{Value, json};

use crate::state::App;

/// A document as somebody sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// The document.
    pub document: String,
    /// Documentation for developers, Markdown.
    pub readme: String,
    /// Parameters to try it with, by name.
    pub examples: BTreeMap<String, Value>,
}

/// What was found out.
#[derive(Debug, Clone)]
pub struct Examined {
    /// Everything that was found, in the order of the document.
    pub findings: Vec<Finding>,
    /// The template, when it compiles.
    pub compiled: Option<Arc<Compiled>>,
    /// The version it is compared with, and what is different.
    pub before: Option<(Version, Vec<Change>)>,
}

impl Examined {
    /// Whether it can be published as far as the document goes.
    pub fn is_valid(&self) -> bool {
        self.compiled.is_some() && !self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// The step that the version would have to take and does not.
    pub fn missing_step(&self) -> Option<Step> {
        let (before, changes) = self.before.as_ref()?;
        let wanted = deserved(changes);
        let taken = taken(before, self.compiled.as_ref()?.version());
        (wanted > taken).then_some(wanted)
    }
}

/// Examines a document that is to become a version of the template of that name.
///
/// # Errors
/// The pool's threads are gone.
pub async fn examine(app: &App, name: &str, submission: &Submission) -> Result<Examined> {
    let (catalog, platform) = (app.catalog.clone(), app.platform.clone());
    let (name, submission) = (name.to_owned(), submission.clone());
    Ok(pool::run(move || look(&catalog, &platform, &name, &submission)).await)
}

fn look(catalog: &Catalog, platform: &Value, name: &str, submission: &Submission) -> Examined {
    let (template, mut findings) = match compile(&submission.document, catalog) {
        Ok(Compilation { template, warnings, .. }) => (template, warnings),
        Err(findings) => {
            return Examined {
                findings,
                compiled: None,
                before: None,
            };
        }
    };
    if template.name() != name {
        findings.push(error(
            "metadata.name",
            format!("the address says `{name}`; the document says `{}`", template.name()),
        ));
    }
    for (example, parameters) in &submission.examples {
        findings.extend(try_example(&template, example, parameters, platform));
    }
    let before = predecessor(catalog, name, template.version()).map(|before| {
        let changes = compare(&before, &template);
        (before.version().clone(), changes)
    });
    Examined {
        findings,
        compiled: Some(template),
        before,
    }
}

/// The highest version below: what somebody upgrades from.
fn predecessor(catalog: &Catalog, name: &str, version: &Version) -> Option<Arc<Compiled>> {
    let versions = catalog.versions(name);
    let below = versions
        .iter()
        .filter(|(one, standing)| one < version && *standing != Standing::Withdrawn);
    let highest = below.map(|(one, _)| one).max()?;
    catalog.get(name, highest)
}

/// What is wrong with an example: its parameters, the rules, or what they are rendered to.
fn try_example(template: &Compiled, name: &str, parameters: &Value, platform: &Value) -> Vec<Finding> {
    let at = |pointer: &str| format!("examples.{name}{}", pointer.replace('/', "."));
    let params = match template.check_parameters(parameters) {
        Ok(params) => params,
        Err(found) => {
            let wrong = found.into_iter().map(|one| error(&at(&one.pointer), one.detail));
            return wrong.collect();
        }
    };
    let inputs = Inputs {
        params,
        env: sample_environment(template, "example", "example"),
        platform: platform.clone(),
    };
    let broken = match template.check_rules(&inputs) {
        Ok(broken) => broken,
        Err(failed) => return vec![error(&at(""), failed.to_string())],
    };
    if !broken.is_empty() {
        let wrong = broken.into_iter().map(|one| error(&at(&one.pointer), one.detail));
        return wrong.collect();
    }
    match template.render(&inputs, &Live::new()) {
        Ok(_) => Vec::new(),
        Err(failed) => vec![error(&at(""), failed.to_string())],
    }
}

/// What `env` is for something that is rendered and never made.
pub(super) fn sample_environment(template: &Compiled, team: &str, name: &str) -> Value {
    json!({
        "id": "env_00000000000000000000000000000000",
        "name": name,
        "team": team,
        "owner": "example",
        "namespace": format!("{team}-{name}-000000000000"),
        "labels": {},
        "revision": 1,
        "template": {"name": template.name(), "version": template.version().to_string()},
        "source": {},
    })
}

fn error(path: &str, message: String) -> Finding {
    Finding {
        severity: Severity::Error,
        message,
        line: 1,
        column: 1,
        path: path.to_owned(),
        suggestion: None,
    }
}

/// The version in an address.
///
/// # Errors
/// `not_found`: it is none.
pub(super) fn version(text: &str) -> Result<Version> {
    Version::parse(text).map_err(|_| Error::not_found())
}
