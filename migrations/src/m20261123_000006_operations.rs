//! Operations: one transition each, and the numbered events of every environment.

use sea_orm_migration::prelude::*;

use crate::columns::{id, json, key, maybe_id, maybe_json, maybe_text, maybe_time, number, table, text, time};

/// Operations: one transition each, and the numbered events of every environment.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Plain statements: both databases read them, partial indexes included.
const INDEXES: &[&str] = &[
    "CREATE INDEX operation_environment ON operation (environment_id, id)",
    "CREATE INDEX event_environment ON event (environment_id, sequence)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let operation_table = table("operation")
            .col(key())
            .col(id("environment_id"))
            .col(id("team_id"))
            .col(text("kind"))
            .col(text("state"))
            .col(number("generation"))
            .col(id("requested_by"))
            .col(time("created_at"))
            .col(maybe_time("started_at"))
            .col(maybe_time("finished_at"))
            .col(maybe_json("cause"))
            .col(maybe_id("superseded_by"))
            .take();
        manager.create_table(operation_table).await?;
        let event_table = table("event")
            .col(
                ColumnDef::new("sequence")
                    .big_integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(id("environment_id"))
            .col(id("team_id"))
            .col(maybe_id("operation_id"))
            .col(text("kind"))
            .col(maybe_text("resource"))
            .col(text("message"))
            .col(json("data"))
            .col(time("at"))
            .take();
        manager.create_table(event_table).await?;
        let connection = manager.get_connection();
        for statement in INDEXES {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("event").take()).await?;
        manager.drop_table(Table::drop().table("operation").take()).await?;
        Ok(())
    }
}
