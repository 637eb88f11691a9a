//! Answers to what was made or accepted: where it is, its entity tag, and whether the caller's wish to wait was met.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, LOCATION};
use berth_model::{Code, Error, Result};
use berth_store::{self as store, Begin, Write};
use serde::Serialize;

use crate::reply::tag;
use crate::state::App;

/// What is known about an answer to a change.
#[derive(Debug)]
#[must_use]
pub struct Change<'b, T> {
    status: StatusCode,
    body: &'b T,
    location: String,
    version: i64,
    waited: Option<u64>,
}

impl<'b, T: Serialize> Change<'b, T> {
    /// The resource as it is now, where it is, and its version.
    pub const fn new(status: StatusCode, body: &'b T, location: String, version: i64) -> Self {
        Self {
            status,
            body,
            location,
            version,
            waited: None,
        }
    }

    /// The same with the seconds that the caller preferred to wait at most.
    pub const fn waited(mut self, seconds: Option<u64>) -> Self {
        self.waited = seconds;
        self
    }

    /// The answer itself.
    pub fn answer(self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response
            .insert_header((ETAG, tag(self.version)))
            .insert_header((LOCATION, self.location));
        if let Some(seconds) = self.waited {
            response.insert_header(("preference-applied", format!("wait={seconds}")));
        }
        response.json(self.body)
    }
}

/// The answer that the same request was given before.
pub fn replayed(answer: &store::Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    HttpResponse::build(status)
        .insert_header((LOCATION, answer.location.as_str()))
        .insert_header((ETAG, answer.etag.as_str()))
        .insert_header(("idempotent-replayed", "true"))
        .json(&answer.body)
}

/// The answer that the same request was given before, if it was sent before.
///
/// # Errors
/// `idempotency_mismatch`: the key was sent with another request.
pub async fn known(app: &App, write: &Write) -> Result<Option<store::Answer>> {
    let Some(intent) = &write.idempotency else {
        return Ok(None);
    };
    match app.store.idempotency_begin(intent).await? {
        Begin::Fresh => Ok(None),
        Begin::Replay(answer) => Ok(Some(*answer)),
        Begin::Mismatch => Err(Error::new(Code::IdempotencyMismatch, Code::IdempotencyMismatch.title())),
    }
}
