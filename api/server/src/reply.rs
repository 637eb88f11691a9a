//! Answers: entity tags, and nothing sent twice to whoever has it already.

use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse};
use berth_model::canonical::digest_bytes;
use serde::Serialize;

/// The strong entity tag of a record at that version.
pub fn tag(version: i64) -> String {
    format!("\"{version}\"")
}

/// `200` with an entity tag, or `304` when the caller has that already. Without a version the tag is a digest of
/// the document.
pub fn read(request: &HttpRequest, version: Option<i64>, document: &impl Serialize) -> HttpResponse {
    let body = match serde_json::to_vec(document) {
        Ok(body) => body,
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written as JSON");
            return HttpResponse::InternalServerError().finish();
        }
    };
    let etag = version.map_or_else(|| format!("\"{}\"", &digest_bytes(&body)[..32]), tag);
    if has_already(request, &etag) {
        return HttpResponse::NotModified().insert_header((ETAG, etag)).finish();
    }
    HttpResponse::Ok()
        .insert_header((ETAG, etag))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .content_type("application/json")
        .body(body)
}

/// RFC 9110, 13.1.2: a list of tags or `*`; weak ones match as well when reading.
fn has_already(request: &HttpRequest, etag: &str) -> bool {
    let sent = request
        .headers()
        .get_all(IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok());
    sent.flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|one| one == "*" || one.trim_start_matches("W/") == etag)
}
