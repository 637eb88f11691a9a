//! The HTTP server: addresses, and what every request goes through.

mod authenticate;
mod envelope;

use std::net::SocketAddr;

use actix_web::dev::Server;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App as Actix, HttpRequest, HttpResponse, HttpServer, web};
use berth_model::{Code, Error, Result};
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_actix_web::{AppExt as _, scope};
use utoipa_swagger_ui::SwaggerUi;

use crate::openapi;
use crate::problem::{Problem, Reply};
use crate::routes;
use crate::state::App;

/// A server that listens.
pub struct Listening {
    /// Runs until it is stopped.
    pub server: Server,
    /// Where the API is.
    pub address: SocketAddr,
    /// Runs until it is stopped.
    pub metrics_server: Server,
    /// Where the metrics are.
    pub metrics_address: SocketAddr,
}

impl std::fmt::Debug for Listening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listening")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Registers everything below `/api/v1`.
pub fn api(routes: &mut ServiceConfig<'_>) {
    routes::auth::configure(routes);
    routes::people::configure(routes);
    routes::teams::configure(routes);
    routes::members::configure(routes);
    routes::templates::configure(routes);
    routes::environments::configure(routes);
    routes::operations::configure(routes);
    routes::rollouts::configure(routes);
}

/// Listens, on the addresses of the settings. Nothing is answered before the servers are run.
///
/// # Errors
/// An address cannot be listened on.
pub fn bind(app: web::Data<App>) -> Result<Listening> {
    let settings = app.config.server.clone();
    let document = openapi::document();
    let text = web::Data::new(openapi::Document::new(&document)?);
    let metrics = app.metrics.clone();
    let server = HttpServer::new(move || {
        let (app, text) = (app.clone(), text.clone());
        let (inner, _) = Actix::new()
            .into_utoipa_app()
            .configure(routes::system::configure)
            .service(
                scope("/api/v1")
                    .wrap(from_fn(authenticate::authenticate))
                    .configure(api),
            )
            .split_for_parts();
        inner
            .app_data(app)
            .app_data(text)
            .app_data(web::PathConfig::default().error_handler(|_, _| Problem::from(Error::not_found()).into()))
            .service(web::resource("/openapi.json").route(web::get().to(openapi_document)))
            .service(SwaggerUi::new("/docs/{_:.*}").config(utoipa_swagger_ui::Config::from("/openapi.json")))
            .service(web::redirect("/docs", "/docs/"))
            .default_service(web::to(nothing_here))
            .wrap(Compress::default())
            .wrap(from_fn(envelope::envelope))
    });
    let failed = |address: SocketAddr| {
        move |error: std::io::Error| {
            Error::new(Code::StateConflict, format!("cannot listen on {address}: {error}")).because(error)
        }
    };
    let server = server.workers(settings.workers).disable_signals().shutdown_timeout(10);
    let server = server.bind(settings.listen).map_err(failed(settings.listen))?;
    let address = server.addrs().first().copied().unwrap_or(settings.listen);
    let metrics_server = HttpServer::new(move || {
        let metrics = metrics.clone();
        Actix::new().route(
            "/metrics",
            web::get().to(move || std::future::ready(exposition(&metrics))),
        )
    });
    let metrics_server = metrics_server
        .workers(1)
        .disable_signals()
        .bind(settings.metrics_listen);
    let metrics_server = metrics_server.map_err(failed(settings.metrics_listen))?;
    let metrics_address = metrics_server
        .addrs()
        .first()
        .copied()
        .unwrap_or(settings.metrics_listen);
    Ok(Listening {
        server: server.run(),
        address,
        metrics_server: metrics_server.run(),
        metrics_address,
    })
}

fn exposition(metrics: &metrics_exporter_prometheus::PrometheusHandle) -> HttpResponse {
    metrics.run_upkeep();
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4")
        .body(metrics.render())
}

async fn openapi_document(request: HttpRequest, text: web::Data<openapi::Document>) -> HttpResponse {
    crate::reply::read(&request, None, &text.json)
}

/// No address, or no such method on it: the document knows which.
async fn nothing_here(request: HttpRequest, text: web::Data<openapi::Document>) -> Reply {
    match text.methods(request.path()) {
        Some(allow) => Err(Problem::method_not_allowed(allow)),
        None => Err(Error::new(Code::RouteNotFound, "there is no such address; /docs has them all").into()),
    }
}
