//! Sign-ins, their refresh tokens, the keys that sign access tokens, and what a caller may do right now.

use std::collections::BTreeMap;

use berth_model::account::Session;
use berth_model::id::{SessionId, UserId};
use berth_model::permission::Caller;
use berth_model::role::{PlatformRole, TeamRole};
use berth_model::time::Timestamp;
use berth_model::{Result, time};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _,
};
use serde_json::json;

use crate::audit::{Write, audit};
use crate::connection::{Store, database};
use crate::entity::{membership, refresh_token, session, signing_key, user};
use crate::row;

/// What became of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// It was good; its successor is in its place.
    Rotated(Session),
    /// It was used before: the whole sign-in is ended.
    Reused,
    /// It is unknown, expired, or of a sign-in that was ended.
    Refused,
}

/// A key that signs access tokens; the private part is sealed and opaque here.
#[derive(Debug, Clone)]
pub struct SealedKey {
    /// Its id in tokens and in the key set.
    pub kid: String,
    /// The JWS algorithm.
    pub algorithm: String,
    /// The public part, base64url.
    pub public_key: String,
    /// The sealed private part.
    pub sealed_private_key: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Store {
    /// Notes a sign-in and its first refresh token. `ends` is when the sign-in ends whatever happens, `idle` when
    /// the token does if it is not used.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn session_create(
        &self,
        write: &Write,
        user: UserId,
        refresh_hash: String,
        ends: Timestamp,
        idle: Timestamp,
    ) -> Result<Session> {
        let transaction = self.begin().await?;
        let id = SessionId::new();
        let row = session::ActiveModel {
            id: Set(id.uuid()),
            user_id: Set(user.uuid()),
            created_at: Set(time::now()),
            expires_at: Set(ends),
            revoked_at: Set(None),
        };
        row.insert(&transaction).await.map_err(database)?;
        put_token(&transaction, id, refresh_hash, idle).await?;
        let write = Write {
            actor: Some(user),
            ..write.clone()
        };
        audit(&transaction, &write, "session.create", id, json!({})).await?;
        transaction.commit().await.map_err(database)?;
        Ok(Session { id, user })
    }

    /// Puts a successor in the place of a refresh token. Two at the same time give one successor; a token that was
    /// used before ends the sign-in.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn refresh_rotate(
        &self,
        write: &Write,
        hash: &str,
        successor: String,
        idle: Timestamp,
    ) -> Result<Rotation> {
        let transaction = self.begin().await?;
        let now = time::now();
        let used = refresh_token::Entity::update_many()
            .col_expr(refresh_token::Column::UsedAt, now.into())
            .filter(refresh_token::Column::Hash.eq(hash))
            .filter(refresh_token::Column::UsedAt.is_null())
            .filter(refresh_token::Column::ExpiresAt.gt(now));
        let fresh = used.exec(&transaction).await.map_err(database)?.rows_affected == 1;
        let token = refresh_token::Entity::find_by_id(hash.to_owned())
            .one(&transaction)
            .await
            .map_err(database)?;
        let Some(token) = token else {
            return Ok(Rotation::Refused);
        };
        let session = session::Entity::find_by_id(token.session_id)
            .one(&transaction)
            .await
            .map_err(database)?;
        let good = session.filter(|session| session.revoked_at.is_none() && session.expires_at > now);
        let Some(session) = good else {
            return Ok(Rotation::Refused);
        };
        let found = Session {
            id: session.id.into(),
            user: session.user_id.into(),
        };
        let rotation = if fresh {
            put_token(&transaction, found.id, successor, idle).await?;
            Rotation::Rotated(found)
        } else if token.used_at.is_some() {
            revoke(&transaction, found.id).await?;
            let write = Write {
                actor: Some(found.user),
                ..write.clone()
            };
            audit(&transaction, &write, "session.refresh_reused", found.id, json!({})).await?;
            Rotation::Reused
        } else {
            Rotation::Refused
        };
        transaction.commit().await.map_err(database)?;
        Ok(rotation)
    }

    /// Ends a sign-in.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn session_revoke(&self, write: &Write, id: SessionId) -> Result<()> {
        let transaction = self.begin().await?;
        revoke(&transaction, id).await?;
        audit(&transaction, write, "session.revoke", id, json!({})).await?;
        transaction.commit().await.map_err(database)
    }

    /// What a caller may do right now; nothing when the account is disabled or the sign-in ended.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn caller_load(&self, user: UserId, session: SessionId) -> Result<Option<Caller>> {
        let found = session::Entity::find_by_id(session.uuid())
            .filter(session::Column::UserId.eq(user.uuid()))
            .filter(session::Column::RevokedAt.is_null())
            .filter(session::Column::ExpiresAt.gt(time::now()));
        if found.one(self.read()).await.map_err(database)?.is_none() {
            return Ok(None);
        }
        let account = user::Entity::find_by_id(user.uuid()).filter(user::Column::DisabledAt.is_null());
        let Some(account) = account.one(self.read()).await.map_err(database)? else {
            return Ok(None);
        };
        let rows = membership::Entity::find().filter(membership::Column::UserId.eq(user.uuid()));
        let mut teams = BTreeMap::new();
        for membership in rows.all(self.read()).await.map_err(database)? {
            let role = row::word("role", &membership.role, TeamRole::from_word)?;
            teams.insert(membership.team_id.into(), role);
        }
        let platform = row::word("role", &account.role, PlatformRole::from_word)?;
        Ok(Some(Caller { user, platform, teams }))
    }

    /// The signing keys, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn signing_keys(&self) -> Result<Vec<SealedKey>> {
        let rows = signing_key::Entity::find()
            .order_by_desc(signing_key::Column::CreatedAt)
            .all(self.read())
            .await;
        let key = |row: signing_key::Model| {
            let signing_key::Model {
                kid,
                algorithm,
                public_key,
                sealed_private_key,
                created_at,
            } = row;
            SealedKey {
                kid,
                algorithm,
                public_key,
                sealed_private_key,
                created_at,
            }
        };
        Ok(rows.map_err(database)?.into_iter().map(key).collect())
    }

    /// Notes a signing key.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn signing_key_insert(&self, key: SealedKey) -> Result<()> {
        let transaction = self.begin().await?;
        let SealedKey {
            kid,
            algorithm,
            public_key,
            sealed_private_key,
            created_at,
        } = key;
        let row = signing_key::ActiveModel {
            kid: Set(kid.clone()),
            algorithm: Set(algorithm),
            public_key: Set(public_key),
            sealed_private_key: Set(sealed_private_key),
            created_at: Set(created_at),
        };
        row.insert(&transaction).await.map_err(database)?;
        audit(&transaction, &Write::default(), "signing_key.create", kid, json!({})).await?;
        transaction.commit().await.map_err(database)
    }
}

async fn put_token(on: &impl ConnectionTrait, session: SessionId, hash: String, idle: Timestamp) -> Result<()> {
    let row = refresh_token::ActiveModel {
        hash: Set(hash),
        session_id: Set(session.uuid()),
        created_at: Set(time::now()),
        expires_at: Set(idle),
        used_at: Set(None),
    };
    row.insert(on).await.map_err(database)?;
    Ok(())
}

async fn revoke(on: &impl ConnectionTrait, id: SessionId) -> Result<()> {
    let update = session::Entity::update_many().col_expr(session::Column::RevokedAt, time::now().into());
    let update = update
        .filter(session::Column::Id.eq(id.uuid()))
        .filter(session::Column::RevokedAt.is_null());
    update.exec(on).await.map_err(database)?;
    Ok(())
}
