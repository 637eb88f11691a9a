//! Environments: the intent, what was observed, and the numbered revisions of the intent.

use sea_orm_migration::prelude::*;

use crate::columns::{id, json, key, maybe_json, maybe_time, number, table, text, time};

/// Environments: the intent, what was observed, and the numbered revisions of the intent.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Plain statements: both databases read them, partial indexes included.
const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX environment_name ON environment (team_id, name) WHERE deleted_at IS NULL",
    "CREATE UNIQUE INDEX environment_namespace ON environment (cluster, namespace) WHERE deleted_at IS NULL",
    "CREATE INDEX environment_team ON environment (team_id, id)",
    "CREATE UNIQUE INDEX revision_number ON revision (environment_id, number)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let environment_table = table("environment")
            .col(key())
            .col(id("team_id"))
            .col(text("name"))
            .col(id("owner_id"))
            .col(text("template_name"))
            .col(text("template_version"))
            .col(json("parameters"))
            .col(json("labels"))
            .col(text("cluster"))
            .col(text("namespace"))
            .col(maybe_json("source"))
            .col(text("desired"))
            .col(text("phase"))
            .col(number("generation"))
            .col(number("revision"))
            .col(number("version"))
            .col(number("observed_generation"))
            .col(json("conditions"))
            .col(json("outputs"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .col(maybe_time("deleted_at"))
            .take();
        manager.create_table(environment_table).await?;
        let revision_table = table("revision")
            .col(key())
            .col(id("environment_id"))
            .col(number("number"))
            .col(text("template_name"))
            .col(text("template_version"))
            .col(json("parameters"))
            .col(id("author_id"))
            .col(time("created_at"))
            .take();
        manager.create_table(revision_table).await?;
        let connection = manager.get_connection();
        for statement in INDEXES {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("revision").take()).await?;
        manager.drop_table(Table::drop().table("environment").take()).await?;
        Ok(())
    }
}
