//! Sealing what is secret in the database: AES-256-GCM, bound to the place it stands in.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use berth_model::{Error, Result};

/// Bytes of the nonce in front.
const NONCE: usize = 12;

/// Seals bytes for a place (`table|row|column`): opened anywhere else, they are refused.
///
/// # Errors
/// The key or the system's random source is not usable.
pub fn seal(key: &[u8; 32], place: &str, plain: &[u8]) -> Result<Vec<u8>> {
    let failed = |_| Error::internal("sealing a secret");
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).map_err(failed)?;
    let mut sealed = plain.to_vec();
    let nonce = key
        .seal_in_place_append_tag(Aad::from(place.as_bytes()), &mut sealed)
        .map_err(failed)?;
    let mut out = nonce.as_ref().to_vec();
    out.extend(sealed);
    Ok(out)
}

/// Opens what was sealed for the place.
///
/// # Errors
/// It was sealed with another key or for another place, or was changed.
pub fn open(key: &[u8; 32], place: &str, sealed: &[u8]) -> Result<Vec<u8>> {
    let failed = || {
        Error::internal(format!(
            "{place} cannot be opened: auth.key_encryption_key is not the key it was sealed with"
        ))
    };
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).map_err(|_| failed())?;
    let (nonce, rest) = sealed.split_at_checked(NONCE).ok_or_else(failed)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| failed())?;
    let mut buffer = rest.to_vec();
    let plain = key
        .open_in_place(nonce, Aad::from(place.as_bytes()), &mut buffer)
        .map_err(|_| failed())?;
    Ok(plain.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_with_its_key_in_its_place() {
        let (key, other) = ([1; 32], [2; 32]);
        let sealed = seal(&key, "signing_key|a|private", b"secret").unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert_eq!(open(&key, "signing_key|a|private", &sealed).unwrap(), b"secret");
        assert!(open(&other, "signing_key|a|private", &sealed).is_err());
        assert!(open(&key, "signing_key|b|private", &sealed).is_err());
        let mut changed = sealed;
        changed[20] ^= 1;
        assert!(open(&key, "signing_key|a|private", &changed).is_err());
    }
}
