//! The settings: one file, variables over it, read once. The only module that reads the environment.
//!
//! Every key is described in `docs/configuration.md`; a test compares the two.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

/// A setting that is wrong, and what is allowed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
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

/// `[server]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Address and port of the API.
    pub listen: SocketAddr,
    /// Address and port of `/metrics`.
    pub metrics_listen: SocketAddr,
    /// The address that callers use: the issuer of tokens.
    pub public_url: String,
    /// How many threads answer requests.
    pub workers: usize,
}

/// `[database]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `sqlite://path` or `postgres://…`.
    pub url: SecretString,
    /// How many connections at most.
    pub max_connections: u32,
}

/// Who may sign up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Signup {
    /// Everybody.
    Open,
    /// Whoever an administrator invited.
    Invited,
    /// Nobody.
    Closed,
}

/// `[auth]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Auth {
    /// Who may sign up.
    pub signup: Signup,
    /// When not empty, only emails of exactly these domains may sign up.
    pub allowed_domains: Vec<String>,
    /// 32 bytes in base64 that seal the private parts of signing keys.
    pub key_encryption_key: SecretString,
    /// For whom access tokens are.
    pub audience: String,
    /// How long an access token is good.
    #[serde(deserialize_with = "duration")]
    pub access_token_ttl: Duration,
    /// How long a refresh token is good when it is not used.
    #[serde(deserialize_with = "duration")]
    pub refresh_idle_ttl: Duration,
    /// How long a sign-in is good however much it is used.
    #[serde(deserialize_with = "duration")]
    pub refresh_absolute_ttl: Duration,
    /// Failed sign-ins that cost nothing, for an account and for an address.
    pub free_failures: u32,
}

/// `[cluster]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cluster {
    /// The cluster's name in the API.
    pub name: String,
    /// A kubeconfig; none when running in the cluster itself.
    pub kubeconfig: Option<PathBuf>,
    /// `namespace:name` of Berth's own ServiceAccount, when its rights are those of the chart.
    pub service_account: Option<String>,
}

/// `[templates]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Templates {
    /// The folder of templates that are published at the start.
    pub path: PathBuf,
}

/// `[engine]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Engine {
    /// How many environments are worked on at once.
    pub workers: usize,
    /// How long an environment may come up before its operation has failed.
    #[serde(deserialize_with = "duration")]
    pub progress_deadline: Duration,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// `[log]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// How a line looks.
    pub format: LogFormat,
    /// What is written: `info`, or a filter such as `info,berth_reconcile=debug`.
    pub level: String,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            metrics_listen: SocketAddr::from(([127, 0, 0, 1], 9090)),
            public_url: "http://127.0.0.1:8080".into(),
            workers: std::thread::available_parallelism().map_or(2, usize::from),
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self { url: "sqlite://berth.db".into(), max_connections: 16 }
    }
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            signup: Signup::Invited,
            allowed_domains: Vec::new(),
            key_encryption_key: SecretString::default(),
            audience: "berth".into(),
            access_token_ttl: Duration::from_secs(15 * 60),
            refresh_idle_ttl: Duration::from_secs(7 * 24 * 3600),
            refresh_absolute_ttl: Duration::from_secs(30 * 24 * 3600),
            free_failures: 10,
        }
    }
}

impl Default for Cluster {
    fn default() -> Self {
        Self { name: "default".into(), kubeconfig: None, service_account: None }
    }
}

impl Default for Templates {
    fn default() -> Self {
        Self { path: "templates".into() }
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self { workers: 32, progress_deadline: Duration::from_secs(600) }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: "info".into() }
    }
}

impl Config {
    /// Reads the file, if one is named or `BERTH_CONFIG` names one, and the `BERTH_SECTION__KEY` variables over it.
    ///
    /// # Errors
    /// A key that is unknown or wrong: which, and what is allowed.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "this is the configuration module")]
        let variables: BTreeMap<String, String> = std::env::vars().filter(|(key, _)| key.starts_with("BERTH_")).collect();
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
            return Err(ConfigError(format!("{stray}: variables are named BERTH_SECTION__KEY, like BERTH_SERVER__LISTEN")));
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
        let merged = builder.add_source(variables).build().map_err(|error| ConfigError(error.to_string()))?;
        let config: Self = merged.try_deserialize().map_err(|error| ConfigError(error.to_string()))?;
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
        if self.auth.access_token_ttl > Duration::from_secs(3600) || self.auth.access_token_ttl.is_zero() {
            return wrong("auth.access_token_ttl", "must be more than nothing and at most one hour");
        }
        if self.cluster.name.is_empty() {
            return wrong("cluster.name", "must not be empty");
        }
        if self.cluster.service_account.as_deref().is_some_and(|account| !account.contains(':')) {
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
        let bytes = STANDARD.decode(text.trim()).map_err(|_| ConfigError(format!("auth.key_encryption_key: {how}")))?;
        bytes.try_into().map_err(|_| ConfigError(format!("auth.key_encryption_key: {how}")))
    }

    /// The effective settings as lines of `key = value`, secrets masked.
    pub fn lines(&self) -> Vec<String> {
        let Self { server, database, auth, cluster, platform, templates, engine, log } = self;
        let masked = |secret: &SecretString| if secret.expose_secret().is_empty() { "(not set)" } else { "(set)" };
        let url = database.url.expose_secret();
        let place = url.rsplit_once('@').map_or_else(|| url.to_owned(), |(_, host)| format!("postgres://…@{host}"));
        let mut lines = vec![
            format!("server.listen = {}", server.listen),
            format!("server.metrics_listen = {}", server.metrics_listen),
            format!("server.public_url = {}", server.public_url),
            format!("server.workers = {}", server.workers),
            format!("database.url = {place}"),
            format!("database.max_connections = {}", database.max_connections),
            format!("auth.signup = {:?}", auth.signup).to_lowercase(),
            format!("auth.allowed_domains = {:?}", auth.allowed_domains),
            format!("auth.key_encryption_key = {}", masked(&auth.key_encryption_key)),
            format!("auth.audience = {}", auth.audience),
            format!("auth.access_token_ttl = {}", humantime::format_duration(auth.access_token_ttl)),
            format!("auth.refresh_idle_ttl = {}", humantime::format_duration(auth.refresh_idle_ttl)),
            format!("auth.refresh_absolute_ttl = {}", humantime::format_duration(auth.refresh_absolute_ttl)),
            format!("auth.free_failures = {}", auth.free_failures),
            format!("cluster.name = {}", cluster.name),
            format!("cluster.kubeconfig = {}", cluster.kubeconfig.as_ref().map_or("(in the cluster)".into(), |p| p.display().to_string())),
            format!("cluster.service_account = {}", cluster.service_account.as_deref().unwrap_or("(not set)")),
            format!("templates.path = {}", templates.path.display()),
            format!("engine.workers = {}", engine.workers),
            format!("engine.progress_deadline = {}", humantime::format_duration(engine.progress_deadline)),
            format!("log.format = {:?}", log.format).to_lowercase(),
            format!("log.level = {}", log.level),
        ];
        lines.extend(platform.iter().map(|(key, value)| format!("platform.{key} = {value}")));
        lines
    }
}

fn duration<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong = |error| serde::de::Error::custom(format!("`{text}` is no duration like 15m or 7d: {error}"));
    humantime::parse_duration(&text).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Result<Config, String> {
        let variables = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
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
        assert_eq!(config.auth.access_token_ttl, Duration::from_secs(300));
        assert_eq!(config.auth.allowed_domains, ["a.example", "b.example"]);
        assert_eq!(config.platform["domain"], "dev.example");
    }

    #[test]
    fn a_wrong_value_names_the_key_and_what_is_allowed() {
        for (key, value, words) in [
            ("BERTH_AUTH__SIGNUP", "maybe", vec!["signup", "open", "invited", "closed"]),
            ("BERTH_SERVER__LISTEN", "here", vec!["listen"]),
            ("BERTH_SERVER__LISTENN", "127.0.0.1:1", vec!["listenn", "metrics_listen"]),
            ("BERTH_DATABASE__URL", "mysql://x", vec!["database.url", "sqlite:", "postgres:"]),
            ("BERTH_AUTH__KEY_ENCRYPTION_KEY", "short", vec!["auth.key_encryption_key", "32 random bytes"]),
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
        let config =
            with(&[("BERTH_AUTH__KEY_ENCRYPTION_KEY", &key), ("BERTH_DATABASE__URL", "postgres://u:hunter2@h/d")]).unwrap();
        let lines = config.lines().join("\n");
        assert!(!lines.contains(&key) && !lines.contains("hunter2") && lines.contains("@h/d"), "{lines}");
    }

    #[test]
    fn every_setting_is_documented() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
        let document = std::fs::read_to_string(path).unwrap();
        for line in Config::default().lines() {
            let key = line.split(" = ").next().unwrap();
            assert!(document.contains(&format!("`{key}`")), "{key} is not in docs/configuration.md");
        }
    }
}
