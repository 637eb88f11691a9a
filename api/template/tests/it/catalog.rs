//! The built-in catalog: every template compiles without a warning, every example is valid, and what it comes to is what
//! the golden files show. `UPDATE_GOLDEN=1` writes them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use berth_template::{Compiled, Inputs, Live, NodeState, Output, RenderedObject, SecretPart, compile};
use serde_json::{Value, json};

fn catalog() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates")
}

fn load() -> Vec<Arc<Compiled>> {
    let mut library: Vec<Arc<Compiled>> = Vec::new();
    for name in [
        "baseline",
        "postgres",
        "valkey",
        "web-service",
        "worker",
        "cron-job",
        "static-site",
    ] {
        let text = fs::read_to_string(catalog().join(name).join("template.yaml")).unwrap();
        match compile(&text, &library) {
            Ok(compiled) => {
                assert!(compiled.warnings.is_empty(), "{name}: {:#?}", compiled.warnings);
                library.push(compiled.template);
            }
            Err(findings) => panic!("{name}: {findings:#?}"),
        }
    }
    library
}

fn inputs(params: Value) -> Inputs {
    Inputs {
        params,
        env: json!({
            "id": "env_018f", "name": "preview-42", "team": "checkout", "owner": "ada", "namespace": "checkout-preview-42",
            "labels": {}, "revision": 1, "template": "web-service", "source": {},
        }),
        platform: json!({"domain": "apps.example.com", "ingressClass": "nginx", "storageClass": "fast"}),
    }
}

fn examples(template: &Compiled) -> BTreeMap<String, Value> {
    let folder = catalog().join(template.name()).join("examples");
    let mut examples = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        examples.insert(
            name,
            serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap(),
        );
    }
    assert!(!examples.is_empty());
    examples
}

fn show(object: &RenderedObject, into: &mut String) {
    into.push_str(&serde_saphyr::to_string(&object.object).unwrap());
    let Some(secret) = &object.secret else { return };
    for (key, generate) in &secret.generate {
        writeln!(into, "# data.{key}: {} random characters", generate.length).unwrap();
    }
    for (key, parts) in &secret.composed {
        let text: String = parts
            .iter()
            .map(|part| match part {
                SecretPart::Text(text) => text.clone(),
                SecretPart::Generated(key) => format!("<{key}>"),
            })
            .collect();
        writeln!(into, "# data.{key}: {text}").unwrap();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a switch of the test, not a setting of the product"
)]
fn update() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

#[test]
fn every_example_renders_to_its_golden_file() {
    let mut wrong = Vec::new();
    for template in load() {
        for (name, given) in examples(&template) {
            let params = template.check_parameters(&given).unwrap();
            let rendered = template.render(&inputs(params), &Live::new()).unwrap();
            let mut text = String::new();
            for node in &rendered.nodes {
                writeln!(
                    text,
                    "---\n# {} (layer {}, after {:?})",
                    node.id, node.layer, node.dependencies
                )
                .unwrap();
                match &node.state {
                    NodeState::Object(object) => show(object, &mut text),
                    NodeState::Excluded { because } => writeln!(text, "# left out: {because}").unwrap(),
                    NodeState::Waiting { on, path } => writeln!(text, "# waits for {on}.{path}").unwrap(),
                }
            }
            text.push_str("---\n# outputs\n");
            for (name, output) in &rendered.outputs {
                match output {
                    Output::Value { value, .. } => writeln!(text, "# {name}: {value}").unwrap(),
                    Output::Secret { name: secret, key, .. } => {
                        writeln!(text, "# {name}: key {key} of {secret}").unwrap();
                    }
                    Output::Pending { on, path, .. } => writeln!(text, "# {name}: waits for {on}.{path}").unwrap(),
                }
            }
            let golden = catalog()
                .join(template.name())
                .join("golden")
                .join(format!("{name}.yaml"));
            if update() {
                fs::write(&golden, &text).unwrap();
            } else if fs::read_to_string(&golden).unwrap_or_default() != text {
                wrong.push(golden.display().to_string());
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "these golden files differ from what is rendered (UPDATE_GOLDEN=1 writes them): {wrong:#?}"
    );
}

/// Every pod template in an object.
fn pods<'o>(value: &'o Value, found: &mut Vec<&'o Value>) {
    match value {
        Value::Object(fields) => {
            if value["spec"]["containers"].is_array() {
                found.push(&value["spec"]);
            }
            fields.values().for_each(|value| pods(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| pods(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_pod_meets_pod_security_restricted_and_names_its_needs() {
    let mut seen = 0;
    for template in load() {
        for (_, given) in examples(&template) {
            let params = template.check_parameters(&given).unwrap();
            for node in template.render(&inputs(params), &Live::new()).unwrap().nodes {
                let NodeState::Object(object) = node.state else {
                    continue;
                };
                assert_eq!(object.object["metadata"].get("namespace"), None);
                let mut found = Vec::new();
                pods(&object.object, &mut found);
                for pod in found {
                    seen += 1;
                    assert_eq!(pod["securityContext"]["runAsNonRoot"], json!(true));
                    assert_eq!(
                        pod["securityContext"]["seccompProfile"]["type"],
                        json!("RuntimeDefault")
                    );
                    assert_eq!(pod["automountServiceAccountToken"], json!(false));
                    for container in pod["containers"].as_array().unwrap() {
                        assert_eq!(container["securityContext"]["allowPrivilegeEscalation"], json!(false));
                        assert_eq!(container["securityContext"]["capabilities"]["drop"], json!(["ALL"]));
                        for part in ["requests", "limits"] {
                            assert!(container["resources"][part]["memory"].is_string(), "{container}");
                            assert!(container["resources"][part]["cpu"].is_string(), "{container}");
                        }
                    }
                }
            }
        }
    }
    assert!(seen >= 8);
}

#[test]
fn only_the_baseline_creates_what_holds_an_environment_in() {
    for template in load() {
        let guards = template
            .kinds()
            .iter()
            .any(|kind| kind.kind == "Namespace" || kind.kind == "RoleBinding");
        assert_eq!(guards, template.name() == "baseline", "{}", template.name());
    }
}
