//! What is known of the kinds of a cluster: their fields and the types of these.
//!
//! Those that every Kubernetes serves are shipped with the program, as the API server itself describes them; others come
//! from a cluster's OpenAPI documents. A definition is read when it is first needed.

mod openapi;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

use serde_json::Value;

pub use openapi::describe;

use crate::compiled::Kind;
use crate::types::{Object, Type};

/// The kinds of Kubernetes 1.36: a line for each kind and for each definition. Written by a test from what the API
/// server answers: `UPDATE_GOLDEN=1 cargo test --workspace --test it built_in_kinds`.
const BUILT_IN: &str = include_str!("kinds/builtin.txt");

/// What is known of kinds. Cheap to clone; shared between threads.
#[derive(Clone, Debug)]
pub struct Schemas {
    layers: Vec<Arc<Layer>>,
}

#[derive(Debug, Default)]
struct Layer {
    kinds: BTreeMap<Kind, Arc<str>>,
    definitions: BTreeMap<Arc<str>, Definition>,
}

#[derive(Debug)]
struct Definition {
    source: Source,
    read: OnceLock<Type>,
}

#[derive(Debug)]
enum Source {
    Line(&'static str),
    Document(Value),
}

static BUILT_IN_LAYER: LazyLock<Arc<Layer>> = LazyLock::new(|| Arc::new(Layer::built_in()));

impl Schemas {
    /// The kinds that every cluster has.
    pub fn built_in() -> Self {
        Self {
            layers: vec![BUILT_IN_LAYER.clone()],
        }
    }

    /// Nothing at all: every kind is unknown, and its fields are not checked.
    pub const fn none() -> Self {
        Self { layers: Vec::new() }
    }

    /// The same with what OpenAPI v3 documents of a cluster describe (`/openapi/v3/apis/GROUP/VERSION`). They win.
    #[must_use]
    pub fn with(&self, documents: &[Value]) -> Self {
        let mut layer = Layer::default();
        for document in documents {
            let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
            for (name, schema) in schemas {
                let name: Arc<str> = name.as_str().into();
                for kind in openapi::kinds(schema) {
                    layer.kinds.insert(kind, name.clone());
                }
                let definition = Definition {
                    source: Source::Document(openapi::pruned(schema)),
                    read: OnceLock::new(),
                };
                layer.definitions.insert(name, definition);
            }
        }
        let mut layers = vec![Arc::new(layer)];
        layers.extend(self.layers.iter().cloned());
        Self { layers }
    }

    /// The type of a kind's objects, when the kind is known.
    pub(crate) fn kind(&self, kind: &Kind) -> Option<Type> {
        let mut names = self.layers.iter().filter_map(|layer| layer.kinds.get(kind));
        names.next().map(|name| Type::Named(name.clone()))
    }

    /// Whether anything is known of the kind.
    pub fn knows(&self, kind: &Kind) -> bool {
        self.kind(kind).is_some()
    }

    /// Every kind that is known, in order.
    pub fn kinds(&self) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = self
            .layers
            .iter()
            .flat_map(|layer| layer.kinds.keys().cloned())
            .collect();
        kinds.sort();
        kinds.dedup();
        kinds
    }

    /// Reads every definition that is not read yet; how many there are.
    pub fn read_all(&self) -> usize {
        let mut count = 0;
        for (name, definition) in self.layers.iter().flat_map(|layer| &layer.definitions) {
            definition.read(name);
            count += 1;
        }
        count
    }

    /// The object a type stands for, when it stands for one.
    pub(crate) fn object(&self, of: &Type) -> Option<Arc<Object>> {
        if let Type::Object(object) = self.resolve(of) {
            Some(object)
        } else {
            None
        }
    }

    /// The type itself, for a name the one it names.
    pub(crate) fn resolve(&self, of: &Type) -> Type {
        let Type::Named(name) = of else {
            return of.clone();
        };
        let definition = self.layers.iter().find_map(|layer| layer.definitions.get(name));
        match definition.map(|definition| definition.read(name)) {
            // A definition that only names another one.
            Some(Type::Named(other)) if other != *name => self.resolve(&Type::Named(other)),
            Some(Type::Named(_)) | None => Type::Any,
            Some(of) => of,
        }
    }
}

impl Default for Schemas {
    fn default() -> Self {
        Self::built_in()
    }
}

impl Definition {
    fn read(&self, name: &str) -> Type {
        let read = || match &self.source {
            Source::Line(line) => match serde_json::from_str(line) {
                Ok(schema) => openapi::read(&schema, name),
                Err(_) => Type::Any,
            },
            Source::Document(schema) => openapi::read(schema, name),
        };
        self.read.get_or_init(read).clone()
    }
}

impl Layer {
    fn built_in() -> Self {
        let mut layer = Self::default();
        for line in BUILT_IN.lines() {
            let Some((name, rest)) = line.split_once('\t') else {
                continue;
            };
            if let Some((api_version, kind)) = name.split_once(' ') {
                let kind = Kind {
                    api_version: api_version.to_owned(),
                    kind: kind.to_owned(),
                };
                layer.kinds.insert(kind, rest.into());
            } else {
                let definition = Definition {
                    source: Source::Line(rest),
                    read: OnceLock::new(),
                };
                layer.definitions.insert(name.into(), definition);
            }
        }
        layer
    }
}
