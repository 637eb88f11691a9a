//! kro's documents as templates: what they become, and why some of them cannot.
//!
//! `UPDATE_GOLDEN=1` writes the templates that are compared.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use berth_template::interchange::kro;
use berth_template::{Finding, Live, NodeState, Severity, compile};
use serde_json::{Value, json};

use crate::rendered::inputs;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kro")
}

fn read(name: &str) -> String {
    fs::read_to_string(folder().join(format!("{name}.kro.yaml"))).unwrap()
}

fn lines(findings: &[Finding]) -> String {
    findings.iter().fold(String::new(), |mut text, finding| {
        let Finding {
            severity,
            message,
            line,
            column,
            path,
            suggestion,
        } = finding;
        let severity = match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let hint = suggestion.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        writeln!(text, "# {line}:{column}: {severity}: {message}{hint} [{path}]").unwrap();
        text
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "a switch of the test, not a setting of the product"
)]
fn update() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

#[test]
fn documents_become_the_templates_that_are_committed() {
    for name in ["web-application", "database-pair", "worker-pool", "company"] {
        let imported = kro::import(&read(name), &()).unwrap_or_else(|found| panic!("{name}:\n{}", lines(&found)));
        let text = lines(&imported.warnings) + &imported.document;
        let golden = folder().join(format!("{name}.template.yaml"));
        if update() {
            fs::write(&golden, &text).unwrap();
        }
        assert_eq!(fs::read_to_string(&golden).unwrap_or_default(), text, "{name}");
        assert!(compile(&imported.document, &()).is_ok(), "{name}");
        assert_eq!(
            kro::import(&read(name), &()).unwrap().document,
            imported.document,
            "the same again"
        );
    }
}

/// The objects a document comes to, by the ids of their resources.
fn objects(name: &str, params: &Value) -> Vec<(String, Value)> {
    let imported = kro::import(&read(name), &()).unwrap();
    let template = compile(&imported.document, &()).unwrap().template;
    let rendered = template.render(&inputs(&template, params), &Live::new()).unwrap();
    let object = |node: berth_template::Node| match node.state {
        NodeState::Object(object) => Some((node.id, object.object)),
        NodeState::Excluded { .. } | NodeState::Waiting { .. } => None,
    };
    rendered.nodes.into_iter().filter_map(object).collect()
}

#[test]
fn an_imported_template_renders_what_kro_would_make() {
    let made = objects("web-application", &json!({"name": "shop", "env": {"A": "1", "B": "2"}}));
    let ids: Vec<_> = made.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["deployment", "service"]);
    let container = &made[0].1["spec"]["template"]["spec"]["containers"][0];
    let env: Vec<_> = container["env"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["value"].as_str().unwrap())
        .collect();
    assert_eq!(env, ["free", "0.5", "A=1,B=2", "Hello from preview,\nprice: $3\n"]);
    assert_eq!(container["ports"][0]["containerPort"], 8080);
    assert_eq!(made[1].1["spec"]["selector"], json!({"app": "shop"}));

    let made = objects(
        "worker-pool",
        &json!({"workers": [{"name": "ada"}, {"name": "bob", "backup": false}]}),
    );
    let names: Vec<_> = made
        .iter()
        .map(|(_, object)| object["metadata"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "preview-eu-ada",
            "preview-eu-bob",
            "preview-us-ada",
            "preview-us-bob",
            "backup-ada",
            "preview-summary"
        ]
    );
    assert_eq!(made[5].1["data"]["count"], "4");
}

const HEAD: &str = "apiVersion: kro.run/v1alpha1\nkind: ResourceGraphDefinition\nmetadata: {name: x}\nspec:\n  schema:\n    apiVersion: v1alpha1\n    kind: Thing\n";
const RESOURCES: &str = "  resources:\n    - id: config\n      template:\n        apiVersion: v1\n        kind: ConfigMap\n        metadata:\n          name: config\n";

/// Fields of `schema.spec`, and what is found.
const FIELDS: &[(&str, &str)] = &[
    (
        "a: strin",
        "9:10: error: there is no type `strin` (did you mean `string`?) [spec.schema.spec.a]",
    ),
    (
        "a: string | default",
        "9:10: error: after `|` come markers, each `name=value` [spec.schema.spec.a]",
    ),
    (
        "a: integer | default=many",
        "9:10: error: the value of `default` must be of type integer [spec.schema.spec.a]",
    ),
    (
        "a: integer | default=0 minimum=1",
        "9:10: error: the default does not fit its schema",
    ),
    (
        "a: integer | enum=\"1,b\"",
        "9:10: error: the value of `enum` must be a list of values of type integer: `a,b` [spec.schema.spec.a]",
    ),
    (
        "a: string | requird=true",
        "9:10: error: `requird` is no marker of a field (did you mean `required`?) [spec.schema.spec.a]",
    ),
    (
        "a: integer | validation=\"self > 1\"",
        "9:10: error: `validation` cannot be translated: it is a rule on the value alone",
    ),
    (
        "a: \"map[integer]string\"",
        "9:10: error: the keys of a map are text: `map[string]string` [spec.schema.spec.a]",
    ),
    (
        "a: [string]",
        "9:10: error: a field is a type like `string | default=x`, or a mapping of fields, not a list [spec.schema.spec.a]",
    ),
    ("a: string | pattern=\"(\"", "9:10: error: "),
];

/// What else stands in `schema`, and what is found.
const SCHEMAS: &[(&str, &str)] = &[
    (
        "    spec: {a: A}\n    types: {A: {b: B}, B: {a: \"[]A\"}}\n",
        "9:31: error: the types go in a circle: A → B → A [spec.schema.types.B.a]",
    ),
    (
        "    scope: Cluster\n",
        "8:12: error: `scope: Cluster` cannot be translated: an environment is one namespace [spec.schema.scope]",
    ),
    (
        "    status: {a: 1, A: 2}\n",
        "8:20: error: `A` cannot be made the name of an output: lowerCamelCase [spec.schema.status.A]",
    ),
    (
        "    status: {host: \"${confg.metadata.name}\"}\n",
        "8:20: error: unknown name `confg` (did you mean `config`?) [spec.schema.status.host]",
    ),
];

/// What comes after the first resource, and what is found.
const LINES: &[(&str, &str)] = &[
    (
        "          namespace: default\n",
        "15:11: error: the object is in a namespace of its own choice: an environment has one, and the object goes there (leave it out, or write ${schema.metadata.namespace}) [spec.resources[0].template.metadata.namespace]",
    ),
    (
        "          namespace: ${schema.spec.namespace}\n",
        "15:11: error: the object is in a namespace of its own choice",
    ),
    (
        "      lifecycle: \"${1 > 2 ? policy().withRetain() : policy().withDelete()}\"\n",
        "15:18: error: only `policy().withRetain()` and `policy().withDelete()` can be translated",
    ),
    (
        "      readyWhen: [\"${config.data.a == schema.metadata.uid}\"]\n",
        "15:19: error: `schema.metadata.uid` has no counterpart",
    ),
    (
        "      readyWhen: [\"${config.data.a}-x\"]\n",
        "15:19: error: a condition must be a boolean (write one whole expression: \"${…}\") [spec.resources[0].readyWhen[0]]",
    ),
    (
        "      forEach: [{a: \"${[1]}\", b: \"${[1]}\"}]\n",
        "15:17: error: must be one name with what it goes through [spec.resources[0].forEach[0]]",
    ),
    ("      forEach: [{a: \"${['x']}\"}]\n", "14:17: error: "),
    (
        "        data: {seed: \"${random.seededString(10, 'a')}\"}\n",
        "15:22: error: ",
    ),
    (
        "          ownerReferences: []\n",
        "error: `ownerReferences` cannot be set: owners are set by the cluster's controllers [spec.resources[0].template.metadata.ownerReferences]",
    ),
    (
        "      templte: {}\n",
        "15:7: error: unknown field `templte` (did you mean `template`?) [spec.resources[0].templte]",
    ),
    (
        "    - id: config\n      template: {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n",
        "15:11: error: there is another resource that is called `config` here [spec.resources[1].id]",
    ),
    (
        "    - id: other\n      template: {apiVersion: v1, kind: LimitRange, metadata: {name: b}}\n",
        "error: only the `baseline` template may create a LimitRange",
    ),
    (
        "    - id: shared\n      externalRef: {apiVersion: v1, kind: Secret, metadata: {name: a, namespace: b}}\n",
        "16:7: error: `externalRef` cannot be translated: it reads a Secret that is not the environment's own (make what is read from it a parameter, or one of the platform's values (`platform`)) [spec.resources[1].externalRef]",
    ),
    (
        "    - id: other\n      template: {apiVersion: kro.run/v1alpha1, kind: Databas, metadata: {name: b}}\n",
        "16:54: error: objects of kind `Databas` (kro.run/v1alpha1) are not allowed [spec.resources[1].template.kind]",
    ),
    (
        "    - id: other\n      template: {apiVersion: v1, kind: ConfigMap, metadata: {name: b}, data: {a: \"${token.data.a}\"}}\n    - id: token\n      template: {apiVersion: v1, kind: Secret, metadata: {name: c}}\n",
        "16:82: error: the content of a Secret cannot be read by an expression",
    ),
];

fn refuses(rest: &str, expected: &str) {
    let found = match kro::import(&format!("{HEAD}{rest}"), &()) {
        Err(found) => lines(&found),
        Ok(imported) => panic!(
            "{expected}\nis not found in\n{rest}\nbut it becomes\n{}",
            imported.document
        ),
    };
    let errors: Vec<_> = found.lines().filter(|line| line.contains(": error: ")).collect();
    let [error] = errors.as_slice() else {
        panic!("one error is expected, {expected}\nin\n{rest}\nfound\n{found}")
    };
    assert!(error.contains(expected), "{error}\nis not\n{expected}");
}

#[test]
fn what_cannot_be_translated_is_refused_at_its_place() {
    for (field, expected) in FIELDS {
        refuses(&format!("    spec:\n      {field}\n{RESOURCES}"), expected);
    }
    for (schema, expected) in SCHEMAS {
        refuses(&format!("{schema}{RESOURCES}"), expected);
    }
    for (lines, expected) in LINES {
        refuses(&format!("{RESOURCES}{lines}"), expected);
    }
}

#[test]
fn what_is_no_definition_is_refused() {
    for (document, expected) in [
        ("", "the document is empty"),
        ("a: [", "1:"),
        ("[]", "must be a mapping, not a list"),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
            "2:7: error: must be `ResourceGraphDefinition` [kind]",
        ),
        (&HEAD.replace("Thing", "thing"), "a kind is UpperCamelCase"),
        (
            &HEAD.replace("Thing", "Baseline"),
            "the template beneath every environment",
        ),
        (
            &HEAD.replace("    apiVersion: v1alpha1", "    apiVersion: one"),
            "not a version of an API",
        ),
        (
            &(HEAD.to_owned() + "  resources: {}\n"),
            "must be a list, not a mapping",
        ),
    ] {
        let found = lines(&kro::import(document, &()).unwrap_err());
        assert!(found.contains(expected), "{document}\n{found}");
    }
}

#[test]
fn types_that_double_with_every_level_are_refused_before_they_are_written_out() {
    let mut text = format!("{HEAD}    spec: {{a: T0}}\n    types:\n");
    for level in 0..9 {
        writeln!(text, "      T{level}: {{a: T{n}, b: T{n}, c: T{n}}}", n = level + 1).unwrap();
    }
    writeln!(text, "      T9: {{x: string}}\n{RESOURCES}").unwrap();
    let found = kro::import(&text, &()).unwrap_err();
    assert_eq!(found.len(), 1, "{}", lines(&found));
    assert!(found[0].message.contains("5000 fields"), "{found:?}");
}

#[test]
fn a_document_with_any_line_left_out_is_imported_or_refused() {
    for name in ["web-application", "database-pair", "worker-pool", "company"] {
        let text = read(name);
        for left_out in 0..text.lines().count() {
            let mut rest = text.lines().enumerate().filter(|(line, _)| *line != left_out).fold(
                String::new(),
                |mut text, (_, line)| {
                    text.push_str(line);
                    text.push('\n');
                    text
                },
            );
            for _ in 0..2 {
                if let Err(found) = kro::import(&rest, &()) {
                    assert!(
                        found.iter().any(|f| f.severity == Severity::Error),
                        "{name} without line {left_out}"
                    );
                    assert!(
                        found.iter().all(|f| f.line > 0),
                        "{name} without line {left_out}: {found:?}"
                    );
                }
                rest.truncate(rest.len() * 2 / 3);
                while !rest.is_char_boundary(rest.len()) {
                    rest.pop();
                }
            }
        }
    }
}
