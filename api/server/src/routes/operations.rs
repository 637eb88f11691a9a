//! `/operations/{id}`: how far a change is.
//!
//! Knows the wire and the application, and no table.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, get};
use berth_model::id::OperationId;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::operation;
use crate::extract::Signed;
use crate::problem::Reply;
use crate::reply;
use crate::state::App;
use crate::views::event::Event;
use crate::views::operation::{Operation, OperationDetail};

/// Mounts them.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services.service(read);
}

/// Read an operation with its steps
#[utoipa::path(
    tag = "operations", operation_id = "operationRead", security(("bearer" = [])),
    params(("id" = OperationId, Path, description = "The operation's id")),
    responses((status = OK, description = "The operation", body = OperationDetail)),
)]
#[get("/operations/{id}")]
async fn read(app: Data<App>, signed: Signed, request: HttpRequest, id: Path<OperationId>) -> Reply {
    let (found, steps) = operation::get(&app, &signed.caller, *id).await?;
    let steps = steps.into_iter().map(Event::from).collect();
    Ok(reply::read(
        &request,
        None,
        &OperationDetail {
            operation: Operation::from(found),
            steps,
        },
    ))
}
