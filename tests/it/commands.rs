//! `berth-server template …` as a program: what it says, in which form, and how it exits.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use berth_tests::server;
use serde_json::Value;
use tempfile::TempDir;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(server::program().unwrap());
    command.env_clear().current_dir(folder).arg("template").args(arguments);
    command.output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[track_caller]
fn exits(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}\n{}", out(output), err(output));
}

const TINY: &str = "\
apiVersion: berth.dev/v1
kind: Template
metadata: {name: tiny, version: 1.0.0}
spec:
  parameters:
    type: object
    properties:
      colour: {type: string, default: red}
      key: {type: string, writeOnly: true, default: none}
  rules:
    - {rule: \"${params.colour != 'beige'}\", path: /colour, message: nobody likes beige}
  resources:
    - id: settings
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {colour: \"${params.colour}\"}}
    - id: login
      secret: {name: login, generate: {password: {length: 20}}, data: {key: \"${params.key}\"}}
";

/// A folder with one template in it, `my templates/tiny`, and an example.
fn tiny(document: &str, example: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("my templates/tiny");
    fs::create_dir_all(template.join("examples")).unwrap();
    fs::write(template.join("template.yaml"), document).unwrap();
    fs::write(template.join("examples/default.yaml"), example).unwrap();
    folder
}

#[test]
fn lint_says_what_it_found_and_what_it_could_not_check() {
    let good = run(&root(), &["lint", "templates", "--warnings-as-errors"]);
    exits(&good, 0);
    assert_eq!(out(&good), "");
    assert!(
        err(&good).contains("0 errors, 0 warnings\nnot checked without a cluster: "),
        "{}",
        err(&good)
    );
    exits(&run(&root(), &["lint", "templates/web-service"]), 0);

    let folder = tiny(&TINY.replace("params.colour}", "params.color}"), "colour: red\n");
    let bad = run(folder.path(), &["lint", "my templates"]);
    exits(&bad, 1);
    let line = "my templates/tiny/template.yaml:14:95: error: there is no parameter `color` (did you mean `colour`?) \
                [spec.resources[0].object.data.colour]\n";
    assert_eq!(out(&bad), line);
}

#[test]
fn lint_checks_examples_at_their_own_places() {
    let wrong = [
        ("key: k\ncolour: 7\n", "default.yaml:2:9: error: ", "[colour]"),
        ("color: red\n", "default.yaml:1:8: error: ", "did you mean `colour`?"),
        (
            "colour: beige\n",
            "default.yaml:1:9: error: nobody likes beige",
            "[colour]",
        ),
        (
            "colour: a\ncolour: b\n",
            "default.yaml:2:1: error: duplicate key `colour`",
            "[colour]",
        ),
    ];
    for (example, place, words) in wrong {
        let folder = tiny(TINY, example);
        let bad = run(folder.path(), &["lint", "my templates/tiny"]);
        exits(&bad, 1);
        assert!(
            out(&bad).contains(place) && out(&bad).contains(words),
            "{example}: {}",
            out(&bad)
        );
    }
}

#[test]
fn a_warning_counts_when_it_is_asked_to() {
    let unused = TINY.replace("      key:", "      unused: {type: string, default: x}\n      key:");
    let folder = tiny(&unused, "colour: red\n");
    exits(&run(folder.path(), &["lint", "my templates"]), 0);
    let strict = run(
        folder.path(),
        &["lint", "my templates", "--warnings-as-errors", "--format", "json"],
    );
    exits(&strict, 1);
    let report: Value = serde_json::from_str(&out(&strict)).unwrap();
    assert_eq!(
        (&report["errors"], &report["warnings"], &report["examples"]),
        (&0.into(), &1.into(), &1.into())
    );
    let finding = &report["findings"][0];
    assert_eq!(finding["severity"], "warning");
    assert_eq!(finding["line"], 9);
    assert_eq!(finding["file"], "my templates/tiny/template.yaml");
    assert!(report["leftOut"].as_array().is_some_and(|left| !left.is_empty()));
}

#[test]
fn findings_are_written_as_sarif() {
    let folder = tiny(&TINY.replace("params.colour}", "params.color}"), "colour: red\n");
    let bad = run(folder.path(), &["lint", "my templates", "--format", "sarif"]);
    exits(&bad, 1);
    let log: Value = serde_json::from_str(&out(&bad)).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let [result] = run["results"].as_array().unwrap().as_slice() else {
        panic!("one result: {log}")
    };
    let number = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(rules[number]["id"], result["ruleId"]);
    assert_eq!(result["level"], "error");
    assert!(
        result["message"]["text"]
            .as_str()
            .unwrap()
            .contains("did you mean `colour`?")
    );
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "my%20templates/tiny/template.yaml");
    assert_eq!(
        (&place["region"]["startLine"], &place["region"]["startColumn"]),
        (&14.into(), &95.into())
    );

    let good = crate::commands::run(&root(), &["lint", "templates", "--format", "sarif"]);
    exits(&good, 0);
    let log: Value = serde_json::from_str(&out(&good)).unwrap();
    assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn what_cannot_be_read_exits_with_2() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), "a: 1\n").unwrap();
    for arguments in [
        &["lint", "/nowhere"][..],
        &["lint", "."],
        &["lint"],
        &["lint", "a.yaml", "--format", "xml"],
        &["render", "/nowhere"],
        &["test", "/nowhere"],
        &["import", "kro", "/nowhere"],
        &["import", "kro", "a.yaml"],
        &["import", "helm", "a.yaml"],
    ] {
        exits(&run(folder.path(), arguments), 2);
    }
}

#[test]
fn render_prints_the_objects_without_secrets() {
    let folder = tiny(TINY, "colour: red\n");
    let path = "my templates/tiny";
    let given = [
        "render",
        path,
        "--set",
        "colour=007",
        "--set",
        "key=hunter2",
        "--team",
        "pay",
        "--name",
        "web",
    ];
    let yaml = run(folder.path(), &given);
    exits(&yaml, 0);
    assert!(
        out(&yaml).contains("colour: \"007\"") || out(&yaml).contains("colour: '007'"),
        "{}",
        out(&yaml)
    );
    assert!(out(&yaml).contains("# data.password: 20 random characters"));
    for output in ["yaml", "json"] {
        let shown = run(folder.path(), &[&given[..], &["-o", output]].concat());
        exits(&shown, 0);
        assert!(
            !out(&shown).contains("hunter2") && !out(&shown).contains("aHVudGVyMg"),
            "{}",
            out(&shown)
        );
    }
    let json: Value = serde_json::from_str(&out(&run(folder.path(), &[&given[..], &["-o", "json"]].concat()))).unwrap();
    let objects = json.as_array().unwrap();
    assert_eq!(objects.len(), 2);
    let login = objects.iter().find(|object| object["kind"] == "Secret").unwrap();
    assert_eq!(login["stringData"]["password"], "(20 random characters)");

    for (arguments, words) in [
        (&["--set", "colour=beige"][..], "/colour: nobody likes beige"),
        (&["--set", "color=red"], "/color: "),
        (&["--parameters", "my templates/tiny/template.yaml"], "/kind: "),
    ] {
        let refused = run(folder.path(), &[&["render", path], arguments].concat());
        exits(&refused, 1);
        assert!(err(&refused).contains(words), "{}", err(&refused));
    }
    exits(&run(folder.path(), &["render", path, "--set", "colour"]), 2);
    exits(
        &run(&root(), &["render", "templates/web-service", "--set", "image=a"]),
        0,
    );
    exits(&run(&root(), &["render", "templates"]), 2);
}

#[test]
fn the_catalog_is_as_its_golden_files_say() {
    let tested = run(&root(), &["test", "templates"]);
    exits(&tested, 0);
    assert!(err(&tested).contains("0 different, 0 failed"), "{}", err(&tested));
}

#[test]
fn test_shows_what_is_different_and_writes_it_when_told() {
    let folder = tiny(TINY, "colour: red\n");
    let golden = folder.path().join("my templates/tiny/golden/default.yaml");
    exits(&run(folder.path(), &["test", "my templates"]), 1);
    exits(&run(folder.path(), &["test", "my templates", "--update"]), 0);
    exits(&run(folder.path(), &["test", "my templates"]), 0);
    let before = fs::read_to_string(&golden).unwrap();
    assert_eq!(
        out(&run(folder.path(), &["render", "my templates/tiny"])),
        before,
        "what is rendered is what is tested"
    );

    fs::write(&golden, before.replace("colour: red", "colour: blue")).unwrap();
    let different = run(folder.path(), &["test", "my templates"]);
    exits(&different, 1);
    for line in [
        "--- my templates/tiny/golden/default.yaml",
        "+++ ",
        "@@ ",
        "-  colour: blue",
        "+  colour: red",
    ] {
        assert!(out(&different).contains(line), "{line} is not in\n{}", out(&different));
    }
    fs::write(&golden, &before).unwrap();
    fs::write(golden.with_file_name("gone.yaml"), "").unwrap();
    let orphan = run(folder.path(), &["test", "my templates"]);
    exits(&orphan, 1);
    assert!(
        err(&orphan).contains("gone.yaml: there is no example of that name"),
        "{}",
        err(&orphan)
    );
}

const DEFINITIONS: &str = "\
# Two definitions and something else in one file.
apiVersion: kro.run/v1alpha1
kind: ResourceGraphDefinition
metadata: {name: one}
spec:
  schema: {apiVersion: v1, kind: One, spec: {colour: string | default=red}}
  resources:
    - id: config
      template: {apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {colour: \"${schema.spec.colour}\"}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
---
apiVersion: kro.run/v1alpha1
kind: ResourceGraphDefinition
metadata: {name: two}
spec:
  schema: {apiVersion: v1, kind: Two}
  resources:
    - id: config
      template: {apiVersion: v1, kind: ConfigMap, metadata: {name: two}}
";

#[test]
fn kros_definitions_become_folders_of_templates() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("definitions.yaml");
    fs::write(&file, DEFINITIONS).unwrap();
    let printed = run(folder.path(), &["import", "kro", "definitions.yaml"]);
    exits(&printed, 0);
    assert_eq!(out(&printed).matches("kind: Template").count(), 2, "{}", out(&printed));

    exits(&run(folder.path(), &["import", "kro", ".", "--out", "templates"]), 0);
    assert!(folder.path().join("templates/one/template.yaml").is_file());
    exits(&run(folder.path(), &["lint", "templates", "--warnings-as-errors"]), 0);
    exits(&run(folder.path(), &["import", "kro", ".", "--out", "templates"]), 0);
    fs::write(folder.path().join("templates/two/template.yaml"), "mine").unwrap();
    exits(&run(folder.path(), &["import", "kro", ".", "--out", "templates"]), 2);
    exits(
        &run(folder.path(), &["import", "kro", ".", "--out", "templates", "--force"]),
        0,
    );

    fs::write(
        &file,
        DEFINITIONS.replace("metadata: {name: two}}\n", "metadata: {name: two, namespace: other}}\n"),
    )
    .unwrap();
    let refused = run(folder.path(), &["import", "kro", "definitions.yaml"]);
    exits(&refused, 1);
    let place = "definitions.yaml:22:73: error: the object is in a namespace of its own choice";
    assert!(err(&refused).contains(place), "{}", err(&refused));
    assert_eq!(
        out(&refused).matches("kind: Template").count(),
        1,
        "the other one is imported"
    );
}
