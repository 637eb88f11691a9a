//! Why a step did not work, as a cause for people and as a decision for the engine. Pure.

use std::time::Duration;

use berth_cluster::Failure;
use berth_model::operation::Cause;
use berth_template::RenderError;

use crate::plan::Wanted;

/// What keeps a pass from going on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blocked {
    /// For people.
    pub(crate) cause: Cause,
    /// For the engine.
    pub(crate) remedy: Remedy,
}

/// What helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Trying again, after the time the other side asked for.
    Retry(Option<Duration>),
    /// Trying again for a while: it may pass, and when it does not, the environment has failed.
    Doubt(Option<Duration>),
    /// Only a change of the environment or of what is in its way.
    Change,
}

impl Blocked {
    /// The cluster did not do it.
    pub(crate) fn by(wanted: &Wanted, failure: &Failure) -> Self {
        let remedy = if failure.is_data_error() {
            Remedy::Change
        } else if matches!(failure, Failure::Denied { .. } | Failure::NoSuchKind { .. }) {
            Remedy::Doubt(failure.retry_after())
        } else {
            Remedy::Retry(failure.retry_after())
        };
        // An API server repeats values when it refuses them.
        let detail = if wanted.object.kind == "Secret" {
            String::new()
        } else {
            format!(": {failure}")
        };
        let message = format!("{} was not accepted{detail}", wanted.object);
        Self {
            cause: cause(failure.reason(), message, wanted),
            remedy,
        }
    }

    /// Somebody else's object has the name.
    pub(crate) fn foreign(wanted: &Wanted) -> Self {
        let (reason, message) = if wanted.object.namespace.is_none() {
            let name = &wanted.object.name;
            (
                "NamespaceTaken",
                format!("a namespace `{name}` exists and is not this environment's; it is left untouched"),
            )
        } else {
            (
                "ObjectTaken",
                format!(
                    "{} exists and is not this environment's; it is left untouched",
                    wanted.object
                ),
            )
        };
        Self {
            cause: cause(reason, message, wanted),
            remedy: Remedy::Change,
        }
    }

    /// Our own object of that name is still on its way out.
    pub(crate) fn going(wanted: &Wanted) -> Self {
        let message = format!("{} is still being deleted", wanted.object);
        Self {
            cause: cause("Terminating", message, wanted),
            remedy: Remedy::Retry(None),
        }
    }

    /// It was there when it was made and gone when it was read.
    pub(crate) fn vanished(wanted: &Wanted) -> Self {
        let message = format!("{} comes and goes", wanted.object);
        Self {
            cause: cause("Unsettled", message, wanted),
            remedy: Remedy::Retry(None),
        }
    }

    /// Our own fault.
    pub(crate) fn internal(wanted: &Wanted, error: &berth_model::Error) -> Self {
        tracing::error!(resource = wanted.resource, %error, "cannot prepare an object");
        let message = format!("{} could not be prepared", wanted.object);
        Self {
            cause: cause("Internal", message, wanted),
            remedy: Remedy::Retry(None),
        }
    }

    /// The watches of the kinds in use could not be started.
    pub(crate) fn watching(failure: &Failure) -> Self {
        let remedy = if matches!(failure, Failure::NoSuchKind { .. }) {
            Remedy::Doubt(None)
        } else {
            Remedy::Retry(failure.retry_after())
        };
        let message = format!("the cluster cannot be watched: {failure}");
        Self {
            cause: Cause {
                reason: failure.reason().to_owned(),
                message,
                resource: None,
            },
            remedy,
        }
    }

    /// The template cannot be rendered with this data.
    pub(crate) fn rendering(error: &RenderError) -> Self {
        let cause = Cause {
            reason: "TemplateFailed".to_owned(),
            message: error.to_string(),
            resource: Some(error.resource.clone()),
        };
        Self {
            cause,
            remedy: Remedy::Change,
        }
    }
}

fn cause(reason: &str, message: String, wanted: &Wanted) -> Cause {
    Cause {
        reason: reason.to_owned(),
        message,
        resource: Some(wanted.resource.clone()),
    }
}
