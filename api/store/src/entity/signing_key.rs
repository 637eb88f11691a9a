//! Table `signing_key`: keys that sign access tokens; the private part is sealed by the server.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) kid: String,
    pub(crate) algorithm: String,
    pub(crate) public_key: String,
    pub(crate) sealed_private_key: Vec<u8>,
    pub(crate) created_at: DateTimeUtc,
}

/// Nothing is joined from here.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
