//! What handlers take from a request: who sent it, a checked body, checked parameters and conditions.

mod body;
mod condition;
mod json;
mod origin;
mod query;
mod request;
mod signed;

pub use body::Body;
pub use condition::{IfMatch, Wait};
pub use origin::Origin;
pub(crate) use origin::RequestId;
pub use query::{Query, limit};
pub use request::{Requested, ScoreQuery};
pub use signed::Signed;
