//! A tree out as YAML: block style, the order it has, quotes only where a reader needs them.
//!
//! Whatever is written here is read back as the same tree.

use std::fmt::Write as _;

use crate::yaml::{Content, Entry, Node};

/// Words that some reader of YAML takes for something else than text.
const WORDS: [&str; 11] = [
    "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf",
];

/// The tree as a document.
pub(crate) fn document(root: &Node) -> String {
    let mut out = String::new();
    block(root, 0, &mut out);
    out
}

/// Writes a value where a line begins, or goes on after `- `.
fn block(node: &Node, indent: usize, out: &mut String) {
    match &node.content {
        Content::Map(entries) if !entries.is_empty() => map(entries, indent, out),
        Content::List(items) if !items.is_empty() => list(items, indent, out),
        Content::Null
        | Content::Bool(_)
        | Content::Number(_)
        | Content::Text(_)
        | Content::List(_)
        | Content::Map(_) => {
            scalar(node, indent, out);
            out.push('\n');
        }
    }
}

fn map(entries: &[Entry], indent: usize, out: &mut String) {
    for (index, entry) in entries.iter().enumerate() {
        if index > 0 {
            spaces(indent, out);
        }
        text(&entry.key, out);
        out.push(':');
        let nested = match &entry.value.content {
            Content::Map(entries) => !entries.is_empty(),
            Content::List(items) => !items.is_empty(),
            Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) => false,
        };
        if nested {
            out.push('\n');
            spaces(indent + 2, out);
        } else {
            out.push(' ');
        }
        block(&entry.value, indent + 2, out);
    }
}

fn list(items: &[Node], indent: usize, out: &mut String) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            spaces(indent, out);
        }
        out.push_str("- ");
        block(item, indent + 2, out);
    }
}

fn spaces(count: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', count));
}

fn scalar(node: &Node, indent: usize, out: &mut String) {
    match &node.content {
        Content::Null => out.push_str("null"),
        Content::Bool(value) => {
            let _ = write!(out, "{value}");
        }
        Content::Number(value) => {
            let _ = write!(out, "{value}");
        }
        Content::Text(value) if is_block(value) => literal(value, indent, out),
        Content::Text(value) => text(value, out),
        Content::List(_) => out.push_str("[]"),
        Content::Map(_) => out.push_str("{}"),
    }
}

/// Several lines that a literal block keeps as they are.
fn is_block(value: &str) -> bool {
    let body = value.strip_suffix('\n').unwrap_or(value);
    body.contains('\n')
        && !body.starts_with([' ', '\n'])
        && !body.ends_with('\n')
        && body.lines().all(|line| line.is_empty() || !line.trim().is_empty())
        && value.chars().all(|c| c == '\n' || printable(c))
}

fn literal(value: &str, indent: usize, out: &mut String) {
    out.push_str(if value.ends_with('\n') { "|" } else { "|-" });
    for line in value.strip_suffix('\n').unwrap_or(value).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            spaces(indent.max(2), out);
            out.push_str(line);
        }
    }
}

fn text(value: &str, out: &mut String) {
    if is_plain(value) {
        out.push_str(value);
    } else if !value.chars().all(printable) || (value.contains('\'') && !value.contains(['"', '\\'])) {
        double_quoted(value, out);
    } else {
        let _ = write!(out, "'{}'", value.replace('\'', "''"));
    }
}

fn double_quoted(value: &str, out: &mut String) {
    out.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if printable(c) => out.push(c),
            c => {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
        }
    }
    out.push('"');
}

/// Whether YAML reads the character back as it is, on one line.
fn printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether everybody reads the value as the same text without quotes.
fn is_plain(value: &str) -> bool {
    let Some(first) = value.chars().next() else {
        return false;
    };
    let begins = first.is_ascii_alphabetic() || matches!(first, '$' | '/' | '_' | '^' | '(');
    // `5Gi` and `1.0.0` are text for everybody; `1e5`, `0x1f` and `8080` are not.
    let amount =
        first.is_ascii_digit() && value.contains(|c: char| c.is_ascii_alphabetic() && !"abcdefoxABCDEFOX".contains(c));
    let version = first.is_ascii_digit() && value.bytes().filter(|b| *b == b'.').count() > 1;
    (begins || amount || version)
        && value.chars().all(printable)
        && !value.ends_with([' ', ':'])
        && !value.contains(": ")
        && !value.contains(" #")
        && !WORDS.contains(&value.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::document;
    use crate::finding::Findings;
    use crate::yaml;

    fn round(value: &Value) -> String {
        let mut findings = Findings::default();
        let tree = yaml::parse(&value.to_string(), &mut findings).unwrap();
        let written = document(&tree);
        let read = yaml::parse(&written, &mut findings);
        let found = findings.sorted();
        assert!(found.is_empty(), "{found:?} in\n{written}");
        assert_eq!(&read.unwrap().to_value(), value, "\n{written}");
        written
    }

    #[test]
    fn what_is_written_is_read_back_as_the_same() {
        let texts = [
            "",
            " ",
            "a",
            "a: b",
            "a #b",
            "a#b",
            "- a",
            "true",
            "Yes",
            "null",
            "~",
            "1",
            "1e5",
            "5Gi",
            "0x1f",
            "1_000",
            "it's",
            "say \"hi\"",
            "it's \"both\" \\",
            "${a + 'b'}",
            "${a ? 'b' : 'c'}",
            "a\nb",
            "a\nb\n",
            "a\n\n",
            "\na\n",
            " a\nb",
            "a\n  b\n\nc\n",
            "a\n \nb",
            "tab\there",
            "\u{85}",
            "\u{1}",
            "\u{1F600} grin",
            "\u{feff}",
            "{a}",
            "[a]",
            "*a",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a`",
            "|",
            ">",
            "#",
            "a:",
            ":a",
            "?",
            "? a",
            "---",
            "...",
            "<<",
            "a, b",
            "-",
            "2026-01-31",
            "\u{2028}",
            "=",
            "1:30",
            ".5",
            "+1",
            "key\r\nother",
        ];
        for text in texts {
            round(&json!({"a": text, "list": [text, [text]], "deep": {"b": {"c": text}}}));
            if !text.is_empty() && text != "<<" {
                round(&json!({ text: text }));
            }
        }
        round(&json!({"a": {}, "b": [], "c": [[], {}, [[1, {"d": null}]]], "e": -1.5, "f": true}));
    }

    #[test]
    fn it_is_written_as_people_would() {
        let value =
            json!({"kind": "Template", "spec": {"list": [{"a": 1, "b": "${x.y}"}, "two: 2"], "text": "a\nb\n"}});
        let written =
            "kind: Template\nspec:\n  list:\n    - a: 1\n      b: ${x.y}\n    - 'two: 2'\n  text: |\n    a\n    b\n";
        assert_eq!(round(&value), written);
    }
}
