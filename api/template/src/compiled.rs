//! A template that passed every check, ready to render.
//!
//! Immutable and shared between threads. Knows no cluster, no database and no clock.

use std::collections::BTreeMap;
use std::sync::Arc;

use semver::{Version, VersionReq};
use serde::Serialize;
use serde_json::Value;

use crate::compose;
use crate::document::Document;
use crate::document::operation::{Action, Sleep};
use crate::finding::{Finding, ParameterFinding, RenderError};
use crate::plan::{Children, Plan};
use crate::render;
use crate::rendered::{Inputs, Live, Rendered};
use crate::schema::Parameters;

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

/// A library of what is in a list.
impl Library for &[Arc<Compiled>] {
    fn resolve(&self, name: &str, range: &VersionReq) -> Option<Arc<Compiled>> {
        let fits = |template: &&Arc<Compiled>| template.name() == name && range.matches(template.version());
        self.iter()
            .filter(fits)
            .max_by(|a, b| a.version().cmp(b.version()))
            .cloned()
    }
}

impl Library for Vec<Arc<Compiled>> {
    fn resolve(&self, name: &str, range: &VersionReq) -> Option<Arc<Compiled>> {
        self.as_slice().resolve(name, range)
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
    document: Arc<Document>,
    parameters: Parameters,
    children: Children,
    plan: Plan,
    kinds: Vec<Kind>,
    uses: Vec<(String, Version)>,
    digest: String,
}

impl Compiled {
    pub(crate) fn new(
        document: Arc<Document>,
        parameters: Parameters,
        children: Children,
        plan: Plan,
        kinds: Vec<Kind>,
        digest: String,
    ) -> Self {
        let uses = compose::pins(&children);
        Self {
            document,
            parameters,
            children,
            plan,
            kinds,
            uses,
            digest,
        }
    }

    pub(crate) fn document(&self) -> &Arc<Document> {
        &self.document
    }

    pub(crate) fn children(&self) -> &Children {
        &self.children
    }

    pub(crate) fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The names of its outputs, in the order of the document.
    pub fn output_names(&self) -> Vec<&str> {
        self.document
            .outputs
            .iter()
            .map(|output| output.name.as_str())
            .collect()
    }

    /// `metadata.name`.
    pub fn name(&self) -> &str {
        &self.document.metadata.name
    }

    /// `metadata.version`.
    pub fn version(&self) -> &Version {
        &self.document.metadata.version
    }

    /// `metadata.title`; the name when it has none.
    pub fn title(&self) -> &str {
        &self.document.metadata.title
    }

    /// `metadata.summary`.
    pub fn summary(&self) -> &str {
        &self.document.metadata.summary
    }

    /// `metadata.owner`.
    pub fn owner(&self) -> &str {
        &self.document.metadata.owner
    }

    /// `metadata.tags`.
    pub fn tags(&self) -> &[String] {
        &self.document.metadata.tags
    }

    /// SHA-256 of the canonical document, in hexadecimal: comments and layout do not count.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// JSON Schema 2020-12 of the parameters, with `additionalProperties` written out.
    pub fn parameter_schema(&self) -> &Value {
        &self.parameters.schema
    }

    /// Every kind it can create, those of composed templates included, in order.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// The exact versions of the templates it is composed of, in order.
    pub fn uses(&self) -> &[(String, Version)] {
        &self.uses
    }

    /// Applies defaults, deeply, and checks the result against the schema. `null` counts as no parameters.
    pub fn check_parameters(&self, given: &Value) -> Result<Value, Vec<ParameterFinding>> {
        self.parameters.check(given)
    }

    /// Renders every resource as far as inputs and live objects allow. Pure: the same arguments give the same bytes.
    ///
    /// Recurses: run it on the [`pool`](crate::pool).
    pub fn render(&self, inputs: &Inputs, live: &Live) -> Result<Rendered, RenderError> {
        render::render(self, inputs, live)
    }

    /// Which of the template's rules the parameters break, with the words of the template; empty when all hold.
    /// `inputs.params` are parameters that [`check_parameters`](Self::check_parameters) returned.
    ///
    /// # Errors
    /// A rule cannot be evaluated: the template's own mistake.
    pub fn check_rules(&self, inputs: &Inputs) -> Result<Vec<ParameterFinding>, RenderError> {
        render::check_rules(self, inputs)
    }

    /// By id, whether the live object of each resource with a `readyWhen` fulfils it; for the others the rule of their
    /// kind applies. A field that `readyWhen` reads and that is not there means not ready.
    ///
    /// # Errors
    /// A condition cannot be evaluated with this data.
    pub fn readiness(&self, inputs: &Inputs, live: &Live) -> Result<BTreeMap<String, bool>, RenderError> {
        render::readiness(self, inputs, live)
    }

    /// What can be done on demand, in the order of the document.
    pub fn actions(&self) -> &[Action] {
        &self.document.actions
    }

    /// What sleeping means; `None` means every workload to zero.
    pub fn sleep(&self) -> Option<&Sleep> {
        self.document.sleep.as_ref()
    }
}
