//! `/templates`: the catalog.
//!
//! Knows the wire and the application, and no table.

mod curate;
mod drafts;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, get};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::template;
use crate::extract::{Query, Signed};
use crate::problem::Reply;
use crate::reply;
use crate::routes::paging::Nothing;
use crate::state::App;
use crate::views::list::List;
use crate::views::template::{Template, Version, VersionDetail};

/// Mounts them.
pub fn configure(services: &mut ServiceConfig<'_>) {
    drafts::configure(services);
    curate::configure(services);
    services.service(list).service(read).service(versions).service(version);
}

/// Which templates.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// Words that must all occur in name, title, summary or tags.
    #[param(max_length = 200, example = "http")]
    q: Option<String>,
    /// A tag it must have.
    #[param(max_length = 100, example = "postgres")]
    tag: Option<String>,
}

/// Search the catalog
#[utoipa::path(
    tag = "templates", operation_id = "templateList", params(Search), security(("bearer" = [])),
    responses((status = OK, description = "All templates that fit, by name", body = List<Template>)),
)]
#[get("/templates")]
async fn list(app: Data<App>, signed: Signed, request: HttpRequest, query: Query<Search>) -> Reply {
    let Search { q, tag } = &query.0;
    let found = template::search(&app, &signed.caller, q.as_deref(), tag.as_deref())?;
    let found = found.into_iter().map(Template::from).collect();
    Ok(reply::read(&request, None, &List::whole(found)))
}

/// Read a template
#[utoipa::path(
    tag = "templates", operation_id = "templateRead", security(("bearer" = [])),
    params(("name" = String, Path, description = "The template's name", example = "web-service")),
    responses((status = OK, description = "The template", body = Template)),
)]
#[get("/templates/{name}")]
async fn read(app: Data<App>, signed: Signed, request: HttpRequest, name: Path<String>) -> Reply {
    let latest = template::get(&app, &signed.caller, &name)?;
    Ok(reply::read(&request, None, &Template::from(latest)))
}

/// List the versions of a template
#[utoipa::path(
    tag = "templates", operation_id = "templateVersionList", security(("bearer" = [])),
    params(("name" = String, Path, description = "The template's name", example = "web-service")),
    responses((status = OK, description = "All versions, the latest first", body = List<Version>)),
)]
#[get("/templates/{name}/versions")]
async fn versions(
    app: Data<App>,
    signed: Signed,
    request: HttpRequest,
    name: Path<String>,
    _nothing: Query<Nothing>,
) -> Reply {
    let found = template::versions(&app, &signed.caller, &name).await?;
    Ok(reply::read(
        &request,
        None,
        &List::whole(found.iter().map(Version::from).collect()),
    ))
}

/// Read a version of a template
///
/// With the schema of its parameters, what it creates and gives back, its documentation and the document itself.
#[utoipa::path(
    tag = "templates", operation_id = "templateVersionRead", security(("bearer" = [])),
    params(
        ("name" = String, Path, description = "The template's name", example = "web-service"),
        ("version" = String, Path, description = "The version", example = "1.0.0"),
    ),
    responses((status = OK, description = "The version", body = VersionDetail)),
)]
#[get("/templates/{name}/versions/{version}")]
async fn version(app: Data<App>, signed: Signed, request: HttpRequest, path: Path<(String, String)>) -> Reply {
    let (name, version) = path.into_inner();
    let (published, compiled) = template::version(&app, &signed.caller, &name, &version).await?;
    Ok(reply::read(&request, None, &VersionDetail::new(published, &compiled)))
}
