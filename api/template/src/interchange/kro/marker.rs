//! One field of a `SimpleSchema`: `integer | default=3 minimum=1 description="How many"`, taken apart.

/// A field: its type, and what is said about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field<'t> {
    pub kind: &'t str,
    pub markers: Vec<Marker>,
}

/// `name=value`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Marker {
    pub name: String,
    /// Without quotes and escapes.
    pub value: String,
}

/// Takes a field apart; `Err` says what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Field<'_>, String> {
    let (kind, rest) = text.split_once('|').unwrap_or((text, ""));
    let mut reader = Reader { rest };
    let mut markers: Vec<Marker> = Vec::new();
    while let Some(marker) = reader.next()? {
        if markers.iter().any(|other| other.name == marker.name) {
            return Err(format!("`{}` is there twice", marker.name));
        }
        markers.push(marker);
    }
    Ok(Field {
        kind: kind.trim(),
        markers,
    })
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn next(&mut self) -> Result<Option<Marker>, String> {
        self.rest = self.rest.trim_start_matches(|c: char| c.is_whitespace() || c == '|');
        if self.rest.is_empty() {
            return Ok(None);
        }
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric());
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let Some(rest) = rest.strip_prefix('=').filter(|_| !name.is_empty()) else {
            return Err("after `|` come markers, each `name=value`".to_owned());
        };
        self.rest = rest;
        let value = self.value(name)?;
        Ok(Some(Marker {
            name: name.to_owned(),
            value,
        }))
    }

    fn value(&mut self, name: &str) -> Result<String, String> {
        if let Some(quote @ ('"' | '\'')) = self.rest.chars().next() {
            return self
                .quoted(quote)
                .ok_or_else(|| format!("the value of `{name}` is never closed"));
        }
        // Brackets keep what is in them together: `default=[1, 2]`, `default={"a": "b"}`.
        let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
        let mut end = self.rest.len();
        for (at, c) in self.rest.char_indices() {
            match (c, quote) {
                _ if escaped => escaped = false,
                ('\\', Some(_)) => escaped = true,
                (c, Some(open)) if c == open => quote = None,
                ('"' | '\'', None) if depth > 0 => quote = Some(c),
                ('[' | '{', None) => depth += 1,
                (']' | '}', None) => depth = depth.saturating_sub(1),
                (c, None) if depth == 0 && (c.is_whitespace() || c == '|') => {
                    end = at;
                    break;
                }
                _ => {}
            }
        }
        if depth > 0 || quote.is_some() {
            return Err(format!("the value of `{name}` is never closed"));
        }
        let (value, rest) = self.rest.split_at(end);
        self.rest = rest;
        Ok(value.to_owned())
    }

    fn quoted(&mut self, quote: char) -> Option<String> {
        let mut value = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((at, c)) = characters.next() {
            if c == quote {
                self.rest = self.rest.get(at + 1..)?;
                return Some(value);
            }
            if c != '\\' {
                value.push(c);
                continue;
            }
            match characters.next()?.1 {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                escaped @ ('"' | '\'' | '\\') => value.push(escaped),
                // Patterns are often written with one backslash: `\d` stays `\d`.
                other => value.extend(['\\', other]),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    /// A field, its type and its markers.
    type Case = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

    #[test]
    fn a_field_is_taken_apart() {
        let cases: &[Case] = &[
            ("string", "string", &[]),
            ("string | required=true", "string", &[("required", "true")]),
            (
                "integer|default=3 minimum=1",
                "integer",
                &[("default", "3"), ("minimum", "1")],
            ),
            (
                "string | required=true | default=a",
                "string",
                &[("required", "true"), ("default", "a")],
            ),
            (
                "string | default=\"\" description=\"it's = a | b\"",
                "string",
                &[("default", ""), ("description", "it's = a | b")],
            ),
            (
                "[]integer | default=[80, 443]",
                "[]integer",
                &[("default", "[80, 443]")],
            ),
            (
                "object | default={\"a\": \"}\"}",
                "object",
                &[("default", "{\"a\": \"}\"}")],
            ),
            (
                "string | pattern=\"^\\\\d+\\.x\\\"$\"",
                "string",
                &[("pattern", "^\\d+\\.x\"$")],
            ),
            ("string | default=nginx:1.2", "string", &[("default", "nginx:1.2")]),
        ];
        for (text, kind, markers) in cases {
            let field = parse(text).unwrap();
            let found: Vec<_> = field
                .markers
                .iter()
                .map(|m| (m.name.as_str(), m.value.as_str()))
                .collect();
            assert_eq!((field.kind, found.as_slice()), (*kind, *markers), "{text}");
        }
    }

    #[test]
    fn what_is_no_marker_is_refused() {
        for (text, message) in [
            ("string | required", "`name=value`"),
            ("string | =3", "`name=value`"),
            ("string | default=\"a", "`default` is never closed"),
            ("string | default=[1, 2", "`default` is never closed"),
            ("string | default=a default=b", "`default` is there twice"),
        ] {
            assert!(parse(text).unwrap_err().contains(message), "{text}");
        }
    }
}
