//! JSON bodies, checked against the schema that the documentation shows: every field that is wrong is named.

use std::any::TypeId;
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest, web};
use berth_model::{Code, Error, FieldError, Result};
use futures::StreamExt as _;
use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use super::json;
use crate::problem::Problem;

/// How large a body may be, in bytes.
const LARGEST: usize = 1024 * 1024;

/// A JSON body that fits its schema.
#[derive(Debug)]
pub struct Body<T> {
    /// The body.
    pub value: T,
    /// The same as it was sent.
    pub raw: Value,
}

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .map(ToOwned::to_owned);
        let payload = payload.take();
        Box::pin(async move {
            is_json(kind.as_deref())?;
            let bytes = collect(payload).await?;
            let raw = json::read(&bytes).map_err(|error| malformed(&error))?;
            check::<T>(&raw)?;
            let value = serde_json::from_value(raw.clone()).map_err(|error| Error::field("", error.to_string()))?;
            Ok(Self { value, raw })
        })
    }
}

fn is_json(kind: Option<&str>) -> Result<()> {
    let essence = kind
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if matches!(essence.as_str(), "application/json" | "application/merge-patch+json") {
        return Ok(());
    }
    Err(Error::new(
        Code::UnsupportedMediaType,
        "send JSON with `Content-Type: application/json`",
    ))
}

pub(super) async fn collect(mut payload: Payload) -> Result<web::BytesMut> {
    let mut bytes = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Error::new(Code::MalformedBody, format!("the body broke off: {error}")))?;
        if bytes.len() + chunk.len() > LARGEST {
            return Err(Error::new(
                Code::BodyTooLarge,
                format!("the body may have at most {LARGEST} bytes"),
            ));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn malformed(error: &serde_json::Error) -> Error {
    let place = format!("line {}, column {}", error.line(), error.column());
    let said = error.to_string();
    let detail = match said.split_once(" is there twice") {
        Some((key, _)) => format!("{key} is there twice, at {place}"),
        None => format!("the body is not JSON: it goes wrong at {place}"),
    };
    Error::new(Code::MalformedBody, detail)
}

/// Checks a document against the schema of a type. Every violation is named, no value is repeated.
///
/// # Errors
/// `invalid_fields`.
pub(crate) fn check<T: ToSchema + 'static>(document: &Value) -> Result<()> {
    let validator = validator::<T>()?;
    let mut fields: Vec<_> = validator
        .iter_errors(document)
        .flat_map(|error| violations(&validator.schema, &error))
        .collect();
    fields.sort_by(|a, b| (&a.pointer, &a.detail).cmp(&(&b.pointer, &b.detail)));
    fields.dedup();
    if fields.is_empty() {
        Ok(())
    } else {
        Err(Error::fields(fields))
    }
}

struct Compiled {
    validator: Validator,
    schema: Value,
}

impl std::ops::Deref for Compiled {
    type Target = Validator;

    fn deref(&self) -> &Validator {
        &self.validator
    }
}

/// The compiled schema of a type; compiled once.
fn validator<T: ToSchema + 'static>() -> Result<Arc<Compiled>> {
    static COMPILED: OnceLock<Mutex<HashMap<TypeId, Arc<Compiled>>>> = OnceLock::new();
    let compiled = COMPILED.get_or_init(Mutex::default);
    let mut compiled = compiled.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = compiled.get(&TypeId::of::<T>()) {
        return Ok(known.clone());
    }
    let mut parts = Vec::new();
    T::schemas(&mut parts);
    let failed = |error: serde_json::Error| Error::internal("writing a schema").because(error);
    let mut schema = serde_json::to_value(T::schema()).map_err(failed)?;
    let parts: HashMap<String, _> = parts.into_iter().collect();
    schema["components"] = serde_json::json!({"schemas": serde_json::to_value(parts).map_err(failed)?});
    let built = jsonschema::draft202012::new(&schema);
    let validator = built.map_err(|error| Error::internal(format!("a schema does not compile: {error}")))?;
    let made = Arc::new(Compiled { validator, schema });
    compiled.insert(TypeId::of::<T>(), made.clone());
    Ok(made)
}

fn violations(schema: &Value, error: &jsonschema::ValidationError<'_>) -> Vec<FieldError> {
    let at = error.instance_path().to_string();
    let below = |name: &str| format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
    let one = |pointer: String, detail: String| vec![FieldError { pointer, detail }];
    if let ValidationErrorKind::Required { property } = error.kind() {
        return one(below(property.as_str().unwrap_or_default()), "is required".into());
    }
    if let ValidationErrorKind::AdditionalProperties { unexpected } = error.kind() {
        let unknown = |name: &String| FieldError {
            pointer: below(name),
            detail: "is not a known field".into(),
        };
        return unexpected.iter().map(unknown).collect();
    }
    if let ValidationErrorKind::Type { kind } = error.kind() {
        return one(at, format!("must be {}", type_name(kind)));
    }
    // A schema may say its rule in words.
    let place = error.schema_path().to_string();
    let rule = place.rsplit_once('/').and_then(|(parent, _)| schema.pointer(parent));
    let words = rule
        .and_then(|rule| rule["description"].as_str())
        .filter(|words| words.starts_with("must "));
    one(at, words.map_or_else(|| error.masked().to_string(), ToOwned::to_owned))
}

fn type_name(kind: &jsonschema::error::TypeKind) -> String {
    match kind {
        jsonschema::error::TypeKind::Single(one) => format!("of type {one}"),
        jsonschema::error::TypeKind::Multiple(several) => {
            format!(
                "of one of the types {}",
                several.iter().map(|one| one.to_string()).collect::<Vec<_>>().join(", ")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the schema is used")]
    struct Example {
        name: berth_model::name::TeamName,
        count: i64,
        title: Option<String>,
    }

    #[test]
    fn every_wrong_field_is_named_with_its_rule() {
        let error = check::<Example>(&json!({"count": "x", "extra/field": 1})).unwrap_err();
        let fields: Vec<_> = error
            .field_errors()
            .iter()
            .map(|f| (f.pointer.as_str(), f.detail.as_str()))
            .collect();
        assert_eq!(
            fields,
            [
                ("/count", "must be of type integer"),
                ("/extra~1field", "is not a known field"),
                ("/name", "is required")
            ]
        );
        let error = check::<Example>(&json!({"name": "-No-", "count": 1})).unwrap_err();
        assert!(
            error.field_errors()[0].detail.starts_with("must be a DNS label"),
            "{error:?}"
        );
        assert!(!error.field_errors()[0].detail.contains("No"));
        assert!(check::<Example>(&json!({"name": "pay", "count": 1, "title": "Pay"})).is_ok());
    }

    #[test]
    fn a_body_that_is_no_object_is_refused() {
        assert!(check::<Example>(&json!([1])).is_err());
    }
}
