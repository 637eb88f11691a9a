//! Properties that hold for every input: no value changes structure, nothing panics, the same input gives the same bytes.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use berth_template::{Compiled, Inputs, Live, NodeState, Rendered, compile};
use proptest::prelude::*;
use serde_json::{Value, json};

const TEMPLATE: &str = r#"
apiVersion: berth.dev/v1
kind: Template
metadata: {name: t, version: 1.0.0}
spec:
  parameters:
    type: object
    required: [text, other, number]
    properties: {text: {type: string}, other: {type: string}, number: {type: integer}}
  resources:
    - id: login
      secret: {name: login, generate: {password: {length: 32}}, data: {text: "${params.text}", uri: "x:${generated.password}:${params.other}"}}
    - id: web
      object:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, labels: {app: "${params.text}"}, annotations: {note: "a ${params.other} b"}}
        spec:
          replicas: ${params.number}
          selector: {matchLabels: {app: web}}
          template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "${params.text}", args: ["${params.other}", "--n=${params.number}"]}]}}
    - id: config
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: config}, data: {a: "${params.text + params.other}", web: "${web.metadata.labels.app}"}}
"#;

static COMPILED: LazyLock<Arc<Compiled>> = LazyLock::new(|| compile(TEMPLATE, &()).unwrap().template);

fn paths(value: &Value, at: &str, into: &mut BTreeSet<String>) {
    into.insert(at.to_owned());
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(key, value)| paths(value, &format!("{at}/{key}"), into)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(i, value)| paths(value, &format!("{at}/{i}"), into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn structure(text: &str, other: &str, number: i64) -> (BTreeSet<String>, Rendered) {
    let params = COMPILED
        .check_parameters(&json!({"text": text, "other": other, "number": number}))
        .unwrap();
    let inputs = Inputs {
        params,
        env: json!({}),
        platform: json!({}),
    };
    let rendered = COMPILED.render(&inputs, &Live::new()).unwrap();
    let mut found = BTreeSet::new();
    for node in &rendered.nodes {
        let NodeState::Object(object) = &node.state else {
            continue;
        };
        paths(&object.object, &node.id, &mut found);
        let secret = object.secret.iter().flat_map(|plan| plan.composed.keys());
        found.extend(secret.map(|key| format!("{}:{key}", node.id)));
    }
    (found, rendered)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_value_adds_or_removes_a_key_or_an_object(
        text in r#"(\PC|[\n\t{}\[\]:#&*!|>'"%@`$-]){0,40}"#,
        other in r#"(\$\{|\}|\n|: |- |---|params|[a-z"']){0,12}"#,
        number in any::<i64>(),
    ) {
        let (expected, _) = structure("a", "b", 1);
        let (found, rendered) = structure(&text, &other, number);
        prop_assert_eq!(found, expected);
        prop_assert_eq!(structure(&text, &other, number).1, rendered);
    }

    #[test]
    fn the_compiler_never_panics_on_text(text in r"(\PC|[\n \t:{}\[\]&*!|>'#-]){0,200}") {
        let _ = compile(&text, &());
    }

    #[test]
    fn the_compiler_never_panics_on_a_template_with_a_piece_replaced(
        at in 0..TEMPLATE.len(),
        length in 0_usize..40,
        piece in r#"(\$\{|\}|\n|  |: |- |\[|\{|"|'|&a|\*a|params|env|web|!|null|[a-z.()+?0-9]){0,10}"#,
    ) {
        let end = (at + length).min(TEMPLATE.len());
        let text = format!("{}{piece}{}", &TEMPLATE[..at], &TEMPLATE[end..]);
        if let Ok(compilation) = compile(&text, &()) {
            let inputs = Inputs { params: json!({"text": "a", "other": "b", "number": 1}), env: json!({}), platform: json!({}) };
            let _ = compilation.template.render(&inputs, &Live::new());
        }
    }

    #[test]
    fn the_compiler_never_panics_on_an_expression(
        expression in r#"(params|web|login|self|\.|\.\?|\[|\]|\(|\)|\{|\}|'a'|"|\+|-|\*|/|%|<|==|&&|\|\||!|\?|:|,|1|0x1|1\.5|in|true|null|map|all|has|x|size| ){0,16}"#,
    ) {
        let scalar = Value::String(format!("${{{expression}}}"));
        let text = TEMPLATE.replace("\"${params.text + params.other}\"", &scalar.to_string());
        if let Ok(compilation) = compile(&text, &()) {
            let inputs = Inputs { params: json!({"text": "a", "other": "b", "number": 1}), env: json!({}), platform: json!({}) };
            let _ = compilation.template.render(&inputs, &Live::new());
        }
    }
}
