//! What is built, from which module, with which flags; and the name in the cache that follows from it.

use std::fmt::Write as _;

use aws_lc_rs::digest::{Context, SHA256};

/// One program and where it comes from. The sources of truth are the `go.mod` files beside this crate.
#[derive(Debug)]
pub struct Recipe {
    /// The name of the program.
    pub program: &'static str,
    /// The Go package it is built from.
    pub package: &'static str,
    /// The content of `go.mod`.
    pub module: &'static str,
    /// The content of `go.sum`.
    pub sums: &'static str,
    /// For `-ldflags`.
    pub linker_flags: &'static str,
}

impl Recipe {
    /// The version `go.mod` requires of the module the package is in.
    pub fn version(&self) -> &str {
        let required = |line: &'static str| {
            let (module, version) = line.trim().trim_start_matches("require ").split_once(' ')?;
            let inside = self.package.strip_prefix(module)?;
            (inside.is_empty() || inside.starts_with('/')).then(|| version.trim_end_matches("// indirect").trim())
        };
        self.module.lines().find_map(required).unwrap_or_default()
    }
}

macro_rules! cluster_file {
    ($path:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/cluster/", $path))
    };
}

/// kwok's configuration and stages.
pub const STAGES: &str = cluster_file!("kwok/stages.yaml");

const SMALL: &str = "-s -w";

// A Kubernetes program without a version calls itself v0.0.0, which clients and charts refuse.
const KUBERNETES: &str = "-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3 \
                          -X k8s.io/component-base/version.gitMajor=1 \
                          -X k8s.io/component-base/version.gitMinor=36";

const fn of_kubernetes(program: &'static str, package: &'static str, linker_flags: &'static str) -> Recipe {
    Recipe {
        program,
        package,
        module: cluster_file!("kubernetes/go.mod"),
        sums: cluster_file!("kubernetes/go.sum"),
        linker_flags,
    }
}

/// The control plane.
pub const CONTROL_PLANE: [Recipe; 5] = [
    of_kubernetes("etcd", "go.etcd.io/etcd/server/v3", SMALL),
    of_kubernetes("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", KUBERNETES),
    of_kubernetes("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager", KUBERNETES),
    of_kubernetes("kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler", KUBERNETES),
    Recipe {
        program: "kwok",
        package: "sigs.k8s.io/kwok/cmd/kwok",
        module: cluster_file!("kwok/go.mod"),
        sums: cluster_file!("kwok/go.sum"),
        linker_flags: SMALL,
    },
];

/// helm.
pub const HELM: [Recipe; 1] = [Recipe {
    program: "helm",
    package: "helm.sh/helm/v3/cmd/helm",
    module: cluster_file!("helm/go.mod"),
    sums: cluster_file!("helm/go.sum"),
    linker_flags: SMALL,
}];

/// A name that changes with everything the programs are made from.
pub fn digest(recipes: &[Recipe]) -> String {
    let mut context = Context::new(&SHA256);
    for Recipe { program, package, module, sums, linker_flags } in recipes {
        for part in [program, package, module, sums, linker_flags] {
            context.update(&part.len().to_be_bytes());
            context.update(part.as_bytes());
        }
    }
    let mut name = String::new();
    for byte in &context.finish().as_ref()[..10] {
        // Writing to a String cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_has_a_version() {
        for recipe in CONTROL_PLANE.iter().chain(&HELM) {
            assert!(recipe.version().starts_with('v'), "{}: {:?}", recipe.program, recipe.version());
        }
    }

    #[test]
    fn kubernetes_calls_itself_by_the_version_it_is_built_from() {
        let server = &CONTROL_PLANE[1];
        assert!(server.linker_flags.contains(&format!("gitVersion={} ", server.version())));
    }

    #[test]
    fn another_flag_is_another_place_in_the_cache() {
        let changed = [Recipe { linker_flags: "-s", ..of_kubernetes("etcd", "go.etcd.io/etcd/server/v3", SMALL) }];
        let same = || [of_kubernetes("etcd", "go.etcd.io/etcd/server/v3", SMALL)];
        assert_eq!(digest(&same()), digest(&same()));
        assert_ne!(digest(&changed), digest(&same()));
    }
}
