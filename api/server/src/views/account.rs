//! Accounts and tokens on the wire.

use berth_model::account::{Team, User};
use berth_model::id::UserId;
use berth_model::name::{Email, TeamName, Username};
use berth_model::permission::Caller;
use berth_model::role::{PlatformRole, TeamRole};
use berth_model::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::login::Tokens;
use crate::state::App;

/// Somebody who signs up.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignupRequest {
    /// The email; its case is not kept.
    #[schema(example = "ada@example.com")]
    pub email: String,
    /// The public name.
    #[schema(example = "ada")]
    pub username: String,
    /// 8 to 256 characters.
    #[schema(format = Password, example = "correct horse battery")]
    pub password: String,
    /// The token of an invitation, where sign-up needs one.
    pub invitation: Option<String>,
}

/// Somebody who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoginRequest {
    /// The email.
    #[schema(example = "ada@example.com")]
    pub email: String,
    /// The password.
    #[schema(format = Password, example = "correct horse battery")]
    pub password: String,
}

/// Somebody who stays signed in.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefreshRequest {
    /// The refresh token.
    #[schema(format = Password)]
    pub refresh_token: String,
}

/// Somebody who wants another password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasswordRequest {
    /// The present one.
    #[schema(format = Password)]
    pub current_password: String,
    /// The new one: 8 to 256 characters.
    #[schema(format = Password)]
    pub new_password: String,
}

/// Somebody to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InvitationRequest {
    /// The email.
    #[schema(example = "grace@example.com")]
    pub email: String,
}

/// An invitation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// Whom it is for.
    pub email: Email,
    /// What to sign up with. It is shown once.
    pub token: String,
    /// Until when it is good.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub expires_at: Timestamp,
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Its id.
    pub id: UserId,
    /// The email.
    pub email: Email,
    /// The public name.
    pub username: Username,
    /// What the person is on the platform.
    pub role: PlatformRole,
    /// When the account was made.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub created_at: Timestamp,
}

impl From<User> for Account {
    fn from(user: User) -> Self {
        let User {
            id,
            email,
            username,
            role,
            disabled_at: _,
            created_at,
        } = user;
        Self {
            id,
            email,
            username,
            role,
            created_at,
        }
    }
}

/// Accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountList {
    /// The accounts.
    pub items: Vec<Account>,
    /// Where to go on; `null` at the end.
    pub next: Option<String>,
}

/// The caller's own account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    #[serde(flatten)]
    account: Account,
    /// The role in each team.
    teams: Vec<MyTeam>,
}

/// A team of the caller's.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MyTeam {
    /// The team's name.
    name: TeamName,
    /// What to call it.
    title: String,
    /// The caller's role in it; `null` for an administrator who is no member.
    role: Option<TeamRole>,
}

impl Me {
    /// The account with its teams.
    pub fn new(user: User, caller: &Caller, teams: Vec<Team>) -> Self {
        let team = |team: Team| MyTeam {
            role: caller.teams.get(&team.id).copied(),
            name: team.name,
            title: team.title,
        };
        Self {
            account: user.into(),
            teams: teams.into_iter().map(team).collect(),
        }
    }
}

/// What somebody gets who is signed in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenAnswer {
    /// Send it as `Authorization: Bearer …`.
    #[schema(format = Password)]
    access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// For how many seconds the access token is good.
    expires_in: u64,
    /// Gives the next two tokens, once.
    #[schema(format = Password)]
    refresh_token: String,
    /// Until when the refresh token is good.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    refresh_expires_at: Timestamp,
}

impl TokenAnswer {
    /// The tokens on the wire.
    pub fn new(tokens: Tokens, app: &App) -> Self {
        let Tokens {
            access,
            refresh,
            refresh_expires_at,
        } = tokens;
        Self {
            access_token: access,
            token_type: "Bearer",
            expires_in: app.auth.access_ttl.as_secs(),
            refresh_token: refresh,
            refresh_expires_at,
        }
    }
}

/// What somebody is to be on the platform.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"role": "curator"}))]
pub struct RoleChange {
    /// The role.
    pub role: PlatformRole,
}
