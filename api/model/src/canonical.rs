//! One byte form for each JSON value, so that hashes and comparisons never depend on key order.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The value as JSON text with the keys of every object sorted by code point.
pub fn text(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// SHA-256 of the canonical text, as 64 lower-case hexadecimal digits.
pub fn digest(value: &Value) -> String {
    digest_bytes(text(value).as_bytes())
}

/// SHA-256 of the bytes, as 64 lower-case hexadecimal digits.
pub fn digest_bytes(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort();
            out.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                write(&map[key], out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => out.push_str(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn key_order_does_not_change_the_digest() {
        let a: Value = serde_json::from_str(r#"{"b":{"y":1,"x":[2,{"d":1,"c":2}]},"a":"é\""}"#).unwrap();
        let b = json!({"a": "é\"", "b": {"x": [2, {"c": 2, "d": 1}], "y": 1}});
        assert_eq!(text(&a), text(&b));
        assert_eq!(digest(&a), digest(&b));
    }

    #[test]
    fn different_values_have_different_digests() {
        assert_ne!(digest(&json!({"a": "b\",\"c"})), digest(&json!({"a": "b", "c": ""})));
        assert_ne!(digest(&json!(1)), digest(&json!("1")));
    }
}
