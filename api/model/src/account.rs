//! People and teams as they are recorded.

use crate::id::{SessionId, TeamId, UserId};
use crate::name::{Email, TeamName, Username};
use crate::role::{PlatformRole, TeamRole};
use crate::time::Timestamp;

/// A person with an account. The password's hash is not part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The email, lower-cased.
    pub email: Email,
    /// The public name.
    pub username: Username,
    /// What the person is on the platform.
    pub role: PlatformRole,
    /// When the account was disabled, if it is.
    pub disabled_at: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// A team: what owns environments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its name, never changed.
    pub name: TeamName,
    /// What to call it in front of people.
    pub title: String,
    /// Counts every change of the record, for the entity tag.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Somebody's place in a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The team.
    pub team: TeamId,
    /// The person.
    pub user: UserId,
    /// The person's public name.
    pub username: Username,
    /// The role.
    pub role: TeamRole,
    /// Since when.
    pub created_at: Timestamp,
}

/// A sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Its id, the `sid` of its tokens.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
}

/// A team's limits and what is used of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many environments the team may have at once.
    pub environments_limit: i64,
    /// How many it has.
    pub environments_used: i64,
}
