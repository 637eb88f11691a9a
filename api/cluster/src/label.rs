//! The labels and annotations that say whose an object is.

/// The environment's id: what the watches select on.
pub const ENVIRONMENT: &str = "berth.dev/environment";
/// The template resource the object comes from.
pub const RESOURCE: &str = "berth.dev/resource";
/// Kubernetes' recommended label for what manages an object.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// The value of [`MANAGED_BY`], and our field manager.
pub const MANAGER: &str = "berth";
/// Annotation: the team's name.
pub const TEAM: &str = "berth.dev/team";
/// Annotation: who asked for the environment.
pub const OWNER: &str = "berth.dev/owner";
/// Annotation: the environment's name.
pub const NAME: &str = "berth.dev/environment-name";
/// Annotation: the template's name.
pub const TEMPLATE: &str = "berth.dev/template";
/// Annotation: the template's version.
pub const VERSION: &str = "berth.dev/template-version";
/// Annotation: the number of the revision.
pub const REVISION: &str = "berth.dev/revision";
/// The ClusterRole that a RoleBinding in each namespace gives to Berth itself, and that binding's name.
pub const ACCESS_ROLE: &str = "berth-environment";
