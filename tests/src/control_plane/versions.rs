//! Which programs there are, from which modules they are built, and the key their versions make.
//!
//! Must not know how or where they are built. The module files are compiled in: what is built does not depend on where
//! the repository is when a binary of ours runs.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use aws_lc_rs::digest::{Context, SHA256};

/// A Go module of `tests/cluster/`.
#[derive(Debug, Clone, Copy)]
pub struct Module {
    /// Its folder under `tests/cluster/`.
    pub name: &'static str,
    /// `go.mod`.
    pub requirements: &'static str,
    /// `go.sum`.
    pub sums: &'static str,
}

/// A program built from a module.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// The name of the file.
    pub name: &'static str,
    /// Where it comes from.
    pub module: &'static Module,
    /// Its package.
    pub package: &'static str,
}

const KUBERNETES: Module = Module {
    name: "kubernetes",
    requirements: include_str!("../../cluster/kubernetes/go.mod"),
    sums: include_str!("../../cluster/kubernetes/go.sum"),
};
const KWOK: Module = Module {
    name: "kwok",
    requirements: include_str!("../../cluster/kwok/go.mod"),
    sums: include_str!("../../cluster/kwok/go.sum"),
};
const HELM_MODULE: Module = Module {
    name: "helm",
    requirements: include_str!("../../cluster/helm/go.mod"),
    sums: include_str!("../../cluster/helm/go.sum"),
};

/// Programs that are kept in one folder.
#[derive(Debug, Clone, Copy)]
pub struct Set {
    /// The name of the folder in the cache that has one folder for each version.
    pub kind: &'static str,
    /// How long building all of them takes the first time, in words.
    pub first_time: &'static str,
    /// The programs.
    pub programs: &'static [Program],
}

/// The control plane, what takes longest first.
pub const CONTROL_PLANE: Set = Set {
    kind: "control-plane",
    first_time: "6 minutes",
    programs: &[
        Program {
            name: "kube-apiserver",
            module: &KUBERNETES,
            package: "k8s.io/kubernetes/cmd/kube-apiserver",
        },
        Program {
            name: "kube-controller-manager",
            module: &KUBERNETES,
            package: "k8s.io/kubernetes/cmd/kube-controller-manager",
        },
        Program {
            name: "kube-scheduler",
            module: &KUBERNETES,
            package: "k8s.io/kubernetes/cmd/kube-scheduler",
        },
        Program {
            name: "etcd",
            module: &KUBERNETES,
            package: "go.etcd.io/etcd/server/v3",
        },
        Program {
            name: "kwok",
            module: &KWOK,
            package: "sigs.k8s.io/kwok/cmd/kwok",
        },
    ],
};

/// What the chart is tested with.
pub const HELM: Set = Set {
    kind: "helm",
    first_time: "a minute",
    programs: &[Program {
        name: "helm",
        module: &HELM_MODULE,
        package: "helm.sh/helm/v3/cmd/helm",
    }],
};

impl Module {
    /// The version of `dependency` in `go.mod`, with its `v`.
    pub fn version_of(&self, dependency: &str) -> Result<&'static str> {
        let mut words = self.requirements.lines().map(str::split_whitespace);
        words
            .find_map(|mut words| {
                let mut first = words.next()?;
                if first == "require" {
                    first = words.next()?;
                }
                let version = words.next()?;
                (first == dependency && version.starts_with('v')).then_some(version)
            })
            .with_context(|| format!("tests/cluster/{}/go.mod does not require {dependency}", self.name))
    }
}

impl Program {
    /// The linker flags: a program must know its own version, clients ask it.
    pub fn linker_flags(&self) -> Result<String> {
        const PLAIN: &str = "-s -w";
        match self.module.name {
            "kubernetes" => {
                let version = self.module.version_of("k8s.io/kubernetes")?;
                let mut numbers = version.trim_start_matches('v').split('.');
                let (major, minor) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
                let set = |name: &str, value: &str| format!(" -X k8s.io/component-base/version.{name}={value}");
                Ok([
                    PLAIN.to_owned(),
                    set("gitVersion", version),
                    set("gitMajor", major),
                    set("gitMinor", minor),
                    set("gitTreeState", "clean"),
                ]
                .concat())
            }
            "kwok" => {
                let version = self.module.version_of("sigs.k8s.io/kwok")?;
                Ok(format!("{PLAIN} -X sigs.k8s.io/kwok/pkg/consts.Version={version}"))
            }
            _ => {
                let version = self.module.version_of("helm.sh/helm/v3")?;
                Ok(format!("{PLAIN} -X helm.sh/helm/v3/internal/version.version={version}"))
            }
        }
    }
}

impl Set {
    /// The folder of the set under the cache: any change to a module file makes another one.
    pub fn folder(&self) -> Result<PathBuf> {
        let mut digest = Context::new(&SHA256);
        for program in self.programs {
            let flags = program.linker_flags()?;
            let Module {
                name,
                requirements,
                sums,
            } = program.module;
            for part in [program.name, program.package, &flags, name, requirements, sums] {
                digest.update(&part.len().to_be_bytes());
                digest.update(part.as_bytes());
            }
        }
        digest.update(std::env::consts::OS.as_bytes());
        digest.update(std::env::consts::ARCH.as_bytes());
        let digest = digest.finish();
        let mut key = String::new();
        for byte in digest.as_ref().iter().take(8) {
            write!(key, "{byte:02x}")?;
        }
        Ok(PathBuf::from(self.kind).join(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_the_module_files() {
        let api_server = CONTROL_PLANE.programs[0];
        let version = api_server.module.version_of("k8s.io/kubernetes").unwrap();
        assert!(version.starts_with("v1."), "{version}");
        let flags = api_server.linker_flags().unwrap();
        assert!(
            flags.contains(&format!("gitVersion={version}")) && flags.contains("gitMajor=1"),
            "{flags}"
        );
        api_server.module.version_of("example.com/nothing").unwrap_err();
    }

    #[test]
    fn a_program_is_a_tool_of_its_module() {
        for program in CONTROL_PLANE.programs.iter().chain(HELM.programs) {
            assert!(
                program.module.requirements.contains(program.package),
                "{}",
                program.package
            );
            assert!(program.linker_flags().unwrap().contains("=v"), "{}", program.name);
        }
    }

    #[test]
    fn another_version_has_another_folder() {
        const OTHER: Module = Module {
            name: "kwok",
            requirements: "require sigs.k8s.io/kwok v0.8.1",
            sums: "",
        };
        const NEWER: &[Program] = &[Program {
            name: "kwok",
            module: &OTHER,
            package: "sigs.k8s.io/kwok/cmd/kwok",
        }];
        let set = Set {
            kind: "kwok",
            first_time: "",
            programs: &CONTROL_PLANE.programs[4..],
        };
        let newer = Set { programs: NEWER, ..set };
        assert_ne!(set.folder().unwrap(), newer.folder().unwrap());
        assert_eq!(set.folder().unwrap(), set.folder().unwrap());
        assert!(set.folder().unwrap().starts_with("kwok"));
    }
}
