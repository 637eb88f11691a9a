//! Where a request comes from and what it is called.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use berth_store::Write;

use crate::problem::Problem;

/// Where a request comes from, and its id.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The address of the peer. Forwarding headers are not believed: anybody can send them.
    pub address: String,
    /// The request's id.
    pub request_id: String,
}

impl Origin {
    /// The origin of a request.
    pub fn of(request: &HttpRequest) -> Self {
        let address = request
            .peer_addr()
            .map(|peer| peer.ip().to_string())
            .unwrap_or_default();
        let request_id = request
            .extensions()
            .get::<RequestId>()
            .map(|id| id.0.clone())
            .unwrap_or_default();
        Self { address, request_id }
    }

    /// What the audit log notes of a write that nobody in particular makes.
    pub fn write(&self) -> Write {
        Write {
            address: self.address.clone(),
            request_id: self.request_id.clone(),
            ..Write::default()
        }
    }
}

/// The id that the outermost middleware gave the request.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

impl FromRequest for Origin {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}
