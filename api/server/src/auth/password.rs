//! Passwords: the rules for new ones, and hashing, which costs a core for a while and so never runs on an async thread.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use berth_model::name::{Email, Username};
use berth_model::{Error, Result};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

/// OWASP's first recommendation: 19 MiB, two passes, one lane.
const MEMORY: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Passwords that everybody tries first, one a line.
static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("common-passwords.txt")
        .lines()
        .filter(|line| !line.is_empty())
        .collect()
});

/// What keeps a password from being taken, if anything does. It is compared as it was sent.
pub fn objection(password: &str, email: Option<&Email>, username: Option<&Username>) -> Option<&'static str> {
    let length = password.chars().count();
    let lower = password.to_lowercase();
    let same = |name: &str| name.to_lowercase() == lower;
    let own = email.is_some_and(|email| same(email.as_str()) || same(email.local_part()))
        || username.is_some_and(|username| same(username.as_str()));
    match length {
        0..8 => Some("must be at least 8 characters"),
        257.. => Some("must be at most 256 characters"),
        _ if own => Some("must not be your own name or email"),
        _ if COMMON.contains(lower.as_str()) => Some("is one of the passwords that everybody tries first"),
        _ => None,
    }
}

/// Hashes passwords, as many at once as there are cores.
#[derive(Debug)]
pub struct Hasher {
    places: Arc<Semaphore>,
}

/// What a comparison came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is the password; a stronger hash of it where the kept one is weaker than today's.
    Right(Option<String>),
    /// It is not.
    Wrong,
}

impl Hasher {
    /// A hasher for this machine.
    #[expect(clippy::new_without_default, reason = "it asks the machine how many cores it has")]
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            places: Arc::new(Semaphore::new(cores)),
        }
    }

    /// The hash of a password, in PHC form.
    ///
    /// # Errors
    /// The system's random source failed.
    pub async fn hash(&self, password: SecretString) -> Result<String> {
        self.run(move || hash(password.expose_secret())).await
    }

    /// Compares. Without a hash, for an account that does not exist, it costs the same and is wrong.
    ///
    /// # Errors
    /// The kept hash cannot be read.
    pub async fn verify(&self, password: SecretString, kept: Option<String>) -> Result<Verdict> {
        self.run(move || {
            let Some(kept) = kept else {
                hash(password.expose_secret())?;
                return Ok(Verdict::Wrong);
            };
            let unreadable =
                |error: argon2::password_hash::phc::Error| Error::internal("reading a hash").because(error);
            let parsed = PasswordHash::new(&kept).map_err(unreadable)?;
            if argon2()?
                .verify_password(password.expose_secret().as_bytes(), &parsed)
                .is_err()
            {
                return Ok(Verdict::Wrong);
            }
            let strong = kept.starts_with(&format!("$argon2id$v=19$m={MEMORY},t={PASSES},p={LANES}$"));
            Ok(Verdict::Right(if strong {
                None
            } else {
                Some(hash(password.expose_secret())?)
            }))
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let closed = |_| Error::internal("the hasher is closed");
        let place = self.places.clone().acquire_owned().await.map_err(closed)?;
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        done.await.map_err(|error| Error::internal("hashing").because(error))?
    }
}

fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY, PASSES, LANES, None);
    let params = params.map_err(|error| Error::internal(format!("the cost of hashing is not valid: {error}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str) -> Result<String> {
    let hashed: argon2::password_hash::Result<PasswordHash> = argon2()?.hash_password(password.as_bytes());
    hashed
        .map(|hash| hash.to_string())
        .map_err(|error| Error::internal(format!("hashing: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_for_new_passwords() {
        let email = Email::parse("adalovelace@example.com").unwrap();
        let name = Username::parse("ada.lovelace").unwrap();
        let says = |password: &str| objection(password, Some(&email), Some(&name));
        assert!(says("1234567").unwrap().contains("at least 8"));
        assert!(says(&"x".repeat(257)).unwrap().contains("at most 256"));
        assert!(says("AdaLovelace").unwrap().contains("own name"));
        assert!(says("Ada.Lovelace").unwrap().contains("own name"));
        assert!(says("Password1").unwrap().contains("everybody"));
        assert_eq!(says("correct horse battery"), None);
        assert_eq!(says("ääääääää"), None);
        assert_eq!(says(&"x".repeat(256)), None);
        assert!(COMMON.len() >= 400);
    }

    #[tokio::test]
    async fn a_password_is_right_or_wrong_and_a_weak_hash_is_replaced() {
        let hasher = Hasher::new();
        let secret = |text: &str| SecretString::from(text.to_owned());
        let kept = hasher.hash(secret("correct horse")).await.unwrap();
        assert_eq!(
            hasher
                .verify(secret("correct horse"), Some(kept.clone()))
                .await
                .unwrap(),
            Verdict::Right(None)
        );
        assert_eq!(
            hasher.verify(secret("Correct horse"), Some(kept)).await.unwrap(),
            Verdict::Wrong
        );
        assert_eq!(
            hasher.verify(secret("correct horse"), None).await.unwrap(),
            Verdict::Wrong
        );
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(8192, 1, 1, None).unwrap(),
        );
        let weak: PasswordHash = weak.hash_password(b"correct horse").unwrap();
        let verdict = hasher
            .verify(secret("correct horse"), Some(weak.to_string()))
            .await
            .unwrap();
        assert!(matches!(verdict, Verdict::Right(Some(better)) if better.contains("m=19456")));
    }
}
