//! Accounts: people, their sign-ins, invitations, throttles and the keys that sign tokens.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, id, key, maybe_time, number, table, text, time};

/// Accounts: people, their sign-ins, invitations, throttles and the keys that sign tokens.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Plain statements: both databases read them, partial indexes included.
const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX user_email ON \"user\" (email)",
    "CREATE UNIQUE INDEX user_username ON \"user\" (username)",
    "CREATE INDEX session_of_user ON session (user_id)",
    "CREATE INDEX refresh_token_session ON refresh_token (session_id)",
    "CREATE UNIQUE INDEX invitation_token ON invitation (token_hash)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let user_table = table("user")
            .col(key())
            .col(text("email"))
            .col(text("username"))
            .col(text("password_hash"))
            .col(text("role"))
            .col(maybe_time("disabled_at"))
            .col(time("created_at"))
            .take();
        manager.create_table(user_table).await?;
        let session_table = table("session")
            .col(key())
            .col(id("user_id"))
            .col(time("created_at"))
            .col(time("expires_at"))
            .col(maybe_time("revoked_at"))
            .take();
        manager.create_table(session_table).await?;
        let refresh_token_table = table("refresh_token")
            .col(text("hash").primary_key())
            .col(id("session_id"))
            .col(time("created_at"))
            .col(time("expires_at"))
            .col(maybe_time("used_at"))
            .take();
        manager.create_table(refresh_token_table).await?;
        let invitation_table = table("invitation")
            .col(key())
            .col(text("email"))
            .col(text("token_hash"))
            .col(id("created_by"))
            .col(time("created_at"))
            .col(time("expires_at"))
            .col(maybe_time("used_at"))
            .take();
        manager.create_table(invitation_table).await?;
        let login_throttle_table = table("login_throttle")
            .col(text("name").primary_key())
            .col(number("failures"))
            .col(maybe_time("blocked_until"))
            .col(time("updated_at"))
            .take();
        manager.create_table(login_throttle_table).await?;
        let signing_key_table = table("signing_key")
            .col(text("kid").primary_key())
            .col(text("algorithm"))
            .col(text("public_key"))
            .col(bytes("sealed_private_key"))
            .col(time("created_at"))
            .take();
        manager.create_table(signing_key_table).await?;
        let connection = manager.get_connection();
        for statement in INDEXES {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("signing_key").take()).await?;
        manager.drop_table(Table::drop().table("login_throttle").take()).await?;
        manager.drop_table(Table::drop().table("invitation").take()).await?;
        manager.drop_table(Table::drop().table("refresh_token").take()).await?;
        manager.drop_table(Table::drop().table("session").take()).await?;
        manager.drop_table(Table::drop().table("user").take()).await?;
        Ok(())
    }
}
