//! kro.
mod marker;
mod rewrite;
mod schema;
