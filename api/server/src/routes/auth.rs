//! `/auth`: signing up, in and out.

use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::{HttpResponse, post, web};
use secrecy::SecretString;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::{account, login};
use crate::extract::{Body, Origin, Signed};
use crate::problem::Reply;
use crate::state::App;
use crate::views::account::{Account, LoginRequest, PasswordRequest, RefreshRequest, SignupRequest, TokenAnswer};

/// Registers the addresses.
pub fn configure(routes: &mut ServiceConfig<'_>) {
    routes
        .service(auth_signup)
        .service(auth_login)
        .service(auth_refresh)
        .service(auth_logout)
        .service(auth_password);
}

/// Sign up
///
/// Makes an account. The password is never shown again.
#[utoipa::path(tag = "auth", operation_id = "authSignup", request_body = SignupRequest, security(()), responses((status = 201, body = Account)))]
#[post("/auth/signup")]
async fn auth_signup(app: web::Data<App>, origin: Origin, body: Body<SignupRequest>) -> Reply {
    let SignupRequest {
        email,
        username,
        password,
        invitation,
    } = body.value;
    let applicant = account::Applicant {
        email,
        username,
        password: SecretString::from(password),
        invitation,
    };
    let user = account::sign_up(&app, &origin.write(), applicant).await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, "/api/v1/me"))
        .json(Account::from(user)))
}

/// Sign in
///
/// Gives an access token for some minutes and a refresh token for some days.
#[utoipa::path(tag = "auth", operation_id = "authLogin", request_body = LoginRequest, security(()), responses((status = 200, body = TokenAnswer)))]
#[post("/auth/login")]
async fn auth_login(app: web::Data<App>, origin: Origin, body: Body<LoginRequest>) -> Reply {
    let LoginRequest { email, password } = body.value;
    let tokens = login::log_in(&app, &origin, &email, SecretString::from(password)).await?;
    Ok(secret(&TokenAnswer::new(tokens, &app)))
}

/// Stay signed in
///
/// A refresh token is good once: its successor comes with the answer. Using one twice ends the sign-in.
#[utoipa::path(tag = "auth", operation_id = "authRefresh", request_body = RefreshRequest, security(()), responses((status = 200, body = TokenAnswer)))]
#[post("/auth/refresh")]
async fn auth_refresh(app: web::Data<App>, origin: Origin, body: Body<RefreshRequest>) -> Reply {
    let tokens = login::refresh(&app, &origin, &body.value.refresh_token).await?;
    Ok(secret(&TokenAnswer::new(tokens, &app)))
}

/// Sign out
///
/// Ends the sign-in with all its tokens, everywhere within five seconds.
#[utoipa::path(tag = "auth", operation_id = "authLogout", responses((status = 204)))]
#[post("/auth/logout")]
async fn auth_logout(app: web::Data<App>, signed: Signed) -> Reply {
    login::log_out(&app, &signed).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Set another password
///
/// Ends every sign-in of the account, this one included.
#[utoipa::path(tag = "auth", operation_id = "authPassword", request_body = PasswordRequest, responses((status = 204)))]
#[post("/auth/password")]
async fn auth_password(app: web::Data<App>, signed: Signed, body: Body<PasswordRequest>) -> Reply {
    let PasswordRequest {
        current_password,
        new_password,
    } = body.value;
    let (present, new) = (SecretString::from(current_password), SecretString::from(new_password));
    account::change_password(&app, &signed.write(), &signed.caller, present, new).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn secret(tokens: &TokenAnswer) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(tokens)
}
