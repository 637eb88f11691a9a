//! Teams, members and limits as they are shown, and what is sent to make and change them.

use berth_model::account;
use berth_model::id::{TeamId, UserId};
use berth_model::name::{TeamName, Username};
use berth_model::role::TeamRole;
use berth_model::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A team: what owns environments.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its name, unique and never changed; its address is `/teams/{name}`.
    pub name: TeamName,
    /// What to call it in front of people.
    #[schema(example = "Payments")]
    pub title: String,
    /// When it was made.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub created_at: Timestamp,
}

impl From<account::Team> for Team {
    fn from(team: account::Team) -> Self {
        let account::Team {
            id,
            name,
            title,
            version: _,
            created_at,
        } = team;
        Self {
            id,
            name,
            title,
            created_at,
        }
    }
}

/// Somebody's place in a team.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The person.
    pub user: UserId,
    /// The person's public name.
    pub username: Username,
    /// What the person may do in the team.
    pub role: TeamRole,
    /// Since when.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub created_at: Timestamp,
}

impl From<account::Membership> for Member {
    fn from(membership: account::Membership) -> Self {
        let account::Membership {
            team: _,
            user,
            username,
            role,
            created_at,
        } = membership;
        Self {
            user,
            username,
            role,
            created_at,
        }
    }
}

/// A team's limits, and what is used of them.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Quota {
    /// How many environments there may and do exist at once.
    pub environments: Usage,
}

/// One limit.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// The most there may be.
    #[schema(minimum = 0, example = 20)]
    pub limit: i64,
    /// How much is used.
    #[schema(minimum = 0, example = 3)]
    pub used: i64,
}

impl From<account::Quota> for Quota {
    fn from(quota: account::Quota) -> Self {
        let account::Quota {
            environments_limit,
            environments_used,
        } = quota;
        Self {
            environments: Usage {
                limit: environments_limit,
                used: environments_used,
            },
        }
    }
}

/// A team to make.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "payments", "title": "Payments"}))]
pub struct NewTeam {
    /// Its name: a DNS label of 2 to 30 characters, unique on the platform.
    pub name: TeamName,
    /// What to call it in front of people; the name when it is left out.
    #[schema(min_length = 1, max_length = 100)]
    pub title: Option<String>,
}

/// What to change about a team.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"title": "Payments and invoices"}))]
pub struct TeamChange {
    /// What to call it in front of people.
    #[schema(min_length = 1, max_length = 100)]
    pub title: String,
}

/// A place in a team.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"role": "developer"}))]
pub struct MemberChange {
    /// What the person may do in the team.
    pub role: TeamRole,
}

/// What to change about a team's limits.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"environments": 50}))]
pub struct QuotaChange {
    /// How many environments there may be at once. What is already there stays, even above it.
    #[schema(minimum = 0, maximum = 100_000)]
    pub environments: i64,
}
