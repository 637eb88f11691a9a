//! `/environments`: reading them and what belongs to them. What changes them is in `change`.
//!
//! Knows the wire and the application, and no table.

mod change;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, get};
use berth_model::condition::Phase;
use berth_model::id::EnvironmentId;
use berth_model::name::{TeamName, Username};
use berth_model::{Code, Error, FieldError, Result};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::environment::{self, Wanted, label};
use crate::extract::{Query, Signed};
use crate::problem::Reply;
use crate::reply;
use crate::routes::paging::{Listing, Nothing, Pages};
use crate::state::App;
use crate::views::environment::{Environment, Outputs};
use crate::views::event::Event;
use crate::views::list::List;
use crate::views::operation::Operation;
use crate::views::resource::Resource;

/// Mounts them.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(list)
        .service(change::create)
        .service(read)
        .service(change::update)
        .service(change::remove);
    services
        .service(resources)
        .service(events)
        .service(outputs)
        .service(operations);
}

/// Which environments.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Of the team of that name.
    team: Option<TeamName>,
    /// Asked for by the person of that name.
    owner: Option<Username>,
    /// Of that template, whatever the version.
    #[param(example = "web-service")]
    template: Option<String>,
    /// In that phase. Without it, environments that are gone are left out.
    phase: Option<Phase>,
    /// With that label: `key=value`.
    #[param(example = "tier=front")]
    label: Option<String>,
    /// How many at most: 50 without it, never more than 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u64>,
    /// Where the piece before ended: its `next`.
    cursor: Option<String>,
}

impl Filter {
    fn wanted(self) -> Result<Wanted> {
        let Self {
            team,
            owner,
            template,
            phase,
            label,
            limit: _,
            cursor: _,
        } = self;
        let label = label.as_deref().map(labelled).transpose()?;
        Ok(Wanted {
            team,
            owner,
            template,
            phase,
            label,
        })
    }
}

fn labelled(text: &str) -> Result<(String, String)> {
    let refuse = |detail: String| {
        let field = FieldError {
            pointer: "?label".to_owned(),
            detail: detail.clone(),
        };
        Error::new(Code::InvalidQuery, detail).with_fields(vec![field])
    };
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| refuse("must be a key and a value: `key=value`".to_owned()))?;
    match label::findings("", [(key, Some(value))]).into_iter().next() {
        Some(finding) => Err(refuse(finding.detail)),
        None => Ok((key.to_owned(), value.to_owned())),
    }
}

/// List the environments of your teams
///
/// An administrator sees all of them.
#[utoipa::path(
    tag = "environments", operation_id = "environmentList", params(Filter), security(("bearer" = [])),
    responses((status = OK, description = "A page of environments, oldest first", body = List<Environment>)),
)]
#[get("/environments")]
async fn list(app: Data<App>, signed: Signed, request: HttpRequest, query: Query<Filter>) -> Reply {
    let Filter { limit, cursor, .. } = query.0.clone();
    let wanted = query.0.wanted()?;
    let pages = Pages::of(&app, &signed, format!("environments {wanted:?}"));
    let page = pages.page(limit, cursor.as_deref())?;
    let found = environment::list(&app, &signed.caller, wanted, page).await?;
    Ok(reply::read(&request, None, &pages.list::<_, _, Environment>(found)))
}

/// Read an environment
///
/// One that is gone can still be read.
#[utoipa::path(
    tag = "environments", operation_id = "environmentRead", security(("bearer" = [])),
    params(("id" = EnvironmentId, Path, description = "The environment's id")),
    responses((status = OK, description = "The environment", body = Environment)),
)]
#[get("/environments/{id}")]
async fn read(app: Data<App>, signed: Signed, request: HttpRequest, id: Path<EnvironmentId>) -> Reply {
    let found = environment::get(&app, &signed.caller, *id).await?;
    Ok(reply::read(&request, Some(found.version), &Environment::from(found)))
}

/// List the objects of an environment
#[utoipa::path(
    tag = "environments", operation_id = "environmentResourceList", security(("bearer" = [])),
    params(("id" = EnvironmentId, Path, description = "The environment's id")),
    responses((status = OK, description = "All objects, in the order they are made in", body = List<Resource>)),
)]
#[get("/environments/{id}/resources")]
async fn resources(
    app: Data<App>,
    signed: Signed,
    request: HttpRequest,
    id: Path<EnvironmentId>,
    _nothing: Query<Nothing>,
) -> Reply {
    let found = environment::resources(&app, &signed.caller, *id).await?;
    Ok(reply::read(
        &request,
        None,
        &List::whole(found.into_iter().map(Resource::from).collect()),
    ))
}

/// List what has happened to an environment
#[utoipa::path(
    tag = "environments", operation_id = "environmentEventList", security(("bearer" = [])),
    params(("id" = EnvironmentId, Path, description = "The environment's id"), Listing),
    responses((status = OK, description = "A page of events, oldest first", body = List<Event>)),
)]
#[get("/environments/{id}/events")]
async fn events(
    app: Data<App>,
    signed: Signed,
    request: HttpRequest,
    id: Path<EnvironmentId>,
    query: Query<Listing>,
) -> Reply {
    let Listing { limit, cursor } = query.0;
    let pages = Pages::of(&app, &signed, format!("events {id}"));
    let found = environment::events(&app, &signed.caller, *id, pages.page(limit, cursor.as_deref())?).await?;
    Ok(reply::read(&request, None, &pages.list::<_, _, Event>(found)))
}

/// Read what an environment gives back
///
/// Secret values are not shown: the name of the Secret and the key in it are.
#[utoipa::path(
    tag = "environments", operation_id = "environmentOutputs", security(("bearer" = [])),
    params(("id" = EnvironmentId, Path, description = "The environment's id")),
    responses((status = OK, description = "The outputs that are known", body = Outputs)),
)]
#[get("/environments/{id}/outputs")]
async fn outputs(app: Data<App>, signed: Signed, request: HttpRequest, id: Path<EnvironmentId>) -> Reply {
    let found = environment::get(&app, &signed.caller, *id).await?;
    Ok(reply::read(&request, None, &Outputs { outputs: found.outputs }))
}

/// List the operations of an environment
#[utoipa::path(
    tag = "environments", operation_id = "environmentOperationList", security(("bearer" = [])),
    params(("id" = EnvironmentId, Path, description = "The environment's id"), Listing),
    responses((status = OK, description = "A page of operations, oldest first", body = List<Operation>)),
)]
#[get("/environments/{id}/operations")]
async fn operations(
    app: Data<App>,
    signed: Signed,
    request: HttpRequest,
    id: Path<EnvironmentId>,
    query: Query<Listing>,
) -> Reply {
    let Listing { limit, cursor } = query.0;
    let pages = Pages::of(&app, &signed, format!("operations {id}"));
    let found = environment::operations(&app, &signed.caller, *id, pages.page(limit, cursor.as_deref())?).await?;
    Ok(reply::read(&request, None, &pages.list::<_, _, Operation>(found)))
}
