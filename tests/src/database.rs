//! A database of its own for whoever asks, on SQLite or, with `BERTH_TEST_DATABASE=postgres`, on PostgreSQL.
//!
//! Must not know Berth's schema.

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::{Postgres, settings};

/// An empty database. A file on disk goes with this value; a database on a server goes with the server.
#[derive(Debug)]
pub struct FreshDatabase {
    /// How to reach it.
    pub url: String,
    _folder: TempDir,
}

impl FreshDatabase {
    /// Makes one.
    ///
    /// # Errors
    /// No temporary folder can be made; PostgreSQL is wanted and cannot be started.
    pub async fn create() -> Result<Self> {
        let folder = tempfile::tempdir().context("making a temporary folder")?;
        let url = if settings::on_postgres() {
            Postgres::shared().await?.fresh_database().await?
        } else {
            format!("sqlite://{}", folder.path().join("berth.db").display())
        };
        Ok(Self { url, _folder: folder })
    }
}
