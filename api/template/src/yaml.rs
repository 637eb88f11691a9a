//! YAML text in, a tree out in which every node knows its line and column.
//!
//! Strict where YAML surprises: no duplicate keys, no anchors, aliases, merge keys or tags, one document, and a finding
//! for every plain scalar that readers of YAML disagree about. Knows nothing about templates.

use std::collections::BTreeSet;

use granit_parser::{Event, Parser, ScalarStyle, Span};
use serde_json::{Map, Number, Value};

use crate::finding::Findings;
use crate::place::Place;

/// Deepest nesting of lists and mappings.
const DEPTH: usize = 48;

/// A value and where it begins.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub line: u32,
    pub column: u32,
    pub content: Content,
    /// Columns between the node's start and its text, when a position in the text is one in the line as well.
    pub text_offset: Option<u32>,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub key: String,
    pub line: u32,
    pub column: u32,
    pub value: Node,
}

impl Node {
    /// The node as plain data.
    pub fn to_value(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(value) => Value::Bool(*value),
            Content::Number(value) => Value::Number(value.clone()),
            Content::Text(value) => Value::String(value.clone()),
            Content::List(items) => Value::Array(items.iter().map(Node::to_value).collect()),
            Content::Map(entries) => {
                let pairs = entries.iter().map(|e| (e.key.clone(), e.value.to_value()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    /// What the node is, for messages.
    pub fn kind(&self) -> &'static str {
        match self.content {
            Content::Null => "nothing",
            Content::Bool(_) => "a boolean",
            Content::Number(_) => "a number",
            Content::Text(_) => "text",
            Content::List(_) => "a list",
            Content::Map(_) => "a mapping",
        }
    }

    /// The value of `key`, when the node is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.content {
            Content::Map(entries) => entries.iter().find(|e| e.key == key).map(|e| &e.value),
            Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) | Content::List(_) => None,
        }
    }

    /// The node at a JSON Pointer, or the last one on the way to it.
    pub fn nearest(&self, pointer: &str) -> &Node {
        let mut node = self;
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            let next = match &node.content {
                Content::Map(entries) => entries.iter().find(|e| e.key == step).map(|e| &e.value),
                Content::List(items) => step.parse::<usize>().ok().and_then(|index| items.get(index)),
                Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) => None,
            };
            match next {
                Some(next) => node = next,
                None => break,
            }
        }
        node
    }
}

/// Reads one document. `None` when there is nothing to go on with.
pub(crate) fn parse(text: &str, findings: &mut Findings) -> Option<Node> {
    let options = granit_parser::options! {
        emit_comments: false,
        disallow_directives: true,
        flow_nesting_limit: DEPTH,
        block_nesting_limit: DEPTH,
    };
    let mut reader = Reader { events: Parser::new_from_str_with_options(text, options), text, findings, depth: 0 };
    let root = reader.document();
    if let Err(Broken) = root {
        return None;
    }
    root.ok().flatten()
}

/// The text is not YAML; the finding is already recorded.
struct Broken;

struct Reader<'t, 'f> {
    events: Parser<'t, granit_parser::StrInput<'t>>,
    text: &'t str,
    findings: &'f mut Findings,
    depth: usize,
}

impl<'t> Reader<'t, '_> {
    fn next(&mut self) -> Result<Option<(Event<'t>, Span)>, Broken> {
        match self.events.next() {
            None => Ok(None),
            Some(Ok(event)) => Ok(Some(event)),
            Some(Err(error)) => {
                let mark = error.marker();
                let place = Place::new(number(mark.line()), number(mark.col() + 1), "");
                self.findings.error(&place, error.info().to_string());
                Err(Broken)
            }
        }
    }

    fn document(&mut self) -> Result<Option<Node>, Broken> {
        let mut root = None;
        while let Some((event, span)) = self.next()? {
            match event {
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd | Event::StreamEnd => {}
                event => {
                    if root.is_some() {
                        self.findings.error(&place(&span), "a template is one document; this is a second one");
                        return Ok(root);
                    }
                    root = Some(self.node(event, &span)?);
                }
            }
        }
        if root.is_none() {
            self.findings.error(&Place::new(1, 1, ""), "the document is empty");
        }
        Ok(root)
    }

    fn node(&mut self, event: Event<'t>, span: &Span) -> Result<Node, Broken> {
        let at = place(span);
        let (anchor, tagged, content) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let content = if style == ScalarStyle::Plain {
                    self.plain(&text, &at)
                } else {
                    Content::Text(text.into_owned())
                };
                let node = Node { line: at.line, column: at.column, text_offset: self.offset(span, style), content };
                self.refuse_properties(anchor, tag.is_some(), &at);
                return Ok(node);
            }
            Event::SequenceStart(_, anchor, tag) => (anchor, tag.is_some(), self.list(&at)?),
            Event::MappingStart(_, anchor, tag) => (anchor, tag.is_some(), self.map(&at)?),
            _ => {
                self.findings.error(&at, "aliases are not allowed; write the value out");
                (0, false, Content::Null)
            }
        };
        self.refuse_properties(anchor, tagged, &at);
        Ok(Node { line: at.line, column: at.column, content, text_offset: None })
    }

    fn refuse_properties(&mut self, anchor: usize, tagged: bool, at: &Place) {
        if anchor != 0 {
            self.findings.error(at, "anchors are not allowed; write the value out where it is used");
        }
        if tagged {
            self.findings.error(at, "tags are not allowed; quote the value to make it text");
        }
    }

    fn descend(&mut self, at: &Place) -> Result<(), Broken> {
        self.depth += 1;
        if self.depth > DEPTH {
            self.findings.error(at, format!("nested deeper than {DEPTH} levels"));
            return Err(Broken);
        }
        Ok(())
    }

    fn list(&mut self, at: &Place) -> Result<Content, Broken> {
        self.descend(at)?;
        let mut items = Vec::new();
        while let Some((event, span)) = self.next()? {
            if matches!(event, Event::SequenceEnd) {
                break;
            }
            items.push(self.node(event, &span)?);
        }
        self.depth -= 1;
        Ok(Content::List(items))
    }

    fn map(&mut self, at: &Place) -> Result<Content, Broken> {
        self.descend(at)?;
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = BTreeSet::new();
        while let Some((event, span)) = self.next()? {
            let at = place(&span);
            let key = match event {
                Event::MappingEnd => break,
                Event::Scalar(text, style, ..) => {
                    if text == "<<" && style == ScalarStyle::Plain {
                        self.findings.error(&at, "merge keys are not allowed; write the fields out");
                    }
                    Some(text.into_owned())
                }
                other => {
                    self.findings.error(&at, "a key must be text");
                    self.node(other, &span)?;
                    None
                }
            };
            let Some((event, span)) = self.next()? else { break };
            let value = self.node(event, &span)?;
            let Some(key) = key else { continue };
            if seen.insert(key.clone()) {
                entries.push(Entry { key, line: at.line, column: at.column, value });
            } else {
                self.findings.error(&at, format!("duplicate key `{key}`"));
            }
        }
        self.depth -= 1;
        Ok(Content::Map(entries))
    }

    /// YAML 1.2's core schema, without the readings that YAML 1.1 and people would not share.
    fn plain(&mut self, text: &str, at: &Place) -> Content {
        match text {
            "" | "~" | "null" => return Content::Null,
            "true" => return Content::Bool(true),
            "false" => return Content::Bool(false),
            _ => {}
        }
        if let Some(number) = json_number(text) {
            return Content::Number(number);
        }
        if ambiguous(text) {
            self.findings.suggest(
                at,
                format!("`{text}` means different things to different readers of YAML"),
                format!("quote it: '{text}', or write true, false, null or a decimal number"),
            );
        }
        Content::Text(text.to_owned())
    }

    fn offset(&self, span: &Span, style: ScalarStyle) -> Option<u32> {
        let raw = span.slice(self.text)?;
        if raw.contains(['\n', '\\']) {
            return None;
        }
        match style {
            ScalarStyle::Plain => Some(0),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Some(1),
            ScalarStyle::Literal | ScalarStyle::Folded => None,
        }
    }
}

fn place(span: &Span) -> Place {
    Place::new(number(span.start.line()), number(span.start.col() + 1), "")
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A number as JSON writes it, in the range that survives a round trip.
fn json_number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let first = digits.as_bytes().first()?;
    if !first.is_ascii_digit() || !text.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    serde_json::from_str::<Number>(text).ok()
}

/// Whether YAML 1.1, YAML 1.2 and JSON read the plain scalar differently.
fn ambiguous(text: &str) -> bool {
    const WORDS: [&str; 14] =
        ["yes", "no", "on", "off", "y", "n", "true", "false", "null", ".inf", "-.inf", "+.inf", ".nan", "nan"];
    if text.len() <= 5 && WORDS.contains(&text.to_ascii_lowercase().as_str()) {
        return true;
    }
    let digits = text.trim_start_matches(['-', '+']);
    let based = |prefix: [&str; 2], radix: u32| {
        let rest = digits.strip_prefix(prefix[0]).or_else(|| digits.strip_prefix(prefix[1]));
        rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_digit(radix) || c == '_'))
    };
    let numeric = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.bytes().any(|b| b.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'_' || b == b'.')
        && digits.bytes().filter(|b| *b == b'.').count() <= 1;
    numeric || based(["0x", "0X"], 16) || based(["0o", "0O"], 8) || based(["0b", "0B"], 2)
}

#[cfg(test)]
mod tests {
    use super::{Content, parse};
    use crate::finding::Findings;

    fn read(text: &str) -> (Option<serde_json::Value>, Vec<String>) {
        let mut findings = Findings::default();
        let node = parse(text, &mut findings);
        let said = findings.sorted().into_iter().map(|f| format!("{}:{} {}", f.line, f.column, f.message)).collect();
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
        for text in ["yes", "No", "on", "True", "NULL", "0755", "0x1f", "0o17", "1_000", "+1", ".5", "1.", ".inf"] {
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
}
