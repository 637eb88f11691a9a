//! The body of a request for an environment: our own JSON, or a Score workload in YAML.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest};
use berth_model::{Code, Error, FieldError, Result};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::body::{Body, collect};
use super::query::Query;
use crate::app::environment::score::Said;
use crate::problem::Problem;
use crate::views::environment::Document;

/// What is asked for, as it was sent.
#[derive(Debug)]
pub enum Requested {
    /// In JSON.
    Document(Body<Document>),
    /// As a Score workload, with what the query says.
    Score(Body<String>, Said),
}

/// Of a Score workload: what its document does not say.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ScoreQuery {
    /// With a Score workload: the team that will own it. Without it, the annotation `berth.dev/team`.
    team: Option<String>,
    /// With a Score workload: the environment's name. Without it, the workload's.
    name: Option<String>,
    /// With a Score workload: what to make it from. Without it, the annotation `berth.dev/template`; without that,
    /// `web-service` for a workload with a port and `worker` for one without.
    template: Option<String>,
}

impl ScoreQuery {
    /// In JSON the body says it all.
    fn refuse(self) -> Result<()> {
        let Self { team, name, template } = self;
        let given = [("team", team), ("name", name), ("template", template)];
        let field = |(name, given): (&str, Option<String>)| {
            given.map(|_| FieldError {
                pointer: format!("?{name}"),
                detail: "is only for a Score workload: say it in the body".to_owned(),
            })
        };
        let fields: Vec<_> = given.into_iter().filter_map(field).collect();
        match fields.first() {
            None => Ok(()),
            Some(first) => {
                let detail = format!("{}: {}", first.pointer, first.detail);
                Err(Error::new(Code::InvalidQuery, detail).with_fields(fields))
            }
        }
    }
}

impl FromRequest for Requested {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let query = Query::<ScoreQuery>::from_request(request, payload);
        if !is_score(request) {
            let body = Body::from_request(request, payload);
            return Box::pin(async move {
                query.await?.0.refuse()?;
                Ok(Self::Document(body.await?))
            });
        }
        let payload = payload.take();
        Box::pin(async move {
            let ScoreQuery { team, name, template } = query.await?.0;
            let bytes = collect(payload).await?;
            let text = String::from_utf8(bytes.to_vec())
                .map_err(|_| Error::new(Code::MalformedBody, "the body is not UTF-8"))?;
            let raw = json!({"score": text, "team": team, "name": name, "template": template});
            Ok(Self::Score(Body { value: text, raw }, Said { team, name, template }))
        })
    }
}

/// Whether the body says that it is YAML: nothing else of ours is.
fn is_score(request: &HttpRequest) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    [
        "application/yaml",
        "application/x-yaml",
        "text/yaml",
        "application/vnd.score+yaml",
    ]
    .iter()
    .any(|known| essence.eq_ignore_ascii_case(known))
}
