//! The guide: every document in it compiles, and the schema for editors takes what the compiler takes.

use std::fs;
use std::path::{Path, PathBuf};

use berth_template::{Live, compile};
use serde_json::{Value, json};

use crate::sample::{HEAD, config, template};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// The documents in the fenced blocks of the guide.
fn documents() -> Vec<String> {
    let text = fs::read_to_string(docs().join("templates.md")).unwrap();
    let blocks = text.split("```yaml\n").skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

fn schema() -> jsonschema::Validator {
    let text = fs::read_to_string(docs().join("template.schema.json")).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

#[test]
fn every_document_of_the_guide_compiles_and_renders() {
    let documents = documents();
    assert!(documents.len() >= 3);
    for document in documents {
        let compilation = compile(&document, &()).unwrap_or_else(|found| panic!("{found:#?}\n{document}"));
        assert_eq!(compilation.warnings, [], "{document}");
        let template = compilation.template;
        let given = json!({"image": "shop/web:1", "name": "ada"});
        let known = template.parameter_schema()["properties"].clone();
        let given: Value = given
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| known.get(name.as_str()).is_some())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let rendered = template.render(&crate::rendered::inputs(&template, &given), &Live::new());
        assert!(rendered.is_ok(), "{rendered:?}");
    }
}

#[test]
fn the_schema_for_editors_takes_what_the_compiler_takes() {
    let schema = schema();
    let catalog = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates");
    let built_in = fs::read_dir(catalog).unwrap().map(|entry| {
        let path = entry.unwrap().path().join("template.yaml");
        fs::read_to_string(path).unwrap()
    });
    for document in built_in.chain(documents()) {
        let value: Value = serde_saphyr::from_str(&document).unwrap();
        let wrong: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{wrong:#?}\n{document}");
    }
}

#[test]
fn the_schema_for_editors_refuses_what_the_compiler_refuses_of_the_document() {
    let schema = schema();
    let good = template("{}", &config("web", "{}"), "");
    for (from, to) in [
        ("kind: Template", "kind: Templat"),
        ("version: 1.0.0", "version: one"),
        ("resources:", "resource:"),
        ("object:", "objekt:"),
        ("id: web", "id: Web"),
        ("metadata: {name: web}", "metadata: {name: web, namespace: x}"),
    ] {
        let bad = good.replace(from, to);
        assert_ne!(bad, good, "{from}");
        let value: Value = serde_saphyr::from_str(&bad).unwrap();
        assert!(!schema.is_valid(&value), "{to}");
        assert!(compile(&bad, &()).is_err(), "{to}");
    }
    let value: Value = serde_saphyr::from_str(&format!("{HEAD}  resources: []\n")).unwrap();
    assert!(schema.is_valid(&value));
}
