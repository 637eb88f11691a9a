//! The database: what is wanted, who owns it, and what was done.
//!
//! **Architecture invariant:** everything that belongs to a tenant is read through a [`Scope`], which only a
//! permission check can make, so a query that nobody checked does not compile. What a request changes, it changes in
//! one transaction. Rows stay in here; what goes out are the types of `berth-model`. Knows neither HTTP nor clusters.
//!
//! [`Scope`]: berth_model::permission::Scope

mod account;
mod audit;
mod connection;
mod entity;
mod environment;
mod event;
mod idempotency;
mod inventory;
mod lease;
mod operation;
mod page;
mod pass;
mod rollout;
mod row;
mod session;
mod team;
mod template;
mod throttle;
mod work;

pub use account::{NewInvitation, NewUser};
pub use audit::Write;
pub use connection::{Options, SchemaState, Store};
pub use environment::{Change, EnvironmentFilter, NewEnvironment};
pub use idempotency::{Answer, Begin, Intent};
pub use inventory::{NewIntent, ObjectUpdate};
pub use lease::Fence;
pub use page::{Listed, Page};
pub use pass::{OperationEnd, PassRecord};
pub use rollout::{Mark, NewRollout, Progress, Steer, Way};
pub use session::{Rotation, SealedKey};
pub use template::{NewVersion, Publication};
pub use throttle::Throttle;
pub use work::Work;
