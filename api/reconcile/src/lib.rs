//! Makes the cluster match the database: claim, render, decide, act, record.
//!
//! **Architecture invariant:** this is the only crate that changes a cluster, and nothing of HTTP links it. A pass
//! takes an environment's id and nothing else, so a signal that is lost or doubled changes nothing but timing; it
//! writes down what it is about to make before it makes it, so that it may be killed at any instruction.
//!
//! `plan`, `decide` and `observe` are pure and hold the decisions; `converge` and `dismantle` carry them out.

mod act;
mod backoff;
mod converge;
mod decide;
mod dismantle;
mod engine;
mod failure;
mod observe;
mod pass;
mod plan;
mod queue;
mod rollout;
mod secret;
mod settle;

pub use engine::{Engine, EngineConfig};
