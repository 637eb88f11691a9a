//! Query parameters: known ones, of the right type, each at most once.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use berth_model::{Code, Error, FieldError};
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// How many items a list gives when nothing else is asked for.
const DEFAULT: u64 = 50;
/// How many at most.
const MOST: u64 = 200;

/// How many items to give: 50 when nothing is asked for, 1 to 200 whatever is.
pub fn limit(asked: Option<u64>) -> u64 {
    asked.unwrap_or(DEFAULT).clamp(1, MOST)
}

/// Query parameters; the type refuses unknown ones.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = web::Query::<T>::from_query(request.query_string());
        ready(
            read.map(|query| Self(query.into_inner()))
                .map_err(|error| refused(&error.to_string()).into()),
        )
    }
}

fn refused(said: &str) -> Error {
    let detail = said.strip_prefix("Query deserialize error: ").unwrap_or(said);
    // The name stands in backticks when it is the name that is wrong.
    let name = detail.split('`').nth(1).unwrap_or_default();
    let field = FieldError {
        pointer: format!("?{name}"),
        detail: detail.to_owned(),
    };
    Error::new(Code::InvalidQuery, detail).with_fields(vec![field])
}
