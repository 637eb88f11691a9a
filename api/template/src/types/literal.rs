//! What a template writes into an object, held against the kind's schema: unknown fields, values of another type,
//! fields that are missing; for expressions, what they come to.

use super::Type;
use super::check::Checker;
use crate::expression::{Part, Scalar};
use crate::finding::Findings;
use crate::place::{Place, child, item};
use crate::shape::Shape;
use crate::suggest::nearest;
use crate::yaml::{Content, Entry, Node};

/// Where something stands and what it is called there.
struct Spot<'s> {
    node: &'s Node,
    path: &'s str,
    /// The name of the field, for messages; empty for items.
    name: &'s str,
}

/// Checks an object of the template against the type of its kind. `metadata` and `status` have rules of their own.
pub(super) fn check_object<'c>(checker: &mut Checker<'c>, node: &Node, shape: &'c Shape, path: &str, of: &Type) {
    let Content::Map(entries) = &node.content else {
        return;
    };
    let fields = checker.schemas.object(of);
    for (position, entry) in entries.iter().enumerate() {
        let path = child(path, &entry.key);
        let shape = part(shape, position, &entry.key);
        let spot = Spot {
            node: &entry.value,
            path: &path,
            name: &entry.key,
        };
        match entry.key.as_str() {
            "metadata" => check_metadata(checker, &spot, shape),
            "status" | "apiVersion" | "kind" => walk(checker, &spot, shape, &Type::Any),
            name => {
                let of = match &fields {
                    None => Type::Any,
                    Some(object) => match (object.fields.get(name), &object.others) {
                        (Some(field), _) => field.of.clone(),
                        (None, Some(others)) => others.clone(),
                        (None, None) => {
                            unknown(checker.findings, entry, &path, object.fields.keys().map(String::as_str));
                            Type::Any
                        }
                    },
                };
                walk(checker, &spot, shape, &of);
            }
        }
    }
    if let Some(object) = fields {
        let given = |name: &String| entries.iter().any(|entry| entry.key == *name);
        for (name, _) in object
            .fields
            .iter()
            .filter(|(name, field)| field.present && !given(name))
        {
            checker
                .findings
                .error(&Place::of(node, path), format!("`{name}` is missing"));
        }
    }
}

/// Which fields metadata may have is for the guard rails; what stands in them is for here.
fn check_metadata<'c>(checker: &mut Checker<'c>, spot: &Spot<'_>, shape: Option<&'c Shape>) {
    let Content::Map(entries) = &spot.node.content else {
        walk(checker, spot, shape, &Type::Any);
        return;
    };
    for (position, entry) in entries.iter().enumerate() {
        let path = child(spot.path, &entry.key);
        let of = match entry.key.as_str() {
            "name" => Type::Text,
            "labels" | "annotations" => Type::map(Type::Text),
            _ => Type::Any,
        };
        let inner = Spot {
            node: &entry.value,
            path: &path,
            name: &entry.key,
        };
        let shape = shape.and_then(|shape| part(shape, position, &entry.key));
        // That a name must be text the guard rails say as well.
        if entry.key == "name" && !matches!(entry.value.content, Content::Text(_)) {
            continue;
        }
        walk(checker, &inner, shape, &of);
    }
}

/// Checks any part of the document that is evaluated.
pub(super) fn check_value<'c>(checker: &mut Checker<'c>, node: &Node, shape: &'c Shape, path: &str, of: &Type) {
    let name = path.rsplit(['.', ']']).next().unwrap_or_default().to_owned();
    let spot = Spot {
        node,
        path,
        name: &name,
    };
    walk(checker, &spot, Some(shape), of);
}

/// The shape of a field: that of a literal has no parts of its own.
fn part<'s>(shape: &'s Shape, position: usize, key: &str) -> Option<&'s Shape> {
    match shape {
        Shape::Map(fields) => fields
            .get(position)
            .filter(|(name, _)| name == key)
            .map(|(_, shape)| shape),
        Shape::Literal(_) | Shape::List(_) | Shape::Scalar(_) => None,
    }
}

/// `shape` is `None` inside a literal.
fn walk<'c>(checker: &mut Checker<'c>, spot: &Spot<'_>, shape: Option<&'c Shape>, of: &Type) {
    let of = checker.schemas.resolve(of.present());
    match &spot.node.content {
        Content::Map(entries) => map(checker, spot, entries, shape, &of),
        Content::List(nodes) => {
            let inner = match &of {
                Type::List(of) => of.as_ref().clone(),
                Type::Any => Type::Any,
                other => {
                    misplaced(checker.findings, spot, other, "a list");
                    Type::Any
                }
            };
            for (index, node) in nodes.iter().enumerate() {
                let path = item(spot.path, index);
                let shape = match shape {
                    Some(Shape::List(items)) => items.get(index),
                    Some(Shape::Literal(_) | Shape::Map(_) | Shape::Scalar(_)) | None => None,
                };
                let inside = Spot {
                    node,
                    path: &path,
                    name: "",
                };
                walk(checker, &inside, shape, &inner);
            }
        }
        Content::Text(text) => match shape {
            Some(Shape::Scalar(scalar)) => evaluated(checker, spot, scalar, &of),
            Some(Shape::Literal(_) | Shape::Map(_) | Shape::List(_)) | None => {
                literal_text(checker.findings, spot, text, &of);
            }
        },
        // A field that is written as nothing is not set.
        Content::Null => {}
        Content::Bool(_) => {
            if !matches!(of, Type::Bool | Type::Any) {
                misplaced(checker.findings, spot, &of, "a boolean");
            }
        }
        Content::Number(number) => {
            let fits = match &of {
                Type::Any | Type::Double | Type::Number | Type::Quantity => true,
                Type::Int | Type::Uint | Type::IntOrText => number.is_i64() || number.is_u64(),
                _ => false,
            };
            if !fits {
                misplaced(checker.findings, spot, &of, "a number");
            }
        }
    }
}

fn map<'c>(checker: &mut Checker<'c>, spot: &Spot<'_>, entries: &[Entry], shape: Option<&'c Shape>, of: &Type) {
    if !matches!(of, Type::Any | Type::Map(_) | Type::Object(_)) {
        misplaced(checker.findings, spot, of, "a mapping");
    }
    for (position, entry) in entries.iter().enumerate() {
        let path = child(spot.path, &entry.key);
        let inner = match of {
            Type::Map(of) => of.as_ref().clone(),
            Type::Object(object) => match (object.fields.get(&entry.key), &object.others) {
                (Some(field), _) => field.of.clone(),
                (None, Some(others)) => others.clone(),
                (None, None) => {
                    unknown(checker.findings, entry, &path, object.fields.keys().map(String::as_str));
                    Type::Any
                }
            },
            _ => Type::Any,
        };
        let shape = shape.and_then(|shape| part(shape, position, &entry.key));
        let inside = Spot {
            node: &entry.value,
            path: &path,
            name: &entry.key,
        };
        walk(checker, &inside, shape, &inner);
    }
    if let Type::Object(object) = of {
        let given = |name: &String| entries.iter().any(|entry| entry.key == *name);
        for (name, _) in object
            .fields
            .iter()
            .filter(|(name, field)| field.present && !given(name))
        {
            let at = Place::of(spot.node, spot.path);
            checker.findings.error(&at, format!("`{name}` is missing"));
        }
    }
}

fn evaluated<'c>(checker: &mut Checker<'c>, spot: &Spot<'_>, scalar: &'c Scalar, of: &Type) {
    match scalar {
        Scalar::Literal(_) => {}
        Scalar::Whole(expression) => {
            let value = checker.expression(expression);
            if let Err(misfit) = checker.schemas.fits(&value, of) {
                let what = called(spot, &misfit.path);
                checker.findings.error(
                    &expression.place,
                    format!("{what}{}", misfit.wrong.replace("this is", "this expression is")),
                );
            }
        }
        Scalar::Parts(parts) => {
            for part in parts {
                if let Part::Expression(expression) = part {
                    checker.text(expression);
                }
            }
            if let Err(misfit) = checker.schemas.fits(&Type::Text, of) {
                let at = Place::of(spot.node, spot.path);
                checker
                    .findings
                    .error(&at, format!("{}{}", called(spot, ""), misfit.wrong));
            }
        }
    }
}

fn literal_text(findings: &mut Findings, spot: &Spot<'_>, text: &str, of: &Type) {
    let at = Place::of(spot.node, spot.path);
    match of {
        Type::Choice(choices) if !choices.iter().any(|choice| choice == text) => {
            let message = format!("{}must be one of {}", called(spot, ""), choices.join(", "));
            match nearest(text, choices.iter().map(String::as_str)) {
                Some(meant) => findings.suggest(&at, message, format!("did you mean `{meant}`?")),
                None => findings.error(&at, message),
            }
        }
        Type::Quantity if !is_quantity(text) => {
            let message = format!("{}must be a quantity", called(spot, ""));
            findings.suggest(&at, message, "write a number with a unit: 500m, 1.5, 256Mi");
        }
        Type::Any | Type::Text | Type::Choice(_) | Type::Quantity | Type::IntOrText => {}
        other => misplaced(findings, spot, other, "text"),
    }
}

/// A quantity as Kubernetes reads it (`k8s.io/apimachinery/pkg/api/resource`).
pub(crate) fn is_quantity(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(unsigned.len());
    let (number, unit) = unsigned.split_at(end);
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let units = [
        "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
    ];
    let exponent = || {
        let exponent = unit.strip_prefix(['e', 'E'])?;
        exponent.parse::<i32>().ok()
    };
    digits > 0 && number.matches('.').count() <= 1 && (units.contains(&unit) || exponent().is_some())
}

fn misplaced(findings: &mut Findings, spot: &Spot<'_>, wanted: &Type, found: &str) {
    let at = Place::of(spot.node, spot.path);
    let message = format!("{}must be {}, not {found}", called(spot, ""), wanted.said());
    let numeric = |text: &String| text.parse::<f64>().is_ok() || matches!(text.as_str(), "true" | "false");
    match (&spot.node.content, wanted) {
        (Content::Number(_) | Content::Bool(_), Type::Text | Type::Choice(_)) => {
            findings.suggest(&at, message, "quote it");
        }
        (Content::Text(text), Type::Int | Type::Number | Type::Double | Type::Bool) if numeric(text) => {
            findings.suggest(&at, message, "write it without quotes");
        }
        _ => findings.error(&at, message),
    }
}

fn unknown<'f>(findings: &mut Findings, entry: &Entry, path: &str, known: impl Iterator<Item = &'f str>) {
    let at = Place::of_key(entry, path);
    let message = format!("unknown field `{}`", entry.key);
    match nearest(&entry.key, known) {
        Some(meant) => findings.suggest(&at, message, format!("did you mean `{meant}`?")),
        None => findings.error(&at, message),
    }
}

/// The field, as the subject of a sentence.
fn called(spot: &Spot<'_>, path: &str) -> String {
    match (spot.name.is_empty(), path.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!("`{}` ", path.trim_start_matches('.')),
        (false, _) => format!("`{}{path}` ", spot.name),
    }
}

#[cfg(test)]
mod tests {
    use super::is_quantity;

    #[test]
    fn quantities_are_told_from_what_only_looks_like_one() {
        for good in [
            "1", "0.5", ".5", "5.", "100m", "1Gi", "-1k", "1e3", "12E6", "1.5Mi", "3u", "+2",
        ] {
            assert!(is_quantity(good), "{good}");
        }
        for bad in ["", "Gi", "1 Gi", "1GiB", "1gi", "m", "1.2.3", "1e", "ten", "1K"] {
            assert!(!is_quantity(bad), "{bad}");
        }
    }
}
