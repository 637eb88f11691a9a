//! Table `rollout_target`: the environments of rollouts.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rollout_target")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) rollout_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) environment_id: Uuid,
    pub(crate) wave: i64,
    pub(crate) state: String,
    pub(crate) reason: Option<String>,
    pub(crate) from_version: String,
    pub(crate) from_revision: Option<i64>,
    pub(crate) generation: Option<i64>,
    pub(crate) updated_at: DateTimeUtc,
}

/// An environment is joined for its name and its team.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {
    /// The environment.
    #[sea_orm(
        belongs_to = "super::environment::Entity",
        from = "Column::EnvironmentId",
        to = "super::environment::Column::Id"
    )]
    Environment,
}

impl Related<super::environment::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Environment.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
