//! What tests, the demo and the benchmarks stand on: a real control plane, a real PostgreSQL, and processes that never
//! outlive whoever started them.
//!
//! **Architecture invariant:** nothing here fakes a part of the product or of what it talks to; everything started
//! listens on loopback and is gone when its owner is, however that ended; the cluster the caller is logged in to
//! (`KUBECONFIG`, `~/.kube`) is never looked at.

pub mod app;
pub mod client;
pub mod control_plane;
pub mod database;
pub mod dev;
pub mod live;
pub mod postgres;
pub mod private_file;
pub mod process;
pub mod server;
pub mod settings;

pub use control_plane::ControlPlane;
pub use database::FreshDatabase;
pub use postgres::Postgres;
