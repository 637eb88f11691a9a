//! kro's names in expressions, said in ours: `schema.spec.x` is `params.x`, a resource's own id is `self`.
//!
//! Only names that stand for something outside the expression are touched, where the parser found them: never a text,
//! a field or the variable of a loop.
#![expect(clippy::wildcard_enum_match_arm, reason = "most expressions declare no variable")]

use std::collections::{BTreeMap, BTreeSet};

use cel::common::ast::{EntryExpr, Expr, IdedExpr};

use crate::expression::analysis::Reference;
use crate::expression::{Scalar, scan};
use crate::finding::Findings;
use crate::place::Place;
use crate::suggest::nearest;

/// What the names of an expression mean where it stands.
#[derive(Clone, Default)]
pub(super) struct Names<'s> {
    /// Ids of resources, and what they are called in the template.
    pub ids: BTreeMap<&'s str, String>,
    /// The resource whose `readyWhen` this is.
    pub own: Option<&'s str>,
    /// Whether that resource is a collection, each item of which `each` stands for.
    pub collection: bool,
    /// The variables of its `forEach`, and what they are called in the template.
    pub variables: BTreeMap<&'s str, String>,
}

/// The text with every expression in it rewritten. Expressions that cannot be are reported.
pub(super) fn text(text: &str, names: &Names<'_>, place: &Place, findings: &mut Findings) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(end) = scan::closing(rest, start + 2) else {
            findings.error(place, "`${` is never closed");
            return text.to_owned();
        };
        match rest[..start].strip_suffix('$') {
            // Ours would read `$${` as the text `${`; kro reads a dollar and an expression.
            Some(before) => out.extend([before, "${'$'}"]),
            None => out.push_str(&rest[..start]),
        }
        let source = &rest[start + 2..end];
        out.push_str("${");
        out.push_str(&expression(source, names, place, findings).unwrap_or_else(|| source.to_owned()));
        out.push('}');
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    out
}

/// One replacement: bytes from, bytes to, by what.
type Edit = (usize, usize, String);

fn expression(source: &str, names: &Names<'_>, place: &Place, findings: &mut Findings) -> Option<String> {
    let mut said = Findings::default();
    let start = Place::new(1, 1, "");
    let Scalar::Whole(parsed) = Scalar::parse(&format!("${{{source}}}"), &start, Some(0), &mut said) else {
        for finding in said.sorted() {
            findings.error(place, finding.message);
        }
        return None;
    };
    let Some(starts) = starts(source, &parsed.references) else {
        findings.error(place, "the names of the expression cannot be found in it");
        return None;
    };
    let mut edits: BTreeMap<usize, Edit> = BTreeMap::new();
    for (reference, at) in parsed.references.iter().zip(starts) {
        let edit = name(&reference.root, source, at, names);
        match edit {
            Ok(Some(edit)) => {
                edits.insert(at, edit);
            }
            Ok(None) => {}
            Err((message, hint)) => {
                match hint {
                    Some(hint) => findings.suggest(place, message, hint),
                    None => findings.error(place, message),
                }
                return None;
            }
        }
    }
    let mut variables = BTreeSet::new();
    declared(&parsed.ast, &mut variables);
    for (_, _, by) in edits.values() {
        let root = by.split('.').next().unwrap_or_default();
        if variables.contains(root) {
            let message = format!("the variable `{root}` hides what the template calls `{root}`");
            findings.suggest(place, message, "give the variable another name");
            return None;
        }
    }
    let (mut out, mut done) = (String::with_capacity(source.len()), 0);
    for (from, to, by) in edits.into_values() {
        out.push_str(source.get(done..from).unwrap_or_default());
        out.push_str(&by);
        done = to;
    }
    out.push_str(source.get(done..).unwrap_or_default());
    Some(out)
}

/// What stands for a name, when it is not itself; what is wrong with it, and what to write instead.
fn name(root: &str, source: &str, at: usize, names: &Names<'_>) -> Result<Option<Edit>, (String, Option<String>)> {
    let end = at + root.len();
    if root == "schema" {
        return schema(source, at, end).map(Some);
    }
    if names.own == Some(root) || (root == "each" && names.own.is_some() && names.collection) {
        return Ok(Some((at, end, "self".to_owned())));
    }
    if let Some(variable) = names.variables.get(root) {
        return Ok(Some((at, end, format!("each.{variable}"))));
    }
    if let Some(id) = names.ids.get(root) {
        return Ok((id != root).then(|| (at, end, id.clone())));
    }
    let known = names
        .ids
        .keys()
        .chain(names.variables.keys())
        .copied()
        .chain(["schema"]);
    let hint = nearest(root, known).map(|meant| format!("did you mean `{meant}`?"));
    Err((format!("unknown name `{root}`"), hint))
}

/// `schema.spec`, `schema.metadata.name` and the like.
fn schema(source: &str, at: usize, end: usize) -> Result<Edit, (String, Option<String>)> {
    let only = || Some("of `schema`, expressions know `spec` and `metadata.name`, `namespace` and `labels`".to_owned());
    let Some((first, end)) = field(source, end) else {
        return Err(("`schema` is no value by itself".to_owned(), only()));
    };
    if first == "spec" {
        return Ok((at, end, "params".to_owned()));
    }
    let second = field(source, end);
    match (first.as_str(), second) {
        ("metadata", Some((name, end))) if matches!(name.as_str(), "name" | "namespace" | "labels") => {
            Ok((at, end, format!("env.{name}")))
        }
        ("metadata", Some((name, _))) => Err((format!("`schema.metadata.{name}` has no counterpart"), only())),
        _ => Err((format!("`schema.{first}` has no counterpart"), only())),
    }
}

/// The field that is selected at a position, and where its name ends.
fn field(source: &str, from: usize) -> Option<(String, usize)> {
    let rest = source.get(from..)?.trim_start().strip_prefix('.')?.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let name = &rest[..end.unwrap_or(rest.len())];
    let start = source.len() - rest.len();
    (!name.is_empty()).then(|| (name.to_owned(), start + name.len()))
}

/// Where the references begin, in bytes. The parser counts bytes, or characters: what it says must be there.
fn starts(source: &str, references: &[Reference]) -> Option<Vec<usize>> {
    // Counted from the `${`, which stands at column 1.
    let count = |reference: &Reference| (reference.place.column as usize).saturating_sub(3);
    let bytes = |reference: &Reference| Some(count(reference));
    let characters = |reference: &Reference| source.char_indices().nth(count(reference)).map(|(at, _)| at);
    let all = |start: &dyn Fn(&Reference) -> Option<usize>| -> Option<Vec<usize>> {
        let one = |reference: &Reference| {
            start(reference).filter(|at| source.get(*at..).is_some_and(|rest| rest.starts_with(&reference.root)))
        };
        references.iter().map(one).collect()
    };
    all(&bytes).or_else(|| all(&characters))
}

/// Collects the variables that macros declare.
fn declared<'e>(expr: &'e IdedExpr, into: &mut BTreeSet<&'e str>) {
    match &expr.expr {
        Expr::Select(select) => declared(&select.operand, into),
        Expr::Call(call) => {
            for part in call.target.iter().map(|target| &**target).chain(&call.args) {
                declared(part, into);
            }
        }
        Expr::List(list) => list.elements.iter().for_each(|element| declared(element, into)),
        Expr::Map(map) => {
            for entry in &map.entries {
                if let EntryExpr::MapEntry(entry) = &entry.expr {
                    declared(&entry.key, into);
                    declared(&entry.value, into);
                }
            }
        }
        Expr::Comprehension(fold) => {
            into.insert(&fold.iter_var);
            into.extend(fold.iter_var2.as_deref());
            for part in [
                &fold.iter_range,
                &fold.accu_init,
                &fold.loop_cond,
                &fold.loop_step,
                &fold.result,
            ] {
                declared(part, into);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, text};
    use crate::finding::Findings;
    use crate::place::Place;

    fn names() -> Names<'static> {
        let ids = [
            ("deployment", "deployment"),
            ("env", "envResource"),
            ("web_app", "webApp"),
        ];
        Names {
            ids: ids.into_iter().map(|(old, new)| (old, new.to_owned())).collect(),
            own: None,
            collection: false,
            variables: [("worker", "worker".to_owned())].into(),
        }
    }

    fn rewritten(given: &str, names: &Names<'_>) -> Result<String, String> {
        let mut findings = Findings::default();
        let out = text(given, names, &Place::new(3, 7, "x"), &mut findings);
        match findings.sorted().into_iter().next() {
            Some(finding) => Err(finding.message + &finding.suggestion.map(|s| format!(" ({s})")).unwrap_or_default()),
            None => Ok(out),
        }
    }

    #[test]
    fn names_are_rewritten_and_nothing_else() {
        let cases = [
            ("${schema.spec.name}", "${params.name}"),
            (
                "a-${schema.spec.a}-${schema.metadata.name}.b",
                "a-${params.a}-${env.name}.b",
            ),
            ("${schema.metadata.namespace}", "${env.namespace}"),
            (
                "${schema . spec . a + 'schema.spec.a'}",
                "${params . a + 'schema.spec.a'}",
            ),
            (
                "${\"schema.spec.é\" + schema.spec.a}",
                "${\"schema.spec.é\" + params.a}",
            ),
            (
                "${has(schema.spec.a) && schema.spec.a.?b.orValue(1) > 0}",
                "${has(params.a) && params.a.?b.orValue(1) > 0}",
            ),
            (
                "${schema.spec.list.map(e, e.schema + schema.spec.a)}",
                "${params.list.map(e, e.schema + params.a)}",
            ),
            (
                "${schema.spec.list.filter(schema, schema.spec)}",
                "${params.list.filter(schema, schema.spec)}",
            ),
            ("${deployment.spec.schema.spec}", "${deployment.spec.schema.spec}"),
            (
                "${web_app.status.x + env.data.y}",
                "${webApp.status.x + envResource.data.y}",
            ),
            (
                "${worker.name + '-' + schema.spec.workers[worker.n]}",
                "${each.worker.name + '-' + params.workers[each.worker.n]}",
            ),
            ("${{'schema': schema.spec.a}}", "${{'schema': params.a}}"),
            ("cost: $${schema.spec.a}", "cost: ${'$'}${params.a}"),
            ("$5 and $", "$5 and $"),
            ("${schema.spec}", "${params}"),
            (
                "${\n  schema.spec.a +\n  schema.spec.b}",
                "${\n  params.a +\n  params.b}",
            ),
            (
                "${[schema.spec.a].exists(a, a == worker)}",
                "${[params.a].exists(a, a == each.worker)}",
            ),
        ];
        for (given, expected) in cases {
            assert_eq!(rewritten(given, &names()).as_deref(), Ok(expected), "{given}");
        }
    }

    #[test]
    fn the_own_id_and_each_are_self_in_ready_when() {
        let ready = Names {
            own: Some("deployment"),
            collection: true,
            ..names()
        };
        let given = "${deployment.status.a == each.status.b && worker == 'each'}";
        assert_eq!(
            rewritten(given, &ready).as_deref(),
            Ok("${self.status.a == self.status.b && each.worker == 'each'}")
        );
    }

    #[test]
    fn what_cannot_be_rewritten_is_refused() {
        let cases = [
            ("${schema}", "`schema` is no value by itself"),
            ("${schema.status.a}", "`schema.status` has no counterpart"),
            ("${schema.metadata.uid}", "`schema.metadata.uid` has no counterpart"),
            ("${schema['spec'].a}", "`schema` is no value by itself"),
            (
                "${deploymnt.spec}",
                "unknown name `deploymnt` (did you mean `deployment`?)",
            ),
            ("${params.a}", "unknown name `params`"),
            ("${platform.domain}", "unknown name `platform`"),
            ("${schema.spec.a", "never closed"),
            ("${schema.spec.a +}", "syntax error"),
            (
                "${schema.spec.list.map(env, env + schema.metadata.name)}",
                "the variable `env` hides",
            ),
            (
                "${schema.spec.list.map(params, schema.spec.a)}",
                "the variable `params` hides",
            ),
        ];
        for (given, message) in cases {
            let refused = rewritten(given, &names()).unwrap_err();
            assert!(refused.contains(message), "{given}: {refused}");
        }
    }
}
