//! Time as Berth keeps it: UTC, to the microsecond.

use chrono::{DateTime, SubsecRound, Utc};

/// A moment in UTC with microsecond precision, which is what PostgreSQL can store.
pub type Timestamp = DateTime<Utc>;

/// The present moment, cut to microseconds so that what is written and read back compares equal on every database.
pub fn now() -> Timestamp {
    Utc::now().trunc_subsecs(6)
}
