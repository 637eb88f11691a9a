//! Who sends a request, found out before its body is read.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::web;
use berth_model::{Code, Error, Result};

use crate::auth::token;
use crate::extract::Signed;
use crate::openapi::Document;
use crate::problem::Problem;
use crate::state::App;

/// What nobody has to be signed in for. Everything else below `/api/v1` is for people who are.
const OPEN: &[&str] = &["/api/v1/auth/signup", "/api/v1/auth/login", "/api/v1/auth/refresh"];

/// Lets nobody past who has not shown a good token, except to what is open and to what does not exist.
pub(super) async fn authenticate<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let path = request.path().to_owned();
    let exists = request
        .app_data::<web::Data<Document>>()
        .is_none_or(|document| document.methods(&path).is_some());
    if exists && !OPEN.contains(&path.as_str()) {
        // As an answer, not as an error of the middleware: the outer layers see it like any other.
        if let Err(error) = sign_in(&request).await {
            return Ok(request.error_response(Problem::from(error)).map_into_right_body());
        }
    }
    Ok(next.call(request).await?.map_into_left_body())
}

async fn sign_in(request: &ServiceRequest) -> Result<()> {
    let app = request
        .app_data::<web::Data<App>>()
        .ok_or_else(|| Error::internal("the state is missing"))?;
    let missing = || {
        Error::new(
            Code::Unauthenticated,
            "send an access token as `Authorization: Bearer …`",
        )
    };
    let header = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .ok_or_else(missing)?;
    let (scheme, sent) = header.split_once(' ').ok_or_else(missing)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(missing());
    }
    let (user, session) = token::verify(&app.auth, sent.trim())?;
    let caller = app.auth.rights.of(user, session).await?;
    Signed::remember(request.request(), caller, session);
    Ok(())
}
