//! Comprehension macros: what goes through, and what is gathered.

use cel::common::ast::{ComprehensionExpr, IdedExpr};

use super::Checker;
use crate::types::Type;

impl Checker<'_> {
    pub(super) fn fold(&mut self, expr: &IdedExpr, fold: &ComprehensionExpr) -> Type {
        let range = self.infer(&fold.iter_range);
        let (first, second) = match self.schemas.resolve(range.present()) {
            Type::List(of) if fold.iter_var2.is_some() => (Type::Int, of.as_ref().clone()),
            Type::List(of) => (of.as_ref().clone(), Type::Any),
            Type::Map(of) => (Type::Text, of.as_ref().clone()),
            Type::Object(_) => (Type::Text, Type::Any),
            Type::Any | Type::Null => (Type::Any, Type::Any),
            other => {
                self.error(expr, format!("cannot go through {}", other.said()));
                (Type::Any, Type::Any)
            }
        };
        let before = self.locals.len();
        let begun = self.infer(&fold.accu_init);
        self.locals.push((fold.iter_var.clone(), first));
        if let Some(name) = &fold.iter_var2 {
            self.locals.push((name.clone(), second));
        }
        self.locals.push((fold.accu_var.clone(), begun.clone()));
        self.infer(&fold.loop_cond);
        let gone_on = self.infer(&fold.loop_step);
        let gathered = self.schemas.join(&begun, &gone_on);
        self.locals.truncate(before);
        self.locals.push((fold.accu_var.clone(), gathered));
        let of = self.infer(&fold.result);
        self.locals.truncate(before);
        of
    }
}
