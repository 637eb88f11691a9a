//! Accounts: people, and the invitations that let them in.

use berth_model::account::User;
use berth_model::id::{InvitationId, UserId};
use berth_model::name::{Email, Username};
use berth_model::permission::Scope;
use berth_model::role::PlatformRole;
use berth_model::time::Timestamp;
use berth_model::{Code, Error, Result, time};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde_json::json;

use crate::audit::{Write, audit};
use crate::connection::{Store, database, refused_by};
use crate::entity::{invitation, session, user};
use crate::page::{Listed, Page};
use crate::row;

/// Somebody who gets an account.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The email.
    pub email: Email,
    /// The public name.
    pub username: Username,
    /// The hash of the password, in PHC form.
    pub password_hash: String,
    /// What the person is on the platform.
    pub role: PlatformRole,
    /// Digest of the invitation's token, when one is needed: it is used up in the same transaction.
    pub invitation: Option<String>,
}

/// An invitation to sign up.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// Whom it is for.
    pub email: Email,
    /// Digest of its token.
    pub token_hash: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

impl Store {
    /// Makes an account.
    ///
    /// # Errors
    /// `email_taken`, `username_taken`: also when two ask at the same time. `signup_closed`: the invitation is not
    /// good for this email.
    pub async fn user_create(&self, write: &Write, new: NewUser) -> Result<User> {
        let transaction = self.begin().await?;
        if let Some(token) = &new.invitation {
            consume(&transaction, &new.email, token).await?;
        }
        let row = user::ActiveModel {
            id: Set(UserId::new().uuid()),
            email: Set(new.email.to_string()),
            username: Set(new.username.to_string()),
            password_hash: Set(new.password_hash),
            role: Set(new.role.to_string()),
            disabled_at: Set(None),
            created_at: Set(time::now()),
        };
        let row = row.insert(&transaction).await.map_err(taken)?;
        let write = Write {
            actor: write.actor.or(Some(row.id.into())),
            ..write.clone()
        };
        let data = json!({"username": row.username, "role": row.role});
        audit(&transaction, &write, "user.create", UserId::from(row.id), data).await?;
        transaction.commit().await.map_err(database)?;
        row::user(&row)
    }

    /// The account of that email and the hash of its password.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn user_by_email(&self, email: &Email) -> Result<Option<(User, String)>> {
        let found = user::Entity::find()
            .filter(user::Column::Email.eq(email.as_str()))
            .one(self.read())
            .await;
        found
            .map_err(database)?
            .map(|row| Ok((row::user(&row)?, row.password_hash)))
            .transpose()
    }

    /// An account and the hash of its password.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn user_get(&self, id: UserId) -> Result<Option<(User, String)>> {
        let found = user::Entity::find_by_id(id.uuid())
            .one(self.read())
            .await
            .map_err(database)?;
        found.map(|row| Ok((row::user(&row)?, row.password_hash))).transpose()
    }

    /// The account of that public name.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn user_by_name(&self, name: &Username) -> Result<Option<User>> {
        let found = user::Entity::find()
            .filter(user::Column::Username.eq(name.as_str()))
            .one(self.read())
            .await;
        found.map_err(database)?.as_ref().map(row::user).transpose()
    }

    /// Changes what somebody is on the platform.
    ///
    /// # Errors
    /// `not_found`; `state_conflict` when nobody would be an administrator any more.
    pub async fn user_role_set(
        &self,
        write: &Write,
        scope: &Scope,
        name: &Username,
        role: PlatformRole,
    ) -> Result<User> {
        let transaction = self.begin().await?;
        let all = user::Entity::find().filter(user::Column::Role.eq(PlatformRole::Admin.as_str()));
        let admins = if self.locks_rows() { all.lock_exclusive() } else { all };
        let admins = admins.all(&transaction).await.map_err(database)?;
        let found = user::Entity::find().filter(user::Column::Username.eq(name.as_str()));
        let mut row = found
            .one(&transaction)
            .await
            .map_err(database)?
            .ok_or_else(Error::not_found)?;
        if role != PlatformRole::Admin && matches!(admins.as_slice(), [only] if only.id == row.id) {
            return Err(Error::new(Code::StateConflict, "somebody must be an administrator"));
        }
        user::Entity::update_many()
            .col_expr(user::Column::Role, role.as_str().into())
            .filter(user::Column::Id.eq(row.id))
            .exec(&transaction)
            .await
            .map_err(database)?;
        let data = json!({"username": row.username, "role": role});
        audit(&transaction, write, scope.action().as_str(), UserId::from(row.id), data).await?;
        transaction.commit().await.map_err(database)?;
        role.as_str().clone_into(&mut row.role);
        row::user(&row)
    }

    /// Everybody. The scope proves that the caller may know.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn user_list(&self, _scope: &Scope, page: Page) -> Result<Listed<User>> {
        let mut query = user::Entity::find()
            .order_by_asc(user::Column::Id)
            .limit(page.limit + 1);
        if let Some(after) = page.after {
            query = query.filter(user::Column::Id.gt(after));
        }
        let rows = query.all(self.read()).await.map_err(database)?;
        let users = rows.iter().map(row::user).collect::<Result<Vec<_>>>()?;
        Ok(Listed::new(users, page.limit, |user| user.id.uuid()))
    }

    /// Replaces the hash of a password because a stronger one was made of the same password.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn user_rehash(&self, id: UserId, hash: String) -> Result<()> {
        let transaction = self.begin().await?;
        set_password(&transaction, id, hash).await?;
        transaction.commit().await.map_err(database)
    }

    /// Sets another password and ends every sign-in of the account.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn user_password_set(&self, write: &Write, id: UserId, hash: String) -> Result<()> {
        let transaction = self.begin().await?;
        set_password(&transaction, id, hash).await?;
        let sessions = session::Entity::update_many().col_expr(session::Column::RevokedAt, time::now().into());
        let of_user = sessions.filter(session::Column::UserId.eq(id.uuid()));
        of_user
            .filter(session::Column::RevokedAt.is_null())
            .exec(&transaction)
            .await
            .map_err(database)?;
        audit(&transaction, write, "user.password", id, json!({})).await?;
        transaction.commit().await.map_err(database)
    }

    /// Notes an invitation.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn invitation_create(&self, write: &Write, scope: &Scope, new: NewInvitation) -> Result<InvitationId> {
        let transaction = self.begin().await?;
        let id = InvitationId::new();
        let row = invitation::ActiveModel {
            id: Set(id.uuid()),
            email: Set(new.email.to_string()),
            token_hash: Set(new.token_hash),
            created_by: Set(scope.user().uuid()),
            created_at: Set(time::now()),
            expires_at: Set(new.expires_at),
            used_at: Set(None),
        };
        row.insert(&transaction).await.map_err(database)?;
        audit(
            &transaction,
            write,
            scope.action().as_str(),
            id,
            json!({"email": new.email}),
        )
        .await?;
        transaction.commit().await.map_err(database)?;
        Ok(id)
    }
}

async fn set_password(on: &impl ConnectionTrait, id: UserId, hash: String) -> Result<()> {
    let update = user::Entity::update_many().col_expr(user::Column::PasswordHash, hash.into());
    update
        .filter(user::Column::Id.eq(id.uuid()))
        .exec(on)
        .await
        .map_err(database)?;
    Ok(())
}

async fn consume(on: &impl ConnectionTrait, email: &Email, token_hash: &str) -> Result<()> {
    let now = time::now();
    let update = invitation::Entity::update_many()
        .col_expr(invitation::Column::UsedAt, now.into())
        .filter(invitation::Column::TokenHash.eq(token_hash))
        .filter(invitation::Column::Email.eq(email.as_str()))
        .filter(invitation::Column::UsedAt.is_null())
        .filter(invitation::Column::ExpiresAt.gt(now));
    match update.exec(on).await.map_err(database)?.rows_affected {
        1 => Ok(()),
        _ => Err(Error::new(
            Code::SignupClosed,
            "the invitation is not valid for this email, was used, or has expired",
        )),
    }
}

fn taken(error: DbErr) -> Error {
    if refused_by(&error, "user_email", "user.email") {
        Error::new(Code::EmailTaken, Code::EmailTaken.title())
    } else if refused_by(&error, "user_username", "user.username") {
        Error::new(Code::UsernameTaken, Code::UsernameTaken.title())
    } else {
        database(error)
    }
}
