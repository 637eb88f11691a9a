//! Accounts: signing up, being invited, another password. Every field that is wrong is named, in one answer.

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use berth_model::account::User;
use berth_model::canonical::digest_bytes;
use berth_model::name::{Email, Username};
use berth_model::permission::{Action, Caller};
use berth_model::role::PlatformRole;
use berth_model::{Code, Error, FieldError, Result, time};
use berth_store::{NewInvitation, NewUser, Write};
use chrono::TimeDelta;
use secrecy::{ExposeSecret as _, SecretString};

use super::password::{self, Verdict};
use crate::config::Signup;
use crate::state::App;

/// How long an invitation is good.
const INVITATION: TimeDelta = TimeDelta::days(7);

/// Somebody who would have an account, as they said it.
#[derive(Debug)]
pub struct Applicant {
    /// The email.
    pub email: String,
    /// The public name.
    pub username: String,
    /// The password.
    pub password: SecretString,
    /// The token of an invitation.
    pub invitation: Option<String>,
}

/// Makes an account for somebody who signs up.
///
/// # Errors
/// `invalid_fields` with all of them, `signup_closed`, `email_taken`, `username_taken`.
pub async fn sign_up(app: &App, write: &Write, applicant: Applicant) -> Result<User> {
    let (email, username) = checked(&applicant)?;
    let settings = &app.config.auth;
    let closed = |detail: &str| Err(Error::new(Code::SignupClosed, detail));
    let invitation = match (settings.signup, &applicant.invitation) {
        (Signup::Closed, _) => return closed("sign-up is closed; ask an administrator for an account"),
        (Signup::Invited, None) => return closed("sign-up needs an invitation; ask an administrator for one"),
        (Signup::Invited, Some(token)) => Some(digest_bytes(token.as_bytes())),
        (Signup::Open, _) => None,
    };
    // Whole domains are compared: evil-example.com is not example.com.
    let domains = &settings.allowed_domains;
    if !domains.is_empty() && !domains.iter().any(|domain| domain.eq_ignore_ascii_case(email.domain())) {
        return closed("sign-up is not open to this email's domain");
    }
    create(
        app,
        write,
        email,
        username,
        applicant.password,
        PlatformRole::User,
        invitation,
    )
    .await
}

/// Makes an account without asking whether sign-up is open: for the first administrator.
///
/// # Errors
/// As [`sign_up`].
pub async fn appoint(app: &App, write: &Write, applicant: Applicant, role: PlatformRole) -> Result<User> {
    let (email, username) = checked(&applicant)?;
    create(app, write, email, username, applicant.password, role, None).await
}

async fn create(
    app: &App,
    write: &Write,
    email: Email,
    username: Username,
    password: SecretString,
    role: PlatformRole,
    invitation: Option<String>,
) -> Result<User> {
    let password_hash = app.auth.hasher.hash(password).await?;
    let created = app
        .store
        .user_create(
            write,
            NewUser {
                email,
                username,
                password_hash,
                role,
                invitation,
            },
        )
        .await;
    created.map_err(|error| {
        if error.code() == Code::EmailTaken {
            at(error, "/email")
        } else if error.code() == Code::UsernameTaken {
            at(error, "/username")
        } else {
            error
        }
    })
}

fn at(error: Error, pointer: &str) -> Error {
    let field = FieldError {
        pointer: pointer.into(),
        detail: error.detail().to_owned(),
    };
    error.with_fields(vec![field])
}

fn checked(applicant: &Applicant) -> Result<(Email, Username)> {
    let email = Email::parse(&applicant.email);
    let username = Username::parse(&applicant.username);
    let mut fields = Vec::new();
    let mut wrong = |pointer: &str, detail: String| {
        fields.push(FieldError {
            pointer: pointer.into(),
            detail,
        });
    };
    if let Err(rule) = &email {
        wrong("/email", rule.to_string());
    }
    if let Err(rule) = &username {
        wrong("/username", rule.to_string());
    }
    let password = applicant.password.expose_secret();
    if let Some(rule) = password::objection(password, email.as_ref().ok(), username.as_ref().ok()) {
        wrong("/password", rule.to_owned());
    }
    match (email, username) {
        (Ok(email), Ok(username)) if fields.is_empty() => Ok((email, username)),
        _ => Err(Error::fields(fields)),
    }
}

/// Invites somebody. The token is given out once and kept nowhere.
///
/// # Errors
/// `forbidden`; `invalid_fields`.
pub async fn invite(
    app: &App,
    write: &Write,
    caller: &Caller,
    email: &str,
) -> Result<(Email, String, time::Timestamp)> {
    let scope = caller.on_platform(Action::InvitationCreate)?;
    let email = Email::parse(email).map_err(|rule| Error::field("/email", rule.to_string()))?;
    let token = random_token()?;
    let expires_at = time::now() + INVITATION;
    let new = NewInvitation {
        email: email.clone(),
        token_hash: digest_bytes(token.as_bytes()),
        expires_at,
    };
    app.store.invitation_create(write, &scope, new).await?;
    Ok((email, token, expires_at))
}

/// Sets another password, and ends every sign-in with the old one.
///
/// # Errors
/// `invalid_credentials` when the present password is not right; `invalid_fields`.
pub async fn change_password(
    app: &App,
    write: &Write,
    caller: &Caller,
    present: SecretString,
    new: SecretString,
) -> Result<()> {
    let (user, kept) = app.store.user_get(caller.user).await?.ok_or_else(Error::not_found)?;
    let names = [format!("account:{}", user.email)];
    super::login::not_blocked(app, &names).await?;
    if app.auth.hasher.verify(present, Some(kept)).await? == Verdict::Wrong {
        app.store.throttle_fail(&names, super::login::throttle(app)).await?;
        return Err(at(
            Error::new(Code::InvalidCredentials, "the present password is not right"),
            "/currentPassword",
        ));
    }
    if let Some(rule) = password::objection(new.expose_secret(), Some(&user.email), Some(&user.username)) {
        return Err(Error::field("/newPassword", rule));
    }
    let hash = app.auth.hasher.hash(new).await?;
    app.store.user_password_set(write, user.id, hash).await?;
    app.auth.rights.forget_all();
    Ok(())
}

/// 256 random bits as text.
///
/// # Errors
/// The system's random source failed.
pub(super) fn random_token() -> Result<String> {
    let mut bytes = [0; 32];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| Error::internal("the system's random source failed"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
