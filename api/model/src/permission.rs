//! Who may do what: one total function, and the proofs that the lower layers demand.
//!
//! A [`Scope`] has no public constructor but the permission check, and every tenant-scoped finder of the store wants
//! one: a query that nobody has checked does not compile.

use std::collections::{BTreeMap, BTreeSet};

use crate::code::Code;
use crate::error::{Error, Result};
use crate::id::{TeamId, UserId};
use crate::role::{PlatformRole, TeamRole, words};

words! {
    /// Everything that can be asked for, one word per right.
    Action {
        /// Read one's own account.
        MeRead = "me.read",
        /// List the people of the platform.
        UserList = "user.list",
        /// Invite somebody to sign up.
        InvitationCreate = "invitation.create",
        /// Make a team; whoever does becomes its maintainer.
        TeamCreate = "team.create",
        /// See that a team exists, its members and its limits.
        TeamRead = "team.read",
        /// Change a team's title.
        TeamUpdate = "team.update",
        /// Delete a team that owns nothing any more.
        TeamDelete = "team.delete",
        /// Add, change and remove members.
        MemberWrite = "member.write",
        /// Change a team's limits.
        QuotaWrite = "quota.write",
        /// Read the catalog.
        TemplateRead = "template.read",
        /// Upgrade environments of every team in waves, and see how that goes.
        RolloutWrite = "rollout.write",
        /// Read environments, their operations and events.
        EnvironmentRead = "environment.read",
        /// Create environments.
        EnvironmentCreate = "environment.create",
        /// Change environments.
        EnvironmentUpdate = "environment.update",
        /// Delete environments.
        EnvironmentDelete = "environment.delete",
    }
}

/// Whether the roles allow the action. `team` is the caller's role in the team concerned, if any.
pub const fn allowed(platform: PlatformRole, team: Option<TeamRole>, action: Action) -> bool {
    if matches!(platform, PlatformRole::Admin) {
        return true;
    }
    match action {
        Action::MeRead | Action::TeamCreate | Action::TemplateRead => true,
        Action::UserList | Action::InvitationCreate | Action::QuotaWrite | Action::RolloutWrite => false,
        Action::TeamRead | Action::EnvironmentRead => team.is_some(),
        Action::EnvironmentCreate | Action::EnvironmentUpdate | Action::EnvironmentDelete => {
            matches!(team, Some(TeamRole::Developer | TeamRole::Maintainer))
        }
        Action::TeamUpdate | Action::TeamDelete | Action::MemberWrite => matches!(team, Some(TeamRole::Maintainer)),
    }
}

/// Somebody who has proved who they are, with the rights they have at this moment.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who it is.
    pub user: UserId,
    /// What they are on the platform.
    pub platform: PlatformRole,
    /// What they are in each team they belong to.
    pub teams: BTreeMap<TeamId, TeamRole>,
}

/// Proof that a caller may do one thing, and in which teams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    action: Action,
    user: UserId,
    teams: Teams,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Teams {
    All,
    Only(BTreeSet<TeamId>),
}

impl Caller {
    /// The teams in which the caller may do this; possibly none.
    pub fn scope(&self, action: Action) -> Scope {
        let teams = if self.platform == PlatformRole::Admin {
            Teams::All
        } else {
            let may = |role: &TeamRole| allowed(self.platform, Some(*role), action);
            Teams::Only(
                self.teams
                    .iter()
                    .filter(|(_, role)| may(role))
                    .map(|(team, _)| *team)
                    .collect(),
            )
        };
        Scope {
            action,
            user: self.user,
            teams,
        }
    }

    /// Proof that the caller may do this in that team.
    ///
    /// # Errors
    /// `not_found` for somebody who may not even know of the team, else `forbidden`.
    pub fn in_team(&self, action: Action, team: TeamId) -> Result<Scope> {
        let role = self.teams.get(&team).copied();
        if !allowed(self.platform, role, Action::TeamRead) {
            return Err(Error::not_found());
        }
        if !allowed(self.platform, role, action) {
            return Err(forbidden(action));
        }
        Ok(Scope {
            action,
            user: self.user,
            teams: Teams::Only(BTreeSet::from([team])),
        })
    }

    /// Proof that the caller may do something that concerns no team.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn on_platform(&self, action: Action) -> Result<Scope> {
        if allowed(self.platform, None, action) {
            Ok(Scope {
                action,
                user: self.user,
                teams: Teams::Only(BTreeSet::new()),
            })
        } else {
            Err(forbidden(action))
        }
    }
}

fn forbidden(action: Action) -> Error {
    Error::new(Code::Forbidden, format!("your role does not include `{action}`"))
}

impl Scope {
    /// What was asked for.
    pub const fn action(&self) -> Action {
        self.action
    }

    /// Who asked.
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// The teams the scope is bound to; `None` when it is every team.
    pub const fn teams(&self) -> Option<&BTreeSet<TeamId>> {
        match &self.teams {
            Teams::All => None,
            Teams::Only(teams) => Some(teams),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole table, by hand: rows are actions, columns outsider, viewer, developer, maintainer, admin.
    const TABLE: &[(Action, &str)] = &[
        (Action::MeRead, "yyyyy"),
        (Action::UserList, "nnnny"),
        (Action::InvitationCreate, "nnnny"),
        (Action::TeamCreate, "yyyyy"),
        (Action::TeamRead, "nyyyy"),
        (Action::TeamUpdate, "nnnyy"),
        (Action::TeamDelete, "nnnyy"),
        (Action::MemberWrite, "nnnyy"),
        (Action::QuotaWrite, "nnnny"),
        (Action::TemplateRead, "yyyyy"),
        (Action::RolloutWrite, "nnnny"),
        (Action::EnvironmentRead, "nyyyy"),
        (Action::EnvironmentCreate, "nnyyy"),
        (Action::EnvironmentUpdate, "nnyyy"),
        (Action::EnvironmentDelete, "nnyyy"),
    ];

    #[test]
    fn the_permission_table_is_as_documented() {
        let columns = [
            (PlatformRole::User, None),
            (PlatformRole::User, Some(TeamRole::Viewer)),
            (PlatformRole::User, Some(TeamRole::Developer)),
            (PlatformRole::User, Some(TeamRole::Maintainer)),
            (PlatformRole::Admin, None),
        ];
        assert_eq!(TABLE.len(), Action::ALL.len(), "every action has a row");
        for (action, row) in TABLE {
            for ((platform, team), cell) in columns.iter().zip(row.chars()) {
                assert_eq!(
                    allowed(*platform, *team, *action),
                    cell == 'y',
                    "{action} for {platform} {team:?}"
                );
            }
        }
    }

    #[test]
    fn an_outsider_cannot_tell_a_forbidden_team_from_a_missing_one() {
        let caller = Caller {
            user: UserId::new(),
            platform: PlatformRole::User,
            teams: BTreeMap::new(),
        };
        let error = caller.in_team(Action::EnvironmentDelete, TeamId::new()).unwrap_err();
        assert_eq!(error.code(), Code::NotFound);
    }

    #[test]
    fn a_viewer_is_told_that_the_role_is_not_enough() {
        let team = TeamId::new();
        let teams = BTreeMap::from([(team, TeamRole::Viewer)]);
        let caller = Caller {
            user: UserId::new(),
            platform: PlatformRole::User,
            teams,
        };
        assert_eq!(
            caller.in_team(Action::EnvironmentCreate, team).unwrap_err().code(),
            Code::Forbidden
        );
        assert_eq!(caller.scope(Action::EnvironmentCreate).teams(), Some(&BTreeSet::new()));
        assert_eq!(
            caller.scope(Action::EnvironmentRead).teams(),
            Some(&BTreeSet::from([team]))
        );
    }
}
