//! Lists in pieces, in the order of their keys: every row that is there throughout appears once.

/// Which piece of a list.
#[derive(Debug, Clone)]
pub struct Page<K = uuid::Uuid> {
    /// How many at most.
    pub limit: u64,
    /// What the piece before ended with.
    pub after: Option<K>,
}

/// A piece of a list.
#[derive(Debug, Clone)]
pub struct Listed<T, K = uuid::Uuid> {
    /// The items.
    pub items: Vec<T>,
    /// What the next piece comes after; none when this is the last.
    pub next: Option<K>,
}

impl<T, K> Listed<T, K> {
    /// From rows of which one more was asked for than the piece holds.
    pub(crate) fn new(mut items: Vec<T>, limit: u64, key: impl Fn(&T) -> K) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(key) } else { None };
        Self { items, next }
    }
}
