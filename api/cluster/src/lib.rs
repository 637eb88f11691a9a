//! Kubernetes, as Berth needs it: connect, apply, delete, watch, and say whether an object is healthy.
//!
//! **Architecture invariant:** knows neither the database nor templates. Everything it says about an object comes from
//! the cluster; everything that decides (`failure`, `health`, `project`, `drift`, `stamp`) is pure.

pub mod cluster;
pub mod drift;
pub mod failure;
pub mod health;
pub mod kind;
pub mod label;
pub mod live;
mod project;
pub mod stamp;
pub mod watch;

// Named here so that it is known to be needed: its feature says which Kubernetes `kube` is for.
use k8s_openapi as _;

pub use cluster::{Cluster, ClusterConfig, Deleted};
pub use drift::FieldDrift;
pub use failure::Failure;
pub use health::{Health, health};
pub use kind::{Kind, is_watched};
pub use live::Live;
pub use project::project;
pub use watch::Watches;
