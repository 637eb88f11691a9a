//! Answers kept for repeated requests, and the audit log.

use sea_orm_migration::prelude::*;

use crate::columns::{id, json, key, maybe_id, number, table, text, time};

/// Answers kept for repeated requests, and the audit log.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Plain statements: both databases read them, partial indexes included.
const INDEXES: &[&str] = &["CREATE INDEX audit_event_at ON audit_event (at)"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let idempotency_key_table = table("idempotency_key")
            .col(id("user_id"))
            .col(text("key"))
            .col(text("fingerprint"))
            .col(number("status"))
            .col(text("location"))
            .col(text("etag"))
            .col(json("body"))
            .col(time("created_at"))
            .primary_key(Index::create().col("user_id").col("key"))
            .take();
        manager.create_table(idempotency_key_table).await?;
        let audit_event_table = table("audit_event")
            .col(key())
            .col(time("at"))
            .col(maybe_id("actor"))
            .col(text("action"))
            .col(text("target"))
            .col(text("outcome"))
            .col(text("address"))
            .col(text("request_id"))
            .col(json("data"))
            .take();
        manager.create_table(audit_event_table).await?;
        let connection = manager.get_connection();
        for statement in INDEXES {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("audit_event").take()).await?;
        manager
            .drop_table(Table::drop().table("idempotency_key").take())
            .await?;
        Ok(())
    }
}
