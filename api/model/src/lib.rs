//! The vocabulary of Berth and its rules: ids, names, roles, permissions, states, errors.
//!
//! **Architecture invariant:** nothing here does I/O or knows a framework. There is no tokio, no actix-web, no
//! sea-orm and no kube in this crate, so every rule in it can be tested as a table and reused by every other crate.

pub mod account;
pub mod canonical;
pub mod code;
pub mod condition;
pub mod environment;
pub mod error;
pub mod event;
pub mod id;
pub mod inventory;
pub mod name;
pub mod namespace;
pub mod operation;
pub mod permission;
pub mod role;
pub mod rollout;
pub mod span;
pub mod template;
pub mod time;

pub use code::{Class, Code};
pub use error::{Error, FieldError, Result, chain};
