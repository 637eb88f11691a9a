//! A template document in, a checked graph out; graph and parameters in, objects out.
//!
//! Architecture invariant: this crate is pure. It knows no runtime, no HTTP, no database and no cluster; it reads no
//! clock, no file and nothing random, so the same arguments always give the same bytes. Templates are data: structure
//! is parsed first, and only then are expressions inside scalar values evaluated, so no value can add a key,
//! a document or an object.
//!
//! # What expressions mean
//! - A resource's id is its live object where there is one, field by field, and the object as the template writes it
//!   elsewhere. A field that neither has makes the reader wait until the resource is ready; after that it is an error.
//! - `status` is read only once the resource is ready. Reading what the template writes itself never waits; it orders.
//! - Reading a resource that is left out leaves the reader out. A branch that is not taken reads nothing.
//! - `has(x.y.z)` and `x.?y` wait for nothing: they answer from what is there, also for what is left out.
//! - A whole expression that comes to `null`, or to an optional value that is not there, leaves its field out.
//! - The content of a `Secret` cannot be read, and a `writeOnly` parameter gets into nothing but a `Secret`.

mod catalog;
mod circle;
mod compare;
mod compile;
mod compiled;
mod compose;
mod data;
mod document;
mod expression;
mod finding;
mod flow;
mod guard;
mod impact;
pub mod interchange;
mod kinds;
mod names;
mod operation;
mod place;
mod plan;
pub mod pool;
mod render;
mod rendered;
mod schema;
mod shape;
mod suggest;
mod types;
mod yaml;

pub use catalog::{Card, Catalog, Published, Standing};
pub use compare::{Change, Step, compare, deserved, taken};
pub use compile::{compile, compile_with};
pub use compiled::{Compilation, Compiled, Kind, Library};
pub use data::Data;
pub use document::operation::{Action, Sleep};
pub use finding::{Finding, ParameterFinding, RenderError, Severity};
pub use impact::{Effect, ObjectChange, impact};
pub use kinds::{Schemas, describe};
pub use rendered::{
    Generate, Inputs, Live, LiveObject, Node, NodeState, OnDelete, Output, Rendered, RenderedObject, SecretPart,
    SecretPlan,
};
pub use suggest::nearest;
