//! What everybody may see: keys, discovery, the document, signs of life.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, get, web};
use berth_model::{Code, Error};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::problem::Reply;
use crate::reply;
use crate::state::App;
use crate::views::system::{KeySet, Life, Version};

/// Registers the addresses.
pub fn configure(routes: &mut ServiceConfig<'_>) {
    routes
        .service(livez)
        .service(readyz)
        .service(version)
        .service(jwks)
        .service(discovery);
}

/// Is the process alive
#[utoipa::path(tag = "system", operation_id = "livez", security(()), responses((status = 200, body = Life)))]
#[get("/livez")]
async fn livez() -> Reply {
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Life::OK))
}

/// Can the process answer requests
#[utoipa::path(tag = "system", operation_id = "readyz", security(()), responses((status = 200, body = Life)))]
#[get("/readyz")]
async fn readyz(app: web::Data<App>) -> Reply {
    let alive = app.store.ping().await;
    alive.map_err(|error| Error::new(Code::DatabaseUnavailable, "the database does not answer").because(error))?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Life::OK))
}

/// Which version is this
#[utoipa::path(tag = "system", operation_id = "version", security(()), responses((status = 200, body = Version)))]
#[get("/version")]
async fn version(request: HttpRequest) -> Reply {
    Ok(reply::read(&request, None, &Version::CURRENT))
}

/// The keys that verify access tokens
#[utoipa::path(tag = "system", operation_id = "jwks", security(()), responses((status = 200, body = KeySet)))]
#[get("/.well-known/jwks.json")]
async fn jwks(request: HttpRequest, app: web::Data<App>) -> Reply {
    Ok(reply::read(&request, None, app.auth.keys.set()))
}

/// Where everything about tokens is
#[utoipa::path(tag = "system", operation_id = "discovery", security(()), responses((status = 200, body = serde_json::Value)))]
#[get("/.well-known/openid-configuration")]
async fn discovery(request: HttpRequest, app: web::Data<App>) -> Reply {
    let issuer = &app.auth.issuer;
    let document = json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "token_endpoint": format!("{issuer}/api/v1/auth/refresh"),
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "response_types_supported": ["none"],
        "subject_types_supported": ["public"],
    });
    Ok(reply::read(&request, None, &document))
}
