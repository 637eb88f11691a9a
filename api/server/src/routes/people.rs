//! `/me`, `/users`, `/invitations`: who is there.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, get, post, put, web};
use berth_model::name::Username;
use berth_model::permission::Action;
use berth_model::{Error, id::UserId};
use berth_store::Page;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::account;
use crate::cursor;
use crate::extract::{Body, Query, Signed, limit};
use crate::problem::Reply;
use crate::reply;
use crate::state::App;
use crate::views::account::{Account, AccountList, Invitation, InvitationRequest, Me, RoleChange};

/// Registers the addresses.
pub fn configure(routes: &mut ServiceConfig<'_>) {
    routes
        .service(me_read)
        .service(user_list)
        .service(user_role)
        .service(invitation_create);
}

/// Who am I
///
/// The account, and the role in each team.
#[utoipa::path(tag = "people", operation_id = "meRead", responses((status = 200, body = Me)))]
#[get("/me")]
async fn me_read(request: HttpRequest, app: web::Data<App>, signed: Signed) -> Reply {
    let scope = signed.caller.scope(Action::TeamRead);
    let (user, _) = app
        .store
        .user_get(signed.caller.user)
        .await?
        .ok_or_else(Error::not_found)?;
    let teams = app
        .store
        .team_list(
            &scope,
            Page {
                limit: 200,
                after: None,
            },
        )
        .await?;
    Ok(reply::read(&request, None, &Me::new(user, &signed.caller, teams.items)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UserQuery {
    /// How many at most, 1 to 200.
    limit: Option<u64>,
    /// Where to go on.
    cursor: Option<String>,
}

/// List accounts
///
/// For administrators.
#[utoipa::path(tag = "people", operation_id = "userList", params(UserQuery), responses((status = 200, body = AccountList)))]
#[get("/users")]
async fn user_list(request: HttpRequest, app: web::Data<App>, signed: Signed, query: Query<UserQuery>) -> Reply {
    let scope = signed.caller.on_platform(Action::UserList)?;
    let UserQuery {
        limit: asked,
        cursor: sent,
    } = query.0;
    let after = match sent {
        Some(sent) => {
            let key = cursor::decode(&app, &signed, "users", &sent)?;
            Some(key.parse::<UserId>().map_err(|_| Error::not_found())?.uuid())
        }
        None => None,
    };
    let listed = app
        .store
        .user_list(
            &scope,
            Page {
                limit: limit(asked),
                after,
            },
        )
        .await?;
    let next = listed
        .next
        .map(|key| cursor::encode(&app, &signed, "users", &UserId::from(key).to_string()));
    let items = listed.items.into_iter().map(Account::from).collect();
    Ok(reply::read(&request, None, &AccountList { items, next }))
}

/// Change what somebody is on the platform
///
/// `curator` looks after the catalog. For administrators; somebody stays one.
#[utoipa::path(
    tag = "people", operation_id = "userRoleChange", request_body = RoleChange,
    params(("username" = Username, Path, description = "The person's public name")),
    responses((status = 200, description = "The account", body = Account)),
)]
#[put("/users/{username}/role")]
async fn user_role(app: web::Data<App>, signed: Signed, name: web::Path<Username>, body: Body<RoleChange>) -> Reply {
    let scope = signed.caller.on_platform(Action::RoleWrite)?;
    let changed = app
        .store
        .user_role_set(&signed.write(), &scope, &name, body.value.role)
        .await?;
    app.auth.rights.forget_all();
    Ok(HttpResponse::Ok().json(Account::from(changed)))
}

/// Invite somebody
///
/// For administrators. The token is in this answer and nowhere else.
#[utoipa::path(tag = "people", operation_id = "invitationCreate", request_body = InvitationRequest, responses((status = 201, body = Invitation)))]
#[post("/invitations")]
async fn invitation_create(app: web::Data<App>, signed: Signed, body: Body<InvitationRequest>) -> Reply {
    let (email, token, expires_at) = account::invite(&app, &signed.write(), &signed.caller, &body.value.email).await?;
    let invitation = Invitation {
        email,
        token,
        expires_at,
    };
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(invitation))
}
