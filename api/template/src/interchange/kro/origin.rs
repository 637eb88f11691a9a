//! Where a finding about the template stands in the document it was made from.

use std::collections::BTreeMap;

use crate::finding::Finding;
use crate::interchange::tree;
use crate::yaml::Node;

/// The places of both documents.
pub(super) struct Origin {
    /// Paths of the template, and where what stands there comes from.
    places: BTreeMap<String, (u32, u32)>,
    /// Places of kro's document, and their paths.
    paths: BTreeMap<(u32, u32), String>,
}

impl Origin {
    pub fn new(source: &Node, template: &Node) -> Self {
        let (mut places, mut paths) = (BTreeMap::new(), BTreeMap::new());
        tree::walk(template, "", &mut |node, path| {
            places.insert(path.to_owned(), (node.line, node.column));
        });
        tree::walk(source, "", &mut |node, path| {
            paths.entry((node.line, node.column)).or_insert_with(|| path.to_owned());
        });
        Self { places, paths }
    }

    /// The finding, at the place in kro's document that its own place comes from, or the nearest one around it.
    pub fn at(&self, finding: Finding) -> Finding {
        let mut path = finding.path.as_str();
        loop {
            if let Some((line, column)) = self.places.get(path) {
                let path = self.paths.get(&(*line, *column)).cloned().unwrap_or_default();
                return Finding {
                    line: *line,
                    column: *column,
                    path,
                    ..finding
                };
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = &path[..end],
                None if path.is_empty() => return finding,
                None => path = "",
            }
        }
    }
}
