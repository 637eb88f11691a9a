//! Comprehension macros: `all`, `exists`, `exists_one`, `map`, `filter`.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an operation knows the types it works on; every other one has no such overload"
)]

use std::rc::Rc;

use cel::common::ast::{ComprehensionExpr, Expr, IdedExpr, operators};

use super::{Evaluator, Outcome, Stop};
use crate::expression::value::Value;

impl<'a> Evaluator<'a, '_> {
    /// A comprehension macro: `all`, `exists`, `exists_one`, `map`, `filter`.
    pub(super) fn fold(&mut self, fold: &'a ComprehensionExpr) -> Outcome<'a> {
        let range = self.value(&fold.iter_range)?;
        let two = fold.iter_var2.as_deref();
        let items: Vec<(Value<'a>, Option<Value<'a>>)> = match (range.items(), range.entries()) {
            (Some(items), _) if two.is_some() => (0_i64..).map(Value::Int).zip(items.into_iter().map(Some)).collect(),
            (Some(items), _) => items.into_iter().map(|item| (item, None)).collect(),
            (None, Some(entries)) => entries
                .into_iter()
                .map(|(key, value)| (key.to_value(), Some(value)))
                .collect(),
            (None, None) => {
                return Err(Stop::failed(format!("cannot go through {}", range.type_name())));
            }
        };
        let mut result = self.value(&fold.accu_init)?;
        let append = appending(fold);
        let before = self.locals.len();
        let mut pending = None;
        for (item, second) in items {
            self.meter.charge(1)?;
            self.locals.push((&fold.iter_var, item));
            if let (Some(name), Some(second)) = (two, second) {
                self.locals.push((name, second));
            }
            if let Some((guard, elements)) = append {
                if guard.map_or(Ok(true), |guard| self.boolean(guard))? {
                    self.append(&mut result, elements)?;
                }
            } else {
                self.locals.push((&fold.accu_var, result.clone()));
                if !self.boolean(&fold.loop_cond)? {
                    self.locals.truncate(before);
                    break;
                }
                match self.value(&fold.loop_step) {
                    Ok(next) => {
                        result = next;
                        pending = None;
                    }
                    // `all` and `exists`: a later element may still decide, whatever this one failed with.
                    Err(stop) if stop != Stop::Exceeded && is_logical(&fold.loop_step) => {
                        pending = Some(stop);
                    }
                    Err(stop) => return Err(stop),
                }
            }
            self.locals.truncate(before);
        }
        if let Some(stop) = pending {
            return Err(stop);
        }
        self.locals.push((&fold.accu_var, result));
        let value = self.value(&fold.result);
        self.locals.truncate(before);
        value
    }

    pub(super) fn append(&mut self, result: &mut Value<'a>, elements: &'a [IdedExpr]) -> Result<(), Stop> {
        for element in elements {
            let value = self.value(element)?;
            if let Value::List(items) = result {
                Rc::make_mut(items).push(value);
            }
        }
        Ok(())
    }
}

/// A guard and the elements appended.
type Append<'a> = (Option<&'a IdedExpr>, &'a [IdedExpr]);

/// The step of `map` and `filter`, `@result + [element]`, which is done in place.
fn appending(fold: &ComprehensionExpr) -> Option<Append<'_>> {
    let is_result = |expr: &IdedExpr| matches!(&expr.expr, Expr::Ident(name) if *name == fold.accu_var);
    let step = &fold.loop_step;
    let (guard, addition) = match &step.expr {
        Expr::Call(call) if call.func_name == operators::CONDITIONAL => match call.args.as_slice() {
            [guard, addition, otherwise] if is_result(otherwise) => (Some(guard), addition),
            _ => return None,
        },
        _ => (None, step),
    };
    let Expr::Call(call) = &addition.expr else {
        return None;
    };
    let [
        left,
        IdedExpr {
            expr: Expr::List(list), ..
        },
    ] = call.args.as_slice()
    else {
        return None;
    };
    let plain = call.func_name == operators::ADD && is_result(left) && list.optional_indices.is_empty();
    (plain && is_result(&fold.result)).then_some((guard, list.elements.as_slice()))
}

fn is_logical(step: &IdedExpr) -> bool {
    matches!(&step.expr, Expr::Call(call)
        if call.func_name == operators::LOGICAL_AND || call.func_name == operators::LOGICAL_OR)
}
