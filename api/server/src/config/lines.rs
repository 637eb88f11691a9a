//! The settings as text, for `config check` and whoever asks what a server runs with. Must not print a secret.

use secrecy::{ExposeSecret as _, SecretString};

use super::Config;

impl Config {
    /// The effective settings as lines of `key = value`, secrets masked.
    pub fn lines(&self) -> Vec<String> {
        let Self {
            server,
            database,
            auth,
            cluster,
            platform,
            templates,
            engine,
            log,
        } = self;
        let masked = |secret: &SecretString| {
            if secret.expose_secret().is_empty() {
                "(not set)"
            } else {
                "(set)"
            }
        };
        let url = database.url.expose_secret();
        let place = url
            .rsplit_once('@')
            .map_or_else(|| url.to_owned(), |(_, host)| format!("postgres://…@{host}"));
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
            format!(
                "auth.access_token_ttl = {}",
                humantime::format_duration(auth.access_token_ttl)
            ),
            format!(
                "auth.refresh_idle_ttl = {}",
                humantime::format_duration(auth.refresh_idle_ttl)
            ),
            format!(
                "auth.refresh_absolute_ttl = {}",
                humantime::format_duration(auth.refresh_absolute_ttl)
            ),
            format!("auth.free_failures = {}", auth.free_failures),
            format!("cluster.name = {}", cluster.name),
            format!(
                "cluster.kubeconfig = {}",
                cluster
                    .kubeconfig
                    .as_ref()
                    .map_or("(in the cluster)".into(), |p| p.display().to_string())
            ),
            format!(
                "cluster.service_account = {}",
                cluster.service_account.as_deref().unwrap_or("(not set)")
            ),
            format!("templates.path = {}", templates.path.display()),
            format!("engine.workers = {}", engine.workers),
            format!(
                "engine.progress_deadline = {}",
                humantime::format_duration(engine.progress_deadline)
            ),
            format!("log.format = {:?}", log.format).to_lowercase(),
            format!("log.level = {}", log.level),
        ];
        lines.extend(platform.iter().map(|(key, value)| format!("platform.{key} = {value}")));
        lines
    }
}
