//! Kinds of objects: where the API server serves them.

use std::fmt;

use kube::core::discovery::Scope;
use kube::core::{ApiResource, GroupVersionKind};

/// A kind, as in a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind {
    /// Group and version: `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
}

impl Kind {
    /// The kind of that group and version.
    pub fn new(api_version: impl Into<String>, kind: impl Into<String>) -> Self {
        Self {
            api_version: api_version.into(),
            kind: kind.into(),
        }
    }

    /// Group, version and kind.
    pub(crate) fn gvk(&self) -> GroupVersionKind {
        match self.api_version.split_once('/') {
            Some((group, version)) => GroupVersionKind::gvk(group, version, &self.kind),
            None => GroupVersionKind::gvk("", &self.api_version, &self.kind),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.api_version, self.kind)
    }
}

/// Whether objects of the kind are watched. Secrets are not: a watch needs the right to read all of them.
pub fn is_watched(kind: &Kind) -> bool {
    (kind.api_version.as_str(), kind.kind.as_str()) != ("v1", "Secret")
}

/// What Kubernetes itself serves, so that no discovery is needed for it.
const BUILT_IN: &[(&str, &str, &str, Scope)] = &[
    ("v1", "Namespace", "namespaces", Scope::Cluster),
    ("v1", "ConfigMap", "configmaps", Scope::Namespaced),
    ("v1", "Secret", "secrets", Scope::Namespaced),
    ("v1", "Service", "services", Scope::Namespaced),
    ("v1", "ServiceAccount", "serviceaccounts", Scope::Namespaced),
    (
        "v1",
        "PersistentVolumeClaim",
        "persistentvolumeclaims",
        Scope::Namespaced,
    ),
    ("v1", "Pod", "pods", Scope::Namespaced),
    ("v1", "ResourceQuota", "resourcequotas", Scope::Namespaced),
    ("v1", "LimitRange", "limitranges", Scope::Namespaced),
    ("apps/v1", "Deployment", "deployments", Scope::Namespaced),
    ("apps/v1", "StatefulSet", "statefulsets", Scope::Namespaced),
    ("apps/v1", "DaemonSet", "daemonsets", Scope::Namespaced),
    ("batch/v1", "Job", "jobs", Scope::Namespaced),
    ("batch/v1", "CronJob", "cronjobs", Scope::Namespaced),
    (
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
        Scope::Namespaced,
    ),
    (
        "policy/v1",
        "PodDisruptionBudget",
        "poddisruptionbudgets",
        Scope::Namespaced,
    ),
    (
        "networking.k8s.io/v1",
        "NetworkPolicy",
        "networkpolicies",
        Scope::Namespaced,
    ),
    ("networking.k8s.io/v1", "Ingress", "ingresses", Scope::Namespaced),
    ("rbac.authorization.k8s.io/v1", "Role", "roles", Scope::Namespaced),
    (
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        "rolebindings",
        Scope::Namespaced,
    ),
];

/// Where a built-in kind is served.
pub(crate) fn built_in(kind: &Kind) -> Option<ApiResource> {
    let known =
        |(api_version, name, _, _): &&(&str, &str, &str, Scope)| *api_version == kind.api_version && *name == kind.kind;
    let (_, _, plural, _) = BUILT_IN.iter().find(known)?;
    Some(ApiResource::from_gvk_with_plural(&kind.gvk(), plural))
}
