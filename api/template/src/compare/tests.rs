//! Changes as a table: the schema of one parameter before and after, what is said, and the step it deserves.

use serde_json::json;

use super::*;

fn changes(before: &Value, after: &Value) -> Vec<(String, String, Step)> {
    let mut changes = Vec::new();
    schemas("p", before, after, &mut changes);
    changes
        .into_iter()
        .map(|change| (change.path, change.what, change.step))
        .collect()
}

#[test]
#[rustfmt::skip]
fn every_change_of_a_schema_deserves_its_step() {
    let object = |properties: Value, required: Value| json!({"type": "object", "properties": properties, "required": required});
    for (before, after, path, what, step) in [
        (json!({"type": "string"}), json!({"type": "integer"}), "p", "the type was `string`, and is `integer`", Step::Major),
        (json!({"enum": ["a", "b"]}), json!({"enum": ["a"]}), "p", "`b` is not allowed any more", Step::Major),
        (json!({"enum": ["a"]}), json!({"enum": ["a", "b"]}), "p", "`b` is allowed", Step::Minor),
        (json!({"type": "string"}), json!({"type": "string", "enum": ["a"]}), "p", "only some values are allowed", Step::Major),
        (json!({"minimum": 1}), json!({"minimum": 2}), "p", "`minimum` was 1, and is 2", Step::Major),
        (json!({"minimum": 2}), json!({"minimum": 1}), "p", "`minimum` was 2, and is 1", Step::Minor),
        (json!({}), json!({"maximum": 9}), "p", "`maximum` was none, and is 9", Step::Major),
        (json!({"maximum": 9}), json!({}), "p", "`maximum` was 9, and is none", Step::Minor),
        (json!({"maxLength": 9}), json!({"maxLength": 5}), "p", "`maxLength` was 9, and is 5", Step::Major),
        (json!({"pattern": "a"}), json!({"pattern": "b"}), "p", "`pattern` is another one", Step::Major),
        (json!({"pattern": "a"}), json!({}), "p", "`pattern` is gone", Step::Minor),
        (json!({"default": 1}), json!({"default": 2}), "p", "the default is another one", Step::Major),
        (json!({"default": 1}), json!({}), "p", "the default is gone", Step::Major),
        (json!({}), json!({"writeOnly": true}), "p", "whether it is secret has changed", Step::Major),
        (json!({"items": {"type": "string"}}), json!({"items": {"type": "integer"}}), "p[]", "the type was `string`, and is `integer`", Step::Major),
        (json!({"additionalProperties": true}), json!({"additionalProperties": false}), "p", "fewer properties are allowed", Step::Major),
        (json!({"additionalProperties": false}), json!({"additionalProperties": true}), "p", "other properties are allowed", Step::Minor),
        (json!({"additionalProperties": {"type": "string"}}), json!({"additionalProperties": {"type": "string", "maxLength": 3}}), "p.*", "`maxLength` was none, and is 3", Step::Major),
        (json!({"anyOf": []}), json!({"anyOf": [{}]}), "p", "`anyOf` differs", Step::Major),
        (object(json!({"a": {}}), json!([])), object(json!({}), json!([])), "p.a", "the parameter is gone", Step::Major),
        (object(json!({}), json!([])), object(json!({"a": {}}), json!([])), "p.a", "there is another parameter", Step::Minor),
        (object(json!({}), json!([])), object(json!({"a": {}}), json!(["a"])), "p.a", "there is another parameter, which must be given", Step::Major),
        (object(json!({}), json!([])), object(json!({"a": {"default": 1}}), json!(["a"])), "p.a", "there is another parameter", Step::Minor),
        (object(json!({"a": {}}), json!([])), object(json!({"a": {}}), json!(["a"])), "p.a", "must be given now", Step::Major),
        (object(json!({"a": {}}), json!(["a"])), object(json!({"a": {}}), json!([])), "p.a", "need not be given any more", Step::Minor),
        (object(json!({"a": object(json!({"b": {}}), json!([]))}), json!([])), object(json!({"a": object(json!({}), json!([]))}), json!([])), "p.a.b", "the parameter is gone", Step::Major),
    ] {
        assert_eq!(changes(&before, &after), [(path.to_owned(), what.to_owned(), step)], "{before} to {after}");
    }
}

#[test]
fn words_and_hints_deserve_nothing() {
    let before = json!({"type": "string", "title": "a", "description": "b", "ui": {"widget": "x"}, "examples": ["y"]});
    assert_eq!(changes(&before, &json!({"type": "string"})), []);
}

#[test]
fn steps_are_those_of_semantic_versioning() {
    for (before, after, step) in [
        ("1.2.3", "1.2.4", Step::Patch),
        ("1.2.3", "1.3.0", Step::Minor),
        ("1.2.3", "2.0.0", Step::Major),
        ("0.2.3", "0.3.0", Step::Major),
        ("0.2.3", "0.2.4", Step::Minor),
    ] {
        let version = |text: &str| Version::parse(text).unwrap();
        assert_eq!(taken(&version(before), &version(after)), step, "{before} to {after}");
    }
}
