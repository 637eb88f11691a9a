//! Documents of others, read as ours: a kro `ResourceGraphDefinition` as a template, a Score workload as a request.
//!
//! Pure, like everything here. What has no counterpart is an error that names it and its place; nothing is dropped
//! without a word.

mod emit;
pub mod kro;
pub mod score;
mod tree;
