//! Rollouts: which environments move to which version of their template, wave by wave.

use sea_orm_migration::prelude::*;

use crate::columns::{id, json, key, maybe_text, maybe_time, number, table, text, time};

/// Rollouts: which environments move to which version of their template, wave by wave.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Plain statements: both databases read them, partial indexes included.
const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX rollout_unfinished ON rollout (template_name) WHERE finished_at IS NULL",
    "CREATE INDEX rollout_target_environment ON rollout_target (environment_id)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let rollout_table = table("rollout")
            .col(key())
            .col(text("template_name"))
            .col(text("template_version"))
            .col(json("selector"))
            .col(json("pace"))
            .col(text("state"))
            .col(maybe_text("reason"))
            .col(number("wave"))
            .col(number("waves"))
            .col(maybe_time("wave_done_at"))
            .col(number("forgiven"))
            .col(id("author_id"))
            .col(number("revision"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .col(maybe_time("finished_at"))
            .take();
        manager.create_table(rollout_table).await?;
        let target_table = table("rollout_target")
            .col(id("rollout_id"))
            .col(id("environment_id"))
            .col(number("wave"))
            .col(text("state"))
            .col(maybe_text("reason"))
            .col(text("from_version"))
            .col(ColumnDef::new("from_revision").big_integer().null())
            .col(ColumnDef::new("generation").big_integer().null())
            .col(time("updated_at"))
            .primary_key(Index::create().col("rollout_id").col("environment_id"))
            .take();
        manager.create_table(target_table).await?;
        let connection = manager.get_connection();
        for statement in INDEXES {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("rollout_target").take()).await?;
        manager.drop_table(Table::drop().table("rollout").take()).await?;
        Ok(())
    }
}
