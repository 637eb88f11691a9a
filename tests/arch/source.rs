//! The repository as the rules see it: its Rust files, its manifests, and what a file names.
//!
//! Must not know any rule.

use std::path::Path;

use syn::visit::{self, Visit};

/// One file of the repository.
pub struct Source {
    /// From the root of the repository, with `/`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// A file that exists only in a test.
    pub fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// Whether the file is Rust, as opposed to a manifest.
    pub fn is_rust(&self) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|extension| extension == "rs")
    }

    /// The parsed file. Whatever does not parse would not have compiled either.
    pub fn syntax(&self) -> syn::File {
        syn::parse_file(&self.text).unwrap_or_else(|error| panic!("{}: {error}", self.path))
    }

    /// Every path the file names, spelled out: `use a::{b, c as d}` gives `a::b` and `a::c as d`.
    pub fn names(&self) -> Vec<String> {
        let mut names = Names::default();
        names.visit_file(&self.syntax());
        names.0
    }
}

/// Every Rust file and manifest under `api/`, `migrations/` and `tests/`, sorted by path.
pub fn repository() -> Vec<Source> {
    let root = root();
    let mut sources = Vec::new();
    for folder in ["api", "migrations", "tests"] {
        let entries = walkdir::WalkDir::new(root.join(folder)).sort_by_file_name().into_iter();
        for entry in entries.filter_entry(|entry| entry.file_name() != "target") {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy();
            if !entry.file_type().is_file() || !(name.ends_with(".rs") || name == "Cargo.toml") {
                continue;
            }
            let path = entry
                .path()
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            sources.push(Source {
                path,
                text: std::fs::read_to_string(entry.path()).unwrap(),
            });
        }
    }
    sources
}

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Collects paths from code, from `use` and, as far as tokens show them, from macro calls.
#[derive(Default)]
struct Names(Vec<String>);

impl<'ast> Visit<'ast> for Names {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.0.push(segments.join("::"));
        visit::visit_path(self, path);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        flatten(&item.tree, "", &mut self.0);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        // Tokens print with spaces around `::`; only what looks like a path is of interest.
        let text = call.tokens.to_string().replace(" :: ", "::").replace(":: ", "::");
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        self.0.extend(
            text.split(|c| !is_part(c))
                .filter(|word| word.contains("::"))
                .map(str::to_owned),
        );
        visit::visit_macro(self, call);
    }
}

fn flatten(tree: &syn::UseTree, prefix: &str, names: &mut Vec<String>) {
    match tree {
        syn::UseTree::Path(path) => flatten(&path.tree, &format!("{prefix}{}::", path.ident), names),
        syn::UseTree::Name(name) if name.ident == "self" => names.push(prefix.trim_end_matches("::").to_owned()),
        syn::UseTree::Name(name) => names.push(format!("{prefix}{}", name.ident)),
        syn::UseTree::Rename(rename) => names.push(format!("{prefix}{} as {}", rename.ident, rename.rename)),
        syn::UseTree::Glob(_) => names.push(format!("{prefix}*")),
        syn::UseTree::Group(group) => group.items.iter().for_each(|item| flatten(item, prefix, names)),
    }
}
