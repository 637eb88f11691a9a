//! The compiled templates of a process: what is published, ready to render.
//!
//! In memory only; whoever owns the published documents fills it. Shared between threads.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use semver::{Version, VersionReq};

use crate::compile::compile;
use crate::compiled::{Compiled, Library};
use crate::finding::Finding;

/// Compiled templates by name and version.
#[derive(Debug, Default)]
pub struct Catalog {
    templates: RwLock<BTreeMap<(String, Version), Arc<Compiled>>>,
}

impl Catalog {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Compiles a document against what is here and adds it; one of the same name and version is replaced.
    ///
    /// Recurses: run it on the [`pool`](crate::pool).
    ///
    /// # Errors
    /// Everything that is wrong with the document.
    pub fn insert(&self, document: &str) -> Result<Arc<Compiled>, Vec<Finding>> {
        let template = compile(document, self)?.template;
        let key = (template.name().to_owned(), template.version().clone());
        self.templates
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, template.clone());
        Ok(template)
    }

    /// That version.
    pub fn get(&self, name: &str, version: &Version) -> Option<Arc<Compiled>> {
        let templates = self.templates.read().unwrap_or_else(PoisonError::into_inner);
        templates.get(&(name.to_owned(), version.clone())).cloned()
    }

    /// The highest version.
    pub fn latest(&self, name: &str) -> Option<Arc<Compiled>> {
        self.resolve(name, &VersionReq::STAR)
    }

    /// The names of all templates, in order.
    pub fn names(&self) -> Vec<String> {
        let templates = self.templates.read().unwrap_or_else(PoisonError::into_inner);
        let mut names: Vec<_> = templates.keys().map(|(name, _)| name.clone()).collect();
        names.dedup();
        names
    }
}

impl Library for Catalog {
    fn resolve(&self, name: &str, range: &VersionReq) -> Option<Arc<Compiled>> {
        let templates = self.templates.read().unwrap_or_else(PoisonError::into_inner);
        let fits = |(key, _): &(&(String, Version), &Arc<Compiled>)| key.0 == name && range.matches(&key.1);
        templates
            .iter()
            .filter(fits)
            .max_by(|(a, _), (b, _)| a.1.cmp(&b.1))
            .map(|(_, template)| template.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(version: &str) -> String {
        format!(
            "apiVersion: berth.dev/v1\nkind: Template\nmetadata: {{name: tiny, version: {version}, title: Tiny, summary: Tiny, owner: platform}}\n\
             spec:\n  resources:\n    - id: settings\n      object: {{apiVersion: v1, kind: ConfigMap, metadata: {{name: tiny}}}}\n"
        )
    }

    #[test]
    fn a_range_resolves_to_the_highest_version_in_it() {
        let catalog = Catalog::new();
        for version in ["1.9.0", "1.10.0", "2.0.0"] {
            catalog.insert(&document(version)).unwrap();
        }
        let resolved = catalog.resolve("tiny", &VersionReq::parse("^1").unwrap()).unwrap();
        assert_eq!(resolved.version(), &Version::new(1, 10, 0));
        assert_eq!(catalog.latest("tiny").unwrap().version(), &Version::new(2, 0, 0));
        assert!(catalog.latest("huge").is_none());
        assert_eq!(catalog.names(), ["tiny"]);
    }
}
