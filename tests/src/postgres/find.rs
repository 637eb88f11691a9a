//! Where the machine keeps the programs of PostgreSQL.
//!
//! Must not start them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::settings;

/// What to do when there is no PostgreSQL.
const IS_MISSING: &str = "PostgreSQL is missing: install its server programs (Debian, Ubuntu: 'apt-get install \
    postgresql'; Fedora: 'dnf install postgresql-server'; macOS: 'brew install postgresql@17'), or set DATABASE_URL to \
    a server whose user may create databases.";

/// Where distributions put the programs; `*` is a version.
const PLACES: [&str; 7] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/opt/homebrew/opt/postgresql/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
];

/// The folder that holds `initdb` and `postgres`, of the newest version found.
///
/// # Errors
/// A sentence on what to install.
pub fn programs() -> Result<PathBuf> {
    // One on the search path is what the user wants, unless it is a wrapper without the server beside it.
    let on_path = settings::on_path("initdb").and_then(|file| file.parent().map(Path::to_owned));
    let on_path = on_path.filter(|folder| complete(folder));
    on_path
        .or_else(|| newest(PLACES.iter().flat_map(|place| expand(place))))
        .context(IS_MISSING)
}

fn complete(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file())
}

/// The folder with the highest number in its path.
fn newest(folders: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    let version = |folder: &PathBuf| -> f64 {
        let text = folder.to_string_lossy();
        let digits = text.split(|symbol: char| !symbol.is_ascii_digit() && symbol != '.');
        digits.filter_map(|part| part.parse().ok()).fold(0.0, f64::max)
    };
    folders
        .filter(|folder| complete(folder))
        .max_by(|one, other| version(one).total_cmp(&version(other)))
}

/// The folders a pattern with one `*` stands for.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return vec![pattern.into()];
    };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or((".", before));
    let Ok(entries) = std::fs::read_dir(parent) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path().join(after.trim_start_matches('/')))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_complete_installation_is_taken() {
        let root = tempfile::tempdir().unwrap();
        for (version, names) in [
            ("9.6", ["initdb", "postgres"]),
            ("15", ["initdb", "postgres"]),
            ("17", ["initdb", "psql"]),
        ] {
            let folder = root.path().join(version).join("bin");
            std::fs::create_dir_all(&folder).unwrap();
            for name in names {
                std::fs::write(folder.join(name), "").unwrap();
            }
        }
        let pattern = format!("{}/*/bin", root.path().display());
        assert_eq!(newest(expand(&pattern).into_iter()), Some(root.path().join("15/bin")));
    }

    #[test]
    fn a_place_that_does_not_exist_has_no_folders() {
        assert!(expand("/nowhere/at-all-*/bin").is_empty());
    }
}
