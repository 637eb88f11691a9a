//! The harness itself: what it starts is a cluster in which workloads become ready and go, and nothing of it is left.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says so loudly")]

mod detached;
mod workloads;
