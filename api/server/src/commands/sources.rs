//! Templates in folders: those that are named, those beside them that they may be composed of, and their examples.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use berth_template::{Catalog, Compiled, Data, Finding, Inputs, compile};
use serde_json::{Value, json};

use super::{Unusable, read};
use crate::catalog::{Source, compile_all, read_folder};

/// A template that was named.
pub struct Named {
    /// The document's path.
    pub path: PathBuf,
    /// What it compiled to with its warnings, or everything that is wrong with it.
    pub compiled: Result<(Arc<Compiled>, Vec<Finding>), Vec<Finding>>,
}

/// A file in `examples/` of a template.
pub struct Example {
    /// `default`, of `default.yaml`.
    pub name: String,
    /// Its path.
    pub path: PathBuf,
    /// What it says.
    pub data: Result<Data, Vec<Finding>>,
}

/// Compiles what is named, in that order. Templates are composed of each other and of what is in the folders beside
/// them.
pub fn load(paths: &[PathBuf]) -> Result<Vec<Named>, Unusable> {
    let mut named: Vec<Source> = Vec::new();
    for path in paths {
        for source in find(path)? {
            if !named.iter().any(|other| same(&other.path, &source.path)) {
                named.push(source);
            }
        }
    }
    let folders: BTreeSet<PathBuf> = named.iter().filter_map(|source| folder_of(&source.path)).collect();
    let beside = folders.iter().filter_map(|folder| read_folder(folder).ok()).flatten();
    let beside = beside.filter(|source| !named.iter().any(|other| same(&other.path, &source.path)));
    let catalog = Catalog::new();
    // Those that are named come last: of two with one name and version, theirs is the one that counts.
    compile_all(&catalog, beside.collect());
    let documents: Vec<_> = named
        .iter()
        .map(|source| (source.path.clone(), source.document.clone()))
        .collect();
    compile_all(&catalog, named);
    let one = |(path, document): (PathBuf, String)| Named {
        path,
        compiled: compile(&document, &catalog).map(|compilation| (compilation.template, compilation.warnings)),
    };
    Ok(documents.into_iter().map(one).collect())
}

fn find(path: &Path) -> Result<Vec<Source>, Unusable> {
    if path.is_dir() {
        let own = path.join("template.yaml");
        if own.is_file() {
            return find(&own);
        }
        let found = read_folder(path).map_err(|error| Unusable(error.detail().to_owned()))?;
        if found.is_empty() {
            return Err(Unusable(format!("there is no template.yaml in {}", path.display())));
        }
        return Ok(found);
    }
    Ok(vec![Source {
        path: path.to_path_buf(),
        document: read(path)?,
        readme: String::new(),
        examples: BTreeMap::new(),
    }])
}

/// The folder that holds the folder of a template.
fn folder_of(path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok()?;
    path.parent()?.parent().map(Path::to_path_buf)
}

fn same(one: &Path, other: &Path) -> bool {
    one == other || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// The files beside a template in that folder, in the order of their names.
pub fn files(template: &Path, folder: &str) -> Result<Vec<PathBuf>, Unusable> {
    let folder = template.with_file_name(folder);
    // Without the folder there is nothing in it.
    let Ok(entries) = std::fs::read_dir(&folder) else {
        return Ok(Vec::new());
    };
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| Unusable(format!("cannot read {}: {error}", folder.display())))?;
        paths.push(entry.path());
    }
    paths.retain(|path| matches!(path.extension().and_then(|e| e.to_str()), Some("yaml" | "yml" | "json")));
    paths.sort();
    Ok(paths)
}

/// The examples of a template.
pub fn examples(template: &Path) -> Result<Vec<Example>, Unusable> {
    let one = |path: PathBuf| {
        Ok(Example {
            name: name(&path),
            data: Data::read(&read(&path)?),
            path,
        })
    };
    files(template, "examples")?.into_iter().map(one).collect()
}

/// A file's name without its extension.
pub fn name(path: &Path) -> String {
    path.file_stem()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// An environment to render examples for. Golden files hold its names, so it never changes.
pub fn example_inputs(template: &Compiled, params: Value) -> Inputs {
    inputs(template, params, "checkout", "preview-42", example_platform())
}

/// What a platform usually sets.
pub fn example_platform() -> Value {
    json!({"domain": "apps.example.com", "ingressClass": "nginx", "storageClass": "fast"})
}

/// An environment of that team and name.
pub fn inputs(template: &Compiled, params: Value, team: &str, name: &str, platform: Value) -> Inputs {
    Inputs {
        params,
        env: json!({
            "id": "env_018f", "name": name, "team": team, "owner": "ada", "namespace": format!("{team}-{name}"),
            "labels": {}, "revision": 1, "source": {},
            "template": {"name": template.name(), "version": template.version().to_string()},
        }),
        platform,
    }
}
