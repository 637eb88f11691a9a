//! Lists in pieces: `limit`, `cursor`, and what the next cursor is.

use std::fmt::Display;
use std::str::FromStr;

use berth_model::{Code, Error, Result};
use berth_store::{Listed, Page};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::cursor;
use crate::extract::{self, Signed};
use crate::state::App;
use crate::views::list::List;

/// Which piece of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Listing {
    /// How many at most: 50 without it, never more than 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u64>,
    /// Where the piece before ended: its `next`.
    pub cursor: Option<String>,
}

/// No query at all: whatever is sent is refused.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A list and who reads it: a cursor is good for the same list and the same caller only.
#[derive(Debug)]
pub struct Pages<'a> {
    app: &'a App,
    signed: &'a Signed,
    filter: String,
}

impl<'a> Pages<'a> {
    /// `filter` says which list it is, and everything that was asked of it.
    pub fn of(app: &'a App, signed: &'a Signed, filter: impl Into<String>) -> Self {
        Self {
            app,
            signed,
            filter: filter.into(),
        }
    }

    /// The piece that was asked for.
    ///
    /// # Errors
    /// `invalid_cursor`.
    pub fn page<K: FromStr>(&self, limit: Option<u64>, cursor: Option<&str>) -> Result<Page<K>> {
        let read = |cursor| {
            let key = cursor::decode(self.app, self.signed, &self.filter, cursor)?;
            key.parse()
                .map_err(|_| Error::new(Code::InvalidCursor, Code::InvalidCursor.title()))
        };
        Ok(Page {
            limit: extract::limit(limit),
            after: cursor.map(read).transpose()?,
        })
    }

    /// The piece as it is shown.
    pub fn list<T, K: Display, V: From<T> + ToSchema>(&self, found: Listed<T, K>) -> List<V> {
        let Listed { items, next } = found;
        let next = next.map(|key| cursor::encode(self.app, self.signed, &self.filter, &key.to_string()));
        List {
            items: items.into_iter().map(V::from).collect(),
            next,
        }
    }
}
