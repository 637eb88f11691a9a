//! What an expression comes to, found out without evaluating it; and everything in it that could not be evaluated.
//!
//! What nothing is known of is never reported: a type error here is one that would happen, not one that might.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an operation knows the types it works on; every other one is its error"
)]

mod call;
mod fold;
mod operator;
mod select;

use std::collections::BTreeMap;
use std::sync::Arc;

use cel::common::ast::{EntryExpr, Expr, IdedExpr, LiteralValue, MapExpr};

use super::{Field, Object, Type};
use crate::expression::Expression;
use crate::finding::Findings;
use crate::kinds::Schemas;
use crate::place::Place;

/// Checks expressions against the types of the names they use.
pub(crate) struct Checker<'c> {
    pub schemas: &'c Schemas,
    pub findings: &'c mut Findings,
    /// What names stand for. A name that is not here is somebody else's to report.
    pub names: BTreeMap<String, Type>,
    locals: Vec<(String, Type)>,
    /// The expression that is looked at.
    here: Option<&'c Expression>,
    /// Parameters that were asked for with `has()`: reading them is safe.
    asked: Vec<String>,
    /// What the conditions around the expression asked for.
    pub given: Vec<String>,
}

impl<'c> Checker<'c> {
    pub fn new(schemas: &'c Schemas, findings: &'c mut Findings) -> Self {
        Self {
            schemas,
            findings,
            names: BTreeMap::new(),
            locals: Vec::new(),
            here: None,
            asked: Vec::new(),
            given: Vec::new(),
        }
    }

    /// The type of an expression.
    pub fn expression(&mut self, expression: &'c Expression) -> Type {
        self.here = Some(expression);
        self.asked = asked(expression);
        self.asked.extend(self.given.iter().cloned());
        let of = self.infer(&expression.ast);
        self.here = None;
        of
    }

    /// Checks a condition.
    pub fn condition(&mut self, expression: &'c Expression) {
        let of = self.expression(expression);
        if !matches!(of.present(), Type::Bool | Type::Any) {
            let message = format!("a condition must be a boolean; this is {}", of.said());
            self.findings.error(&expression.place, message);
        }
    }

    /// Checks a part of text.
    pub fn text(&mut self, expression: &'c Expression) {
        let of = self.expression(expression);
        let wrong = matches!(
            self.schemas.resolve(of.present()),
            Type::List(_) | Type::Map(_) | Type::Object(_) | Type::Bytes | Type::Null
        );
        if wrong {
            let message = format!("{} cannot be a part of text", of.said());
            self.findings.error(&expression.place, message);
        }
    }

    /// What `forEach` goes through, item by item.
    pub fn items(&mut self, expression: &'c Expression) -> Type {
        let of = self.expression(expression);
        match self.schemas.resolve(of.present()) {
            Type::List(of) => of.as_ref().clone(),
            Type::Map(_) | Type::Object(_) => Type::Text,
            Type::Any | Type::Null => Type::Any,
            other => {
                let message = format!("`forEach` goes through a list or a map; this is {}", other.said());
                self.findings.error(&expression.place, message);
                Type::Any
            }
        }
    }

    fn infer(&mut self, expr: &IdedExpr) -> Type {
        match &expr.expr {
            Expr::Literal(literal) => literal_type(literal),
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) if select.test => self.presence(expr, select),
            Expr::Select(select) => {
                let operand = self.infer(&select.operand);
                self.field(expr, &operand, &select.field, true)
            }
            Expr::Call(call) => self.call(expr, call),
            Expr::List(list) => {
                let mut of = Type::Null;
                for element in &list.elements {
                    let element = self.infer(element);
                    of = self.schemas.join(&of, element.present());
                }
                Type::list(of)
            }
            Expr::Map(map) => self.map(map),
            Expr::Comprehension(fold) => self.fold(expr, fold),
            Expr::Struct(_) | Expr::Unspecified => Type::Any,
        }
    }

    fn name(&self, name: &str) -> Type {
        let local = self.locals.iter().rev().find(|(local, _)| local == name);
        let of = local.map(|(_, of)| of).or_else(|| self.names.get(name));
        of.cloned().unwrap_or(Type::Any)
    }

    fn map(&mut self, map: &MapExpr) -> Type {
        let mut object = Some(Object::default());
        let mut values = Type::Null;
        for entry in &map.entries {
            let EntryExpr::MapEntry(entry) = &entry.expr else {
                return Type::Any;
            };
            self.infer(&entry.key);
            let value = self.infer(&entry.value);
            values = self.schemas.join(&values, value.present());
            match (&entry.key.expr, &mut object) {
                (Expr::Literal(LiteralValue::String(name)), Some(object)) => {
                    let field = Field {
                        present: !entry.optional,
                        of: value,
                    };
                    object.fields.insert(name.inner().to_owned(), field);
                }
                _ => object = None,
            }
        }
        match object {
            Some(object) => Type::Object(Arc::new(object)),
            None => Type::map(values),
        }
    }

    fn place(&self, expr: &IdedExpr) -> Place {
        self.here.map(|here| here.place_of(expr.id)).unwrap_or_default()
    }

    fn error(&mut self, expr: &IdedExpr, message: impl Into<String>) -> Type {
        let place = self.place(expr);
        self.findings.error(&place, message);
        Type::Any
    }

    fn suggest(&mut self, expr: &IdedExpr, message: impl Into<String>, suggestion: impl Into<String>) -> Type {
        let place = self.place(expr);
        self.findings.suggest(&place, message, suggestion);
        Type::Any
    }
}

fn literal_type(literal: &LiteralValue) -> Type {
    match literal {
        LiteralValue::Boolean(_) => Type::Bool,
        LiteralValue::Int(_) => Type::Int,
        LiteralValue::UInt(_) => Type::Uint,
        LiteralValue::Double(_) => Type::Double,
        LiteralValue::Null => Type::Null,
        LiteralValue::String(text) => Type::Choice(Arc::from([text.inner().to_owned()])),
        LiteralValue::Bytes(_) => Type::Bytes,
    }
}

/// The paths that an expression asks for with `has()`.
pub(crate) fn asked(expression: &Expression) -> Vec<String> {
    let presence = expression.references.iter().filter(|reference| reference.presence);
    presence
        .map(|reference| {
            let steps = reference.steps.iter().map_while(|step| step.name());
            std::iter::once(reference.root.as_str())
                .chain(steps)
                .collect::<Vec<_>>()
                .join(".")
        })
        .collect()
}
