//! The one table of error codes: what callers may program against.
//!
//! How a class becomes an HTTP status is the server's business; nothing here knows of HTTP.

/// How a caller should react, whatever the particular reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// The request is malformed: change it.
    Malformed,
    /// Nobody is signed in, or no longer: sign in.
    Unauthenticated,
    /// Signed in, and not allowed: ask for the right.
    Forbidden,
    /// There is no such thing, or none that the caller may know of.
    NotFound,
    /// The method does not exist on this resource.
    MethodNotAllowed,
    /// The state or the name is in the way: read, decide, try again.
    Conflict,
    /// A stated precondition does not hold: read again.
    PreconditionFailed,
    /// The body is larger than what is read.
    TooLarge,
    /// The body is of a type that is not read.
    UnsupportedType,
    /// Well-formed, and refused by a rule: change what is asked for.
    Refused,
    /// Too many requests: wait as long as told.
    TooMany,
    /// Our own fault: report the request id.
    Internal,
    /// Something that is needed is away: wait and try again.
    Unavailable,
}

macro_rules! codes {
    ($($variant:ident $code:literal $class:ident $title:literal;)+) => {
        /// Why a request was not carried out: stable, one word for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $title] $variant,)+
        }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as it stands on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// How the caller should react.
            pub const fn class(self) -> Class {
                match self { $(Self::$variant => Class::$class),+ }
            }

            /// The same sentence for every occurrence of the code.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }
        }
    };
}

codes! {
    MalformedBody "malformed_body" Malformed "The body is not the JSON document that was expected";
    InvalidFields "invalid_fields" Malformed "Some fields are missing, unknown or malformed";
    InvalidQuery "invalid_query" Malformed "The query parameters are not valid";
    InvalidCursor "invalid_cursor" Malformed "The cursor does not belong to this list";
    InvalidHeader "invalid_header" Malformed "A request header is not valid";
    Unauthenticated "unauthenticated" Unauthenticated "A valid access token is needed";
    InvalidCredentials "invalid_credentials" Unauthenticated "The credentials are not valid";
    Forbidden "forbidden" Forbidden "Your role does not allow this";
    SignupClosed "signup_closed" Forbidden "Sign-up is not open to you";
    NotFound "not_found" NotFound "There is no such thing, or none that you may see";
    RouteNotFound "route_not_found" NotFound "There is no such address";
    MethodNotAllowed "method_not_allowed" MethodNotAllowed "This address does not have that method";
    EmailTaken "email_taken" Conflict "An account with this email exists";
    UsernameTaken "username_taken" Conflict "An account with this username exists";
    NameTaken "name_taken" Conflict "The name is taken";
    StateConflict "state_conflict" Conflict "The present state does not allow this";
    IdempotencyInProgress "idempotency_in_progress" Conflict "The first request with this key is still running";
    IdempotencyMismatch "idempotency_mismatch" Refused "The key was used with another request";
    PreconditionFailed "precondition_failed" PreconditionFailed "The resource has changed since it was read";
    BodyTooLarge "body_too_large" TooLarge "The body is too large";
    UnsupportedMediaType "unsupported_media_type" UnsupportedType "The body must be JSON";
    InvalidParameters "invalid_parameters" Refused "The template's parameters are not satisfied";
    TemplateUnknown "template_unknown" Refused "There is no such template version";
    TemplateUnavailable "template_unavailable" Refused "The template cannot be used for this";
    VersionTaken "version_taken" Conflict "Another document was published as this version";
    VersionTooSmall "version_too_small" Refused "The version does not say how much has changed";
    TemplateInvalid "template_invalid" Refused "The template does not compile";
    QuotaExceeded "quota_exceeded" Refused "The team's quota does not allow this";
    TooManyRequests "too_many_requests" TooMany "Too many requests";
    Internal "internal" Internal "Something went wrong on our side";
    DatabaseUnavailable "database_unavailable" Unavailable "The database cannot be reached";
    ClusterUnavailable "cluster_unavailable" Unavailable "The cluster cannot be reached";
    Busy "busy" Unavailable "The server is busy";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_distinct_snake_case_words() {
        let words: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        for word in words {
            assert!(word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{word}");
        }
    }
}
