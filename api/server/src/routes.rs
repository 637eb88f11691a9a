//! The addresses. A handler has three steps: extract, one call, a typed answer.
//!
//! Knows neither the database's rows nor a cluster.

mod answer;
pub mod auth;
pub mod environments;
pub mod members;
pub mod operations;
mod paging;
pub mod people;
pub mod rollouts;
pub mod system;
pub mod teams;
pub mod templates;
