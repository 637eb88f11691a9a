//! Signs of life on the wire.

use serde::Serialize;
use utoipa::ToSchema;

/// A sign of life.
#[derive(Debug, Serialize, ToSchema)]
pub struct Life {
    /// Always `ok`.
    #[schema(example = "ok")]
    status: &'static str,
}

impl Life {
    /// All is well.
    pub const OK: Self = Self { status: "ok" };
}

/// Which version this is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Version {
    /// The server's version.
    #[schema(example = "0.1.0")]
    version: &'static str,
}

impl Version {
    /// The version of this binary.
    pub const CURRENT: Self = Self {
        version: env!("CARGO_PKG_VERSION"),
    };
}

/// A set of keys, RFC 7517.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeySet {
    /// The keys.
    keys: Vec<serde_json::Value>,
}
