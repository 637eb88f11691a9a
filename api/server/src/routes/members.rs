//! `/teams/{team}/members`: who belongs to a team. A person is addressed by username or by id.
//!
//! Knows the wire and the application, and no table.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, put};
use berth_model::name::TeamName;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::team;
use crate::extract::{Body, Query, Signed};
use crate::problem::Reply;
use crate::reply;
use crate::routes::paging::Nothing;
use crate::state::App;
use crate::views::list::List;
use crate::views::team::{Member, MemberChange};

/// Mounts them.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services.service(list).service(set).service(remove);
}

/// List the members of a team
#[utoipa::path(
    tag = "teams", operation_id = "memberList", params(("team" = TeamName, Path, description = "The team's name")),
    security(("bearer" = [])), responses((status = OK, description = "All members", body = List<Member>)),
)]
#[get("/teams/{team}/members")]
async fn list(
    app: Data<App>,
    signed: Signed,
    request: HttpRequest,
    team: Path<TeamName>,
    _nothing: Query<Nothing>,
) -> Reply {
    let found = team::members(&app, &signed.caller, &team).await?;
    Ok(reply::read(
        &request,
        None,
        &List::whole(found.into_iter().map(Member::from).collect()),
    ))
}

/// Give somebody a role in a team
///
/// For maintainers. Somebody who is in the team already gets another role. A team keeps at least one maintainer.
#[utoipa::path(
    tag = "teams", operation_id = "memberSet", request_body = MemberChange, security(("bearer" = [])),
    params(
        ("team" = TeamName, Path, description = "The team's name"),
        ("user" = String, Path, description = "The person's username or id", example = "ada"),
    ),
    responses((status = OK, description = "The member", body = Member)),
)]
#[put("/teams/{team}/members/{user}")]
async fn set(
    app: Data<App>,
    signed: Signed,
    request: HttpRequest,
    path: Path<(TeamName, String)>,
    body: Body<MemberChange>,
) -> Reply {
    let (team, user) = path.into_inner();
    let member = team::member_put(&app, &signed.caller, &signed.write(), &team, &user, body.value.role).await?;
    Ok(reply::read(&request, None, &Member::from(member)))
}

/// Take somebody out of a team
///
/// For maintainers. A team keeps at least one maintainer.
#[utoipa::path(
    tag = "teams", operation_id = "memberDelete", security(("bearer" = [])),
    params(
        ("team" = TeamName, Path, description = "The team's name"),
        ("user" = String, Path, description = "The person's username or id", example = "ada"),
    ),
    responses((status = NO_CONTENT, description = "No member any more")),
)]
#[delete("/teams/{team}/members/{user}")]
async fn remove(app: Data<App>, signed: Signed, path: Path<(TeamName, String)>) -> Reply {
    let (team, user) = path.into_inner();
    team::member_remove(&app, &signed.caller, &signed.write(), &team, &user).await?;
    Ok(HttpResponse::NoContent().finish())
}
