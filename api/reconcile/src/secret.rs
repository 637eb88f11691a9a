//! The values of generated Secrets: made here, written to the cluster, and forgotten.
//!
//! Nothing of this module is logged, stored or kept longer than the one call that creates the Secret.

use std::collections::BTreeMap;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use berth_model::{Error, Result};
use berth_template::{SecretPart, SecretPlan};
use serde_json::Value;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The manifest with its generated and composed keys filled in.
///
/// # Errors
/// The system's random source failed.
pub fn fill(manifest: &Value, plan: &SecretPlan) -> Result<Value> {
    let mut generated = BTreeMap::new();
    for (key, wanted) in &plan.generate {
        generated.insert(key.as_str(), random_text(wanted.length)?);
    }
    let mut filled = manifest.clone();
    let data = &mut filled["data"];
    if data.is_null() {
        *data = Value::Object(serde_json::Map::new());
    }
    for (key, text) in &generated {
        data[*key] = Value::String(STANDARD.encode(text));
    }
    for (key, parts) in &plan.composed {
        data[key.as_str()] = Value::String(STANDARD.encode(compose(parts, &generated)?));
    }
    Ok(filled)
}

fn compose(parts: &[SecretPart], generated: &BTreeMap<&str, String>) -> Result<String> {
    let mut text = String::new();
    for part in parts {
        match part {
            SecretPart::Text(plain) => text.push_str(plain),
            SecretPart::Generated(key) => {
                let missing = || Error::internal(format!("a secret is composed of `{key}`, which is not generated"));
                text.push_str(generated.get(key.as_str()).ok_or_else(missing)?);
            }
        }
    }
    Ok(text)
}

/// Letters and digits, each equally likely: bytes that would favour some of them are thrown away.
fn random_text(length: u32) -> Result<String> {
    let random = SystemRandom::new();
    let mut text = String::new();
    let mut bytes = [0_u8; 64];
    while text.len() < length as usize {
        random
            .fill(&mut bytes)
            .map_err(|_| Error::internal("the system's random source failed"))?;
        let fair = bytes
            .iter()
            .filter(|byte| usize::from(**byte) < 256 - 256 % ALPHABET.len());
        let wanted = length as usize - text.len();
        text.extend(
            fair.take(wanted)
                .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])),
        );
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use berth_template::Generate;
    use serde_json::json;

    #[test]
    fn generated_values_are_random_and_composed_ones_contain_them() {
        let plan = SecretPlan {
            generate: BTreeMap::from([("password".to_owned(), Generate { length: 32 })]),
            composed: BTreeMap::from([(
                "uri".to_owned(),
                vec![
                    SecretPart::Text("postgres://app:".into()),
                    SecretPart::Generated("password".into()),
                ],
            )]),
        };
        let manifest = json!({"kind": "Secret", "data": {"username": "YXBw"}});
        let text = |secret: &Value, key: &str| {
            String::from_utf8(STANDARD.decode(secret["data"][key].as_str().unwrap()).unwrap()).unwrap()
        };
        let (one, other) = (fill(&manifest, &plan).unwrap(), fill(&manifest, &plan).unwrap());
        let password = text(&one, "password");
        assert_eq!(password.len(), 32);
        assert!(password.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_ne!(password, text(&other, "password"));
        assert_eq!(text(&one, "uri"), format!("postgres://app:{password}"));
        assert_eq!(text(&one, "username"), "app");
    }
}
