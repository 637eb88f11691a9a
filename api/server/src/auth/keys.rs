//! The keys that sign access tokens: Ed25519, private parts sealed in the database, public parts for everybody.

use std::fmt;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use berth_model::{Error, Result, time};
use berth_store::{SealedKey, Store};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde_json::{Value, json};
use uuid::Uuid;

use super::seal;

/// The signing keys of this installation.
pub struct Keys {
    signing: (String, EncodingKey),
    verifying: Vec<(String, DecodingKey)>,
    set: Value,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("signing", &self.signing.0)
            .finish_non_exhaustive()
    }
}

impl Keys {
    /// Reads the keys; the newest signs, all verify. Makes the first one.
    ///
    /// # Errors
    /// The database cannot be used, or a key was sealed with another key encryption key.
    pub async fn load(store: &Store, key_encryption_key: [u8; 32]) -> Result<Self> {
        if store.signing_keys().await?.is_empty() {
            store.signing_key_insert(generate(&key_encryption_key)?).await?;
        }
        let rows = store.signing_keys().await?;
        let newest = rows.first().ok_or_else(|| Error::internal("there is no signing key"))?;
        let private = seal::open(&key_encryption_key, &place(&newest.kid), &newest.sealed_private_key)?;
        let signing = (newest.kid.clone(), EncodingKey::from_ed_der(&private));
        let mut verifying = Vec::new();
        for row in &rows {
            let key = DecodingKey::from_ed_components(&row.public_key);
            verifying.push((
                row.kid.clone(),
                key.map_err(|error| Error::internal("reading a key").because(error))?,
            ));
        }
        let jwk = |row: &SealedKey| json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": row.kid, "x": row.public_key});
        Ok(Self {
            signing,
            verifying,
            set: json!({"keys": rows.iter().map(jwk).collect::<Vec<_>>()}),
        })
    }

    /// The key that signs, and its id.
    pub const fn signing(&self) -> &(String, EncodingKey) {
        &self.signing
    }

    /// The key of that id.
    pub fn verifying(&self, kid: &str) -> Option<&DecodingKey> {
        self.verifying
            .iter()
            .find(|(known, _)| known == kid)
            .map(|(_, key)| key)
    }

    /// The public parts, RFC 7517.
    pub const fn set(&self) -> &Value {
        &self.set
    }
}

fn place(kid: &str) -> String {
    format!("signing_key|{kid}|sealed_private_key")
}

fn generate(key_encryption_key: &[u8; 32]) -> Result<SealedKey> {
    let pair = Ed25519KeyPair::generate().map_err(|_| Error::internal("making a signing key"))?;
    let private = pair
        .to_pkcs8v1()
        .map_err(|_| Error::internal("writing a signing key"))?;
    let kid = Uuid::new_v4().simple().to_string();
    Ok(SealedKey {
        sealed_private_key: seal::seal(key_encryption_key, &place(&kid), private.as_ref())?,
        public_key: URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()),
        algorithm: "EdDSA".into(),
        created_at: time::now(),
        kid,
    })
}
