//! The catalog: the folder of templates the server is started with, published into the database, compiled into memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use berth_model::template::{TemplateVersion, VersionState};
use berth_model::time::Timestamp;
use berth_model::{Code, Error, Result};
use berth_store::{NewVersion, Publication, Store, Write};
use berth_template::{Card, Catalog, Compiled, Finding, Published, Severity, Standing, pool};
use chrono::TimeDelta;
use serde_json::Value;

/// How far the clocks of replicas may be apart.
const SLACK: TimeDelta = TimeDelta::seconds(10);

/// A template's files.
#[derive(Debug, Clone)]
pub struct Source {
    /// The document's path.
    pub path: PathBuf,
    /// The document.
    pub document: String,
    /// What is beside it for developers to read.
    pub readme: String,
    /// Parameters to try it with, by name: `examples/NAME.yaml`. Empty where nobody asks for them.
    pub examples: BTreeMap<String, Value>,
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
        Ok(Source {
            path,
            document,
            readme,
            examples: BTreeMap::new(),
        })
    };
    paths.into_iter().map(read).collect()
}

/// The parameter documents of a folder, by name.
fn read_examples(folder: &Path) -> Result<BTreeMap<String, Value>> {
    let mut examples = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let (Some(name), Some("yaml")) = (
            path.file_stem().and_then(|name| name.to_str()),
            path.extension().and_then(|extension| extension.to_str()),
        ) else {
            continue;
        };
        let wrong = |error: String| Error::new(Code::TemplateInvalid, format!("{}: {error}", path.display()));
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
        let value = serde_saphyr::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        examples.insert(name.to_owned(), value);
    }
    Ok(examples)
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
    let mut sources = read_folder(folder)?;
    for source in &mut sources {
        source.examples = read_examples(&source.path.with_file_name("examples"))?;
    }
    let (compiled, broken) = pool::run(move || compile_all(&Catalog::new(), sources)).await;
    for (source, findings) in broken {
        for finding in findings.iter().filter(|finding| finding.severity == Severity::Error) {
            let place = format!("{}:{}:{}", source.path.display(), finding.line, finding.column);
            tracing::error!("{place}: {}", finding.message);
        }
    }
    for (source, template) in compiled {
        match store
            .template_publish(&Write::default(), new_version(&source, &template)?)
            .await?
        {
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
    let catalog = Arc::new(Catalog::new());
    refresh(store, &catalog, None).await?;
    Ok(catalog)
}

/// A document and what it compiled to, as it is published.
///
/// # Errors
/// It cannot be written as JSON.
pub fn new_version(source: &Source, template: &Compiled) -> Result<NewVersion> {
    let card = serde_json::to_value(Card::from(template));
    Ok(NewVersion {
        name: template.name().to_owned(),
        version: template.version().clone(),
        document: source.document.clone(),
        digest: template.digest().to_owned(),
        readme: source.readme.clone(),
        uses: template.uses().to_vec(),
        card: card.map_err(|error| Error::internal("writing a card").because(error))?,
        examples: source.examples.clone(),
    })
}

/// Takes over what was published, deprecated or withdrawn since then, here or by another replica. Compiles nothing.
/// Comes to the moment to ask from the next time.
///
/// # Errors
/// The database cannot be read.
pub async fn refresh(store: &Store, catalog: &Catalog, since: Option<Timestamp>) -> Result<Option<Timestamp>> {
    let changes = store.template_changes(since).await?;
    let latest = changes.iter().map(|version| version.changed_at).max();
    for version in changes {
        catalog.publish(published(version));
    }
    // The clocks of replicas differ: what was written a moment before may come to light a moment later.
    Ok(latest.map(|latest| latest - SLACK).max(since))
}

/// A version as the catalog holds it.
pub fn published(version: TemplateVersion) -> Published {
    let card: Card = serde_json::from_value(version.card).unwrap_or_default();
    let title = if card.title.is_empty() {
        version.name.clone()
    } else {
        card.title
    };
    Published {
        name: version.name,
        version: version.version,
        document: version.document,
        standing: match version.state {
            VersionState::Published => Standing::Published,
            VersionState::Deprecated => Standing::Deprecated,
            VersionState::Withdrawn => Standing::Withdrawn,
        },
        uses: version.uses,
        card: Card { title, ..card },
    }
}
