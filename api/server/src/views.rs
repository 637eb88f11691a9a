//! What goes over the wire, apart from problems: one file a resource, schemas included.
//!
//! Knows the domain types of `model` and how they are shown. Knows no request, no database and no cluster. Field
//! order is the order of the structs and maps are sorted, so the same state gives the same bytes and the same tag.

pub mod account;
pub mod environment;
pub mod event;
pub mod list;
pub mod operation;
pub mod resource;
pub mod rollout;
pub mod system;
pub mod team;
pub mod template;
