//! The template crate from the outside: documents in, findings and objects out.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod catalog;
mod compiler;
mod composition;
mod expressions;
mod guard;
mod guide;
mod iteration;
mod kro;
mod language;
mod literals;
mod named;
mod operations;
mod properties;
mod rendered;
mod rendering;
mod rules;
mod sample;
mod score;
mod typing;
