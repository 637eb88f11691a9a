//! What a signed-in person may do at this moment, remembered for a few seconds.

use std::time::Duration;

use berth_model::id::{SessionId, UserId};
use berth_model::permission::Caller;
use berth_model::{Code, Error, Result};
use berth_store::Store;
use moka::future::Cache;

/// How long rights outlive their end: after that every replica has looked again.
const REMEMBERED: Duration = Duration::from_secs(3);

/// Rights by sign-in.
#[derive(Debug)]
pub struct Rights {
    store: Store,
    known: Cache<(UserId, SessionId), Option<Caller>>,
}

impl Rights {
    /// Rights as the database has them.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            known: Cache::builder().max_capacity(100_000).time_to_live(REMEMBERED).build(),
        }
    }

    /// The rights of a sign-in.
    ///
    /// # Errors
    /// `unauthenticated`: it was ended, or the account is disabled. A database that cannot be asked is a refusal too.
    pub async fn of(&self, user: UserId, session: SessionId) -> Result<Caller> {
        let load = self.store.caller_load(user, session);
        let known = self
            .known
            .try_get_with((user, session), load)
            .await
            .map_err(|error| Error::new(error.code(), error.detail().to_owned()).because(error))?;
        known.ok_or_else(|| Error::new(Code::Unauthenticated, "the access token is not valid, or no longer"))
    }

    /// Forgets a sign-in: this process looks again at once.
    pub async fn forget(&self, user: UserId, session: SessionId) {
        self.known.invalidate(&(user, session)).await;
    }

    /// Forgets everything: memberships have changed.
    pub fn forget_all(&self) {
        self.known.invalidate_all();
    }
}
