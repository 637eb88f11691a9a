//! The settings: one file, variables over it, read once. The only module that reads the environment.
//!
//! Every key is described in `docs/configuration.md`; a test compares the two.

mod lines;
mod sections;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;
use serde::Deserialize;

pub use sections::{Auth, Cluster, Database, Engine, Log, LogFormat, Server, Signup, Templates};

/// A setting that is wrong, and what is allowed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

/// All settings.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the API listens.
    pub server: Server,
    /// Where the database is.
    pub database: Database,
    /// Who may sign up and how tokens are made.
    pub auth: Auth,
    /// Which cluster environments go to.
    pub cluster: Cluster,
    /// What templates see as `platform`: any keys.
    pub platform: BTreeMap<String, serde_json::Value>,
    /// Where the catalog is.
    pub templates: Templates,
    /// How the engine works.
    pub engine: Engine,
    /// How the log is written.
    pub log: Log,
}

impl Config {
    /// Reads the file, if one is named or `BERTH_CONFIG` names one, and the `BERTH_SECTION__KEY` variables over it.
    ///
    /// # Errors
    /// A key that is unknown or wrong: which, and what is allowed.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "this is the configuration module")]
        let variables: BTreeMap<String, String> =
            std::env::vars().filter(|(key, _)| key.starts_with("BERTH_")).collect();
        Self::from_parts(file, variables)
    }

    /// The same from given variables.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn from_parts(file: Option<&Path>, mut variables: BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let named = variables.remove("BERTH_CONFIG").map(PathBuf::from);
        // Of the test harness and its cache, not of the server.
        variables.retain(|key, _| key.contains("__") || !(key.starts_with("BERTH_TEST_") || key == "BERTH_CACHE_DIR"));
        if let Some(stray) = variables.keys().find(|key| !key.contains("__")) {
            return Err(ConfigError(format!(
                "{stray}: variables are named BERTH_SECTION__KEY, like BERTH_SERVER__LISTEN"
            )));
        }
        let mut builder = config::Config::builder();
        if let Some(path) = file.map(Path::to_path_buf).or(named) {
            builder = builder.add_source(config::File::from(path).format(config::FileFormat::Toml));
        }
        let variables = config::Environment::with_prefix("BERTH")
            .prefix_separator("_")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("auth.allowed_domains")
            .source(Some(variables.into_iter().collect()));
        let merged = builder
            .add_source(variables)
            .build()
            .map_err(|error| ConfigError(error.to_string()))?;
        let config: Self = merged
            .try_deserialize()
            .map_err(|error| ConfigError(error.to_string()))?;
        config.checked()
    }

    fn checked(self) -> Result<Self, ConfigError> {
        let wrong = |key: &str, rule: &str| Err(ConfigError(format!("{key}: {rule}")));
        let url = self.database.url.expose_secret();
        if !(url.starts_with("sqlite:") || url.starts_with("postgres:") || url.starts_with("postgresql:")) {
            return wrong("database.url", "must begin with sqlite: or postgres:");
        }
        if !(1..=1000).contains(&self.database.max_connections) {
            return wrong("database.max_connections", "must be 1 to 1000");
        }
        if !(1..=1024).contains(&self.server.workers) {
            return wrong("server.workers", "must be 1 to 1024");
        }
        if !(1..=1024).contains(&self.engine.workers) {
            return wrong("engine.workers", "must be 1 to 1024");
        }
        if !(self.server.public_url.starts_with("https://") || self.server.public_url.starts_with("http://")) {
            return wrong("server.public_url", "must begin with https:// or http://");
        }
        if self.auth.access_token_ttl > Duration::from_hours(1) || self.auth.access_token_ttl.is_zero() {
            return wrong(
                "auth.access_token_ttl",
                "must be more than nothing and at most one hour",
            );
        }
        if self.cluster.name.is_empty() {
            return wrong("cluster.name", "must not be empty");
        }
        if self
            .cluster
            .service_account
            .as_deref()
            .is_some_and(|account| !account.contains(':'))
        {
            return wrong("cluster.service_account", "must be namespace:name");
        }
        if let Err(error) = self.log.level.parse::<tracing_subscriber::filter::EnvFilter>() {
            return wrong("log.level", &format!("is no filter: {error}"));
        }
        if !self.auth.key_encryption_key.expose_secret().is_empty() {
            self.key_encryption_key()?;
        }
        Ok(self)
    }

    /// The key that seals what is secret in the database.
    ///
    /// # Errors
    /// It is missing, or not 32 bytes in base64.
    pub fn key_encryption_key(&self) -> Result<[u8; 32], ConfigError> {
        let text = self.auth.key_encryption_key.expose_secret();
        let how = "must be 32 random bytes in base64; make one with: head -c 32 /dev/urandom | base64";
        let bytes = STANDARD
            .decode(text.trim())
            .map_err(|_| ConfigError(format!("auth.key_encryption_key: {how}")))?;
        bytes
            .try_into()
            .map_err(|_| ConfigError(format!("auth.key_encryption_key: {how}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Result<Config, String> {
        let variables = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        Config::from_parts(None, variables).map_err(|error| error.to_string())
    }

    #[test]
    fn variables_reach_every_section() {
        let config = with(&[
            ("BERTH_SERVER__LISTEN", "127.0.0.1:1234"),
            ("BERTH_SERVER__METRICS_LISTEN", "127.0.0.1:1235"),
            ("BERTH_AUTH__SIGNUP", "open"),
            ("BERTH_AUTH__ACCESS_TOKEN_TTL", "5m"),
            ("BERTH_AUTH__ALLOWED_DOMAINS", "a.example,b.example"),
            ("BERTH_PLATFORM__DOMAIN", "dev.example"),
        ])
        .unwrap();
        assert_eq!(config.server.listen.port(), 1234);
        assert_eq!(config.auth.signup, Signup::Open);
        assert_eq!(config.auth.access_token_ttl, Duration::from_mins(5));
        assert_eq!(config.auth.allowed_domains, ["a.example", "b.example"]);
        assert_eq!(config.platform["domain"], "dev.example");
    }

    #[test]
    fn a_wrong_value_names_the_key_and_what_is_allowed() {
        for (key, value, words) in [
            (
                "BERTH_AUTH__SIGNUP",
                "maybe",
                vec!["signup", "open", "invited", "closed"],
            ),
            ("BERTH_SERVER__LISTEN", "here", vec!["listen"]),
            (
                "BERTH_SERVER__LISTENN",
                "127.0.0.1:1",
                vec!["listenn", "metrics_listen"],
            ),
            (
                "BERTH_DATABASE__URL",
                "mysql://x",
                vec!["database.url", "sqlite:", "postgres:"],
            ),
            (
                "BERTH_AUTH__KEY_ENCRYPTION_KEY",
                "short",
                vec!["auth.key_encryption_key", "32 random bytes"],
            ),
            ("BERTH_AUTH__ACCESS_TOKEN_TTL", "soon", vec!["access_token_ttl", "15m"]),
            ("BERTH_LISTEN", "x", vec!["BERTH_LISTEN", "BERTH_SECTION__KEY"]),
        ] {
            let error = with(&[(key, value)]).unwrap_err();
            for word in words {
                assert!(error.contains(word), "{key}: `{word}` is not in: {error}");
            }
        }
    }

    #[test]
    fn the_effective_settings_show_no_secret() {
        let key = STANDARD.encode([7; 32]);
        let config = with(&[
            ("BERTH_AUTH__KEY_ENCRYPTION_KEY", &key),
            ("BERTH_DATABASE__URL", "postgres://u:hunter2@h/d"),
        ])
        .unwrap();
        let lines = config.lines().join("\n");
        assert!(
            !lines.contains(&key) && !lines.contains("hunter2") && lines.contains("@h/d"),
            "{lines}"
        );
    }

    #[test]
    fn every_setting_is_documented() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
        let document = std::fs::read_to_string(path).unwrap();
        for line in Config::default().lines() {
            let key = line.split(" = ").next().unwrap();
            assert!(
                document.contains(&format!("`{key}`")),
                "{key} is not in docs/configuration.md"
            );
        }
    }
}
