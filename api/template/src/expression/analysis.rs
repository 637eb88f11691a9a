//! What an expression refers to, and what can be said against it before it is evaluated.
#![expect(clippy::wildcard_enum_match_arm, reason = "most expressions are no path")]

use cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators};

use super::functions;
use crate::finding::Findings;
use crate::place::Place;
use crate::suggest::nearest;

/// A path an expression reads: `web.status.replicas`.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    /// The name it begins with; never a loop variable.
    pub root: String,
    /// What is selected on it.
    pub steps: Vec<Step>,
    /// Whether it is only asked for: `has(web.status.replicas)`.
    pub presence: bool,
    /// Where the name stands.
    pub place: Place,
}

/// One selection of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A field or a key that is written out.
    Field(String),
    /// A field that may be missing: `.?name`.
    Optional(String),
    /// A list item, or a key that is computed.
    Any,
}

impl Step {
    /// The name of the field, when it is written out.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Field(name) | Self::Optional(name) => Some(name),
            Self::Any => None,
        }
    }
}

/// Collects references; reports unknown functions and names that are not to be used.
pub(crate) fn analyse(ast: &IdedExpr, at: &dyn Fn(u64) -> Place, findings: &mut Findings) -> Vec<Reference> {
    let mut walk = Walk {
        at,
        findings,
        locals: Vec::new(),
        references: Vec::new(),
    };
    walk.expression(ast, false);
    walk.references
}

/// Calls `visit` with the id of every part of the expression.
pub(crate) fn each_id(expr: &IdedExpr, visit: &mut dyn FnMut(u64)) {
    visit(expr.id);
    match &expr.expr {
        Expr::Select(select) => each_id(&select.operand, visit),
        Expr::Call(call) => {
            let target = call.target.as_deref();
            target
                .into_iter()
                .chain(&call.args)
                .for_each(|part| each_id(part, visit));
        }
        Expr::List(list) => list.elements.iter().for_each(|element| each_id(element, visit)),
        Expr::Map(map) => {
            for entry in &map.entries {
                if let EntryExpr::MapEntry(entry) = &entry.expr {
                    each_id(&entry.key, visit);
                    each_id(&entry.value, visit);
                }
            }
        }
        Expr::Comprehension(fold) => {
            for part in [
                &fold.iter_range,
                &fold.accu_init,
                &fold.loop_cond,
                &fold.loop_step,
                &fold.result,
            ] {
                each_id(part, visit);
            }
        }
        Expr::Unspecified | Expr::Literal(_) | Expr::Ident(_) | Expr::Struct(_) => {}
    }
}

struct Walk<'w> {
    at: &'w dyn Fn(u64) -> Place,
    findings: &'w mut Findings,
    locals: Vec<&'w str>,
    references: Vec<Reference>,
}

impl<'w> Walk<'w> {
    fn expression(&mut self, expr: &'w IdedExpr, presence: bool) {
        match &expr.expr {
            Expr::Unspecified | Expr::Literal(_) => {}
            Expr::Ident(_) | Expr::Select(_) => self.path(expr, presence),
            Expr::Call(call) => match call.func_name.as_str() {
                operators::INDEX | operators::OPT_INDEX | operators::OPT_SELECT => {
                    self.path(expr, presence);
                }
                _ => self.call(expr.id, call),
            },
            Expr::List(list) => list.elements.iter().for_each(|element| self.expression(element, false)),
            Expr::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.expression(&entry.key, false);
                        self.expression(&entry.value, false);
                    }
                }
            }
            Expr::Struct(_) => {
                self.findings.error(
                    &(self.at)(expr.id),
                    "there are no message types; write a map: {'key': value}",
                );
            }
            Expr::Comprehension(fold) => {
                self.expression(&fold.iter_range, false);
                self.expression(&fold.accu_init, false);
                let before = self.locals.len();
                let second = fold.iter_var2.as_deref();
                for name in [Some(fold.iter_var.as_str()), second, Some(fold.accu_var.as_str())]
                    .into_iter()
                    .flatten()
                {
                    self.refuse_reserved(name, expr.id);
                    self.locals.push(name);
                }
                self.expression(&fold.loop_cond, false);
                self.expression(&fold.loop_step, false);
                self.expression(&fold.result, false);
                self.locals.truncate(before);
            }
        }
    }

    /// Follows selections down to what they are made on.
    fn path(&mut self, expr: &'w IdedExpr, presence: bool) {
        let mut steps = Vec::new();
        let mut presence = presence;
        let mut base = expr;
        loop {
            match &base.expr {
                Expr::Select(select) => {
                    presence |= select.test;
                    steps.push(Step::Field(select.field.clone()));
                    base = &select.operand;
                }
                Expr::Call(call) => {
                    let [operand, key] = call.args.as_slice() else {
                        break;
                    };
                    let name = match &key.expr {
                        Expr::Literal(LiteralValue::String(name)) => Some(name.inner().to_owned()),
                        _ => None,
                    };
                    match (call.func_name.as_str(), name) {
                        (operators::OPT_SELECT | operators::OPT_INDEX, Some(name)) => {
                            steps.push(Step::Optional(name));
                        }
                        (operators::INDEX, Some(name)) => steps.push(Step::Field(name)),
                        (operators::INDEX | operators::OPT_INDEX, None) => {
                            self.expression(key, false);
                            steps.push(Step::Any);
                        }
                        _ => break,
                    }
                    base = operand;
                }
                _ => break,
            }
        }
        let Expr::Ident(name) = &base.expr else {
            self.expression(base, false);
            return;
        };
        if self.locals.contains(&name.as_str()) {
            return;
        }
        self.refuse_reserved(name, base.id);
        steps.reverse();
        let place = (self.at)(base.id);
        self.references.push(Reference {
            root: name.clone(),
            steps,
            presence,
            place,
        });
    }

    fn call(&mut self, id: u64, call: &'w CallExpr) {
        call.args.iter().for_each(|argument| self.expression(argument, false));
        if functions::is_operator(&call.func_name) {
            return;
        }
        let Some(target) = &call.target else {
            self.require(id, &call.func_name, functions::Style::Global, call.args.len());
            return;
        };
        if let Expr::Ident(namespace) = &target.expr
            && functions::is_namespace(namespace)
            && !self.locals.contains(&namespace.as_str())
        {
            let name = format!("{namespace}.{}", call.func_name);
            self.require(id, &name, functions::Style::Global, call.args.len());
            return;
        }
        self.expression(target, false);
        self.require(id, &call.func_name, functions::Style::Member, call.args.len());
    }

    fn require(&mut self, id: u64, name: &str, style: functions::Style, arguments: usize) {
        let place = (self.at)(id);
        match functions::find(name, style, arguments) {
            functions::Found::Yes => {}
            functions::Found::OtherArguments => {
                self.findings
                    .error(&place, format!("`{name}` does not take {arguments} arguments here"));
            }
            functions::Found::No => {
                let message = format!("unknown function `{name}`");
                match nearest(name, functions::names(style)) {
                    Some(meant) => {
                        self.findings
                            .suggest(&place, message, format!("did you mean `{meant}`?"));
                    }
                    None => self.findings.error(&place, message),
                }
            }
        }
    }

    fn refuse_reserved(&mut self, name: &str, id: u64) {
        if name.starts_with("__") {
            self.findings.error(
                &(self.at)(id),
                format!("`{name}`: names that begin with `__` are reserved"),
            );
        }
    }
}
