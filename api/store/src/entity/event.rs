//! Table `event`: events.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) sequence: i64,
    pub(crate) environment_id: Uuid,
    pub(crate) team_id: Uuid,
    pub(crate) operation_id: Option<Uuid>,
    pub(crate) kind: String,
    pub(crate) resource: Option<String>,
    pub(crate) message: String,
    pub(crate) data: Json,
    pub(crate) at: DateTimeUtc,
}

/// Nothing is joined from here.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
