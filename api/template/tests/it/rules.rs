//! `rules`: what must hold across parameters.

use berth_template::{Inputs, Live};
use serde_json::{Value, json};

use crate::rendered::{inputs, render, template, template_with};
use crate::sample::{HEAD, finds};

const SPEC: &str = r#"
  parameters:
    type: object
    properties:
      size: {type: string, enum: [small, large], default: small}
      replicas: {type: integer, default: 2}
      limits: {type: object, default: {}, properties: {low: {type: integer, default: 1}, high: {type: integer, default: 9}}}
  let: {large: "${params.size == 'large'}"}
  rules:
    - {rule: "${!large || params.replicas <= 5}", path: /replicas, message: large services run at most 5 replicas}
    - {rule: "${params.limits.low <= params.limits.high}", path: /limits/low, message: the low limit is above the high one}
    - {rule: "${env.team != 'shop' || params.replicas < 50}", message: the shop has no room for that}
  resources:
    - id: web
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: web}}
"#;

fn broken(params: &Value) -> Vec<(String, String)> {
    let template = template(SPEC);
    let found = template.check_rules(&inputs(&template, params)).unwrap();
    found
        .into_iter()
        .map(|finding| (finding.pointer, finding.detail))
        .collect()
}

#[test]
fn every_rule_is_checked_and_all_that_do_not_hold_are_told() {
    assert_eq!(broken(&json!({})), []);
    let row = |pointer: &str, detail: &str| (pointer.to_owned(), detail.to_owned());
    let large = row("/replicas", "large services run at most 5 replicas");
    assert_eq!(
        broken(&json!({"size": "large", "replicas": 6})),
        std::slice::from_ref(&large)
    );
    assert_eq!(
        broken(&json!({"size": "large", "replicas": 60, "limits": {"low": 10}})),
        [
            large,
            row("/limits/low", "the low limit is above the high one"),
            row("", "the shop has no room for that")
        ]
    );
}

#[test]
fn a_rule_that_cannot_be_evaluated_is_an_error_and_no_yes() {
    let template = template(
        r#"
  parameters: {type: object, properties: {a: {type: object, default: {}, additionalProperties: true}}}
  rules: [{rule: "${params.a.b == 1}", message: b is one}]
  resources: [{id: web, object: {apiVersion: v1, kind: ConfigMap, metadata: {name: web}}}]
"#,
    );
    let inputs = Inputs {
        params: json!({"a": {}}),
        ..Inputs::default()
    };
    assert_eq!(template.check_rules(&inputs).unwrap_err().message, "there is no `b`");
}

#[test]
fn the_rules_of_a_composed_template_hold_for_what_it_is_given() {
    let child = template_with("child", SPEC, &[]);
    let parent = template_with(
        "parent",
        r#"
  parameters: {type: object, properties: {n: {type: integer, default: 1}}}
  resources:
    - id: child
      use: {template: child, version: ^1, with: {size: large, replicas: "${params.n}"}}
"#,
        &[child],
    );
    assert!(render(&parent, &json!({"n": 5}), &Live::new()).is_ok());
    let refused = render(&parent, &json!({"n": 6}), &Live::new()).unwrap_err();
    assert_eq!(
        refused.message,
        "`child` refuses its parameters: large services run at most 5 replicas"
    );
}

#[test]
fn what_is_wrong_with_a_rule_is_found_when_it_is_compiled() {
    let text = |rule: &str| {
        format!(
            "{HEAD}  parameters: {{type: object, properties: {{count: {{type: integer, default: 1}}}}}}\n  rules: {rule}\n  \
             resources:\n    - id: web\n      object: {{apiVersion: v1, kind: ConfigMap, metadata: {{name: web}}, data: {{c: \
             \"${{string(params.count)}}\"}}}}\n"
        )
    };
    for (rule, message, suggestion) in [
        (
            "[{rule: \"${params.count}\", message: x}]",
            "a condition must be a boolean",
            "",
        ),
        (
            "[{rule: \"${params.cuont > 1}\", message: x}]",
            "there is no parameter `cuont`",
            "did you mean `count`?",
        ),
        (
            "[{rule: \"${params.count > 1}\", path: /cuont, message: x}]",
            "there is no parameter `cuont`",
            "did you mean `count`?",
        ),
        (
            "[{rule: \"${params.count > 1}\", path: count, message: x}]",
            "must be a JSON Pointer into the parameters",
            "write /count",
        ),
        ("[{rule: \"${params.count > 1}\"}]", "`message` is missing", ""),
        (
            "[{rule: \"${params.count > 1}\", message: \"${params.count}\"}]",
            "must be a sentence, without expressions",
            "",
        ),
        (
            "[{rule: \"${web.status.x}\", message: x}]",
            "a rule is checked before anything is there",
            "",
        ),
        ("{rule: x}", "must be a list of rules, not a mapping", ""),
    ] {
        finds(&text(rule), message, suggestion);
    }
}
