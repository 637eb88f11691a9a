//! `/teams`: teams and their limits.
//!
//! Knows the wire and the application, and no table.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post};
use berth_model::name::TeamName;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::team;
use crate::extract::{Body, IfMatch, Query, Signed};
use crate::problem::Reply;
use crate::reply;
use crate::routes::answer::Change;
use crate::routes::paging::{Listing, Pages};
use crate::state::App;
use crate::views::list::List;
use crate::views::team::{NewTeam, Quota, QuotaChange, Team, TeamChange};

/// Mounts them.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(list)
        .service(create)
        .service(read)
        .service(change)
        .service(remove);
    services.service(quota).service(quota_change);
}

/// List the teams you belong to
///
/// An administrator sees all of them.
#[utoipa::path(
    tag = "teams", operation_id = "teamList", params(Listing), security(("bearer" = [])),
    responses((status = OK, description = "A page of teams", body = List<Team>)),
)]
#[get("/teams")]
async fn list(app: Data<App>, signed: Signed, request: HttpRequest, query: Query<Listing>) -> Reply {
    let Listing { limit, cursor } = query.0;
    let pages = Pages::of(&app, &signed, "teams");
    let found = team::list(&app, &signed.caller, pages.page(limit, cursor.as_deref())?).await?;
    Ok(reply::read(&request, None, &pages.list::<_, _, Team>(found)))
}

/// Make a team
///
/// Whoever makes it is its maintainer.
#[utoipa::path(
    tag = "teams", operation_id = "teamCreate", request_body = NewTeam, security(("bearer" = [])),
    responses((status = CREATED, description = "The team", body = Team,
        headers(("Location" = String, description = "Where it is"), ("ETag" = String, description = "Its version")))),
)]
#[post("/teams")]
async fn create(app: Data<App>, signed: Signed, body: Body<NewTeam>) -> Reply {
    let made = team::create(
        &app,
        &signed.caller,
        &signed.write(),
        &body.value.name,
        body.value.title.as_deref(),
    )
    .await?;
    let (version, location) = (made.version, format!("/api/v1/teams/{}", made.name));
    Ok(Change::new(StatusCode::CREATED, &Team::from(made), location, version).answer())
}

/// Read a team
#[utoipa::path(
    tag = "teams", operation_id = "teamRead", params(("team" = TeamName, Path, description = "The team's name")),
    security(("bearer" = [])), responses((status = OK, description = "The team", body = Team)),
)]
#[get("/teams/{team}")]
async fn read(app: Data<App>, signed: Signed, request: HttpRequest, name: Path<TeamName>) -> Reply {
    let found = team::named(&app, &signed.caller, &name).await?;
    Ok(reply::read(&request, Some(found.version), &Team::from(found)))
}

/// Give a team another title
///
/// For maintainers. With `If-Match` only if the team is still the one that was read.
#[utoipa::path(
    tag = "teams", operation_id = "teamUpdate", request_body = TeamChange, security(("bearer" = [])),
    params(("team" = TeamName, Path, description = "The team's name"), ("If-Match" = Option<String>, Header, description = "The entity tag it must still have")),
    responses((status = OK, description = "The team", body = Team)),
)]
#[patch("/teams/{team}")]
async fn change(
    app: Data<App>,
    signed: Signed,
    request: HttpRequest,
    name: Path<TeamName>,
    if_match: IfMatch,
    body: Body<TeamChange>,
) -> Reply {
    let changed = team::update(
        &app,
        &signed.caller,
        &signed.write(),
        &name,
        &body.value.title,
        if_match.0,
    )
    .await?;
    Ok(reply::read(&request, Some(changed.version), &Team::from(changed)))
}

/// Delete a team
///
/// For maintainers, and only when it owns no environment any more.
#[utoipa::path(
    tag = "teams", operation_id = "teamDelete", security(("bearer" = [])),
    params(("team" = TeamName, Path, description = "The team's name"), ("If-Match" = Option<String>, Header, description = "The entity tag it must still have")),
    responses((status = NO_CONTENT, description = "It is gone")),
)]
#[delete("/teams/{team}")]
async fn remove(app: Data<App>, signed: Signed, name: Path<TeamName>, if_match: IfMatch) -> Reply {
    team::delete(&app, &signed.caller, &signed.write(), &name, if_match.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Read a team's limits and what is used of them
#[utoipa::path(
    tag = "teams", operation_id = "teamQuotaRead", params(("team" = TeamName, Path, description = "The team's name")),
    security(("bearer" = [])), responses((status = OK, description = "Limits and use", body = Quota)),
)]
#[get("/teams/{team}/quota")]
async fn quota(app: Data<App>, signed: Signed, request: HttpRequest, name: Path<TeamName>) -> Reply {
    let found = team::quota(&app, &signed.caller, &name).await?;
    Ok(reply::read(&request, None, &Quota::from(found)))
}

/// Set a team's limits
///
/// For administrators. What is there stays, even above a lower limit.
#[utoipa::path(
    tag = "teams", operation_id = "teamQuotaUpdate", params(("team" = TeamName, Path, description = "The team's name")),
    request_body = QuotaChange, security(("bearer" = [])),
    responses((status = OK, description = "Limits and use", body = Quota)),
)]
#[patch("/teams/{team}/quota")]
async fn quota_change(
    app: Data<App>,
    signed: Signed,
    request: HttpRequest,
    name: Path<TeamName>,
    body: Body<QuotaChange>,
) -> Reply {
    let set = team::quota_set(&app, &signed.caller, &signed.write(), &name, body.value.environments).await?;
    Ok(reply::read(&request, None, &Quota::from(set)))
}
