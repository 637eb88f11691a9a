//! YAML text in, a tree out in which every node knows its line and column.
//!
//! Strict where YAML surprises: no duplicate keys, no anchors, aliases, merge keys or tags, one document, and a finding
//! for every plain scalar that readers of YAML disagree about. Knows nothing about templates.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser has events for other uses; none of them is a value"
)]

mod scalar;

use std::collections::BTreeSet;

use granit_parser::{Event, Parser, ScalarStyle, Span};
use serde_json::{Map, Number, Value};

use self::scalar::{ambiguous, json_number};
use crate::finding::Findings;
use crate::place::{Place, child, item};

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

    /// The item at a position, when the node is a list that has it.
    pub fn item(&self, index: usize) -> Option<&Node> {
        match &self.content {
            Content::List(items) => items.get(index),
            Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) | Content::Map(_) => None,
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
    let events = Parser::new_from_str_with_options(text, options);
    let mut reader = Reader {
        events,
        text,
        findings,
        depth: 0,
        path: String::new(),
    };
    reader.document().ok().flatten()
}

/// The text is not YAML; the finding is already recorded.
struct Broken;

struct Reader<'t, 'f> {
    events: Parser<'t, granit_parser::StrInput<'t>>,
    text: &'t str,
    findings: &'f mut Findings,
    depth: usize,
    /// Path of the node that is read.
    path: String,
}

impl<'t> Reader<'t, '_> {
    fn next(&mut self) -> Result<Option<(Event<'t>, Span)>, Broken> {
        match self.events.next() {
            None => Ok(None),
            Some(Ok(event)) => Ok(Some(event)),
            Some(Err(error)) => {
                let mark = error.marker();
                let place = Place::new(number(mark.line()), number(mark.col() + 1), self.path.as_str());
                self.findings.error(&place, error.info().clone());
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
                        let at = self.place(&span);
                        self.findings
                            .error(&at, "a template is one document; this is a second one");
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
        let at = self.place(span);
        let (anchor, tagged, content) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let content = if style == ScalarStyle::Plain {
                    self.plain(&text, &at)
                } else {
                    Content::Text(text.into_owned())
                };
                let node = Node {
                    line: at.line,
                    column: at.column,
                    text_offset: self.offset(span, style),
                    content,
                };
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
        Ok(Node {
            line: at.line,
            column: at.column,
            content,
            text_offset: None,
        })
    }

    /// Reads the node at another path.
    fn at(&mut self, path: String, event: Event<'t>, span: &Span) -> Result<Node, Broken> {
        let outer = std::mem::replace(&mut self.path, path);
        let node = self.node(event, span);
        self.path = outer;
        node
    }

    fn place(&self, span: &Span) -> Place {
        Place::new(
            number(span.start.line()),
            number(span.start.col() + 1),
            self.path.as_str(),
        )
    }

    fn refuse_properties(&mut self, anchor: usize, tagged: bool, at: &Place) {
        if anchor != 0 {
            self.findings
                .error(at, "anchors are not allowed; write the value out where it is used");
        }
        if tagged {
            self.findings
                .error(at, "tags are not allowed; quote the value to make it text");
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
            let path = item(&self.path, items.len());
            items.push(self.at(path, event, &span)?);
        }
        self.depth -= 1;
        Ok(Content::List(items))
    }

    fn map(&mut self, at: &Place) -> Result<Content, Broken> {
        self.descend(at)?;
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = BTreeSet::new();
        while let Some((event, span)) = self.next()? {
            let at = self.place(&span);
            let key = match event {
                Event::MappingEnd => break,
                Event::Scalar(text, style, ..) => {
                    if text == "<<" && style == ScalarStyle::Plain {
                        self.findings
                            .error(&at, "merge keys are not allowed; write the fields out");
                    }
                    Some(text.into_owned())
                }
                other => {
                    self.findings.error(&at, "a key must be text");
                    self.node(other, &span)?;
                    None
                }
            };
            let Some((event, span)) = self.next()? else {
                break;
            };
            let path = key
                .as_deref()
                .map_or_else(|| self.path.clone(), |key| child(&self.path, key));
            let value = self.at(path, event, &span)?;
            let Some(key) = key else { continue };
            if seen.insert(key.clone()) {
                entries.push(Entry {
                    key,
                    line: at.line,
                    column: at.column,
                    value,
                });
            } else {
                let at = Place {
                    path: child(&self.path, &key),
                    ..at
                };
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

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
