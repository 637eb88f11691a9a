//! The image cannot be built everywhere the tests run, so its recipe is read instead: what it copies is there, it
//! builds what the Makefile builds, and it runs as nobody.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::source::{Source, repository, root};

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The instructions of the Dockerfile, one a line, continuation lines joined and comments left out.
fn instructions() -> Vec<String> {
    let text = read("Dockerfile").replace("\\\n", " ");
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

/// The arguments of every instruction that begins with `keyword`.
fn all(keyword: &str) -> Vec<Vec<String>> {
    let instructions = instructions();
    let matching = instructions
        .iter()
        .filter_map(|line| line.strip_prefix(keyword)?.strip_prefix(' '));
    matching
        .map(|rest| rest.split_whitespace().map(str::to_owned).collect())
        .collect()
}

/// What is copied from the repository, in all stages.
fn copied() -> Vec<String> {
    let local = all("COPY")
        .into_iter()
        .filter(|arguments| !arguments[0].starts_with("--from="));
    local
        .flat_map(|mut arguments| {
            arguments.pop();
            arguments
        })
        .collect()
}

#[test]
fn everything_the_image_copies_exists_and_reaches_the_builder() {
    let ignore = read(".dockerignore");
    assert!(
        ignore.lines().any(|line| line == "*"),
        "the list must name what is sent, not what is not"
    );
    let sources = copied();
    assert!(sources.len() >= 8, "the COPY lines were not found: {sources:?}");
    for source in sources {
        assert!(
            root().join(&source).exists(),
            "the Dockerfile copies {source}, which does not exist"
        );
        assert!(
            ignore.lines().any(|line| line == format!("!{source}")),
            ".dockerignore keeps {source} from the builder"
        );
    }
}

#[test]
fn every_member_of_the_workspace_is_in_the_builder() {
    let manifest = read("Cargo.toml");
    let members = manifest.split_once("members = [").unwrap().1.split_once(']').unwrap().0;
    let members: Vec<&str> = members.split('"').skip(1).step_by(2).collect();
    assert!(members.len() >= 8, "the members were not found: {members:?}");
    for member in members {
        let folder = member.split('/').next().unwrap();
        assert!(
            copied().iter().any(|source| source == folder),
            "the Dockerfile does not copy {member}"
        );
    }
}

#[test]
fn the_image_is_built_as_the_makefile_builds_a_release() {
    let line = |text: &str| {
        let lines = text
            .lines()
            .map(str::trim)
            .map(|line| line.trim_start_matches("RUN ").to_owned());
        lines
            .filter(|line| line.starts_with("cargo build --release"))
            .collect::<Vec<String>>()
    };
    let image = line(&read("Dockerfile"));
    assert_eq!(image.len(), 1, "one cargo line");
    assert_eq!(image, line(&read("Makefile")));
}

#[test]
fn the_image_takes_the_compiler_of_the_toolchain_file() {
    let toolchain = read("rust-toolchain.toml");
    let channel = toolchain
        .split_once("channel = \"")
        .unwrap()
        .1
        .split_once('"')
        .unwrap()
        .0;
    let base = &all("FROM")[0][0];
    assert!(
        base.starts_with(&format!("rust:{channel}-")),
        "{base} is not Rust {channel}"
    );
}

#[test]
fn the_image_runs_as_the_nobody_the_chart_names() {
    let user = all("USER");
    assert_eq!(user, [["65532:65532"]]);
    assert!(read("helm/berth/templates/deployment.yaml").contains("runAsUser: 65532"));
    let instructions = instructions();
    let after = instructions
        .iter()
        .skip_while(|line| !line.starts_with("USER"))
        .any(|line| line.starts_with("RUN"));
    assert!(!after, "nothing runs in the build after the user is set");
}

#[test]
fn the_image_starts_the_server_it_copied() {
    let binary = "/usr/local/bin/berth-server";
    let built = all("COPY")
        .into_iter()
        .find(|arguments| arguments[0] == "--from=build")
        .unwrap();
    assert_eq!(built[1..], ["/src/target/release/berth-server", binary]);
    assert_eq!(all("ENTRYPOINT"), [[format!("[\"{binary}\"]")]]);
}

/// The files a source file has built into its program, from the root of the repository.
fn built_in(source: &Source) -> Vec<PathBuf> {
    let folder = Path::new(&source.path).parent().unwrap();
    let package = source.path.split("/src/").next().unwrap();
    let calls = ["include_str!(", "include_bytes!("]
        .into_iter()
        .flat_map(|call| source.text.split(call).skip(1));
    let paths = calls.filter_map(|rest| {
        let from_package = rest.trim_start().starts_with("concat!(");
        let text = if from_package { rest.split_once("\"),")?.1 } else { rest };
        let path = text.split('"').nth(1)?.trim_start_matches('/');
        Some(if from_package {
            Path::new(package).join(path)
        } else {
            folder.join(path)
        })
    });
    paths.map(|path| normal(&path)).collect()
}

/// The path without `..`.
fn normal(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        if part == Component::ParentDir {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.into_iter().collect()
}

#[test]
fn every_file_that_is_built_into_a_program_reaches_the_builder() {
    let example =
        r#"const A: &str = include_str!("../../b/c.txt"); const D: &str = include_str!(concat!(env!("X"), "/../e"));"#;
    let example = Source::new("api/a/src/lib.rs", example);
    assert_eq!(built_in(&example), [Path::new("api/b/c.txt"), Path::new("api/e")]);
    let copied = copied();
    let sources = repository();
    let products = sources.iter().filter(|source| source.path.contains("/src/"));
    for path in products.flat_map(built_in) {
        assert!(
            copied.iter().any(|folder| path.starts_with(folder)),
            "the Dockerfile does not copy {}",
            path.display()
        );
    }
}
