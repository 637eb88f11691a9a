//! Who is signed in. The middleware found out before the handler's body was read; this only takes it over.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use berth_model::canonical::digest_bytes;
use berth_model::id::SessionId;
use berth_model::permission::Caller;
use berth_model::{Code, Error, FieldError, Result};
use berth_store::{Intent, Write};

use super::body::Body;
use super::origin::Origin;
use crate::problem::Problem;

/// The header of requests that may be sent twice.
const KEY: &str = "idempotency-key";

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Signed {
    /// Who, and with which rights at this moment.
    pub caller: Caller,
    /// The sign-in.
    pub session: SessionId,
    /// From where.
    pub origin: Origin,
    key: Option<String>,
    line: String,
}

impl Signed {
    /// Notes who is signed in, for the handler.
    pub(crate) fn remember(request: &HttpRequest, caller: Caller, session: SessionId) {
        let key = request
            .headers()
            .get(KEY)
            .and_then(|key| key.to_str().ok())
            .map(ToOwned::to_owned);
        let line = format!("{} {}", request.method(), request.path());
        let signed = Self {
            caller,
            session,
            origin: Origin::of(request),
            key,
            line,
        };
        request.extensions_mut().insert(signed);
    }

    /// What the audit log notes of a write.
    pub fn write(&self) -> Write {
        Write {
            actor: Some(self.caller.user),
            ..self.origin.write()
        }
    }

    /// The same for a request that may carry an `Idempotency-Key`: the bare token and the quoted string of a
    /// structured field are the same key.
    ///
    /// # Errors
    /// `invalid_header`: the key is empty, too long, or not printable ASCII.
    pub fn write_once<T>(&self, body: &Body<T>) -> Result<Write> {
        let Some(sent) = &self.key else {
            return Ok(self.write());
        };
        let key = sent
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .unwrap_or(sent);
        if key.is_empty() || key.len() > 255 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let detail = "must be 1 to 255 printable ASCII characters without spaces";
            let field = FieldError {
                pointer: "Idempotency-Key".into(),
                detail: detail.into(),
            };
            return Err(Error::new(Code::InvalidHeader, format!("Idempotency-Key: {detail}")).with_fields(vec![field]));
        }
        let content = berth_model::canonical::text(&body.raw);
        let fingerprint = digest_bytes(format!("{}\n{content}", self.line).as_bytes());
        let intent = Intent {
            user: self.caller.user,
            key: key.to_owned(),
            fingerprint,
        };
        Ok(Write {
            idempotency: Some(intent),
            ..self.write()
        })
    }
}

impl FromRequest for Signed {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // Missing means that no middleware ran: a fault of ours, and never access.
        let signed = request.extensions().get::<Self>().cloned();
        ready(signed.ok_or_else(|| Error::internal("a handler ran without authentication").into()))
    }
}
