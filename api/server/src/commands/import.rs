//! `template import`: documents of others made into folders of templates.

use std::path::{Path, PathBuf};

use berth_template::interchange::kro;
use berth_template::{Finding, Severity};
use clap::Subcommand;

use super::report::{self, Found, Rule};
use super::{Unusable, print, read, remark, write};

/// Whose documents to read.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// kro's `ResourceGraphDefinition`s
    Kro(Kro),
}

/// What to read, and where to put it.
#[derive(Debug, clap::Args)]
pub struct Kro {
    /// A YAML file, or a folder of them
    path: PathBuf,
    /// Where `NAME/template.yaml` is written; without it, templates are printed
    #[arg(long)]
    out: Option<PathBuf>,
    /// Write over a template that is there and different
    #[arg(long)]
    force: bool,
}

/// Whether every definition became a template.
pub fn run(import: &Import) -> Result<bool, Unusable> {
    match import {
        Import::Kro(arguments) => kro(arguments),
    }
}

fn kro(arguments: &Kro) -> Result<bool, Unusable> {
    let (mut imported, mut failed) = (Vec::new(), 0_usize);
    for path in files(&arguments.path)? {
        for document in documents(&read(&path)?) {
            if !kro::is_one(&document) {
                continue;
            }
            match kro::import(&document, &()) {
                Ok(template) => {
                    say(&path, &template.warnings);
                    imported.push((path.clone(), template));
                }
                Err(findings) => {
                    failed += 1;
                    say(&path, &findings);
                }
            }
        }
    }
    if imported.is_empty() && failed == 0 {
        let message = format!("there is no ResourceGraphDefinition in {}", arguments.path.display());
        return Err(Unusable(message));
    }
    for (index, (path, template)) in imported.iter().enumerate() {
        if imported
            .iter()
            .take(index)
            .any(|(_, other)| other.name == template.name)
        {
            let message = format!("{}: there are two templates called `{}`", path.display(), template.name);
            return Err(Unusable(message));
        }
    }
    for (_, template) in &imported {
        let Some(out) = &arguments.out else {
            let separator = if imported.len() > 1 { "---\n" } else { "" };
            print(&format!("{separator}{}", template.document))?;
            continue;
        };
        let file = out.join(&template.name).join("template.yaml");
        let other = file.exists() && read(&file)? != template.document;
        if other && !arguments.force {
            let message = format!("{} is there and different; --force writes over it", file.display());
            return Err(Unusable(message));
        }
        write(&file, &template.document)?;
        remark(&format!("wrote {}", file.display()));
    }
    remark(&format!("{} imported, {failed} refused", imported.len()));
    Ok(failed == 0)
}

fn files(path: &Path) -> Result<Vec<PathBuf>, Unusable> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let unreadable = |error: std::io::Error| Unusable(format!("cannot read {}: {error}", path.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        files.push(entry.map_err(unreadable)?.path());
    }
    files.retain(|file| matches!(file.extension().and_then(|e| e.to_str()), Some("yaml" | "yml")) && file.is_file());
    files.sort();
    Ok(files)
}

/// The documents of a file, each on the lines it has in the file.
fn documents(text: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for (number, line) in text.lines().enumerate() {
        let separator = line == "---" || line.starts_with("--- ");
        if separator {
            documents.push("\n".repeat(number));
        }
        let line = if separator { "" } else { line };
        if let Some(document) = documents.last_mut() {
            document.push_str(line);
            document.push('\n');
        }
    }
    documents
}

fn say(path: &Path, findings: &[Finding]) {
    for finding in findings {
        let found = Found {
            file: path.to_path_buf(),
            rule: Rule::Import,
            finding: finding.clone(),
        };
        remark(&report::line(&found));
    }
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        remark(&format!("{}: not imported", path.display()));
    }
}

#[cfg(test)]
mod tests {
    use super::documents;

    #[test]
    fn documents_keep_their_lines() {
        let text = "a: 1\n---\nb: 2\n--- # next\nc: |\n  ---x\n";
        assert_eq!(documents(text), ["a: 1\n", "\n\nb: 2\n", "\n\n\n\nc: |\n  ---x\n"]);
        assert_eq!(documents("---\na: 1\n"), ["", "\na: 1\n"]);
    }
}
