//! What curators do with versions: check, render, publish, deprecate, restore, withdraw.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get, post};
use berth_model::template::{TemplateVersion, VersionState};
use serde_json::Value;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::template::{curate, impact, try_out};
use crate::extract::{Body, Query, Signed};
use crate::problem::Reply;
use crate::reply;
use crate::routes::paging::{Listing, Pages};
use crate::state::App;
use crate::views::list::List;
use crate::views::template::Version;
use crate::views::template::draft::{Check, Reason, Submission};
use crate::views::template::impact::Impact;
use crate::views::template::rendering::{DocumentRequest, RenderRequest, Rendering};

/// Mounts them.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services.service(check).service(render_document).service(impact_of);
    services
        .service(publish)
        .service(render)
        .service(deprecate)
        .service(restore)
        .service(withdraw);
}

/// Check a document
///
/// Nothing is stored. A document with errors is answered with them, and `valid` is false. For curators.
#[utoipa::path(
    tag = "templates", operation_id = "templateCheck", request_body = Submission, security(("bearer" = [])),
    params(("name" = String, Path, description = "The template's name", example = "web-service")),
    responses((status = OK, description = "What the compiler says", body = Check)),
)]
#[post("/templates/{name}/versions:check")]
async fn check(app: Data<App>, signed: Signed, name: Path<String>, body: Body<Submission>) -> Reply {
    let examined = curate::check(&app, &signed.caller, &name, &body.value.into()).await?;
    Ok(HttpResponse::Ok().json(Check::from(examined)))
}

/// Render a document
///
/// What an environment would come to. Nothing is stored or made. For curators.
#[utoipa::path(
    tag = "templates", operation_id = "templateRenderDocument", request_body = DocumentRequest, security(("bearer" = [])),
    params(("name" = String, Path, description = "The template's name", example = "web-service")),
    responses((status = OK, description = "What it comes to", body = Rendering)),
)]
#[post("/templates/{name}/versions:render")]
async fn render_document(app: Data<App>, signed: Signed, _name: Path<String>, body: Body<DocumentRequest>) -> Reply {
    let DocumentRequest {
        document,
        parameters,
        team,
        name,
    } = body.value;
    let trial = RenderRequest { parameters, team, name }.into();
    let rendered = try_out::document(&app, &signed.caller, document, trial).await?;
    Ok(HttpResponse::Ok().json(Rendering::from(rendered)))
}

/// Render a version
///
/// What an environment made from it would come to. Nothing is made.
#[utoipa::path(
    tag = "templates", operation_id = "templateVersionRender", request_body = RenderRequest, security(("bearer" = [])),
    params(
        ("name" = String, Path, description = "The template's name", example = "web-service"),
        ("version" = String, Path, description = "The version", example = "1.0.0"),
    ),
    responses((status = OK, description = "What it comes to", body = Rendering)),
)]
#[post("/templates/{name}/versions/{version}:render")]
async fn render(app: Data<App>, signed: Signed, path: Path<(String, String)>, body: Body<RenderRequest>) -> Reply {
    let rendered = try_out::published(&app, &signed.caller, &path.0, &path.1, body.value.into()).await?;
    Ok(HttpResponse::Ok().json(Rendering::from(rendered)))
}

/// What a version would do to the fleet
///
/// For every environment on an older version: what of its parameters would not fit, and which of its objects would be
/// made, changed, made again or deleted. Nothing is asked of a cluster. For curators.
#[utoipa::path(
    tag = "templates", operation_id = "templateVersionImpact", security(("bearer" = [])),
    params(
        ("name" = String, Path, description = "The template's name", example = "web-service"),
        ("version" = String, Path, description = "The version", example = "1.1.0"),
        Listing,
    ),
    responses((status = OK, description = "A page of environments, oldest first", body = List<Impact>)),
)]
#[get("/templates/{name}/versions/{version}/impact")]
async fn impact_of(
    app: Data<App>,
    signed: Signed,
    request: HttpRequest,
    path: Path<(String, String)>,
    query: Query<Listing>,
) -> Reply {
    let Listing { limit, cursor } = query.0;
    let pages = Pages::of(&app, &signed, format!("impact {} {}", path.0, path.1));
    let page = pages.page(limit, cursor.as_deref())?;
    let found = impact::of(&app, &signed.caller, &path.0, &path.1, page).await?;
    Ok(reply::read(&request, None, &pages.list::<_, _, Impact>(found)))
}

/// Publish a draft
///
/// From then on it never changes. Publishing again is answered like the first time. A version that takes a smaller step
/// than its changes deserve is refused. For curators.
#[utoipa::path(
    tag = "templates", operation_id = "templateVersionPublish", security(("bearer" = [])),
    params(
        ("name" = String, Path, description = "The template's name", example = "web-service"),
        ("version" = String, Path, description = "The version", example = "1.1.0"),
    ),
    responses(
        (status = CREATED, description = "Published", body = Version),
        (status = OK, description = "It was published before", body = Version),
    ),
)]
#[post("/templates/{name}/versions/{version}:publish")]
async fn publish(app: Data<App>, signed: Signed, path: Path<(String, String)>) -> Reply {
    let (published, fresh) = curate::publish(&app, &signed.caller, &signed.write(), &path.0, &path.1).await?;
    let status = if fresh { StatusCode::CREATED } else { StatusCode::OK };
    Ok(answer(status, &published))
}

/// Deprecate a version
///
/// Whoever asks for no version in particular gets another one. For curators.
#[utoipa::path(
    tag = "templates", operation_id = "templateVersionDeprecate", request_body = Reason, security(("bearer" = [])),
    params(
        ("name" = String, Path, description = "The template's name", example = "web-service"),
        ("version" = String, Path, description = "The version", example = "1.0.0"),
    ),
    responses((status = OK, description = "The version", body = Version)),
)]
#[post("/templates/{name}/versions/{version}:deprecate")]
async fn deprecate(app: Data<App>, signed: Signed, path: Path<(String, String)>, body: Body<Reason>) -> Reply {
    turn(&app, &signed, &path, VersionState::Deprecated, Some(body.value.reason)).await
}

/// Take a deprecation back
///
/// For curators.
#[utoipa::path(
    tag = "templates", operation_id = "templateVersionRestore", security(("bearer" = [])),
    params(
        ("name" = String, Path, description = "The template's name", example = "web-service"),
        ("version" = String, Path, description = "The version", example = "1.0.0"),
    ),
    responses((status = OK, description = "The version", body = Version)),
)]
#[post("/templates/{name}/versions/{version}:restore")]
async fn restore(app: Data<App>, signed: Signed, path: Path<(String, String)>) -> Reply {
    turn(&app, &signed, &path, VersionState::Published, None).await
}

/// Withdraw a version
///
/// Nothing new is made from it; what is made from it stays. This cannot be taken back. For curators.
#[utoipa::path(
    tag = "templates", operation_id = "templateVersionWithdraw", request_body = Reason, security(("bearer" = [])),
    params(
        ("name" = String, Path, description = "The template's name", example = "web-service"),
        ("version" = String, Path, description = "The version", example = "1.0.0"),
    ),
    responses((status = OK, description = "The version", body = Version)),
)]
#[post("/templates/{name}/versions/{version}:withdraw")]
async fn withdraw(app: Data<App>, signed: Signed, path: Path<(String, String)>, body: Body<Reason>) -> Reply {
    turn(&app, &signed, &path, VersionState::Withdrawn, Some(body.value.reason)).await
}

async fn turn(app: &App, signed: &Signed, path: &(String, String), to: VersionState, reason: Option<String>) -> Reply {
    let address = (path.0.as_str(), path.1.as_str());
    let turned = curate::turn(app, &signed.caller, &signed.write(), address, to, reason).await?;
    Ok(answer(StatusCode::OK, &turned))
}

fn answer(status: StatusCode, version: &TemplateVersion) -> HttpResponse {
    let location = format!("/api/v1/templates/{}/versions/{}", version.name, version.version);
    HttpResponse::build(status)
        .insert_header((actix_web::http::header::LOCATION, location))
        .json(Version::from(version))
}

impl From<RenderRequest> for try_out::Trial {
    fn from(request: RenderRequest) -> Self {
        let RenderRequest { parameters, team, name } = request;
        Self {
            parameters: Value::Object(parameters),
            team,
            name,
        }
    }
}
