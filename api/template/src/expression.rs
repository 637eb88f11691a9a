//! Expressions: `${…}` inside a scalar, parsed once, checked, and evaluated against a scope.
//!
//! Owns the language. Knows nothing about templates, resources or rendering: names are given by a
//! [`Scope`](evaluate::Scope).

pub(crate) mod analysis;
pub(crate) mod evaluate;
mod expand;
mod foreign;
pub(crate) mod functions;
mod opaque;
mod operators;
pub(crate) mod scan;
pub(crate) mod value;

use std::sync::LazyLock;

use cel::common::ast::IdedExpr;

use self::analysis::Reference;
use self::scan::Piece;
use crate::finding::Findings;
use crate::place::Place;

/// Longest expression, in bytes: the parser recurses, and a longer one is not readable anyway.
pub(crate) const LONGEST: usize = 2048;

/// Deepest nesting the parser follows.
const DEEPEST: u16 = 48;

/// An expression that parsed.
#[derive(Debug)]
pub(crate) struct Expression {
    pub ast: IdedExpr,
    pub references: Vec<Reference>,
    pub place: Place,
    /// Where each part of the expression begins, by its id; empty when columns inside it cannot be told.
    starts: Box<[u32]>,
}

/// A scalar of a document.
#[derive(Debug)]
pub(crate) enum Scalar {
    /// Text without expressions.
    Literal(String),
    /// One whole expression: the value keeps its type.
    Whole(Expression),
    /// Text with expressions in it.
    Parts(Vec<Part>),
}

#[derive(Debug)]
pub(crate) enum Part {
    Text(String),
    Expression(Expression),
}

impl Scalar {
    /// Takes text apart and parses every expression in it. `text_offset` is [`Node::text_offset`](crate::yaml::Node).
    pub fn parse(text: &str, place: &Place, text_offset: Option<u32>, findings: &mut Findings) -> Self {
        if !text.contains("${") {
            return Self::Literal(text.to_owned());
        }
        let pieces = match scan::split(text) {
            Ok(pieces) => pieces,
            Err(unclosed) => {
                let at = moved(place, text, text_offset, unclosed);
                findings.suggest(
                    &at,
                    "`${` is never closed",
                    "close it with `}`, or write `$${` for the text `${`",
                );
                return Self::Literal(text.to_owned());
            }
        };
        let mut parts = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => parts.push(Part::Text(text)),
                Piece::Expression { source, at } => {
                    let here = moved(place, text, text_offset, at);
                    if let Some(expression) = Expression::parse(source, &here, text_offset.is_some(), findings) {
                        parts.push(Part::Expression(expression));
                    }
                }
            }
        }
        match <[Part; 1]>::try_from(parts) {
            Ok([Part::Expression(expression)]) => Self::Whole(expression),
            Ok([Part::Text(text)]) => Self::Literal(text),
            Err(parts) => Self::Parts(parts),
        }
    }

    /// The expressions in it.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let (whole, parts): (Option<&Expression>, &[Part]) = match self {
            Self::Literal(_) => (None, &[]),
            Self::Whole(expression) => (Some(expression), &[]),
            Self::Parts(parts) => (None, parts),
        };
        whole.into_iter().chain(parts.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Expression(expression) => Some(expression),
        }))
    }
}

impl Expression {
    /// Parses one expression, which stands at `place`. `exact` says whether columns inside it can be told.
    fn parse(source: &str, place: &Place, exact: bool, findings: &mut Findings) -> Option<Self> {
        if source.len() > LONGEST {
            findings.error(
                place,
                format!("an expression may have {LONGEST} bytes; this one has {}", source.len()),
            );
            return None;
        }
        if source.trim().is_empty() {
            findings.suggest(place, "the expression is empty", "write `$${` for the text `${`");
            return None;
        }
        let parser = PARSER
            .parser()
            .enable_ident_escape_syntax(true)
            .max_recursion_depth(DEEPEST);
        let (ast, positions) = match parser.parse_with_source_info(source) {
            Ok(parsed) => parsed,
            Err(errors) => {
                let first = errors.errors.into_iter().min_by_key(|error| error.pos);
                let (column, message) = first.map_or((1, String::from("it does not parse")), |e| (e.pos.1, e.msg));
                let skip = u32::try_from(column.max(1) - 1).unwrap_or(0);
                findings.error(
                    &inside(place, exact, skip),
                    format!("syntax error in the expression: {message}"),
                );
                return None;
            }
        };
        let ast = expand::expand(ast);
        let at = |id: u64| inside(place, exact, positions.offset_for(id).map_or(0, |(start, _)| start));
        let references = analysis::analyse(&ast, &at, findings);
        let mut starts = Vec::new();
        if exact {
            analysis::each_id(&ast, &mut |id| {
                let (Ok(at), Some((start, _))) = (usize::try_from(id), positions.offset_for(id)) else {
                    return;
                };
                if starts.len() <= at {
                    starts.resize(at + 1, 0);
                }
                starts[at] = start;
            });
        }
        Some(Self {
            ast,
            references,
            place: place.clone(),
            starts: starts.into_boxed_slice(),
        })
    }

    /// Where the part of the expression with that id stands.
    pub fn place_of(&self, id: u64) -> Place {
        let start = usize::try_from(id).ok().and_then(|id| self.starts.get(id));
        match start {
            Some(start) => inside(&self.place, true, *start),
            None => self.place.clone(),
        }
    }
}

static PARSER: LazyLock<cel::Env> = LazyLock::new(cel::Env::stdlib);

/// The place `bytes` into the text that stands at `place`.
fn moved(place: &Place, text: &str, text_offset: Option<u32>, bytes: usize) -> Place {
    let Some(offset) = text_offset else {
        return place.clone();
    };
    let characters = text.get(..bytes).map_or(0, |before| before.chars().count());
    let column = place.column + offset + u32::try_from(characters).unwrap_or(0);
    Place {
        column,
        ..place.clone()
    }
}

/// The place `skip` characters into the expression whose `${` stands at `place`.
fn inside(place: &Place, exact: bool, skip: u32) -> Place {
    let column = if exact { place.column + 2 + skip } else { place.column };
    Place {
        column,
        ..place.clone()
    }
}
