//! Conditions and preferences that come as headers.

use std::future::{Ready, ready};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::IF_MATCH;
use actix_web::{FromRequest, HttpRequest};
use berth_model::{Code, Error, FieldError};

use crate::problem::Problem;

/// How long an answer is held at most.
const LONGEST: u64 = 60;

/// The version that `If-Match` asks for. A weak tag, and a tag that was never given out, match nothing.
#[derive(Debug, Clone, Copy)]
pub struct IfMatch(pub Option<i64>);

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(sent) = request.headers().get(IF_MATCH) else {
            return ready(Ok(Self(None)));
        };
        let text = sent.to_str().unwrap_or_default().trim();
        if text == "*" {
            return ready(Ok(Self(None)));
        }
        let version = text
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .and_then(|tag| tag.parse().ok());
        // No record has version -1: an unreadable tag is one that does not match.
        ready(Ok(Self(Some(version.unwrap_or(-1)))))
    }
}

/// How long the caller would have the answer held (`Prefer: wait=30`, RFC 7240), at most a minute.
#[derive(Debug, Clone, Copy)]
pub struct Wait(pub Option<Duration>);

impl FromRequest for Wait {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let sent = request
            .headers()
            .get_all("prefer")
            .filter_map(|value| value.to_str().ok());
        let preferences = sent.flat_map(|value| value.split([',', ';'])).map(str::trim);
        let mut waits = preferences.filter_map(|one| one.strip_prefix("wait=").map(str::trim));
        let Some(wait) = waits.next() else {
            return ready(Ok(Self(None)));
        };
        ready(if let Ok(seconds) = wait.parse::<u64>() {
            Ok(Self(Some(Duration::from_secs(seconds.min(LONGEST)))))
        } else {
            let detail = "wait must be a number of seconds";
            let field = FieldError {
                pointer: "Prefer".into(),
                detail: detail.into(),
            };
            Err(Error::new(Code::InvalidHeader, format!("Prefer: {detail}"))
                .with_fields(vec![field])
                .into())
        })
    }
}
