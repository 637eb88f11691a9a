//! What the harness takes from the environment of the process, each variable in one place.
//!
//! Must not know what the values are used for.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

/// A throwaway cluster the caller names: `BERTH_TEST_KUBECONFIG`. Never `KUBECONFIG`.
pub fn test_kubeconfig() -> Option<PathBuf> {
    read("BERTH_TEST_KUBECONFIG").map(PathBuf::from)
}

/// Whether servers under test run on PostgreSQL instead of SQLite: `BERTH_TEST_DATABASE=postgres`.
pub fn on_postgres() -> bool {
    read("BERTH_TEST_DATABASE").is_some_and(|name| name == "postgres")
}

/// A folder that already holds `etcd` and `kube-apiserver`: `KUBEBUILDER_ASSETS`.
pub fn kubebuilder_assets() -> Option<PathBuf> {
    read("KUBEBUILDER_ASSETS").map(PathBuf::from)
}

/// A PostgreSQL server the caller offers: `DATABASE_URL`. Other databases are not ours to take.
pub fn database_url() -> Option<String> {
    let url = read("DATABASE_URL")?.into_string().ok()?;
    (url.starts_with("postgres://") || url.starts_with("postgresql://")).then_some(url)
}

/// Where what is expensive to build is kept between runs: `$BERTH_CACHE_DIR`, else `$XDG_CACHE_HOME/berth`, else
/// `~/.cache/berth`. Outside `target/`, so that `cargo clean` costs no six minutes.
pub fn cache_folder() -> Result<PathBuf> {
    if let Some(folder) = read("BERTH_CACHE_DIR") {
        return Ok(folder.into());
    }
    if let Some(folder) = read("XDG_CACHE_HOME") {
        return Ok(PathBuf::from(folder).join("berth"));
    }
    let home =
        read("HOME").context("neither BERTH_CACHE_DIR, XDG_CACHE_HOME nor HOME is set: nowhere to keep builds")?;
    Ok(PathBuf::from(home).join(".cache/berth"))
}

/// The folders programs are looked for in.
pub fn search_path() -> Vec<PathBuf> {
    read("PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default()
}

/// The first file called `name` on the search path.
pub fn on_path(name: &str) -> Option<PathBuf> {
    search_path()
        .into_iter()
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// An empty variable counts as not set, as it does for shells.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the harness reads the environment"
)]
fn read(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
