//! `/templates/{name}/drafts`: versions on their way.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, put};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::template::curate;
use crate::extract::{Body, IfMatch, Query, Signed};
use crate::problem::Reply;
use crate::reply;
use crate::routes::answer::Change;
use crate::routes::paging::Nothing;
use crate::state::App;
use crate::views::list::List;
use crate::views::template::draft::{Draft, Submission};

/// Mounts them.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services.service(list).service(read).service(write).service(discard);
}

/// List the drafts of a template
///
/// For curators.
#[utoipa::path(
    tag = "templates", operation_id = "templateDraftList", security(("bearer" = [])),
    params(("name" = String, Path, description = "The template's name", example = "web-service")),
    responses((status = OK, description = "All drafts, oldest first", body = List<Draft>)),
)]
#[get("/templates/{name}/drafts")]
async fn list(
    app: Data<App>,
    signed: Signed,
    request: HttpRequest,
    name: Path<String>,
    _nothing: Query<Nothing>,
) -> Reply {
    let found = curate::draft_list(&app, &signed.caller, &name).await?;
    let found = found.into_iter().map(|draft| Draft::new(draft, None)).collect();
    Ok(reply::read(&request, None, &List::whole(found)))
}

/// Read a draft
///
/// With what the compiler says of it. For curators.
#[utoipa::path(
    tag = "templates", operation_id = "templateDraftRead", security(("bearer" = [])),
    params(
        ("name" = String, Path, description = "The template's name", example = "web-service"),
        ("version" = String, Path, description = "The version it is to be", example = "1.1.0"),
    ),
    responses((status = OK, description = "The draft", body = Draft)),
)]
#[get("/templates/{name}/drafts/{version}")]
async fn read(app: Data<App>, signed: Signed, request: HttpRequest, path: Path<(String, String)>) -> Reply {
    let (draft, examined) = curate::draft_get(&app, &signed.caller, &path.0, &path.1).await?;
    let revision = draft.revision;
    Ok(reply::read(
        &request,
        Some(revision),
        &Draft::new(draft, Some(examined)),
    ))
}

/// Write a draft
///
/// It need not compile; what the compiler says of it comes back. A draft that somebody else has begun is written only with
/// `If-Match`. For curators.
#[utoipa::path(
    tag = "templates", operation_id = "templateDraftWrite", request_body = Submission, security(("bearer" = [])),
    params(
        ("name" = String, Path, description = "The template's name", example = "web-service"),
        ("version" = String, Path, description = "The version it is to be", example = "1.1.0"),
        ("If-Match" = Option<String>, Header, description = "The entity tag it must still have"),
    ),
    responses(
        (status = CREATED, description = "The draft, new", body = Draft),
        (status = OK, description = "The draft, written again", body = Draft),
    ),
)]
#[put("/templates/{name}/drafts/{version}")]
async fn write(
    app: Data<App>,
    signed: Signed,
    path: Path<(String, String)>,
    if_match: IfMatch,
    body: Body<Submission>,
) -> Reply {
    let (name, version) = path.into_inner();
    let address = (name.as_str(), version.as_str());
    let submission = body.value.into();
    let (draft, fresh, examined) =
        curate::draft_put(&app, &signed.caller, &signed.write(), address, if_match.0, submission).await?;
    let status = if fresh { StatusCode::CREATED } else { StatusCode::OK };
    let (revision, location) = (draft.revision, format!("/api/v1/templates/{name}/drafts/{version}"));
    Ok(Change::new(status, &Draft::new(draft, Some(examined)), location, revision).answer())
}

/// Throw a draft away
///
/// For curators.
#[utoipa::path(
    tag = "templates", operation_id = "templateDraftDiscard", security(("bearer" = [])),
    params(
        ("name" = String, Path, description = "The template's name", example = "web-service"),
        ("version" = String, Path, description = "The version it was to be", example = "1.1.0"),
        ("If-Match" = Option<String>, Header, description = "The entity tag it must still have"),
    ),
    responses((status = NO_CONTENT, description = "It is gone")),
)]
#[delete("/templates/{name}/drafts/{version}")]
async fn discard(app: Data<App>, signed: Signed, path: Path<(String, String)>, if_match: IfMatch) -> Reply {
    curate::draft_delete(&app, &signed.caller, &signed.write(), &path.0, &path.1, if_match.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
