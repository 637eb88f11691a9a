//! Rollouts: who may, whether the version can be moved to, and one transaction. The engine does the rest.

use berth_model::environment::TemplateRef;
use berth_model::id::RolloutId;
use berth_model::permission::{Action, Caller};
use berth_model::rollout::{OnFailure, Pace, Rollout, Selector, Target};
use berth_model::span::Span;
use berth_model::{Error, FieldError, Result};
use berth_store::{Answer, Listed, NewRollout, Page, Steer, Write};
use semver::VersionReq;

use crate::app::environment::choice::Choice;
use crate::app::environment::label;
use crate::state::App;
use crate::views::rollout as wire;

/// Begins a rollout. `answer` makes the document that the same request gets when it is sent again.
///
/// # Errors
/// `forbidden`, `invalid_fields`, `template_unknown`, `template_unavailable`, `state_conflict`.
pub async fn create(
    app: &App,
    caller: &Caller,
    write: &Write,
    asked: wire::NewRollout,
    answer: impl FnOnce(&Rollout) -> Result<Answer> + Send,
) -> Result<Rollout> {
    let scope = caller.on_platform(Action::RolloutWrite)?;
    let Checked {
        choice,
        selector,
        pace,
        share,
    } = Checked::read(asked)?;
    let template = choice.resolve(&app.catalog)?;
    let new = NewRollout {
        template: TemplateRef {
            name: template.name().to_owned(),
            version: template.version().clone(),
        },
        selector,
        pace,
        share,
    };
    app.store.rollout_create(write, &scope, new, answer).await
}

/// What is asked for, as far as it can be checked without the catalog.
struct Checked {
    choice: Choice,
    selector: Selector,
    pace: Pace,
    share: Option<u32>,
}

impl Checked {
    fn read(asked: wire::NewRollout) -> Result<Self> {
        let wire::NewRollout {
            template,
            selector,
            waves,
        } = asked;
        let mut found = Vec::new();
        let field = |pointer: &str, detail: String| FieldError {
            pointer: pointer.to_owned(),
            detail,
        };
        let exact = "must name the exact version to move to: `name@1.2.3`";
        let choice = match Choice::parse(&template) {
            Ok(choice) if choice.is_exact() => Some(choice),
            Ok(_) => {
                found.push(field("/template", exact.to_owned()));
                None
            }
            Err(rule) => {
                found.push(field("/template", rule.to_owned()));
                None
            }
        };
        let from = match selector.from.as_deref().map(VersionReq::parse).transpose() {
            Ok(from) => from,
            Err(error) => {
                let detail = format!("must be a range of versions like ^1.2: {error}");
                found.push(field("/selector/from", detail));
                None
            }
        };
        if waves.size.is_some() && waves.share.is_some() {
            found.push(field("/waves/share", "must not stand beside `size`".to_owned()));
        }
        let labels = selector
            .labels
            .iter()
            .map(|(key, value)| (key.as_str(), Some(value.as_str())));
        found.extend(label::findings("/selector/labels", labels));
        let Some(choice) = choice.filter(|_| found.is_empty()) else {
            return Err(Error::fields(found));
        };
        Ok(Self {
            choice,
            selector: Selector {
                from,
                teams: selector.teams,
                labels: selector.labels,
            },
            share: waves.share,
            pace: pace(&waves),
        })
    }
}

fn pace(waves: &wire::NewWaves) -> Pace {
    let wire::NewWaves {
        first,
        size,
        share: _,
        pause,
        ready_within,
        max_failures,
        on_failure,
    } = waves;
    let seconds = |span: &Option<Span>, otherwise: u32| {
        span.map_or(otherwise, |span| u32::try_from(span.as_seconds()).unwrap_or(u32::MAX))
    };
    Pace {
        first: first.unwrap_or(1),
        size: size.unwrap_or(5),
        pause: seconds(pause, 0),
        ready_within: seconds(ready_within, 600),
        max_failures: max_failures.unwrap_or(0),
        on_failure: on_failure.unwrap_or(OnFailure::Halt),
    }
}

/// A rollout.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn get(app: &App, caller: &Caller, id: RolloutId) -> Result<Rollout> {
    let scope = caller.on_platform(Action::RolloutWrite)?;
    app.store.rollout_get(&scope, id).await
}

/// All rollouts, the latest first.
///
/// # Errors
/// `forbidden`.
pub async fn list(app: &App, caller: &Caller, page: Page) -> Result<Listed<Rollout>> {
    let scope = caller.on_platform(Action::RolloutWrite)?;
    app.store.rollout_list(&scope, page).await
}

/// The environments of a rollout, in the order of their waves.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn targets(app: &App, caller: &Caller, id: RolloutId, page: Page) -> Result<Listed<Target>> {
    let scope = caller.on_platform(Action::RolloutWrite)?;
    app.store.rollout_get(&scope, id).await?;
    app.store.rollout_targets(&scope, id, page).await
}

/// Steers a rollout.
///
/// # Errors
/// `forbidden`, `not_found`, `precondition_failed`, `state_conflict`.
pub async fn steer(
    app: &App,
    caller: &Caller,
    write: &Write,
    id: RolloutId,
    if_match: Option<i64>,
    steer: Steer,
) -> Result<Rollout> {
    let scope = caller.on_platform(Action::RolloutWrite)?;
    app.store.rollout_steer(write, &scope, id, if_match, steer).await
}
