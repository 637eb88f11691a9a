//! The API over HTTP against a real server and a real database, one module a resource.

mod environments_accepted;
mod environments_refused;
mod teams;
mod templates;
