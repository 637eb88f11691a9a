//! Creating, changing and deleting an environment: accepted at once, or held until done when the caller prefers.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{delete, patch, post};
use berth_model::environment as model;
use berth_model::id::EnvironmentId;
use berth_model::operation::Operation;
use berth_model::{Error, Result};
use berth_store::{Answer, Write};
use berth_template::pool;

use crate::app::environment::intent::Intent;
use crate::app::environment::merge::Patch;
use crate::app::environment::{self, score, settle};
use crate::extract::{Body, IfMatch, Requested, ScoreQuery, Signed, Wait};
use crate::problem::Reply;
use crate::reply::tag;
use crate::routes::answer::{Change, known, replayed};
use crate::state::App;
use crate::views::environment::{Document, Environment, EnvironmentChange, NewEnvironment};

/// Ask for an environment
///
/// Answers at once with `202`; with `Prefer: wait=30` when it is up, or cannot come up, or the time is over. With an
/// `Idempotency-Key` the same request can be sent again and is answered like the first time. A Score workload
/// (`score.dev/v1b1`) is taken as well, as YAML; what of it has no counterpart is refused at its place.
#[utoipa::path(
    tag = "environments", operation_id = "environmentCreate", security(("bearer" = [])),
    request_body(content(
        (NewEnvironment = "application/json"),
        (String = "application/yaml"),
        (String = "application/vnd.score+yaml"),
    )),
    params(
        ScoreQuery,
        ("Prefer" = Option<String>, Header, description = "`wait=` and how many seconds to wait at most, up to 60"),
        ("Idempotency-Key" = Option<String>, Header, description = "A key of your own for sending this request again"),
    ),
    responses(
        (status = ACCEPTED, description = "Accepted", body = Environment, headers(("Location" = String, description = "Where it is"))),
        (status = CREATED, description = "Waited for, and ended", body = Environment, headers(("Location" = String, description = "Where it is"))),
    ),
)]
#[post("/environments")]
pub async fn create(app: Data<App>, signed: Signed, wait: Wait, requested: Requested) -> Reply {
    let write = match &requested {
        Requested::Document(body) => signed.write_once(body)?,
        Requested::Score(body, _) => signed.write_once(body)?,
    };
    if let Some(answer) = known(&app, &write).await? {
        return Ok(replayed(&answer));
    }
    match accept(&app, &signed, &write, requested).await {
        Ok((made, operation)) => held(&app, &signed, made, Some(operation), wait.0, StatusCode::CREATED).await,
        // The same request, sent twice at once: what the other one took is ours as well.
        Err(error) => known(&app, &write)
            .await?
            .map(|answer| replayed(&answer))
            .ok_or_else(|| error.into()),
    }
}

async fn accept(
    app: &Data<App>,
    signed: &Signed,
    write: &Write,
    requested: Requested,
) -> Result<(model::Environment, Operation)> {
    let (document, said) = match requested {
        Requested::Document(body) => {
            let intent = Intent::read(&body.value.0).map_err(Error::fields)?;
            return environment::create(app, &signed.caller, write, intent, kept).await;
        }
        Requested::Score(body, said) => (body.value, said),
    };
    let state = app.clone();
    let translated = pool::run(move || score::translate(&state.catalog, &document, &said)).await?;
    let made = match Intent::read(&translated.body) {
        Ok(intent) => environment::create(app, &signed.caller, write, intent, kept).await,
        Err(fields) => Err(Error::fields(fields)),
    };
    made.map_err(|error| translated.relocated(error))
}

/// Change an environment
///
/// The body is a JSON merge patch (RFC 7396). With `If-Match` only if the environment is still the one that was read.
#[utoipa::path(
    tag = "environments", operation_id = "environmentUpdate", security(("bearer" = [])),
    request_body(content(
        (EnvironmentChange = "application/merge-patch+json"),
        (EnvironmentChange = "application/json"),
    )),
    params(
        ("id" = EnvironmentId, Path, description = "The environment's id"),
        ("If-Match" = Option<String>, Header, description = "The entity tag it must still have"),
        ("Prefer" = Option<String>, Header, description = "`wait=` and how many seconds to wait at most, up to 60"),
    ),
    responses(
        (status = ACCEPTED, description = "Accepted", body = Environment),
        (status = OK, description = "Nothing was different, or waited for and ended", body = Environment),
    ),
)]
#[patch("/environments/{id}")]
pub async fn update(
    app: Data<App>,
    signed: Signed,
    id: Path<EnvironmentId>,
    if_match: IfMatch,
    wait: Wait,
    body: Body<Document>,
) -> Reply {
    let patch = Patch::read(&body.value.0).map_err(Error::fields)?;
    let (now, operation) = environment::update(&app, &signed.caller, &signed.write(), *id, if_match.0, &patch).await?;
    held(&app, &signed, now, operation, wait.0, StatusCode::OK).await
}

/// Delete an environment
///
/// Everything in it goes, what a template retains excepted. Asking again is answered like the first time.
#[utoipa::path(
    tag = "environments", operation_id = "environmentDelete", security(("bearer" = [])),
    params(
        ("id" = EnvironmentId, Path, description = "The environment's id"),
        ("If-Match" = Option<String>, Header, description = "The entity tag it must still have"),
        ("Prefer" = Option<String>, Header, description = "`wait=` and how many seconds to wait at most, up to 60"),
    ),
    responses(
        (status = ACCEPTED, description = "Accepted", body = Environment),
        (status = OK, description = "Waited for, and gone", body = Environment),
    ),
)]
#[delete("/environments/{id}")]
pub async fn remove(app: Data<App>, signed: Signed, id: Path<EnvironmentId>, if_match: IfMatch, wait: Wait) -> Reply {
    let (going, operation) = environment::delete(&app, &signed.caller, &signed.write(), *id, if_match.0).await?;
    held(&app, &signed, going, Some(operation), wait.0, StatusCode::OK).await
}

/// Answers when the operation has ended with `done`, else with `202`.
async fn held(
    app: &App,
    signed: &Signed,
    environment: model::Environment,
    operation: Option<Operation>,
    wait: Option<Duration>,
    done: StatusCode,
) -> Reply {
    let (environment, ended) = match &operation {
        Some(operation) => settle::settled(app, &signed.caller, environment, operation, wait).await?,
        None => (environment, true),
    };
    let status = if ended { done } else { StatusCode::ACCEPTED };
    let (version, location) = (environment.version, location(environment.id));
    let body = Environment::from(environment).begun(operation.map(|operation| operation.id));
    let waited = wait.map(|wait| wait.as_secs());
    Ok(Change::new(status, &body, location, version).waited(waited).answer())
}

fn location(id: EnvironmentId) -> String {
    format!("/api/v1/environments/{id}")
}

/// The answer to keep for the same request, should it be sent again.
fn kept(environment: &model::Environment, operation: &Operation) -> Result<Answer> {
    let body = Environment::from(environment.clone()).begun(Some(operation.id));
    Ok(Answer {
        status: StatusCode::ACCEPTED.as_u16(),
        location: location(environment.id),
        etag: tag(environment.version),
        body: serde_json::to_value(body).map_err(|error| Error::internal("keeping an answer").because(error))?,
    })
}
