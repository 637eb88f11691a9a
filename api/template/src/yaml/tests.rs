//! What is read, with its types and places, and what is refused.

use super::{Content, parse};
use crate::finding::Findings;

fn read(text: &str) -> (Option<serde_json::Value>, Vec<String>) {
    let mut findings = Findings::default();
    let node = parse(text, &mut findings);
    let said = findings
        .sorted()
        .into_iter()
        .map(|f| format!("{}:{} {}", f.line, f.column, f.message))
        .collect();
    (node.map(|n| n.to_value()), said)
}

#[test]
fn scalars_keep_the_types_of_json() {
    let (value, said) = read("{a: 1, b: -2.5, c: true, d: null, e: '1', f: 5Gi, g: 1e3, h: 10.0.0.1, i: 2026-01-02}");
    assert!(said.is_empty(), "{said:?}");
    let expected = serde_json::json!({"a": 1, "b": -2.5, "c": true, "d": null, "e": "1", "f": "5Gi", "g": 1e3,
        "h": "10.0.0.1", "i": "2026-01-02"});
    assert_eq!(value, Some(expected));
}

#[test]
fn scalars_that_readers_disagree_about_are_found() {
    for text in [
        "yes", "No", "on", "True", "NULL", "0755", "0x1f", "0o17", "1_000", "+1", ".5", "1.", ".inf",
    ] {
        let (_, said) = read(&format!("a: {text}"));
        assert_eq!(said.len(), 1, "{text}: {said:?}");
    }
}

#[test]
fn duplicate_keys_aliases_tags_and_merges_are_found_together() {
    let (_, said) = read("a: &x 1\na: 2\nb: *x\nc: !!str 1\n<<: {}\n");
    assert_eq!(said.len(), 5, "{said:?}");
    assert!(said.contains(&"2:1 duplicate key `a`".to_owned()), "{said:?}");
}

#[test]
fn depth_is_limited_and_nothing_panics() {
    let (_, said) = read(&"[".repeat(100_000));
    assert_eq!(said.len(), 1);
    let (_, said) = read(&"- ".repeat(10_000));
    assert_eq!(said.len(), 1);
}

#[test]
fn a_node_knows_its_place() {
    let mut findings = Findings::default();
    let node = parse("a:\n  - b: \"x ${y}\"\n", &mut findings).unwrap();
    let inner = node.nearest("/a/0/b");
    assert_eq!((inner.line, inner.column, inner.text_offset), (2, 8, Some(1)));
    assert!(matches!(&inner.content, Content::Text(t) if t == "x ${y}"));
}
