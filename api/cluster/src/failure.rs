//! Every way a call to the API server can fail, sorted by what helps. Pure.

use std::time::Duration;

use kube::core::Status;

/// Why a call did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// An object of that name is there already.
    #[error("it exists already")]
    AlreadyExists,
    /// It is not there, or what it is in is not.
    #[error("{message}")]
    NotFound {
        /// The API server's words.
        message: String,
    },
    /// The namespace is being deleted and takes nothing new.
    #[error("the namespace is being deleted")]
    NamespaceTerminating,
    /// Somebody else changed it at the same time.
    #[error("{message}")]
    Conflict {
        /// The API server's words.
        message: String,
    },
    /// Admission, a quota or our own rights refuse it.
    #[error("{message}")]
    Denied {
        /// The API server's words.
        message: String,
    },
    /// The API server does not accept our credentials.
    #[error("the cluster does not accept Berth's credentials")]
    Unauthenticated,
    /// The object is not valid: only another manifest helps.
    #[error("{message}")]
    Invalid {
        /// The API server's words.
        message: String,
    },
    /// The cluster does not have this kind.
    #[error("the cluster has no kind {kind}")]
    NoSuchKind {
        /// The kind.
        kind: String,
    },
    /// The API server asks us to slow down.
    #[error("the cluster is busy")]
    Throttled {
        /// For how long.
        wait: Option<Duration>,
    },
    /// The API server cannot be reached or did not answer in time. The call may have had its effect.
    #[error("the cluster did not answer: {message}")]
    Unavailable {
        /// What happened.
        message: String,
        /// For how long it asks to be left alone.
        wait: Option<Duration>,
    },
}

impl Failure {
    /// One CamelCase word for programs.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyExists => "AlreadyExists",
            Self::NotFound { .. } => "NotFound",
            Self::NamespaceTerminating => "NamespaceTerminating",
            Self::Conflict { .. } => "Conflict",
            Self::Denied { .. } => "Denied",
            Self::Unauthenticated => "Unauthenticated",
            Self::Invalid { .. } => "Invalid",
            Self::NoSuchKind { .. } => "NoSuchKind",
            Self::Throttled { .. } => "Throttled",
            Self::Unavailable { .. } => "ClusterUnavailable",
        }
    }

    /// Whether only another manifest helps.
    pub const fn is_data_error(&self) -> bool {
        matches!(self, Self::Invalid { .. })
    }

    /// How long the other side asks us to wait.
    pub const fn retry_after(&self) -> Option<Duration> {
        if let Self::Throttled { wait } | Self::Unavailable { wait, .. } = self {
            *wait
        } else {
            None
        }
    }

    /// Sorts an error of the client.
    pub(crate) fn from_client(error: kube::Error) -> Self {
        if let kube::Error::Api(status) = error {
            return Self::from_status(*status);
        }
        Self::Unavailable {
            message: berth_model::chain(&error),
            wait: None,
        }
    }

    /// Sorts an answer of the API server.
    pub fn from_status(status: Status) -> Self {
        let Status {
            code,
            reason,
            message,
            details,
            ..
        } = status;
        let cause = |wanted: &str| {
            details
                .as_ref()
                .is_some_and(|d| d.causes.iter().any(|cause| cause.reason == wanted))
        };
        let seconds = details.as_ref().map_or(0, |details| details.retry_after_seconds);
        let wait = (seconds > 0).then(|| Duration::from_secs(seconds.into()));
        match (code, reason.as_str()) {
            (409, "AlreadyExists") => Self::AlreadyExists,
            (403, _) if cause("NamespaceTerminating") => Self::NamespaceTerminating,
            (409, _) => Self::Conflict { message },
            (401, _) => Self::Unauthenticated,
            (403, _) => Self::Denied { message },
            (404 | 410, _) => Self::NotFound { message },
            (400 | 413 | 415 | 422, _) => Self::Invalid { message },
            // Strict field validation of server-side apply answers an unknown field with 500.
            (500, _) if message.contains("field not declared in schema") => Self::Invalid { message },
            (429, _) => Self::Throttled { wait },
            _ => Self::Unavailable {
                message: format!("{code} {message}"),
                wait,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sorted(code: u16, reason: &str, message: &str, details: &serde_json::Value) -> Failure {
        let status =
            json!({"status": "Failure", "code": code, "reason": reason, "message": message, "details": details});
        Failure::from_status(serde_json::from_value(status).unwrap())
    }

    #[test]
    fn answers_are_sorted_by_what_helps() {
        let none = json!({});
        assert_eq!(sorted(409, "AlreadyExists", "", &none), Failure::AlreadyExists);
        assert!(matches!(sorted(409, "Conflict", "x", &none), Failure::Conflict { .. }));
        assert!(sorted(422, "Invalid", "spec.selector is immutable", &none).is_data_error());
        assert!(sorted(500, "", "field not declared in schema", &none).is_data_error());
        assert!(!sorted(500, "InternalError", "boom", &none).is_data_error());
        let terminating = json!({"causes": [{"reason": "NamespaceTerminating", "message": "", "field": ""}]});
        assert_eq!(
            sorted(403, "Forbidden", "", &terminating),
            Failure::NamespaceTerminating
        );
        assert!(matches!(
            sorted(403, "Forbidden", "exceeded quota", &none),
            Failure::Denied { .. }
        ));
        let busy = sorted(429, "TooManyRequests", "", &json!({"retryAfterSeconds": 7}));
        assert_eq!(busy.retry_after(), Some(Duration::from_secs(7)));
    }
}
