//! The published templates of a process: their documents, compiled when they are first needed.
//!
//! In memory only; whoever owns the published documents fills it. Shared between threads. A published version is compiled
//! with exactly the versions it was published with, however many newer ones there are by then.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

use crate::compile::compile;
use crate::compiled::{Compiled, Library};
use crate::finding::Finding;
use crate::pool;

/// What may be made from a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing new; what is made from it stays.
    Withdrawn,
    /// Anything, and whoever asks for no version in particular gets another one where there is one.
    Deprecated,
    /// Anything.
    Published,
}

/// What people read of a version in a list, so that listing compiles nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    /// `metadata.title`.
    pub title: String,
    /// `metadata.summary`.
    pub summary: String,
    /// `metadata.owner`.
    pub owner: String,
    /// `metadata.tags`.
    pub tags: Vec<String>,
}

impl From<&Compiled> for Card {
    fn from(template: &Compiled) -> Self {
        Self {
            title: template.title().to_owned(),
            summary: template.summary().to_owned(),
            owner: template.owner().to_owned(),
            tags: template.tags().to_vec(),
        }
    }
}

/// A version as it was published.
#[derive(Clone, Debug)]
pub struct Published {
    /// The template's name.
    pub name: String,
    /// The version.
    pub version: Version,
    /// The document.
    pub document: String,
    /// What may be made from it.
    pub standing: Standing,
    /// The exact versions of what it is composed of, when it was published.
    pub uses: Vec<(String, Version)>,
    /// What people read of it.
    pub card: Card,
}

/// Published templates by name and version.
#[derive(Debug, Default)]
pub struct Catalog {
    templates: RwLock<BTreeMap<(String, Version), Arc<Entry>>>,
}

#[derive(Debug)]
struct Entry {
    published: Published,
    compiled: OnceLock<Result<Arc<Compiled>, String>>,
}

/// A catalog as one published version sees it: with the versions it was published with.
struct Pinned<'c> {
    catalog: &'c Catalog,
    uses: &'c [(String, Version)],
}

impl Library for Pinned<'_> {
    fn resolve(&self, name: &str, range: &VersionReq) -> Option<Arc<Compiled>> {
        let pinned = self
            .uses
            .iter()
            .filter(|(used, _)| used == name)
            .map(|(_, version)| version);
        let version = pinned.filter(|version| range.matches(version)).max()?;
        self.catalog.get(name, version)
    }
}

impl Catalog {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Compiles a document against what is here and adds it; one of the same name and version is replaced.
    ///
    /// Recurses: run it on the [`pool`].
    ///
    /// # Errors
    /// Everything that is wrong with the document.
    pub fn insert(&self, document: &str) -> Result<Arc<Compiled>, Vec<Finding>> {
        let template = compile(document, self)?.template;
        let published = Published {
            name: template.name().to_owned(),
            version: template.version().clone(),
            document: document.to_owned(),
            standing: Standing::Published,
            uses: template.uses().to_vec(),
            card: Card::from(&*template),
        };
        self.put(published, OnceLock::from(Ok(template.clone())));
        Ok(template)
    }

    /// Adds a version, or changes what may be made from one. Its document never changes; it is compiled when it is needed.
    pub fn publish(&self, published: Published) {
        let key = (published.name.clone(), published.version.clone());
        let known = self.entry(&key).map(|entry| entry.compiled.clone());
        self.put(published, known.unwrap_or_default());
    }

    fn put(&self, published: Published, compiled: OnceLock<Result<Arc<Compiled>, String>>) {
        let key = (published.name.clone(), published.version.clone());
        let entry = Arc::new(Entry { published, compiled });
        let mut templates = self.templates.write().unwrap_or_else(PoisonError::into_inner);
        templates.insert(key, entry);
    }

    fn entry(&self, key: &(String, Version)) -> Option<Arc<Entry>> {
        let templates = self.templates.read().unwrap_or_else(PoisonError::into_inner);
        templates.get(key).cloned()
    }

    /// That version, whatever may be made from it.
    pub fn get(&self, name: &str, version: &Version) -> Option<Arc<Compiled>> {
        let entry = self.entry(&(name.to_owned(), version.clone()))?;
        self.compiled(&entry).ok()
    }

    /// Why that version cannot be used, when it is here and does not compile.
    pub fn broken(&self, name: &str, version: &Version) -> Option<String> {
        let entry = self.entry(&(name.to_owned(), version.clone()))?;
        self.compiled(&entry).err()
    }

    fn compiled(&self, entry: &Arc<Entry>) -> Result<Arc<Compiled>, String> {
        if let Some(known) = entry.compiled.get() {
            return known.clone();
        }
        // Compiled twice when two ask at the same time: the same comes of it, and nobody waits for anybody.
        let (library, wanted) = (self.shallow(), entry.clone());
        let made = pool::run_blocking(move || {
            let pinned = Pinned {
                catalog: &library,
                uses: &wanted.published.uses,
            };
            compile(&wanted.published.document, &pinned).map(|compilation| compilation.template)
        });
        let made = made.map_err(|findings| {
            let first = findings.first().map(|finding| finding.message.clone());
            first.unwrap_or_else(|| "it does not compile".to_owned())
        });
        entry.compiled.get_or_init(|| made).clone()
    }

    /// Another catalog of the same entries: what is compiled in one is compiled in the other.
    fn shallow(&self) -> Self {
        let templates = self.templates.read().unwrap_or_else(PoisonError::into_inner);
        Self {
            templates: RwLock::new(templates.clone()),
        }
    }

    /// What may be made from that version, when it is here.
    pub fn standing(&self, name: &str, version: &Version) -> Option<Standing> {
        let entry = self.entry(&(name.to_owned(), version.clone()))?;
        Some(entry.published.standing)
    }

    /// The version that somebody gets who asks for none in particular.
    pub fn latest(&self, name: &str) -> Option<Arc<Compiled>> {
        self.resolve(name, &VersionReq::STAR)
    }

    /// The same without compiling it.
    pub fn latest_version(&self, name: &str) -> Option<Version> {
        self.choose(name, &VersionReq::STAR)
            .map(|entry| entry.published.version.clone())
    }

    /// Every version of a template with what may be made from it, lowest first.
    pub fn versions(&self, name: &str) -> Vec<(Version, Standing)> {
        let templates = self.templates.read().unwrap_or_else(PoisonError::into_inner);
        let of = templates.iter().filter(|((known, _), _)| known == name);
        of.map(|((_, version), entry)| (version.clone(), entry.published.standing))
            .collect()
    }

    /// What people read of every template that something can be made from, by name: that of its latest version.
    pub fn cards(&self) -> Vec<(String, Version, Card)> {
        let card = |name: String| {
            let entry = self.choose(&name, &VersionReq::STAR)?;
            Some((name, entry.published.version.clone(), entry.published.card.clone()))
        };
        self.names().into_iter().filter_map(card).collect()
    }

    /// The names of all templates, in order.
    pub fn names(&self) -> Vec<String> {
        let templates = self.templates.read().unwrap_or_else(PoisonError::into_inner);
        let mut names: Vec<_> = templates.keys().map(|(name, _)| name.clone()).collect();
        names.dedup();
        names
    }

    /// The highest version in the range, a deprecated one only where there is no other, a withdrawn one never.
    fn choose(&self, name: &str, range: &VersionReq) -> Option<Arc<Entry>> {
        let templates = self.templates.read().unwrap_or_else(PoisonError::into_inner);
        let fits = |((known, version), entry): &(&(String, Version), &Arc<Entry>)| {
            known == name && range.matches(version) && entry.published.standing != Standing::Withdrawn
        };
        let best = templates
            .iter()
            .filter(fits)
            .max_by(|(a, one), (b, other)| (one.published.standing, &a.1).cmp(&(other.published.standing, &b.1)));
        best.map(|(_, entry)| entry.clone())
    }
}

impl Library for Catalog {
    fn resolve(&self, name: &str, range: &VersionReq) -> Option<Arc<Compiled>> {
        let entry = self.choose(name, range)?;
        self.compiled(&entry).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(name: &str, version: &str, uses: Option<&str>) -> String {
        let resource = match uses {
            Some(range) => format!("use: {{template: child, version: {range}}}"),
            None => format!(
                "object: {{apiVersion: v1, kind: ConfigMap, metadata: {{name: v{}}}}}",
                version.replace('.', "-")
            ),
        };
        format!(
            "apiVersion: berth.dev/v1\nkind: Template\nmetadata: {{name: {name}, version: {version}, title: Tiny, tags: [small]}}\n\
             spec:\n  resources:\n    - id: settings\n      {resource}\n"
        )
    }

    fn published(name: &str, version: &str, standing: Standing, uses: &[&str]) -> Published {
        Published {
            name: name.to_owned(),
            version: Version::parse(version).unwrap(),
            document: document(name, version, (!uses.is_empty()).then_some("^1")),
            standing,
            uses: uses
                .iter()
                .map(|version| ("child".to_owned(), Version::parse(version).unwrap()))
                .collect(),
            card: Card::default(),
        }
    }

    #[test]
    fn a_range_resolves_to_the_highest_version_that_something_may_be_made_from() {
        let catalog = Catalog::new();
        for (version, standing) in [
            ("1.9.0", Standing::Published),
            ("1.10.0", Standing::Deprecated),
            ("1.11.0", Standing::Withdrawn),
            ("2.0.0", Standing::Published),
            ("3.0.0", Standing::Deprecated),
            ("4.0.0-rc.1", Standing::Published),
        ] {
            catalog.publish(published("tiny", version, standing, &[]));
        }
        let resolved = |range: &str| {
            catalog
                .resolve("tiny", &VersionReq::parse(range).unwrap())
                .map(|t| t.version().to_string())
        };
        assert_eq!(resolved("^1").as_deref(), Some("1.9.0"));
        assert_eq!(
            resolved("^3").as_deref(),
            Some("3.0.0"),
            "deprecated where there is no other"
        );
        assert_eq!(resolved("=1.11.0"), None, "withdrawn");
        assert_eq!(catalog.latest_version("tiny"), Some(Version::new(2, 0, 0)));
        assert!(
            catalog.get("tiny", &Version::new(1, 11, 0)).is_some(),
            "what is made from it stays"
        );
        assert!(catalog.latest("huge").is_none());
        assert_eq!(catalog.names(), ["tiny"]);
    }

    #[test]
    fn a_published_version_is_compiled_with_what_it_was_published_with() {
        let catalog = Catalog::new();
        for version in ["1.0.0", "1.1.0"] {
            catalog.publish(published("child", version, Standing::Published, &[]));
        }
        catalog.publish(published("parent", "1.0.0", Standing::Published, &["1.0.0"]));
        let parent = catalog.get("parent", &Version::new(1, 0, 0)).unwrap();
        assert_eq!(parent.uses(), [("child".to_owned(), Version::new(1, 0, 0))]);
        // What comes later may use the newer one.
        let later = catalog.insert(&document("later", "1.0.0", Some("^1"))).unwrap();
        assert_eq!(later.uses(), [("child".to_owned(), Version::new(1, 1, 0))]);
    }

    #[test]
    fn what_does_not_compile_says_why_and_costs_nobody_else_anything() {
        let catalog = Catalog::new();
        let mut broken = published("tiny", "1.0.0", Standing::Published, &[]);
        broken.document = broken.document.replace("kind: ConfigMap", "kind: ConfgMap");
        catalog.publish(broken);
        catalog.publish(published("other", "1.0.0", Standing::Published, &[]));
        assert!(catalog.get("tiny", &Version::new(1, 0, 0)).is_none());
        assert!(
            catalog
                .broken("tiny", &Version::new(1, 0, 0))
                .unwrap()
                .contains("`ConfgMap`")
        );
        assert!(catalog.latest("other").is_some());
    }
}
