//! `berth-server template …`: what platform engineers do with templates in a folder, without a cluster or a database.
//!
//! Must not know HTTP, the store or the cluster. Files are read and written here; what they mean is for
//! `berth_template` to say.

mod golden;
mod import;
mod lint;
mod render;
mod report;
mod sarif;
mod shown;
mod sources;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Subcommand;

/// Something cannot be read, written or understood: the command says so and exits with 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(String);

/// What to do with templates.
#[derive(Debug, Subcommand)]
pub enum Template {
    /// Compile templates and check their examples; exits with 1 when something is wrong
    Lint(lint::Arguments),
    /// Print the objects that a template comes to
    Render(render::Arguments),
    /// Render every example and compare it with its golden file; exits with 1 when one differs
    Test(golden::Arguments),
    /// Make templates from documents of others; exits with 1 when one cannot be translated
    #[command(subcommand)]
    Import(import::Import),
}

/// Runs the command. Recurses: run it on the pool of `berth_template`.
///
/// # Errors
/// Something cannot be read, written or understood.
pub fn run(command: &Template) -> Result<ExitCode, Unusable> {
    let fine = match command {
        Template::Lint(arguments) => lint::run(arguments)?,
        Template::Render(arguments) => render::run(arguments)?,
        Template::Test(arguments) => golden::run(arguments)?,
        Template::Import(arguments) => import::run(arguments)?,
    };
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Results go to standard output.
fn print(text: &str) -> Result<(), Unusable> {
    let written = writeln!(std::io::stdout().lock(), "{}", text.trim_end_matches('\n'));
    written.map_err(|error| Unusable(format!("cannot write to standard output: {error}")))
}

/// Remarks go to standard error, so that results can be piped.
fn remark(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

fn read(path: &std::path::Path) -> Result<String, Unusable> {
    std::fs::read_to_string(path).map_err(|error| Unusable(format!("cannot read {}: {error}", path.display())))
}

fn write(path: &std::path::Path, text: &str) -> Result<(), Unusable> {
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let written = folder.and_then(|()| std::fs::write(path, text));
    written.map_err(|error| Unusable(format!("cannot write {}: {error}", path.display())))
}
