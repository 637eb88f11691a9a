//! Teams, their members and their limits: permission, then one transaction.
//!
//! A team that the caller may not know of is answered like one that does not exist, word for word. Whoever changes
//! who belongs where has the remembered rights forgotten, so that the next request already has the new ones.

use berth_model::account::{Membership, Quota, Team, User};
use berth_model::id::UserId;
use berth_model::name::{TeamName, Username};
use berth_model::permission::{Action, Caller, Scope};
use berth_model::role::TeamRole;
use berth_model::{Code, Error, Result};
use berth_store::{Listed, Page, Write};

use crate::state::App;

/// The team of that name, for somebody who may know of it.
///
/// # Errors
/// `not_found`.
pub async fn named(app: &App, caller: &Caller, name: &TeamName) -> Result<Team> {
    app.store.team_by_name(&caller.scope(Action::TeamRead), name).await
}

/// The team and the proof that the caller may do this in it.
async fn allowed(app: &App, caller: &Caller, name: &TeamName, action: Action) -> Result<(Team, Scope)> {
    let team = named(app, caller, name).await?;
    let scope = caller.in_team(action, team.id)?;
    Ok((team, scope))
}

/// The teams that the caller may know of.
///
/// # Errors
/// The database cannot be read.
pub async fn list(app: &App, caller: &Caller, page: Page) -> Result<Listed<Team>> {
    app.store.team_list(&caller.scope(Action::TeamRead), page).await
}

/// Makes a team, with the caller as its maintainer.
///
/// # Errors
/// `name_taken`.
pub async fn create(app: &App, caller: &Caller, write: &Write, name: &TeamName, title: Option<&str>) -> Result<Team> {
    let scope = caller.on_platform(Action::TeamCreate)?;
    let title = title.map_or(Ok(name.as_str()), checked)?;
    let made = app.store.team_create(write, &scope, name, title).await?;
    app.auth.rights.forget_all();
    Ok(made)
}

/// A title without what surrounds it.
fn checked(title: &str) -> Result<&str> {
    match title.trim() {
        "" => Err(Error::field("/title", "must not be blank")),
        title if title.chars().any(char::is_control) => Err(Error::field("/title", "must not hold control characters")),
        title => Ok(title),
    }
}

/// Gives a team another title. `if_match` is the version it must still have.
///
/// # Errors
/// `not_found`, `forbidden`, `precondition_failed`.
pub async fn update(
    app: &App,
    caller: &Caller,
    write: &Write,
    name: &TeamName,
    title: &str,
    if_match: Option<i64>,
) -> Result<Team> {
    let (team, scope) = allowed(app, caller, name, Action::TeamUpdate).await?;
    app.store
        .team_update(write, &scope, team.id, checked(title)?, if_match)
        .await
}

/// Deletes a team that owns nothing. `if_match` is the version it must still have.
///
/// # Errors
/// `not_found`, `forbidden`, `precondition_failed`, `state_conflict` while it owns environments.
pub async fn delete(app: &App, caller: &Caller, write: &Write, name: &TeamName, if_match: Option<i64>) -> Result<()> {
    let (team, scope) = allowed(app, caller, name, Action::TeamDelete).await?;
    if if_match.is_some_and(|version| version != team.version) {
        return Err(Error::new(Code::PreconditionFailed, Code::PreconditionFailed.title()));
    }
    app.store.team_delete(write, &scope, team.id).await?;
    app.auth.rights.forget_all();
    Ok(())
}

/// Who belongs to a team.
///
/// # Errors
/// `not_found`.
pub async fn members(app: &App, caller: &Caller, name: &TeamName) -> Result<Vec<Membership>> {
    let (team, scope) = allowed(app, caller, name, Action::TeamRead).await?;
    app.store.member_list(&scope, team.id).await
}

/// Gives somebody a role in a team.
///
/// # Errors
/// `not_found` for a team that the caller may not know of and for a person without an account, `forbidden`,
/// `state_conflict` when the team would have no maintainer.
pub async fn member_put(
    app: &App,
    caller: &Caller,
    write: &Write,
    name: &TeamName,
    user: &str,
    role: TeamRole,
) -> Result<Membership> {
    let (team, scope) = allowed(app, caller, name, Action::MemberWrite).await?;
    let user = person(app, user).await?.id;
    app.store.member_put(write, &scope, team.id, user, role).await?;
    app.auth.rights.forget_all();
    let members = app.store.member_list(&scope, team.id).await?;
    members
        .into_iter()
        .find(|member| member.user == user)
        .ok_or_else(Error::not_found)
}

/// Takes somebody out of a team.
///
/// # Errors
/// `not_found` also for somebody who is not in it, `forbidden`, `state_conflict` when the team would have no maintainer.
pub async fn member_remove(app: &App, caller: &Caller, write: &Write, name: &TeamName, user: &str) -> Result<()> {
    let (team, scope) = allowed(app, caller, name, Action::MemberWrite).await?;
    let user = person(app, user).await?.id;
    let removed = app.store.member_remove(write, &scope, team.id, user).await?;
    app.auth.rights.forget_all();
    if removed { Ok(()) } else { Err(Error::not_found()) }
}

/// A team's limits and what is used of them.
///
/// # Errors
/// `not_found`.
pub async fn quota(app: &App, caller: &Caller, name: &TeamName) -> Result<Quota> {
    let (team, scope) = allowed(app, caller, name, Action::TeamRead).await?;
    app.store.quota_get(&scope, team.id).await
}

/// Sets how many environments a team may have.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn quota_set(app: &App, caller: &Caller, write: &Write, name: &TeamName, environments: i64) -> Result<Quota> {
    let (team, scope) = allowed(app, caller, name, Action::QuotaWrite).await?;
    app.store.quota_set(write, &scope, team.id, environments).await
}

/// A person by id or by username. A username of the form of an id is taken as an id.
async fn person(app: &App, text: &str) -> Result<User> {
    let found = match (text.parse::<UserId>(), Username::parse(text)) {
        (Ok(id), _) => app.store.user_get(id).await?.map(|(user, _)| user),
        (Err(_), Ok(name)) => app.store.user_by_name(&name).await?,
        (Err(_), Err(_)) => None,
    };
    found.ok_or_else(Error::not_found)
}
