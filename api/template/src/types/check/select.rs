//! Selecting fields and items, and asking for them.

use cel::common::ast::{Expr, IdedExpr, LiteralValue, SelectExpr, operators};

use super::Checker;
use crate::suggest::nearest;
use crate::types::{Object, Type};

impl Checker<'_> {
    /// `has(operand.field)`.
    pub(super) fn presence(&mut self, expr: &IdedExpr, select: &SelectExpr) -> Type {
        let operand = self.infer(&select.operand);
        self.field(expr, &operand, &select.field, false);
        Type::Bool
    }

    /// `operand.name`. `read` says that the value is wanted, not just whether it is there.
    pub(super) fn field(&mut self, expr: &IdedExpr, operand: &Type, name: &str, read: bool) -> Type {
        if let Type::Optional(of) = operand {
            return Type::optional(self.field(expr, of, name, false));
        }
        match self.schemas.resolve(operand) {
            Type::Object(object) => match (object.fields.get(name), &object.others) {
                (Some(field), _) => {
                    let of = field.of.clone();
                    if read && !field.present {
                        self.may_be_missing(expr);
                    }
                    of
                }
                (None, Some(others)) => others.clone(),
                (None, None) => self.no_field(expr, &object, name),
            },
            Type::Map(of) => of.as_ref().clone(),
            Type::Any | Type::Null => Type::Any,
            Type::List(_) => {
                let message = format!("a list has no field `{name}`");
                self.suggest(
                    expr,
                    message,
                    "take one item, [0], or go through them with .map(one, …)",
                )
            }
            other => self.error(expr, format!("{} has no field `{name}`", other.said())),
        }
    }

    fn no_field(&mut self, expr: &IdedExpr, object: &Object, name: &str) -> Type {
        // That there is no such parameter is said where names are checked.
        if object.name == "params" || path(expr).is_some_and(|path| path.starts_with("params.")) {
            return Type::Any;
        }
        let what = match path(expr) {
            Some(path) => match path.rsplit_once('.') {
                Some((before, _)) => format!("`{before}`"),
                None => "it".to_owned(),
            },
            None if object.name.is_empty() => "the map".to_owned(),
            None => format!("`{}`", object.name),
        };
        let message = format!("{what} has no field `{name}`");
        match nearest(name, object.fields.keys().map(String::as_str)) {
            Some(meant) => self.suggest(expr, message, format!("did you mean `{meant}`?")),
            None => self.error(expr, message),
        }
    }

    /// A parameter that nobody has to give, read as if it were there. What the cluster leaves out is waited for instead.
    fn may_be_missing(&mut self, expr: &IdedExpr) {
        let Some(path) = path(expr).filter(|path| path.starts_with("params.")) else {
            return;
        };
        let covered = |asked: &String| path == *asked || path.starts_with(&format!("{asked}."));
        if self.asked.iter().any(covered) {
            return;
        }
        let place = self.place(expr);
        let optional = match path.rsplit_once('.') {
            Some((before, name)) => format!("{before}.?{name}"),
            None => path.clone(),
        };
        self.findings.warn(
            &place,
            format!("`{path}` may be missing: it is neither required nor has it a default"),
            Some(format!("give it a default, ask with has({path}), or read {optional}")),
        );
    }

    /// `operand[key]`.
    pub(super) fn index(&mut self, expr: &IdedExpr, operand: &Type, key: &IdedExpr, read: bool) -> Type {
        let key_type = self.infer(key);
        if let Expr::Literal(LiteralValue::String(name)) = &key.expr {
            return self.field(expr, operand, name.inner(), read);
        }
        if let Type::Optional(of) = operand {
            return Type::optional(self.index(expr, of, key, false));
        }
        match (self.schemas.resolve(operand), key_type.present()) {
            (Type::List(of), Type::Int | Type::Uint | Type::Number | Type::Double | Type::Any | Type::IntOrText) => {
                of.as_ref().clone()
            }
            (Type::List(_), key) => {
                let message = format!("a list is indexed with an integer, not with {}", key.said());
                self.error(expr, message)
            }
            (Type::Map(of), _) => of.as_ref().clone(),
            (Type::Any | Type::Null | Type::Object(_), _) => Type::Any,
            (other, _) => self.error(expr, format!("{} cannot be indexed", other.said())),
        }
    }
}

/// The path that an expression reads, when it is nothing but a path.
fn path(expr: &IdedExpr) -> Option<String> {
    match &expr.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) => Some(format!("{}.{}", path(&select.operand)?, select.field)),
        Expr::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::INDEX | operators::OPT_INDEX | operators::OPT_SELECT, [operand, key]) => match &key.expr {
                Expr::Literal(LiteralValue::String(name)) => Some(format!("{}.{}", path(operand)?, name.inner())),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}
