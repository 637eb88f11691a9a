//! Plain scalars: which are numbers, and which readers of YAML disagree about.

use serde_json::Number;

/// A number as JSON writes it, in the range that survives a round trip.
pub(super) fn json_number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let first = digits.as_bytes().first()?;
    if !first.is_ascii_digit() || !text.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    serde_json::from_str::<Number>(text).ok()
}

/// Whether YAML 1.1, YAML 1.2 and JSON read the plain scalar differently.
pub(super) fn ambiguous(text: &str) -> bool {
    const WORDS: [&str; 14] = [
        "yes", "no", "on", "off", "y", "n", "true", "false", "null", ".inf", "-.inf", "+.inf", ".nan", "nan",
    ];
    if text.len() <= 5 && WORDS.contains(&text.to_ascii_lowercase().as_str()) {
        return true;
    }
    let digits = text.trim_start_matches(['-', '+']);
    let based = |prefix: [&str; 2], radix: u32| {
        let rest = digits
            .strip_prefix(prefix[0])
            .or_else(|| digits.strip_prefix(prefix[1]));
        rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_digit(radix) || c == '_'))
    };
    let numeric = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.bytes().any(|b| b.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'_' || b == b'.')
        && digits.bytes().filter(|b| *b == b'.').count() <= 1;
    numeric || based(["0x", "0X"], 16) || based(["0o", "0O"], 8) || based(["0b", "0B"], 2)
}
