//! Takes a scalar apart into text and `${…}`.
//!
//! Knows just enough of CEL's tokens to find the closing brace: strings, comments and nested braces.

/// A piece of a scalar.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    Text(String),
    /// What stands between `${` and `}`; `at` is the position of its `$`, in bytes.
    Expression {
        source: &'t str,
        at: usize,
    },
}

/// Splits `text`; `Err` is the position of a `${` without an end.
pub(crate) fn split(text: &str) -> Result<Vec<Piece<'_>>, usize> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut position = 0;
    while let Some(found) = text[position..].find("${") {
        let start = position + found;
        if text[..start].ends_with('$') && found > 0 {
            // `$${`: the first dollar takes the meaning from the second.
            literal.push_str(&text[position..start - 1]);
            literal.push_str("${");
            position = start + 2;
            continue;
        }
        literal.push_str(&text[position..start]);
        let end = closing(text, start + 2).ok_or(start)?;
        if !literal.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Expression {
            source: &text[start + 2..end],
            at: start,
        });
        position = end + 1;
    }
    literal.push_str(&text[position..]);
    if !literal.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Text(literal));
    }
    Ok(pieces)
}

/// Position of the `}` that closes the expression which begins at `start`.
pub(crate) fn closing(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at += bytes.get(at..)?.iter().position(|b| *b == b'\n')?;
            }
            b'\'' | b'"' => {
                let raw = at > start && matches!(bytes.get(at - 1), Some(b'r' | b'R'));
                at = string_end(bytes, at, raw)?;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Position after the string that begins at `at`.
fn string_end(bytes: &[u8], at: usize, raw: bool) -> Option<usize> {
    let quote = *bytes.get(at)?;
    let triple = bytes.get(at + 1) == Some(&quote) && bytes.get(at + 2) == Some(&quote);
    let width = if triple { 3 } else { 1 };
    let mut position = at + width;
    loop {
        let byte = *bytes.get(position)?;
        if byte == b'\\' && !raw {
            position += 2;
        } else if byte == quote && (!triple || bytes.get(position..position + 3) == Some(&[quote; 3])) {
            return Some(position + width);
        } else {
            position += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Piece, split};

    fn shown(text: &str) -> Vec<String> {
        let piece = |piece: Piece<'_>| match piece {
            Piece::Text(text) => text,
            Piece::Expression { source, .. } => format!("<{source}>"),
        };
        split(text).unwrap().into_iter().map(piece).collect()
    }

    #[test]
    fn text_and_expressions_are_told_apart() {
        let cases: [(&str, &[&str]); 12] = [
            ("plain", &["plain"]),
            ("", &[""]),
            ("${a}", &["<a>"]),
            ("x-${a}-${b}", &["x-", "<a>", "-", "<b>"]),
            ("$${a} costs $5", &["${a} costs $5"]),
            ("a $${b} ${c}", &["a ${b} ", "<c>"]),
            ("${'}'}", &["<'}'>"]),
            ("${{'a': {'b': 1}}}", &["<{'a': {'b': 1}}>"]),
            (r"${'\'}'}", &[r"<'\'}'>"]),
            (r"${r'\' + a}", &[r"<r'\' + a>"]),
            ("${'''it's }'''}", &["<'''it's }'''>"]),
            ("${a}${b}", &["<a>", "<b>"]),
        ];
        for (text, pieces) in cases {
            assert_eq!(shown(text), pieces, "{text}");
        }
    }

    #[test]
    fn an_open_expression_is_reported_where_it_begins() {
        for (text, at) in [("${", 0), ("a ${b", 2), ("ok ${a} ${'}", 8), ("${a // }", 0)] {
            assert_eq!(split(text), Err(at), "{text}");
        }
    }
}
