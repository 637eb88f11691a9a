//! The outermost layer: an id for every request, a problem document for every error, a line in the log, and the
//! headers that every answer has.

use std::time::Instant;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use berth_model::{Class, Code, Error, chain};
use uuid::Uuid;

use crate::extract::RequestId;
use crate::problem::Problem;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps a request.
pub(super) async fn envelope<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let start = Instant::now();
    let id = request_id(request.request());
    request.extensions_mut().insert(RequestId(id.clone()));
    // Not the request itself: routing needs the only reference to it.
    let path = request.path().to_owned();
    let mut response = match next.call(request).await {
        Ok(response) => match response.response().error().map(|error| answer(&path, error, &id)) {
            Some(answer) => ServiceResponse::new(response.into_parts().0, answer).map_into_right_body(),
            None => response.map_into_left_body(),
        },
        Err(error) => {
            let answer = answer(&path, &error, &id);
            return Err(InternalError::from_response(error, answer).into());
        }
    };
    let status = response.status();
    let method = response.request().method().clone();
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let elapsed = start.elapsed();
    metrics::histogram!("berth_http_request_seconds", "method" => method.to_string(), "status" => status.as_u16().to_string())
        .record(elapsed.as_secs_f64());
    tracing::debug!(request_id = id, %method, path, status = status.as_u16(), ms = elapsed.as_millis(), "answered");
    Ok(response)
}

/// The caller's id when it is a sane one, so that a request can be followed through several systems.
fn request_id(request: &HttpRequest) -> String {
    let sent = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let sane = |id: &&str| {
        (8..=128).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    sent.filter(sane)
        .map_or_else(|| Uuid::now_v7().simple().to_string(), ToOwned::to_owned)
}

/// The problem document of an error; logged here and nowhere else.
fn answer(path: &str, error: &actix_web::Error, id: &str) -> HttpResponse {
    let frameworks;
    let problem = if let Some(ours) = error.as_error::<Problem>() {
        ours
    } else {
        frameworks = of_framework(error);
        &frameworks
    };
    let error = problem.error();
    if matches!(error.code().class(), Class::Internal | Class::Unavailable) {
        tracing::error!(request_id = id, path, error = chain(error), "the request failed");
    } else {
        tracing::debug!(request_id = id, path, error = chain(error), "the request was refused");
    }
    problem.respond(id, path)
}

fn of_framework(error: &actix_web::Error) -> Problem {
    let code = match error.as_response_error().status_code().as_u16() {
        400 => Code::MalformedBody,
        404 => Code::RouteNotFound,
        405 => Code::MethodNotAllowed,
        413 => Code::BodyTooLarge,
        415 => Code::UnsupportedMediaType,
        _ => return Error::internal(format!("the framework: {error}")).into(),
    };
    Error::new(code, code.title()).into()
}
