//! The document of the API, OpenAPI 3.1, made from the handlers themselves.

use std::collections::BTreeMap;

use berth_model::{Error, Result};
use serde_json::{Value, json};
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_actix_web::{AppExt as _, scope};

use crate::http;
use crate::problem::{FieldProblem, ProblemDocument};
use crate::routes;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Berth",
        description = "One request, one environment: a namespace, a database and a deployment, owned by a team.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(ProblemDocument, FieldProblem)),
    security(("bearer" = [])),
    tags(
        (name = "auth", description = "Signing up, in and out"),
        (name = "people", description = "Accounts"),
        (name = "teams", description = "Who owns environments"),
        (name = "templates", description = "What environments are made from"),
        (name = "environments", description = "Environments"),
        (name = "operations", description = "Transitions of environments"),
        (name = "rollouts", description = "Fleets of environments on their way to another version"),
        (name = "system", description = "Keys, discovery, signs of life"),
    )
)]
struct Base;

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    let base = Base::openapi();
    let app = actix_web::App::new()
        .into_utoipa_app()
        .openapi(base)
        .configure(routes::system::configure);
    let (_, mut document) = app.service(scope("/api/v1").configure(http::api)).split_for_parts();
    let components = document.components.get_or_insert_default();
    let bearer = SecurityScheme::Http(
        Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .build(),
    );
    components.add_security_scheme("bearer", bearer);
    document
}

/// The document as JSON with everything that every operation has in common written out.
///
/// # Errors
/// It cannot be written as JSON.
pub fn json() -> Result<Value> {
    let failed = |error| Error::internal("writing the document").because(error);
    let mut document = serde_json::to_value(document()).map_err(failed)?;
    let Some(paths) = document["paths"].as_object_mut() else {
        return Ok(document);
    };
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            // What holds for the whole document is said again: not every reader looks there.
            if operation["security"].is_null() {
                operation["security"] = json!([{"bearer": []}]);
            }
            add_problems(path, method, operation);
        }
    }
    Ok(document)
}

/// The problems that an operation can answer with follow from what it is: no handler repeats them.
fn add_problems(path: &str, method: &str, operation: &mut Value) {
    let open = operation["security"]
        .as_array()
        .is_some_and(|list| list.contains(&json!({})));
    let mut statuses = vec![
        ("500", "Something went wrong on our side"),
        ("503", "Something that is needed is away"),
    ];
    if operation["requestBody"].is_object() {
        statuses.extend([
            ("400", "Some fields are missing, unknown or malformed"),
            ("409", "The state or the name is in the way"),
            ("413", "The body is too large"),
            ("415", "The body must be JSON"),
            ("422", "Refused by a rule"),
        ]);
    } else if operation["parameters"].is_array() {
        statuses.push(("400", "A parameter is not valid"));
    }
    if matches!(method, "patch" | "delete") {
        statuses.extend([
            ("409", "The state is in the way"),
            ("412", "It has changed since it was read"),
        ]);
    }
    if open && path.contains("/auth/") {
        statuses.extend([
            ("401", "The credentials are not valid"),
            ("403", "Not open to you"),
            ("429", "Too many requests"),
        ]);
    }
    if !open {
        statuses.extend([
            ("401", "A valid access token is needed"),
            ("403", "Your role does not allow this"),
        ]);
    }
    if path.contains('{') {
        statuses.push(("404", "There is no such thing, or none that you may see"));
    }
    for (status, description) in statuses {
        let content = json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}});
        if operation["responses"][status].is_null() {
            operation["responses"][status] = json!({"description": description, "content": content});
        }
    }
}

/// The document as it is served, and what it says about addresses.
#[derive(Debug)]
pub struct Document {
    /// The document.
    pub json: Value,
    methods: BTreeMap<Vec<String>, String>,
}

impl Document {
    /// From the document of the handlers.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn new(document: &utoipa::openapi::OpenApi) -> Result<Self> {
        let mut methods = BTreeMap::new();
        for (path, item) in &document.paths.paths {
            let item =
                serde_json::to_value(item).map_err(|error| Error::internal("reading the document").because(error))?;
            let known = ["get", "put", "post", "patch", "delete"]
                .iter()
                .filter(|method| !item[**method].is_null());
            let allow: Vec<_> = known.map(|method| method.to_uppercase()).collect();
            methods.insert(segments(path), allow.join(", "));
        }
        Ok(Self { json: json()?, methods })
    }

    /// The methods of an address; nothing when there is no such address.
    pub fn methods(&self, path: &str) -> Option<String> {
        let asked = segments(path);
        let fits = |pattern: &&Vec<String>| {
            pattern.len() == asked.len()
                && pattern
                    .iter()
                    .zip(&asked)
                    .all(|(one, other)| one == other || one.starts_with('{'))
        };
        // What is written out comes before what is a parameter.
        let mut fitting: Vec<_> = self.methods.keys().filter(fits).collect();
        fitting.sort_by_key(|pattern| pattern.iter().filter(|segment| segment.starts_with('{')).count());
        self.methods.get(*fitting.first()?).cloned()
    }
}

fn segments(path: &str) -> Vec<String> {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}
