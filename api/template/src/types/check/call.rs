//! Calls: operators, indexes and functions.

use cel::common::ast::{CallExpr, Expr, IdedExpr, operators};

use super::Checker;
use crate::expression::functions::{Style, is_namespace, is_operator};
use crate::types::Type;
use crate::types::signature::{self, Answer};

impl Checker<'_> {
    pub(super) fn call(&mut self, expr: &IdedExpr, call: &CallExpr) -> Type {
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::CONDITIONAL, [condition, yes, no]) => self.conditional(condition, yes, no),
            (operators::LOGICAL_OR | operators::LOGICAL_AND, [left, right]) => {
                self.boolean(left);
                self.boolean(right);
                Type::Bool
            }
            (operators::LOGICAL_NOT, [operand]) => {
                self.boolean(operand);
                Type::Bool
            }
            (operators::NOT_STRICTLY_FALSE, [operand]) => {
                self.infer(operand);
                Type::Bool
            }
            (operators::INDEX, [operand, key]) => {
                let operand = self.infer(operand);
                self.index(expr, &operand, key, true)
            }
            (operators::OPT_INDEX | operators::OPT_SELECT, [operand, key]) => {
                let operand = self.infer(operand);
                Type::optional(self.index(expr, &operand, key, false))
            }
            (operators::NEGATE, [operand]) => self.negation(expr, operand),
            (name, [left, right]) if is_operator(name) => self.binary(expr, name, left, right),
            (name, arguments) if is_operator(name) => {
                for argument in arguments {
                    self.infer(argument);
                }
                Type::Any
            }
            _ => self.function(expr, call),
        }
    }

    fn function(&mut self, expr: &IdedExpr, call: &CallExpr) -> Type {
        let mut arguments = Vec::with_capacity(call.args.len() + 1);
        let mut style = Style::Global;
        let mut name = call.func_name.clone();
        if let Some(target) = &call.target {
            match &target.expr {
                Expr::Ident(space) if is_namespace(space) && !self.locals.iter().any(|(local, _)| local == space) => {
                    name = format!("{space}.{name}");
                }
                _ => {
                    style = Style::Member;
                    arguments.push(self.infer(target));
                }
            }
        }
        for argument in &call.args {
            arguments.push(self.infer(argument));
        }
        let resolved: Vec<Type> = arguments.iter().map(|of| self.schemas.resolve(of)).collect();
        match signature::answer(self.schemas, &name, style, &resolved) {
            Answer::Type(of) => of,
            Answer::Wants(wanted) => {
                let given: Vec<String> = resolved.iter().map(Type::said).collect();
                let message = format!("`{name}` needs {wanted}; this is {}", given.join(", "));
                if resolved.iter().any(|of| matches!(of, Type::Optional(_))) {
                    self.suggest(expr, message, "add .orValue(…)")
                } else {
                    self.error(expr, message)
                }
            }
        }
    }
}
