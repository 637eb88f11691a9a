//! The one error that crosses crates. It knows nothing of HTTP; the server turns it into a problem in one place.
//!
//! `detail` and `fields` are for the caller and never hold a secret or another tenant's data. `source` is for the
//! log only: it is printed once, with its chain, where the request ends.

use std::fmt;
use std::time::Duration;

use crate::code::Code;

/// The result of what may fail with an [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One thing wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// RFC 6901 JSON pointer into the body, or `?name` for a query parameter and `name` for a header.
    pub pointer: String,
    /// The rule that does not hold, as a sentence about the field.
    pub detail: String,
}

/// Why something was not done.
#[derive(Debug)]
pub struct Error {
    code: Code,
    detail: String,
    fields: Vec<FieldError>,
    retry_after: Option<Duration>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error with a sentence for the caller.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            fields: Vec::new(),
            retry_after: None,
            source: None,
        }
    }

    /// Several fields of the body are wrong; all of them are named.
    pub fn fields(fields: Vec<FieldError>) -> Self {
        let detail = match fields.as_slice() {
            // The empty pointer is the document as a whole (RFC 6901).
            [only] if only.pointer.is_empty() => format!("the body {}", only.detail),
            [only] => format!("{}: {}", only.pointer, only.detail),
            several => format!("{} fields are not valid", several.len()),
        };
        Self {
            fields,
            ..Self::new(Code::InvalidFields, detail)
        }
    }

    /// One field of the body is wrong.
    pub fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::fields(vec![FieldError {
            pointer: pointer.into(),
            detail: detail.into(),
        }])
    }

    /// There is no such thing. The same words whether it is missing or hidden.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, Code::NotFound.title())
    }

    /// Our own fault: the caller gets no detail, the log gets the context and the chain.
    pub fn internal(context: impl Into<String>) -> Self {
        Self::new(
            Code::Internal,
            "The request could not be carried out; the request id finds the reason in the log",
        )
        .because(Context {
            message: context.into(),
            source: None,
        })
    }

    /// The same error with other fields named.
    #[must_use]
    pub fn with_fields(mut self, fields: Vec<FieldError>) -> Self {
        self.fields = fields;
        self
    }

    /// The same error with the time after which a further try makes sense.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The same error with its cause, for the log only.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let source = source.into();
        self.source = Some(match self.source.take() {
            Some(context) => Box::new(Context {
                message: context.to_string(),
                source: Some(source),
            }),
            None => source,
        });
        self
    }

    /// What programs see.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// What people see.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The fields that are wrong.
    pub fn field_errors(&self) -> &[FieldError] {
        &self.fields
    }

    /// How long to wait before trying again, when that is known.
    pub const fn wait(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// An error and everything that caused it, for the log.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Many errors of libraries repeat their cause in their own sentence.
        let sentence = cause.to_string();
        if !text.ends_with(&sentence) {
            text.push_str(": ");
            text.push_str(&sentence);
        }
        source = cause.source();
    }
    text
}

/// A sentence about what was being done when the source failed.
#[derive(Debug)]
struct Context {
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Context {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    #[test]
    fn an_internal_error_tells_the_caller_nothing_and_the_log_everything() {
        let error = Error::internal("reading the environment").because("disk on fire");
        assert!(!error.detail().contains("disk"));
        let context = error.source().unwrap();
        assert_eq!(context.to_string(), "reading the environment");
        assert_eq!(context.source().unwrap().to_string(), "disk on fire");
    }

    #[test]
    fn a_single_field_is_named_in_the_detail() {
        assert_eq!(
            Error::field("/name", "must not be empty").detail(),
            "/name: must not be empty"
        );
    }
}
