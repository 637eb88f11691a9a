//! A template document in, a checked graph out; graph and parameters in, objects out.
//!
//! Architecture invariant: this crate is pure. It knows no runtime, no HTTP, no database and no cluster; it reads no
//! clock, no file and nothing random, so the same arguments always give the same bytes. Templates are data: structure
//! is parsed first, and only then are expressions inside scalar values evaluated, so no value can add a key,
//! a document or an object.

mod compile;
mod compiled;
mod compose;
mod document;
mod expression;
mod finding;
mod guard;
mod names;
mod place;
mod plan;
pub mod pool;
mod render;
mod rendered;
mod schema;
mod shape;
mod suggest;
mod yaml;

pub use compile::compile;
pub use compiled::{Compilation, Compiled, Kind, Library};
pub use finding::{Finding, ParameterFinding, RenderError, Severity};
pub use rendered::{
    Generate, Inputs, Live, LiveObject, Node, NodeState, OnDelete, Output, Rendered, RenderedObject, SecretPart,
    SecretPlan,
};
