//! The whole product against real databases and a real control plane, one module a subject.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod accounts;
mod chart;
mod commands;
mod engine;
mod environments_accepted;
mod environments_refused;
mod environments_score;
mod http;
mod kinds;
mod program;
mod rollouts;
mod store;
mod teams;
mod templates;
mod templates_curated;
