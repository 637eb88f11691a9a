//! What curators do: draft, publish, deprecate, withdraw.

use berth_model::permission::{Action, Caller};
use berth_model::template::{Draft, TemplateVersion, VersionState};
use berth_model::{Code, Error, FieldError, Result};
use berth_store::{NewDraft, Publication, Write};
use berth_template::Severity;
use std::path::PathBuf;

use super::examine::{Examined, Submission, examine, version};
use crate::catalog::{self, Source};
use crate::state::App;

/// What the compiler says of a document. Nothing is stored.
///
/// # Errors
/// `forbidden`.
pub async fn check(app: &App, caller: &Caller, name: &str, submission: &Submission) -> Result<Examined> {
    caller.on_platform(Action::TemplateWrite)?;
    examine(app, name, submission).await
}

/// Writes a draft; true when there was none. A draft need not compile.
///
/// # Errors
/// `forbidden`, `not_found` for what is no version, `version_taken`, `state_conflict`, `precondition_failed`.
pub async fn draft_put(
    app: &App,
    caller: &Caller,
    write: &Write,
    address: (&str, &str),
    if_match: Option<i64>,
    submission: Submission,
) -> Result<(Draft, bool, Examined)> {
    let scope = caller.on_platform(Action::TemplateWrite)?;
    let (name, of) = (address.0, version(address.1)?);
    let examined = examine(app, name, &submission).await?;
    let Submission {
        document,
        readme,
        examples,
    } = submission;
    let new = NewDraft {
        name: name.to_owned(),
        version: of,
        document,
        readme,
        examples,
    };
    let (draft, fresh) = app.store.draft_put(write, &scope, if_match, new).await?;
    Ok((draft, fresh, examined))
}

/// A draft, and what the compiler says of it now.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn draft_get(app: &App, caller: &Caller, name: &str, of: &str) -> Result<(Draft, Examined)> {
    let scope = caller.on_platform(Action::TemplateWrite)?;
    let draft = app.store.draft_get(&scope, name, &version(of)?).await?;
    let draft = draft.ok_or_else(Error::not_found)?;
    let examined = examine(app, name, &submission(&draft)).await?;
    Ok((draft, examined))
}

/// The drafts of a template.
///
/// # Errors
/// `forbidden`.
pub async fn draft_list(app: &App, caller: &Caller, name: &str) -> Result<Vec<Draft>> {
    let scope = caller.on_platform(Action::TemplateWrite)?;
    app.store.draft_list(&scope, name).await
}

/// Throws a draft away.
///
/// # Errors
/// `forbidden`, `not_found`, `precondition_failed`.
pub async fn draft_delete(
    app: &App,
    caller: &Caller,
    write: &Write,
    name: &str,
    of: &str,
    if_match: Option<i64>,
) -> Result<()> {
    let scope = caller.on_platform(Action::TemplateWrite)?;
    let of = version(of)?;
    app.store.draft_delete(write, &scope, if_match, name, &of).await
}

fn submission(draft: &Draft) -> Submission {
    Submission {
        document: draft.document.clone(),
        readme: draft.readme.clone(),
        examples: draft.examples.clone(),
    }
}

/// Publishes a draft; true when it was not published before. Publishing what is published is answered like the first time.
///
/// # Errors
/// `forbidden`, `not_found`, `template_invalid` with every finding, `version_too_small` with what has changed,
/// `version_taken`.
pub async fn publish(
    app: &App,
    caller: &Caller,
    write: &Write,
    name: &str,
    of: &str,
) -> Result<(TemplateVersion, bool)> {
    let scope = caller.on_platform(Action::TemplateWrite)?;
    let of = version(of)?;
    let Some(draft) = app.store.draft_get(&scope, name, &of).await? else {
        let published = app.store.template_version(name, &of).await?;
        return Ok((published.ok_or_else(Error::not_found)?, false));
    };
    let submission = submission(&draft);
    let examined = examine(app, name, &submission).await?;
    let Some(compiled) = examined.compiled.clone().filter(|_| examined.is_valid()) else {
        return Err(invalid(&examined));
    };
    if *compiled.version() != of {
        let detail = format!("the address says {of}; the document says {}", compiled.version());
        return Err(Error::new(Code::TemplateInvalid, detail));
    }
    if let Some(step) = examined.missing_step() {
        return Err(too_small(&examined, step));
    }
    let source = Source {
        path: PathBuf::new(),
        document: submission.document,
        readme: submission.readme,
        examples: submission.examples,
    };
    let new = catalog::new_version(&source, &compiled)?;
    let outcome = app.store.template_publish(write, new).await?;
    let published = app.store.template_version(name, &of).await?;
    let published = published.ok_or_else(|| Error::internal("what was published is not there"))?;
    match outcome {
        Publication::Differs(digest) => {
            let detail = format!(
                "{name} {of} was published with the digest {digest}; this document has {}: raise the version",
                compiled.digest()
            );
            Err(Error::new(Code::VersionTaken, detail))
        }
        outcome @ (Publication::Published | Publication::Unchanged) => {
            app.catalog.publish(catalog::published(published.clone()));
            Ok((published, outcome == Publication::Published))
        }
    }
}

fn invalid(examined: &Examined) -> Error {
    let errors = examined.findings.iter().filter(|one| one.severity == Severity::Error);
    let fields: Vec<FieldError> = errors
        .map(|finding| {
            let hint = finding
                .suggestion
                .as_ref()
                .map(|hint| format!(" ({hint})"))
                .unwrap_or_default();
            FieldError {
                pointer: format!("/document:{}:{}", finding.line, finding.column),
                detail: format!("{}{hint} [{}]", finding.message, finding.path),
            }
        })
        .collect();
    let detail = format!("the document has {} errors", fields.len());
    Error::new(Code::TemplateInvalid, detail).with_fields(fields)
}

fn too_small(examined: &Examined, step: berth_template::Step) -> Error {
    let (before, changes) = examined
        .before
        .clone()
        .unwrap_or((semver::Version::new(0, 0, 0), Vec::new()));
    let wanted = match step {
        berth_template::Step::Major => "major",
        berth_template::Step::Minor => "minor",
        berth_template::Step::Patch => "patch",
    };
    let fields = changes
        .into_iter()
        .filter(|change| change.step == step)
        .map(|change| FieldError {
            pointer: format!("/document#{}", change.path),
            detail: change.what,
        });
    let detail = format!("what changed since {before} takes a {wanted} step of the version");
    Error::new(Code::VersionTooSmall, detail).with_fields(fields.collect())
}

/// Moves a version to another state.
///
/// # Errors
/// `forbidden`, `not_found`, `state_conflict`.
pub async fn turn(
    app: &App,
    caller: &Caller,
    write: &Write,
    address: (&str, &str),
    to: VersionState,
    reason: Option<String>,
) -> Result<TemplateVersion> {
    let scope = caller.on_platform(Action::TemplateWrite)?;
    let (name, of) = (address.0, version(address.1)?);
    let turned = app.store.template_state(write, &scope, name, &of, to, reason).await?;
    app.catalog.publish(catalog::published(turned.clone()));
    Ok(turned)
}
