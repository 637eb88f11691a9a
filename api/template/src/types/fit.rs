//! Whether a value of one type may stand where another is wanted, and how two types become one.

use std::sync::Arc;

use super::{Field, Object, Type};
use crate::kinds::Schemas;
use crate::suggest::nearest;

/// How deep types are compared; what is deeper is taken to fit.
const DEEPEST: u8 = 12;

/// What keeps a value from fitting: the path in it, and what is wrong there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// `""`, `.name`, `[…].name`.
    pub path: String,
    pub wrong: String,
}

impl Misfit {
    fn new(wrong: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            wrong: wrong.into(),
        }
    }

    fn within(mut self, step: &str) -> Self {
        self.path.insert_str(0, step);
        self
    }
}

impl Schemas {
    /// Whether a value of type `value` may stand where `wanted` is wanted. A `null` leaves its field out, and a value
    /// that may be missing may leave it out.
    pub(crate) fn fits(&self, value: &Type, wanted: &Type) -> Result<(), Misfit> {
        self.fits_within(value, wanted, DEEPEST)
    }

    fn fits_within(&self, value: &Type, wanted: &Type, depth: u8) -> Result<(), Misfit> {
        let (value, wanted) = (value.present(), wanted.present());
        if value == wanted || depth == 0 {
            return Ok(());
        }
        let (value, wanted) = (self.resolve(value), self.resolve(wanted));
        match (&value, &wanted) {
            (value, wanted) if always(value, wanted) => Ok(()),
            (Type::Choice(given), Type::Choice(wanted)) => match given.iter().find(|one| !wanted.contains(one)) {
                None => Ok(()),
                Some(other) => Err(Misfit::new(format!(
                    "must be one of {}; this can be `{other}`",
                    wanted.join(", ")
                ))),
            },
            (Type::List(value), Type::List(wanted)) => self
                .fits_within(value, wanted, depth - 1)
                .map_err(|misfit| misfit.within("[…]")),
            (Type::Map(value), Type::Map(wanted)) => self
                .fits_within(value, wanted, depth - 1)
                .map_err(|misfit| misfit.within("[…]")),
            (Type::Object(object), Type::Map(wanted)) => each(object, |name, field| {
                self.fits_within(&field.of, wanted, depth - 1)
                    .map_err(|misfit| misfit.within(&format!(".{name}")))
            }),
            (Type::Object(object), Type::Object(wanted)) => self.object_fits(object, wanted, depth),
            _ => Err(Misfit::new(format!(
                "must be {}; this is {}",
                wanted.said(),
                value.said()
            ))),
        }
    }

    fn object_fits(&self, object: &Object, wanted: &Object, depth: u8) -> Result<(), Misfit> {
        each(object, |name, field| {
            let within = |misfit: Misfit| misfit.within(&format!(".{name}"));
            match (wanted.fields.get(name), &wanted.others) {
                (Some(other), _) => self.fits_within(&field.of, &other.of, depth - 1).map_err(within),
                (None, Some(others)) => self.fits_within(&field.of, others, depth - 1).map_err(within),
                (None, None) => Err(Misfit::new(no_field(name, wanted))),
            }
        })?;
        let missing = wanted
            .fields
            .iter()
            .find(|(name, field)| field.present && !object.fields.contains_key(*name));
        match missing {
            Some((name, _)) if object.others.is_none() => Err(Misfit::new(format!("`{name}` is missing"))),
            Some(_) | None => Ok(()),
        }
    }

    /// The type of a value that is of one of two types.
    pub(crate) fn join(&self, one: &Type, other: &Type) -> Type {
        match (one, other) {
            (one, other) if one == other => one.clone(),
            (Type::Any, _) | (_, Type::Any) => Type::Any,
            (Type::Null, of) | (of, Type::Null) => of.clone(),
            (Type::Optional(one), other) | (other, Type::Optional(one)) => {
                Type::optional(self.join(one, other.present()))
            }
            (Type::Choice(one), Type::Choice(other)) => {
                let mut both = one.to_vec();
                both.extend(other.iter().filter(|text| !one.contains(text)).cloned());
                Type::Choice(both.into())
            }
            (Type::Text | Type::Choice(_), Type::Text | Type::Choice(_)) => Type::Text,
            (Type::Int | Type::Double | Type::Number, Type::Int | Type::Double | Type::Number) => Type::Number,
            (Type::List(one), Type::List(other)) => Type::list(self.join(one, other)),
            (Type::Map(one), Type::Map(other)) => Type::map(self.join(one, other)),
            (one, other) => match (self.object(one), self.object(other)) {
                (Some(one), Some(other)) => self.join_objects(&one, &other),
                (Some(_), None) | (None, Some(_)) if matches!((one, other), (Type::Map(_), _) | (_, Type::Map(_))) => {
                    Type::map(Type::Any)
                }
                _ => Type::Any,
            },
        }
    }

    fn join_objects(&self, one: &Object, other: &Object) -> Type {
        let mut fields = one.fields.clone();
        for (name, field) in &mut fields {
            match other.fields.get(name) {
                Some(also) => {
                    field.of = self.join(&field.of, &also.of);
                    field.present &= also.present;
                }
                None => field.present = false,
            }
        }
        for (name, field) in &other.fields {
            fields
                .entry(name.clone())
                .or_insert_with(|| Field::perhaps(field.of.clone()));
        }
        let others = match (&one.others, &other.others) {
            (None, None) => None,
            (Some(others), None) | (None, Some(others)) => Some(others.clone()),
            (Some(one), Some(other)) => Some(self.join(one, other)),
        };
        Type::Object(Arc::new(Object {
            name: String::new(),
            fields,
            others,
        }))
    }
}

/// Whether every value of the one type may stand where the other is wanted, as far as that can be told without looking
/// into them.
const fn always(value: &Type, wanted: &Type) -> bool {
    match wanted {
        _ if matches!(value, Type::Any | Type::Null) => true,
        Type::Any => true,
        Type::Bool => matches!(value, Type::Bool),
        Type::Int | Type::Uint => matches!(value, Type::Int | Type::Uint | Type::Number | Type::IntOrText),
        Type::Double | Type::Number => matches!(
            value,
            Type::Int | Type::Uint | Type::Double | Type::Number | Type::Quantity
        ),
        Type::Text => matches!(
            value,
            Type::Text | Type::Choice(_) | Type::Timestamp | Type::Duration | Type::IntOrText | Type::Quantity
        ),
        Type::Choice(_) => matches!(value, Type::Text | Type::IntOrText),
        Type::IntOrText => matches!(
            value,
            Type::Int | Type::Uint | Type::Number | Type::Text | Type::Choice(_) | Type::IntOrText | Type::Quantity
        ),
        Type::Quantity => matches!(
            value,
            Type::Int | Type::Uint | Type::Double | Type::Number | Type::Text | Type::Choice(_) | Type::IntOrText
        ),
        // Which keys a map has is only known when it is there.
        Type::Object(_) => matches!(value, Type::Map(_)),
        Type::Null
        | Type::Bytes
        | Type::Timestamp
        | Type::Duration
        | Type::List(_)
        | Type::Map(_)
        | Type::Named(_)
        | Type::Optional(_)
        | Type::Opaque(_) => false,
    }
}

fn each(object: &Object, mut check: impl FnMut(&str, &Field) -> Result<(), Misfit>) -> Result<(), Misfit> {
    object.fields.iter().try_for_each(|(name, field)| check(name, field))
}

/// `unknown field`, with what was probably meant.
pub(crate) fn no_field(name: &str, object: &Object) -> String {
    let message = format!("unknown field `{name}`");
    match nearest(name, object.fields.keys().map(String::as_str)) {
        Some(meant) => format!("{message}, did you mean `{meant}`?"),
        None => message,
    }
}
