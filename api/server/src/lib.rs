//! HTTP, sign-in, configuration and telemetry.
//!
//! **Architecture invariant:** a handler changes the database and never a cluster; nothing in this library links the
//! engine. Only the binary does, in `serve`, where the two are started side by side. Authentication happens before a
//! body is read; tokens are decoded in one place, the environment is read in one place, and an error becomes a problem
//! document in one place.

pub mod app;
pub mod auth;
pub mod catalog;
pub mod commands;
pub mod config;
pub mod cursor;
pub mod extract;
pub mod http;
pub mod openapi;
pub mod problem;
pub mod reply;
pub mod routes;
pub mod state;
pub mod telemetry;
pub mod views;
