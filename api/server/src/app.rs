//! What the API does: permission, then whether what is asked for holds together, then one transaction of the store.
//!
//! Knows neither requests nor answers, and no cluster. What crosses to the routes are the types of `model`.

pub mod environment;
pub mod operation;
pub mod rollout;
pub mod team;
pub mod template;
