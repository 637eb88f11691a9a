//! The shape of every list: the items, and where it goes on.

use serde::Serialize;
use utoipa::ToSchema;

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct List<T: ToSchema> {
    /// The items of this page.
    pub items: Vec<T>,
    /// Pass it as `cursor` to get the page after this one; `null` when there is none.
    #[schema(required)]
    pub next: Option<String>,
}

impl<T: ToSchema> List<T> {
    /// A list that fits one page.
    pub const fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}
