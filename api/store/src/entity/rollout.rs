//! Table `rollout`: rollouts.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rollout")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) template_name: String,
    pub(crate) template_version: String,
    pub(crate) selector: Json,
    pub(crate) pace: Json,
    pub(crate) state: String,
    pub(crate) reason: Option<String>,
    pub(crate) wave: i64,
    pub(crate) waves: i64,
    pub(crate) wave_done_at: Option<DateTimeUtc>,
    pub(crate) forgiven: i64,
    pub(crate) author_id: Uuid,
    pub(crate) revision: i64,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) finished_at: Option<DateTimeUtc>,
}

/// Nothing is joined from here.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
