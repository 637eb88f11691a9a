//! The one place where an error becomes an answer: RFC 9457 problem documents.
//!
//! Handlers return a [`Problem`]; the outermost middleware gives it the request's id and address and logs it once. The
//! framework's own errors (no such address, wrong method, a body that is too large) take the same way.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CACHE_CONTROL, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use berth_model::{Class, Code, Error};
use serde::Serialize;
use utoipa::ToSchema;

/// What a handler returns.
pub type Reply = Result<HttpResponse, Problem>;

/// An error on its way to the caller.
#[derive(Debug)]
pub struct Problem {
    error: Error,
    allow: Option<String>,
}

impl Problem {
    /// The address exists and does not have the method.
    pub fn method_not_allowed(allow: String) -> Self {
        let error = Error::new(Code::MethodNotAllowed, format!("this address has {allow}"));
        Self {
            error,
            allow: Some(allow),
        }
    }

    /// The error.
    pub const fn error(&self) -> &Error {
        &self.error
    }

    /// The document, for a request with that id at that address.
    pub fn respond(&self, request_id: &str, instance: &str) -> HttpResponse {
        let code = self.error.code();
        let document = ProblemDocument {
            kind: format!("https://berth.dev/problems/{}", code.as_str()),
            title: code.title().to_owned(),
            status: status(code.class()).as_u16(),
            detail: self.error.detail().to_owned(),
            instance: instance.to_owned(),
            code: code.as_str().to_owned(),
            request_id: request_id.to_owned(),
            errors: self.error.field_errors().iter().map(FieldProblem::from).collect(),
        };
        let mut response = HttpResponseBuilder::new(status(code.class()));
        response
            .content_type("application/problem+json")
            .insert_header((CACHE_CONTROL, "no-store"));
        if code.class() == Class::Unauthenticated {
            response.insert_header((WWW_AUTHENTICATE, challenge(code)));
        }
        if let Some(wait) = self.error.wait() {
            response.insert_header((RETRY_AFTER, wait.as_secs_f64().ceil().to_string()));
        }
        if let Some(allow) = self
            .allow
            .as_deref()
            .and_then(|allow| HeaderValue::from_str(allow).ok())
        {
            response.insert_header((ALLOW, allow));
        }
        response.json(document)
    }
}

/// RFC 6750: a token that was sent and is not good is named as the reason.
const fn challenge(code: Code) -> &'static str {
    if matches!(code, Code::Unauthenticated) {
        "Bearer realm=\"berth\", error=\"invalid_token\""
    } else {
        "Bearer realm=\"berth\""
    }
}

/// The HTTP status of a class of errors.
pub const fn status(class: Class) -> StatusCode {
    match class {
        Class::Malformed => StatusCode::BAD_REQUEST,
        Class::Unauthenticated => StatusCode::UNAUTHORIZED,
        Class::Forbidden => StatusCode::FORBIDDEN,
        Class::NotFound => StatusCode::NOT_FOUND,
        Class::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Class::Conflict => StatusCode::CONFLICT,
        Class::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        Class::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Class::UnsupportedType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Class::Refused => StatusCode::UNPROCESSABLE_ENTITY,
        Class::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Class::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Class::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// What went wrong, as RFC 9457 has it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// Identifies the kind of problem.
    #[serde(rename = "type")]
    kind: String,
    /// The same sentence for every occurrence of the kind.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong this time.
    detail: String,
    /// The address that was asked.
    instance: String,
    /// One word for programs; the documentation lists them.
    code: String,
    /// Finds the request in the server's log.
    request_id: String,
    /// Each field that is wrong.
    errors: Vec<FieldProblem>,
}

/// One thing wrong with one field.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldProblem {
    /// JSON pointer into the body, `?name` for a query parameter, or a header's name.
    pointer: String,
    /// The rule that does not hold.
    detail: String,
}

impl From<&berth_model::FieldError> for FieldProblem {
    fn from(field: &berth_model::FieldError) -> Self {
        Self {
            pointer: field.pointer.clone(),
            detail: field.detail.clone(),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self { error, allow: None }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        status(self.error.code().class())
    }

    /// Without the request's id: the outermost middleware replaces it.
    fn error_response(&self) -> HttpResponse {
        self.respond("", "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_problem_tells_the_caller_what_to_do_and_nothing_of_the_inside() {
        let error = Error::internal("reading").because("password=hunter2");
        let response = Problem::from(error).respond("r1", "/x");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let busy = Error::new(Code::TooManyRequests, "slow down").retry_after(Duration::from_millis(1500));
        let response = Problem::from(busy).respond("r1", "/x");
        assert_eq!(response.headers().get(RETRY_AFTER).unwrap(), "2");
        let response = Problem::from(Error::new(Code::Unauthenticated, "no")).respond("r1", "/x");
        assert!(response.headers().contains_key(WWW_AUTHENTICATE));
        let response = Problem::method_not_allowed("GET, POST".into()).respond("r1", "/x");
        assert_eq!(response.headers().get(ALLOW).unwrap(), "GET, POST");
    }
}
