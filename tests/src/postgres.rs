//! A real PostgreSQL: the one `DATABASE_URL` names, else the machine's own programs in a temporary folder.
//!
//! Must not know Berth's schema.

mod find;
mod server;

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database};
use tokio::sync::OnceCell;

use crate::settings;
use server::Server;

/// A PostgreSQL server in which every test has a database of its own. What we started ends when this is dropped or its
/// process ends in any way.
#[derive(Debug)]
pub struct Postgres {
    /// A URL of a database from which others can be created.
    url: String,
    /// Ours, if we started it.
    server: Option<Server>,
    made: AtomicU32,
}

impl Postgres {
    /// Starts one of our own, with nothing in it and nothing kept safe: a power cut may lose it.
    ///
    /// # Errors
    /// When PostgreSQL is not installed: a sentence on what to install. When it does not start: what it said last.
    pub async fn start() -> Result<Self> {
        let server = tokio::task::spawn_blocking(Server::start).await??;
        Ok(Self {
            url: server.url(),
            server: Some(server),
            made: AtomicU32::new(0),
        })
    }

    /// The one of this process, started by whoever asks first. It ends with the process.
    ///
    /// # Errors
    /// As [`Postgres::start`]; the next caller tries again.
    pub async fn shared() -> Result<&'static Self> {
        static SHARED: OnceCell<Postgres> = OnceCell::const_new();
        SHARED
            .get_or_try_init(async || match settings::database_url() {
                Some(url) => Ok(Self {
                    url,
                    server: None,
                    made: AtomicU32::new(0),
                }),
                None => Self::start().await,
            })
            .await
    }

    /// Where the data of our own server is; `None` when somebody else runs it.
    pub fn folder(&self) -> Option<&Path> {
        self.server.as_ref().map(Server::folder)
    }

    /// The URL of a new, empty database that nobody else uses.
    ///
    /// # Errors
    /// When the user of `DATABASE_URL` may not create databases, or the server does not answer.
    pub async fn fresh_database(&self) -> Result<String> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let name = format!(
            "berth_test_{}_{number}_{}",
            std::process::id(),
            uuid::Uuid::new_v4().simple()
        );
        self.execute(&format!("CREATE DATABASE {name}")).await?;
        Ok(with_database(&self.url, &name))
    }

    /// Removes a database made by [`Postgres::fresh_database`], with whoever is still connected. Only needed on a server
    /// that outlives us.
    pub async fn remove_database(&self, url: &str) -> Result<()> {
        let (_, name) = split(url);
        self.execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await
    }

    async fn execute(&self, statement: &str) -> Result<()> {
        let mut options = ConnectOptions::new(&self.url);
        options.max_connections(1).sqlx_logging(false);
        let server = Database::connect(options)
            .await
            .context("cannot connect to PostgreSQL")?;
        server
            .execute_unprepared(statement)
            .await
            .with_context(|| format!("PostgreSQL refused: {statement}"))?;
        server.close().await?;
        Ok(())
    }
}

/// Whether a server could be had; else a sentence on what to install.
pub fn installed() -> Result<()> {
    if settings::database_url().is_some() {
        return Ok(());
    }
    find::programs().map(drop)
}

/// The same server, another database.
fn with_database(url: &str, name: &str) -> String {
    let (server, _) = split(url);
    let parameters = url
        .split_once('?')
        .map(|(_, parameters)| format!("?{parameters}"))
        .unwrap_or_default();
    format!("{server}/{name}{parameters}")
}

/// The URL up to the database, and the database.
fn split(url: &str) -> (&str, &str) {
    let url = url.split_once('?').map_or(url, |(url, _)| url);
    let authority = url.find("://").map_or(0, |at| at + 3);
    match url.get(authority..).and_then(|rest| rest.find('/')) {
        Some(at) => (&url[..authority + at], &url[authority + at + 1..]),
        None => (url, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_keeps_its_server_and_parameters_and_changes_its_database() {
        let cases = [
            ("postgres://u:p@h:1/a", "postgres://u:p@h:1/b"),
            ("postgres://h", "postgres://h/b"),
            (
                "postgresql://u@h/a?sslmode=disable",
                "postgresql://u@h/b?sslmode=disable",
            ),
            ("postgres://h?host=/run", "postgres://h/b?host=/run"),
        ];
        for (before, after) in cases {
            assert_eq!(with_database(before, "b"), after);
        }
    }

    #[tokio::test]
    async fn databases_are_each_tests_own() {
        let postgres = Postgres::shared().await.unwrap();
        let first = postgres.fresh_database().await.unwrap();
        let second = postgres.fresh_database().await.unwrap();
        let table = "CREATE TABLE only_here (id integer PRIMARY KEY)";
        for url in [&first, &second] {
            let database = Database::connect(url.as_str()).await.unwrap();
            database.execute_unprepared(table).await.unwrap();
            database.close().await.unwrap();
            postgres.remove_database(url).await.unwrap();
            Database::connect(url.as_str()).await.unwrap_err();
        }
    }

    #[tokio::test]
    async fn a_server_of_ours_is_gone_after_it_is_dropped() {
        let postgres = Postgres::start().await.unwrap();
        let folder = postgres.folder().unwrap().to_owned();
        let url = postgres.fresh_database().await.unwrap();
        let address = url.split(['@', '/']).nth(3).unwrap().to_owned();
        std::net::TcpStream::connect(&address).unwrap();
        assert!(folder.exists());
        drop(postgres);
        assert!(!folder.exists());
        std::net::TcpStream::connect(&address).unwrap_err();
    }
}
