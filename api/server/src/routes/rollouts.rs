//! `/rollouts`: a fleet of environments moved to another version of their template, in waves.
//!
//! Knows the wire and the application, and no table.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, get, post};
use berth_model::id::RolloutId;
use berth_model::rollout as model;
use berth_model::{Error, Result};
use berth_store::{Answer, Steer};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::rollout;
use crate::extract::{Body, IfMatch, Query, Signed};
use crate::problem::Reply;
use crate::reply::{self, tag};
use crate::routes::answer::{Change, known, replayed};
use crate::routes::paging::{Listing, Pages};
use crate::state::App;
use crate::views::list::List;
use crate::views::rollout::{NewRollout, Rollout, Target};

/// Mounts them.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services.service(list).service(create);
    services
        .service(pause)
        .service(resume)
        .service(abort)
        .service(roll_back);
    services.service(targets).service(read);
}

/// List rollouts
#[utoipa::path(
    tag = "rollouts", operation_id = "rolloutList", params(Listing), security(("bearer" = [])),
    responses((status = OK, description = "A page of rollouts, the latest first", body = List<Rollout>)),
)]
#[get("/rollouts")]
async fn list(app: Data<App>, signed: Signed, request: HttpRequest, query: Query<Listing>) -> Reply {
    let Listing { limit, cursor } = query.0;
    let pages = Pages::of(&app, &signed, "rollouts");
    let found = rollout::list(&app, &signed.caller, pages.page(limit, cursor.as_deref())?).await?;
    Ok(reply::read(&request, None, &pages.list::<_, _, Rollout>(found)))
}

/// Upgrade many environments in waves
///
/// Which environments are meant is settled now. A wave begins when every environment of the one before is ready and the
/// pause is over. An environment that does not fit the new version, or is not ready in time, has failed; when more have
/// failed than may, no further wave begins, or everything goes back. One rollout of a template at a time.
#[utoipa::path(
    tag = "rollouts", operation_id = "rolloutCreate", request_body = NewRollout, security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "A key of your own for sending this request again")),
    responses((status = ACCEPTED, description = "Accepted", body = Rollout, headers(("Location" = String, description = "Where it is")))),
)]
#[post("/rollouts")]
async fn create(app: Data<App>, signed: Signed, body: Body<NewRollout>) -> Reply {
    let write = signed.write_once(&body)?;
    if let Some(answer) = known(&app, &write).await? {
        return Ok(replayed(&answer));
    }
    match rollout::create(&app, &signed.caller, &write, body.value, kept).await {
        Ok(made) => Ok(answer(StatusCode::ACCEPTED, made)),
        // The same request, sent twice at once: what the other one took is ours as well.
        Err(error) => known(&app, &write)
            .await?
            .map(|answer| replayed(&answer))
            .ok_or_else(|| error.into()),
    }
}

/// Read a rollout
#[utoipa::path(
    tag = "rollouts", operation_id = "rolloutRead", security(("bearer" = [])),
    params(("id" = RolloutId, Path, description = "The rollout's id")),
    responses((status = OK, description = "The rollout", body = Rollout)),
)]
#[get("/rollouts/{id}")]
async fn read(app: Data<App>, signed: Signed, request: HttpRequest, id: Path<RolloutId>) -> Reply {
    let found = rollout::get(&app, &signed.caller, *id).await?;
    Ok(reply::read(&request, Some(found.revision), &Rollout::from(found)))
}

/// List the environments of a rollout
#[utoipa::path(
    tag = "rollouts", operation_id = "rolloutTargetList", security(("bearer" = [])),
    params(("id" = RolloutId, Path, description = "The rollout's id"), Listing),
    responses((status = OK, description = "A page of environments, in the order of their waves", body = List<Target>)),
)]
#[get("/rollouts/{id}/targets")]
async fn targets(
    app: Data<App>,
    signed: Signed,
    request: HttpRequest,
    id: Path<RolloutId>,
    query: Query<Listing>,
) -> Reply {
    let Listing { limit, cursor } = query.0;
    let pages = Pages::of(&app, &signed, format!("rollout {id}"));
    let found = rollout::targets(&app, &signed.caller, *id, pages.page(limit, cursor.as_deref())?).await?;
    Ok(reply::read(&request, None, &pages.list::<_, _, Target>(found)))
}

/// Pause a rollout
///
/// No further wave begins. What is coming up goes on.
#[utoipa::path(
    tag = "rollouts", operation_id = "rolloutPause", security(("bearer" = [])),
    params(
        ("id" = RolloutId, Path, description = "The rollout's id"),
        ("If-Match" = Option<String>, Header, description = "The entity tag it must still have"),
    ),
    responses((status = OK, description = "The rollout, paused", body = Rollout)),
)]
#[post("/rollouts/{id}:pause")]
async fn pause(app: Data<App>, signed: Signed, id: Path<RolloutId>, if_match: IfMatch) -> Reply {
    steer(&app, &signed, *id, if_match, Steer::Pause).await
}

/// Resume a rollout
///
/// One that was paused, or that stopped because too many failed: those failures are then lived with.
#[utoipa::path(
    tag = "rollouts", operation_id = "rolloutResume", security(("bearer" = [])),
    params(
        ("id" = RolloutId, Path, description = "The rollout's id"),
        ("If-Match" = Option<String>, Header, description = "The entity tag it must still have"),
    ),
    responses((status = OK, description = "The rollout, running", body = Rollout)),
)]
#[post("/rollouts/{id}:resume")]
async fn resume(app: Data<App>, signed: Signed, id: Path<RolloutId>, if_match: IfMatch) -> Reply {
    steer(&app, &signed, *id, if_match, Steer::Resume).await
}

/// End a rollout
///
/// What was upgraded stays as it is.
#[utoipa::path(
    tag = "rollouts", operation_id = "rolloutAbort", security(("bearer" = [])),
    params(
        ("id" = RolloutId, Path, description = "The rollout's id"),
        ("If-Match" = Option<String>, Header, description = "The entity tag it must still have"),
    ),
    responses((status = OK, description = "The rollout, ended", body = Rollout)),
)]
#[post("/rollouts/{id}:abort")]
async fn abort(app: Data<App>, signed: Signed, id: Path<RolloutId>, if_match: IfMatch) -> Reply {
    steer(&app, &signed, *id, if_match, Steer::Abort).await
}

/// Take a rollout back
///
/// Every environment that it upgraded goes back to the version and the parameters it had, unless somebody changed it since.
#[utoipa::path(
    tag = "rollouts", operation_id = "rolloutRollBack", security(("bearer" = [])),
    params(
        ("id" = RolloutId, Path, description = "The rollout's id"),
        ("If-Match" = Option<String>, Header, description = "The entity tag it must still have"),
    ),
    responses((status = OK, description = "The rollout, going back", body = Rollout)),
)]
#[post("/rollouts/{id}:rollback")]
async fn roll_back(app: Data<App>, signed: Signed, id: Path<RolloutId>, if_match: IfMatch) -> Reply {
    steer(&app, &signed, *id, if_match, Steer::RollBack).await
}

async fn steer(app: &App, signed: &Signed, id: RolloutId, if_match: IfMatch, way: Steer) -> Reply {
    let steered = rollout::steer(app, &signed.caller, &signed.write(), id, if_match.0, way).await?;
    Ok(answer(StatusCode::OK, steered))
}

fn answer(status: StatusCode, rollout: model::Rollout) -> actix_web::HttpResponse {
    let (location, revision) = (location(rollout.id), rollout.revision);
    Change::new(status, &Rollout::from(rollout), location, revision).answer()
}

fn location(id: RolloutId) -> String {
    format!("/api/v1/rollouts/{id}")
}

/// The answer to keep for the same request, should it be sent again.
fn kept(rollout: &model::Rollout) -> Result<Answer> {
    let body = Rollout::from(rollout.clone());
    Ok(Answer {
        status: StatusCode::ACCEPTED.as_u16(),
        location: location(rollout.id),
        etag: tag(rollout.revision),
        body: serde_json::to_value(body).map_err(|error| Error::internal("keeping an answer").because(error))?,
    })
}
