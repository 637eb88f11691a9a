//! Where a machine keeps PostgreSQL's server programs.

use std::path::{Path, PathBuf};

/// Folders with a version in their names, as the packagers have them: what comes before the version, and after.
const HOMES: [(&str, &str, &str); 5] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/Library/PostgreSQL", "", "bin"),
];

/// The folder with `initdb` and `postgres`: on the path, else where packagers put it, the newest version first.
#[expect(clippy::disallowed_methods, reason = "looking for a program means looking at PATH")]
pub fn server_programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).find(|folder| has_both(folder));
    let installed = || HOMES.iter().find_map(|(home, before, after)| newest(Path::new(home), before, after));
    on_path.or_else(installed)
}

fn newest(home: &Path, before: &str, after: &str) -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir(home)
        .ok()?
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.strip_prefix(before)?.split('.').next()?.parse().ok()?;
            let folder = entry.path().join(after);
            has_both(&folder).then_some((version, folder))
        })
        .collect();
    found.sort();
    found.pop().map(|(_, folder)| folder)
}

fn has_both(folder: &Path) -> bool {
    folder.join("initdb").is_file() && folder.join("postgres").is_file()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_newest_whole_installation_is_taken() {
        let home = tempfile::tempdir().unwrap();
        for (version, programs) in [("9.6", 2), ("15", 2), ("17", 1), ("common", 2)] {
            let folder = home.path().join(version).join("bin");
            fs::create_dir_all(&folder).unwrap();
            for program in ["initdb", "postgres"].iter().take(programs) {
                fs::write(folder.join(program), "").unwrap();
            }
        }
        assert_eq!(newest(home.path(), "", "bin"), Some(home.path().join("15/bin")));
    }
}
