//! The tables as rows. Nothing outside this crate sees them.

pub(crate) mod audit_event;
pub(crate) mod environment;
pub(crate) mod event;
pub(crate) mod idempotency_key;
pub(crate) mod inventory_object;
pub(crate) mod invitation;
pub(crate) mod lease;
pub(crate) mod login_throttle;
pub(crate) mod membership;
pub(crate) mod operation;
pub(crate) mod quota;
pub(crate) mod refresh_token;
pub(crate) mod revision;
pub(crate) mod rollout;
pub(crate) mod rollout_target;
pub(crate) mod session;
pub(crate) mod signing_key;
pub(crate) mod team;
pub(crate) mod template;
pub(crate) mod template_version;
pub(crate) mod user;
