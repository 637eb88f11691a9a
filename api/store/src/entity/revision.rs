//! Table `revision`: revisions of environments.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "revision")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) environment_id: Uuid,
    pub(crate) number: i64,
    pub(crate) template_name: String,
    pub(crate) template_version: String,
    pub(crate) parameters: Json,
    pub(crate) author_id: Uuid,
    pub(crate) created_at: DateTimeUtc,
}

/// Nothing is joined from here.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
