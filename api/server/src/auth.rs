//! Accounts, passwords, tokens, and the rights that a token gives at this moment.

pub mod account;
pub mod keys;
pub mod login;
pub mod password;
pub mod rights;
pub mod seal;
pub mod token;

use std::time::Duration;

use berth_model::Result;
use berth_store::Store;

use crate::config::Config;
use keys::Keys;
use password::Hasher;
use rights::Rights;

/// What is needed to sign people in.
#[derive(Debug)]
pub struct Auth {
    /// The keys that sign access tokens.
    pub keys: Keys,
    /// Hashes passwords, a few at a time.
    pub hasher: Hasher,
    /// Who may do what right now.
    pub rights: Rights,
    /// Who issues the tokens: the server's public address.
    pub issuer: String,
    /// For whom the tokens are.
    pub audience: String,
    /// How long an access token is good.
    pub access_ttl: Duration,
}

impl Auth {
    /// Reads the signing keys, making the first one when there is none.
    ///
    /// # Errors
    /// The database cannot be used, or the keys in it were sealed with another key.
    pub async fn start(config: &Config, store: &Store, key_encryption_key: [u8; 32]) -> Result<Self> {
        Ok(Self {
            keys: Keys::load(store, key_encryption_key).await?,
            hasher: Hasher::new(),
            rights: Rights::new(store.clone()),
            issuer: config.server.public_url.trim_end_matches('/').to_owned(),
            audience: config.auth.audience.clone(),
            access_ttl: config.auth.access_token_ttl,
        })
    }
}
