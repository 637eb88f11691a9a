//! A template that passed every check, ready to render.
//!
//! Immutable and shared between threads. Knows no cluster, no database and no clock.

use std::sync::Arc;

use semver::{Version, VersionReq};
use serde::Serialize;
use serde_json::Value;

use crate::finding::{Finding, ParameterFinding, RenderError, Severity};
use crate::rendered::{Inputs, Live, Rendered};

/// Where the templates come from that a template is composed of.
pub trait Library {
    /// The highest published version of `name` in `range`.
    fn resolve(&self, name: &str, range: &VersionReq) -> Option<Arc<Compiled>>;
}

/// A library without templates.
impl Library for () {
    fn resolve(&self, _: &str, _: &VersionReq) -> Option<Arc<Compiled>> {
        None
    }
}

/// A kind of object that a template can create.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Kind {
    /// Group and version: `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
}

/// A compiled template and what was warned about.
#[derive(Clone, Debug)]
pub struct Compilation {
    /// The template.
    pub template: Arc<Compiled>,
    /// Findings that did not keep it from compiling.
    pub warnings: Vec<Finding>,
}

/// A template that passed every check.
#[derive(Debug)]
pub struct Compiled {
    name: String,
    version: Version,
    title: String,
    summary: String,
    owner: String,
    tags: Vec<String>,
    digest: String,
    parameters: Value,
    kinds: Vec<Kind>,
    uses: Vec<(String, Version)>,
}

/// Compiles a document, and reports everything that is wrong with it at once.
pub fn compile(_text: &str, _library: &dyn Library) -> Result<Compilation, Vec<Finding>> {
    Err(vec![Finding { severity: Severity::Error, message: "the compiler is not built yet".into(), line: 1, column: 1, path: String::new(), suggestion: None }])
}

impl Compiled {
    /// `metadata.name`.
    pub fn name(&self) -> &str { &self.name }
    /// `metadata.version`.
    pub fn version(&self) -> &Version { &self.version }
    /// `metadata.title`; the name when it has none.
    pub fn title(&self) -> &str { &self.title }
    /// `metadata.summary`.
    pub fn summary(&self) -> &str { &self.summary }
    /// `metadata.owner`.
    pub fn owner(&self) -> &str { &self.owner }
    /// `metadata.tags`.
    pub fn tags(&self) -> &[String] { &self.tags }
    /// SHA-256 of the canonical document, in hexadecimal.
    pub fn digest(&self) -> &str { &self.digest }
    /// JSON Schema 2020-12 of the parameters.
    pub fn parameter_schema(&self) -> &Value { &self.parameters }
    /// Every kind it can create, those of composed templates included.
    pub fn kinds(&self) -> &[Kind] { &self.kinds }
    /// The exact versions of the templates it is composed of.
    pub fn uses(&self) -> &[(String, Version)] { &self.uses }

    /// Applies defaults, deeply, and checks the result against the schema.
    pub fn check_parameters(&self, _given: &Value) -> Result<Value, Vec<ParameterFinding>> {
        Err(Vec::new())
    }

    /// Renders every resource as far as inputs and live objects allow. Pure: the same arguments give the same bytes.
    pub fn render(&self, _inputs: &Inputs, _live: &Live) -> Result<Rendered, RenderError> {
        Err(RenderError { resource: String::new(), path: String::new(), line: 1, column: 1, message: String::new() })
    }

    /// Whether the live object of resource `id` fulfils its `readyWhen`; `None` when it has none, or is not there.
    pub fn ready_when(&self, _id: &str, _inputs: &Inputs, _live: &Live) -> Result<Option<bool>, RenderError> {
        Ok(None)
    }
}
