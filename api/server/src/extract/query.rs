//! Query parameters: known ones, of the right type, each at most once.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
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
        ready(read(request.query_string()).map(Self).map_err(Into::into))
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let path = error.path().to_string();
        refused(&path, &error.into_inner().to_string())
    })
}

fn refused(path: &str, said: &str) -> Error {
    // An unknown or doubled name has no path: it stands in backticks.
    let quoted = said.split('`').nth(1).unwrap_or_default();
    let named = said.starts_with("unknown field") || said.starts_with("duplicate field");
    let name = if named { quoted } else { path };
    let rule = if said.starts_with("unknown field") {
        "is not a known parameter".to_owned()
    } else if said.starts_with("duplicate field") {
        "is given twice".to_owned()
    } else if said.contains("invalid digit") || said.contains("empty string") {
        "must be a whole number".to_owned()
    } else {
        said.to_owned()
    };
    let detail = format!("?{name}: {rule}");
    let field = FieldError {
        pointer: format!("?{name}"),
        detail: rule,
    };
    Error::new(Code::InvalidQuery, detail).with_fields(vec![field])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Colour {
        Red,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wanted {
        limit: Option<u64>,
        colour: Option<Colour>,
    }

    #[test]
    fn the_parameter_that_is_wrong_is_named() {
        let Wanted { limit, colour } = read("limit=7&colour=red").unwrap();
        assert!(limit == Some(7) && matches!(colour, Some(Colour::Red)));
        for (text, name, rule) in [
            ("limit=x", "?limit", "must be a whole number"),
            ("limit=", "?limit", "must be a whole number"),
            ("limit=1&limit=2", "?limit", "is given twice"),
            ("size=1", "?size", "is not a known parameter"),
            ("colour=blue", "?colour", "unknown variant `blue`, expected `red`"),
        ] {
            let error = read::<Wanted>(text).unwrap_err();
            let field = &error.field_errors()[0];
            assert_eq!((field.pointer.as_str(), field.detail.as_str()), (name, rule), "{text}");
        }
    }
}
