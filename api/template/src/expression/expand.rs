//! Macros that the parser does not know, written out after it: `cel.bind`, those with two variables, `optMap` and
//! `optFlatMap`.
//!
//! What is written out stands where the macro stood: every part that is added has its id, and so its place.

use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, ListExpr, LiteralValue, MapExpr, operators,
};

/// The name under which results are gathered; nobody can write it.
const RESULT: &str = "@result";

/// The name under which the value is held that may not be there.
const HELD: &str = "@held";

/// A name that nothing reads.
const UNUSED: &str = "@unused";

/// Writes out every macro in an expression.
pub(super) fn expand(expr: IdedExpr) -> IdedExpr {
    let IdedExpr { id, expr } = expr;
    let expr = match expr {
        Expr::Call(call) => return expand_call(id, call),
        Expr::Select(mut select) => {
            select.operand = Box::new(expand(*select.operand));
            Expr::Select(select)
        }
        Expr::List(mut list) => {
            list.elements = list.elements.into_iter().map(expand).collect();
            Expr::List(list)
        }
        Expr::Map(mut map) => {
            for entry in &mut map.entries {
                if let EntryExpr::MapEntry(entry) = &mut entry.expr {
                    entry.key = expand(std::mem::take(&mut entry.key));
                    entry.value = expand(std::mem::take(&mut entry.value));
                }
            }
            Expr::Map(map)
        }
        Expr::Comprehension(mut fold) => {
            for part in [
                &mut fold.iter_range,
                &mut fold.accu_init,
                &mut fold.loop_cond,
                &mut fold.loop_step,
                &mut fold.result,
            ] {
                *part = expand(std::mem::take(part));
            }
            Expr::Comprehension(fold)
        }
        other @ (Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) | Expr::Struct(_)) => other,
    };
    IdedExpr { id, expr }
}

fn expand_call(id: u64, call: CallExpr) -> IdedExpr {
    let CallExpr {
        func_name,
        target,
        args,
    } = call;
    let args: Vec<IdedExpr> = args.into_iter().map(expand).collect();
    let target = target.map(|target| Box::new(expand(*target)));
    let build = Build { id };
    let names: Vec<String> = args.iter().take(2).filter_map(name).collect();
    let expanded = match (func_name.as_str(), &target, names.as_slice(), args.as_slice()) {
        ("bind", Some(space), [variable, ..], [_, value, body]) if name(space).as_deref() == Some("cel") => {
            Some(build.bind(variable, value, body))
        }
        ("optMap", Some(target), [variable, ..], [_, body]) => Some(build.optional(target, variable, body, true)),
        ("optFlatMap", Some(target), [variable, ..], [_, body]) => Some(build.optional(target, variable, body, false)),
        (name, Some(range), [first, second], [_, _, rest @ ..]) => build.two(name, range, first, second, rest),
        _ => None,
    };
    expanded.unwrap_or_else(|| {
        build.part(Expr::Call(CallExpr {
            func_name,
            target,
            args,
        }))
    })
}

/// The name, when the expression is one.
fn name(expr: &IdedExpr) -> Option<String> {
    if let Expr::Ident(name) = &expr.expr {
        Some(name.clone())
    } else {
        None
    }
}

#[derive(Clone, Copy)]
struct Build {
    id: u64,
}

impl Build {
    fn part(self, expr: Expr) -> IdedExpr {
        IdedExpr { id: self.id, expr }
    }

    fn name(self, name: &str) -> IdedExpr {
        self.part(Expr::Ident(name.to_owned()))
    }

    fn boolean(self, value: bool) -> IdedExpr {
        self.part(Expr::Literal(LiteralValue::Boolean(value.into())))
    }

    fn integer(self, value: i64) -> IdedExpr {
        self.part(Expr::Literal(LiteralValue::Int(value.into())))
    }

    fn list(self, elements: Vec<IdedExpr>) -> IdedExpr {
        self.part(Expr::List(ListExpr::new(elements)))
    }

    fn call(self, function: &str, args: Vec<IdedExpr>) -> IdedExpr {
        self.part(Expr::Call(CallExpr {
            func_name: function.to_owned(),
            target: None,
            args,
        }))
    }

    fn member(self, target: &IdedExpr, function: &str) -> IdedExpr {
        self.part(Expr::Call(CallExpr {
            func_name: function.to_owned(),
            target: Some(Box::new(target.clone())),
            args: Vec::new(),
        }))
    }

    /// The value under a name, for the body only: a fold over nothing that begins with it.
    fn bind(self, variable: &str, value: &IdedExpr, body: &IdedExpr) -> IdedExpr {
        self.part(Expr::Comprehension(Box::new(ComprehensionExpr {
            iter_range: self.list(Vec::new()),
            iter_var: UNUSED.to_owned(),
            iter_var2: None,
            accu_var: variable.to_owned(),
            accu_init: value.clone(),
            loop_cond: self.boolean(false),
            loop_step: self.name(variable),
            result: body.clone(),
        })))
    }

    /// The body with the value that is there, else nothing.
    fn optional(self, target: &IdedExpr, variable: &str, body: &IdedExpr, wrap: bool) -> IdedExpr {
        let optional = |function: &str, args: Vec<IdedExpr>| {
            self.part(Expr::Call(CallExpr {
                func_name: function.to_owned(),
                target: Some(Box::new(self.name("optional"))),
                args,
            }))
        };
        // The target stands there once, however many of these follow each other.
        let held = self.name(HELD);
        let bound = self.bind(variable, &self.member(&held, "value"), body);
        let there = if wrap { optional("of", vec![bound]) } else { bound };
        let args = vec![self.member(&held, "hasValue"), there, optional("none", Vec::new())];
        self.bind(HELD, target, &self.call(operators::CONDITIONAL, args))
    }

    /// The macros with two variables: index and item of a list, key and value of a map.
    fn two(self, name: &str, range: &IdedExpr, first: &str, second: &str, rest: &[IdedExpr]) -> Option<IdedExpr> {
        let result = || self.name(RESULT);
        let always = || self.boolean(true);
        let (init, condition, step, last) = match (name, rest) {
            ("all", [holds]) => (
                self.boolean(true),
                self.call(operators::NOT_STRICTLY_FALSE, vec![result()]),
                self.call(operators::LOGICAL_AND, vec![result(), holds.clone()]),
                result(),
            ),
            ("exists", [holds]) => {
                let not = self.call(operators::LOGICAL_NOT, vec![result()]);
                (
                    self.boolean(false),
                    self.call(operators::NOT_STRICTLY_FALSE, vec![not]),
                    self.call(operators::LOGICAL_OR, vec![result(), holds.clone()]),
                    result(),
                )
            }
            ("existsOne" | "exists_one", [holds]) => {
                let more = self.call(operators::ADD, vec![result(), self.integer(1)]);
                (
                    self.integer(0),
                    always(),
                    self.call(operators::CONDITIONAL, vec![holds.clone(), more, result()]),
                    self.call(operators::EQUALS, vec![result(), self.integer(1)]),
                )
            }
            ("transformList", [filter @ .., value]) if filter.len() < 2 => {
                let more = self.call(operators::ADD, vec![result(), self.list(vec![value.clone()])]);
                (self.list(Vec::new()), always(), self.when(filter, more), result())
            }
            ("transformMap", [filter @ .., value]) if filter.len() < 2 => {
                let more = self.call("@insert", vec![result(), self.name(first), value.clone()]);
                (
                    self.part(Expr::Map(MapExpr::default())),
                    always(),
                    self.when(filter, more),
                    result(),
                )
            }
            ("transformMapEntry", [filter @ .., entry]) if filter.len() < 2 => {
                let more = self.call("@merge", vec![result(), entry.clone()]);
                (
                    self.part(Expr::Map(MapExpr::default())),
                    always(),
                    self.when(filter, more),
                    result(),
                )
            }
            _ => return None,
        };
        Some(self.part(Expr::Comprehension(Box::new(ComprehensionExpr {
            iter_range: range.clone(),
            iter_var: first.to_owned(),
            iter_var2: Some(second.to_owned()),
            accu_var: RESULT.to_owned(),
            accu_init: init,
            loop_cond: condition,
            loop_step: step,
            result: last,
        }))))
    }

    fn when(self, filter: &[IdedExpr], more: IdedExpr) -> IdedExpr {
        match filter {
            [holds] => self.call(operators::CONDITIONAL, vec![holds.clone(), more, self.name(RESULT)]),
            _ => more,
        }
    }
}
