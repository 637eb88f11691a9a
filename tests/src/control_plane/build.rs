//! Building programs from their modules into the cache.
//!
//! Must not know what the programs are for.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::versions::{Program, Set};
use crate::process::{Ending, Group, last_lines};
use crate::settings;

/// What to do when there is no Go.
pub const GO_IS_MISSING: &str = "Go is missing: install version 1.21 or newer (https://go.dev/dl); the local control \
    plane is built with it from its own modules.";

/// Sees to it that these programs are in the cache; their folder. Says what it builds and how much is left.
///
/// Several processes may ask at once: one builds, the others wait. A program appears in the folder complete or not at
/// all, so a build that was interrupted goes on where it stopped.
///
/// `without`: programs the caller has from elsewhere.
pub fn ensure(set: &Set, without: &[&str], progress: &dyn Fn(&str)) -> Result<PathBuf> {
    let folder = settings::cache_folder()?.join(set.folder()?);
    if missing(&folder, set, without).is_empty() {
        return Ok(folder);
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let lock = File::create(folder.join(".lock"))?;
    if lock.try_lock().is_err() {
        progress("another process is building the same programs; waiting for it");
        lock.lock()?;
    }
    let missing = missing(&folder, set, without);
    if missing.is_empty() {
        return Ok(folder);
    }
    let go = settings::on_path("go").context(GO_IS_MISSING)?;
    progress(&format!(
        "building {} for {}; the first time takes about {} on two cores, later runs find it in the cache",
        missing
            .iter()
            .map(|program| program.name)
            .collect::<Vec<_>>()
            .join(", "),
        folder.display(),
        set.first_time,
    ));
    let workshop = tempfile::Builder::new().prefix(".building-").tempdir_in(&folder)?;
    let group = Group::new(Ending {
        remove: Some(workshop.path().to_owned()),
        ..Ending::default()
    })?;
    for (step, program) in missing.iter().enumerate() {
        let left = missing.len() - step - 1;
        progress(&format!(
            "[{}/{}] building {} ({left} to go)",
            step + 1,
            missing.len(),
            program.name
        ));
        build(&go, &group, program, workshop.path(), &folder)?;
    }
    Ok(folder)
}

fn missing(folder: &Path, set: &Set, without: &[&str]) -> Vec<Program> {
    let absent = |program: &&Program| !without.contains(&program.name) && !folder.join(program.name).is_file();
    set.programs.iter().filter(absent).copied().collect()
}

fn build(go: &Path, group: &Group, program: &Program, workshop: &Path, folder: &Path) -> Result<()> {
    let module = workshop.join(format!("{}-module", program.module.name));
    std::fs::create_dir_all(&module)?;
    std::fs::write(module.join("go.mod"), program.module.requirements)?;
    std::fs::write(module.join("go.sum"), program.module.sums)?;
    let built = workshop.join(program.name);
    let log = workshop.join(format!("{}.log", program.name));
    let mut command = Command::new(go);
    command
        .args([
            "build",
            "-trimpath",
            "-buildvcs=false",
            "-ldflags",
            &program.linker_flags()?,
            "-o",
        ])
        .arg(&built)
        .arg(program.package)
        .current_dir(&module)
        .env("CGO_ENABLED", "0")
        .env("GOWORK", "off");
    let status = group.run("go", &log, &mut command)?;
    if !status.success() {
        bail!("building {} failed ({status})\n{}", program.name, last_lines(&log));
    }
    std::fs::rename(&built, folder.join(program.name)).with_context(|| format!("cannot keep {}", program.name))
}
