//! The rules, each a function from files to complaints. A complaint begins with the path it is about.
//!
//! Must not know where the files come from: every rule is shown able to fail on files that exist only in a test.

use proc_macro2::Span;
use syn::visit::{self, Visit};

use crate::source::Source;

/// A rule: the complaints about the files it is given.
pub type Rule = fn(&[Source]) -> Vec<String>;

const LONGEST_FILE: usize = 400;
const LONGEST_FUNCTION: usize = 80;

/// Names that say nothing about what is inside. `mod` is here because modules are named after themselves.
const NAMES_THAT_SAY_NOTHING: [&str; 8] = ["util", "utils", "common", "helper", "helpers", "misc", "shared", "mod"];

/// What would make the vocabulary or the compiler do more than compute.
const FRAMEWORKS: [&str; 8] = [
    "tokio",
    "actix",
    "sea-orm",
    "sqlx",
    "kube",
    "k8s-openapi",
    "reqwest",
    "hyper",
];

/// Who may depend on whom inside the workspace; `tests` may on all.
const ARROWS: [(&str, &[&str]); 7] = [
    ("api/model", &[]),
    ("migrations", &[]),
    ("api/template", &["model"]),
    ("api/cluster", &["model"]),
    ("api/store", &["model", "migrations"]),
    ("api/reconcile", &["store", "template", "cluster", "model"]),
    ("api/server", &["store", "template", "cluster", "model", "reconcile"]),
];

pub fn file_length(sources: &[Source]) -> Vec<String> {
    let complain = |source: &Source| {
        let lines = source.text.lines().count();
        (lines > LONGEST_FILE).then(|| format!("{}: {lines} lines, {LONGEST_FILE} allowed", source.path))
    };
    rust(sources).filter_map(complain).collect()
}

pub fn file_header(sources: &[Source]) -> Vec<String> {
    rust(sources)
        .filter(|source| source.path.contains("src/") && !source.text.starts_with("//!"))
        .map(|source| format!("{}: does not begin with //! and what it owns", source.path))
        .collect()
}

pub fn file_name(sources: &[Source]) -> Vec<String> {
    rust(sources)
        .filter(|source| {
            let parts = source.path.trim_end_matches(".rs").split('/');
            parts.into_iter().any(|part| NAMES_THAT_SAY_NOTHING.contains(&part))
        })
        .map(|source| format!("{}: the name says nothing about what is inside", source.path))
        .collect()
}

pub fn function_length(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in rust(sources) {
        let mut functions = Functions::default();
        functions.visit_file(&source.syntax());
        complaints.extend(
            functions
                .0
                .iter()
                .filter(|(_, lines)| *lines > LONGEST_FUNCTION)
                .map(|(name, lines)| format!("{}: {name} has {lines} lines, {LONGEST_FUNCTION} allowed", source.path)),
        );
    }
    complaints
}

pub fn invariant_of_the_crate(sources: &[Source]) -> Vec<String> {
    rust(sources)
        .filter(|source| source.path.ends_with("src/lib.rs"))
        .filter(|source| {
            let mut header = source.text.lines().take_while(|line| line.starts_with("//!"));
            !header.any(|line| line.contains("Architecture invariant"))
        })
        .map(|source| format!("{}: does not state its \"Architecture invariant\"", source.path))
        .collect()
}

pub fn routes_know_no_entity_and_no_kube(sources: &[Source]) -> Vec<String> {
    naming(
        sources,
        |path| path.starts_with("api/server/src/routes"),
        |name| {
            within(name, "berth_store::entity")
                || within(name, "sea_orm")
                || within(name, "kube")
                || within(name, "k8s_openapi")
        },
    )
}

pub fn only_the_binary_knows_the_engine(sources: &[Source]) -> Vec<String> {
    let allowed = |path: &str| path == "api/server/src/main.rs" || path.starts_with("api/server/src/serve");
    naming(
        sources,
        |path| path.starts_with("api/server/src/") && !allowed(path),
        |name| within(name, "berth_reconcile"),
    )
}

pub fn only_the_configuration_reads_the_environment(sources: &[Source]) -> Vec<String> {
    const READS: [&str; 5] = ["var", "var_os", "vars", "vars_os", "*"];
    let allowed = |path: &str| path.starts_with("api/server/src/config") || !within_product(path);
    naming(
        sources,
        |path| !allowed(path),
        |name| {
            let name = name.split(" as ").next().unwrap_or(name);
            let read = name.rsplit_once("::").is_some_and(|(module, function)| {
                (module == "env" || module.ends_with("::env")) && READS.contains(&function)
            });
            read || within(name, "config::Environment")
        },
    )
}

/// Exactly one: none would mean that this looks in the wrong place, a second one would be a second set of checks.
pub fn one_place_decodes_tokens(sources: &[Source]) -> Vec<String> {
    let decodes = |name: &str| {
        let hidden = name.starts_with("jsonwebtoken as ") || name == "jsonwebtoken::*";
        hidden || name.starts_with("jsonwebtoken::decode") || within(name, "jsonwebtoken::dangerous")
    };
    let places = naming(sources, |path| path.starts_with("api/"), decodes);
    let mut files: Vec<&str> = places.iter().filter_map(|place| place.split(':').next()).collect();
    files.dedup();
    match files.as_slice() {
        [_] => Vec::new(),
        [] => vec!["api/server/src: nothing decodes tokens".to_owned()],
        [..] => places,
    }
}

pub fn vocabulary_and_compiler_are_pure(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources
        .iter()
        .filter(|s| ["api/model/Cargo.toml", "api/template/Cargo.toml"].contains(&&*s.path))
    {
        let framework = |name: &&str| {
            FRAMEWORKS
                .iter()
                .any(|f| *name == *f || name.starts_with(&format!("{f}-")))
        };
        let found = dependencies(&source.text).into_iter().filter(framework);
        complaints.extend(found.map(|name| format!("{}: depends on {name}", source.path)));
    }
    complaints
}

pub fn crates_depend_along_the_arrows(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        let Some(folder) = source.path.strip_suffix("/Cargo.toml") else {
            continue;
        };
        let Some((_, allowed)) = ARROWS.iter().find(|(from, _)| *from == folder) else {
            if !folder.starts_with("tests") {
                complaints.push(format!("{}: a crate without a place among the arrows", source.path));
            }
            continue;
        };
        let ours = dependencies(&source.text)
            .into_iter()
            .filter_map(|name| name.strip_prefix("berth-"));
        let wrong = ours.filter(|name| !allowed.contains(name));
        complaints.extend(wrong.map(|name| format!("{}: must not depend on berth-{name}", source.path)));
    }
    complaints
}

fn rust(sources: &[Source]) -> impl Iterator<Item = &Source> {
    sources.iter().filter(|source| source.is_rust())
}

/// A complaint for each name the chosen files must not use.
fn naming(sources: &[Source], chosen: impl Fn(&str) -> bool, forbidden: impl Fn(&str) -> bool) -> Vec<String> {
    let files = rust(sources).filter(|source| chosen(&source.path));
    let named = files.flat_map(|source| source.names().into_iter().map(move |name| (source, name)));
    named
        .filter(|(_, name)| forbidden(name))
        .map(|(source, name)| format!("{}: names {name}", source.path))
        .collect()
}

/// Whether the file is part of what ships, not of what tests it.
fn within_product(path: &str) -> bool {
    !path.starts_with("tests/") && path.contains("src/")
}

/// Whether `name` is `module` or lies in it.
fn within(name: &str, module: &str) -> bool {
    name.strip_prefix(module)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::") || rest.starts_with(" as "))
}

/// The names under every `[dependencies]` and `[build-dependencies]` of a manifest. What only a crate's tests use is
/// not listed: it links into nothing.
fn dependencies(manifest: &str) -> Vec<&str> {
    let mut listed = false;
    let mut names = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            listed = section.ends_with("dependencies") && !section.ends_with("dev-dependencies");
        } else if listed && !line.starts_with('#') {
            names.extend(line.split(['.', '=', ' ']).next().filter(|name| !name.is_empty()));
        }
    }
    names
}

/// The name of every function with the number of lines between its braces.
#[derive(Default)]
struct Functions(Vec<(String, usize)>);

impl Functions {
    fn measure(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let line = |span: Span| span.start().line;
        let braces = block.brace_token.span;
        let lines = line(braces.close())
            .saturating_sub(line(braces.open()))
            .saturating_sub(1);
        self.0.push((signature.ident.to_string(), lines));
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.measure(&function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }
}
