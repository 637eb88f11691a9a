//! The sections of the settings and what holds when a key is left out.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

/// `[server]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Address and port of the API.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// Address and port of `/metrics`.
    #[serde(deserialize_with = "address")]
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
#[serde(try_from = "String")]
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
#[serde(try_from = "String")]
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
        Self {
            url: "sqlite://berth.db".into(),
            max_connections: 16,
        }
    }
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            signup: Signup::Invited,
            allowed_domains: Vec::new(),
            key_encryption_key: SecretString::default(),
            audience: "berth".into(),
            access_token_ttl: Duration::from_mins(15),
            refresh_idle_ttl: Duration::from_hours(168),
            refresh_absolute_ttl: Duration::from_hours(720),
            free_failures: 10,
        }
    }
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            name: "default".into(),
            kubeconfig: None,
            service_account: None,
        }
    }
}

impl Default for Templates {
    fn default() -> Self {
        Self {
            path: "templates".into(),
        }
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self {
            workers: 32,
            progress_deadline: Duration::from_mins(10),
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            level: "info".into(),
        }
    }
}

impl TryFrom<String> for Signup {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        match word.as_str() {
            "open" => Ok(Self::Open),
            "invited" => Ok(Self::Invited),
            "closed" => Ok(Self::Closed),
            _ => Err(format!("`{word}` is not open, invited or closed")),
        }
    }
}

impl TryFrom<String> for LogFormat {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        match word.as_str() {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!("`{word}` is not text or json")),
        }
    }
}

fn address<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong = |_| serde::de::Error::custom(format!("`{text}` is no address and port like 127.0.0.1:8080"));
    text.parse().map_err(wrong)
}

fn duration<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong = |error| serde::de::Error::custom(format!("`{text}` is no duration like 15m or 7d: {error}"));
    humantime::parse_duration(&text).map_err(wrong)
}
