//! The catalog: the folder of templates the server is started with, published into the database, compiled into memory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use berth_model::template::VersionState;
use berth_model::{Code, Error, Result};
use berth_store::{NewVersion, Publication, Store, Write};
use berth_template::{Catalog, Compiled, Finding, Severity, pool};

/// A template's files.
#[derive(Debug, Clone)]
pub struct Source {
    /// The document's path.
    pub path: PathBuf,
    /// The document.
    pub document: String,
    /// What is beside it for developers to read.
    pub readme: String,
}

/// Reads every `*/template.yaml` below a folder, in the order of their names.
///
/// # Errors
/// The folder or a file cannot be read.
pub fn read_folder(folder: &Path) -> Result<Vec<Source>> {
    let unreadable = |path: &Path, error: std::io::Error| {
        let detail = format!("cannot read {}: {error} (templates.path)", path.display());
        Error::new(Code::TemplateInvalid, detail).because(error)
    };
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))?;
    let mut paths: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path().join("template.yaml")))
        .collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    let read = |path: PathBuf| {
        let document = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
        let readme = std::fs::read_to_string(path.with_file_name("README.md")).unwrap_or_default();
        Ok(Source { path, document, readme })
    };
    paths.into_iter().map(read).collect()
}

/// A document and what it compiled to.
pub type Good = (Source, Arc<Compiled>);

/// A document and everything that is wrong with it.
pub type Broken = (Source, Vec<Finding>);

/// Compiles documents that may be composed of each other, in whatever order that takes. What cannot be compiled
/// comes back with its findings; the others are in the catalog.
pub fn compile_all(catalog: &Catalog, sources: Vec<Source>) -> (Vec<Good>, Vec<Broken>) {
    let mut done = Vec::new();
    let mut left: Vec<_> = sources.into_iter().map(|source| (source, Vec::new())).collect();
    loop {
        let before = left.len();
        let mut failed = Vec::new();
        for (source, _) in left {
            match catalog.insert(&source.document) {
                Ok(template) => done.push((source, template)),
                Err(findings) => failed.push((source, findings)),
            }
        }
        left = failed;
        if left.is_empty() || left.len() == before {
            return (done, left);
        }
    }
}

/// Publishes what is new in the folder, and compiles everything that is published. A file that does not compile, or
/// that differs from what was published as its version, is reported and left out: the server starts with what it has.
///
/// # Errors
/// The folder cannot be read, the database cannot be used.
pub async fn load(store: &Store, folder: &Path) -> Result<Arc<Catalog>> {
    let sources = read_folder(folder)?;
    let (compiled, broken) = pool::run(move || compile_all(&Catalog::new(), sources)).await;
    for (source, findings) in broken {
        for finding in findings.iter().filter(|finding| finding.severity == Severity::Error) {
            let place = format!("{}:{}:{}", source.path.display(), finding.line, finding.column);
            tracing::error!("{place}: {}", finding.message);
        }
    }
    for (source, template) in compiled {
        let new = NewVersion {
            name: template.name().to_owned(),
            version: template.version().clone(),
            document: source.document,
            digest: template.digest().to_owned(),
            readme: source.readme,
        };
        match store.template_publish(&Write::default(), new).await? {
            Publication::Published => tracing::info!("published {} {}", template.name(), template.version()),
            Publication::Unchanged => {}
            Publication::Differs(published) => tracing::error!(
                "{}: {} {} was published with the digest {published}, this file has {}; raise the version to publish it",
                source.path.display(),
                template.name(),
                template.version(),
                template.digest(),
            ),
        }
    }
    published(store).await
}

/// Everything that is published and not withdrawn for those who use it.
async fn published(store: &Store) -> Result<Arc<Catalog>> {
    let versions = store.template_versions().await?;
    let usable = versions.into_iter().filter(|version| match version.state {
        // Environments stay on a withdrawn version until somebody upgrades them.
        VersionState::Published | VersionState::Deprecated | VersionState::Withdrawn => true,
    });
    let sources: Vec<_> = usable
        .map(|version| Source {
            path: PathBuf::from(format!("{}@{}", version.name, version.version)),
            document: version.document,
            readme: version.readme,
        })
        .collect();
    let catalog = Arc::new(Catalog::new());
    let into = catalog.clone();
    let (_, broken) = pool::run(move || compile_all(&into, sources)).await;
    for (source, findings) in broken {
        let first = findings
            .first()
            .map(|finding| finding.message.clone())
            .unwrap_or_default();
        tracing::error!("{} is published and does not compile: {first}", source.path.display());
    }
    Ok(catalog)
}
