//! How each kind of value is stored, said once: ids as UUID, times with their zone, documents as JSON.

use sea_orm_migration::prelude::{ColumnDef, IntoIden, Table, TableCreateStatement};

/// A table of that name, to be filled with columns.
pub(crate) fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).take()
}

/// The id that is the primary key.
pub(crate) fn key() -> ColumnDef {
    id("id").primary_key().take()
}

/// An id of something.
pub(crate) fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden()).uuid().not_null().take()
}

/// An id of something, or nothing.
pub(crate) fn maybe_id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden()).uuid().null().take()
}

/// Text.
pub(crate) fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden()).text().not_null().take()
}

/// Text, or nothing.
pub(crate) fn maybe_text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden()).text().null().take()
}

/// A number of 64 bits.
pub(crate) fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden()).big_integer().not_null().take()
}

/// A yes or no.
pub(crate) fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden()).boolean().not_null().take()
}

/// A moment.
pub(crate) fn time(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden())
        .timestamp_with_time_zone()
        .not_null()
        .take()
}

/// A moment, or nothing.
pub(crate) fn maybe_time(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden())
        .timestamp_with_time_zone()
        .null()
        .take()
}

/// A JSON document.
pub(crate) fn json(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden()).json_binary().not_null().take()
}

/// A JSON document, or nothing.
pub(crate) fn maybe_json(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden()).json_binary().null().take()
}

/// Bytes.
pub(crate) fn bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden()).blob().not_null().take()
}
