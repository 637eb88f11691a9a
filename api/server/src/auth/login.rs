//! Signing in, staying signed in, signing out.

use berth_model::account::Session;
use berth_model::canonical::digest_bytes;
use berth_model::id::UserId;
use berth_model::name::Email;
use berth_model::{Code, Error, Result, time};
use berth_store::{Rotation, Throttle};
use chrono::TimeDelta;
use secrecy::SecretString;

use super::account::random_token;
use super::password::Verdict;
use super::token;
use crate::extract::{Origin, Signed};
use crate::state::App;

/// What somebody gets who is signed in.
#[derive(Debug)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token: its digest is kept, not itself.
    pub refresh: String,
    /// Until when the refresh token is good if it is not used.
    pub refresh_expires_at: time::Timestamp,
}

/// Signs somebody in.
///
/// # Errors
/// `invalid_credentials`, in the same words and the same time whatever is wrong; `too_many_requests`.
pub async fn log_in(app: &App, origin: &Origin, email: &str, password: SecretString) -> Result<Tokens> {
    let email = Email::parse(email).ok();
    let account = email.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
    let names = [format!("account:{account}"), format!("address:{}", origin.address)];
    not_blocked(app, &names).await?;
    let found = match &email {
        Some(email) => app.store.user_by_email(email).await?,
        None => None,
    };
    let (user, kept) = found.filter(|(user, _)| user.disabled_at.is_none()).unzip();
    let verdict = app.auth.hasher.verify(password, kept).await?;
    let (Some(user), Verdict::Right(better)) = (user, verdict) else {
        app.store.throttle_fail(&names, throttle(app)).await?;
        return Err(Error::new(
            Code::InvalidCredentials,
            "the email or the password is not right",
        ));
    };
    if let Some(better) = better {
        app.store.user_rehash(user.id, better).await?;
    }
    app.store.throttle_clear(&names[0]).await?;
    let (refresh, idle) = refresh_token(app)?;
    let ends = time::now() + span(app.config.auth.refresh_absolute_ttl);
    let write = origin.write();
    let session = app
        .store
        .session_create(&write, user.id, digest_bytes(refresh.as_bytes()), ends, idle)
        .await?;
    tokens(app, session, refresh, idle)
}

/// Gives a successor for a refresh token, and an access token.
///
/// # Errors
/// `invalid_credentials`: it is not good. When it was used before, the sign-in is over for whoever has its successor.
pub async fn refresh(app: &App, origin: &Origin, sent: &str) -> Result<Tokens> {
    let (successor, idle) = refresh_token(app)?;
    let (old, new) = (digest_bytes(sent.as_bytes()), digest_bytes(successor.as_bytes()));
    match app.store.refresh_rotate(&origin.write(), &old, new, idle).await? {
        Rotation::Rotated(session) => {
            still_enabled(app, session.user).await?;
            tokens(app, session, successor, idle)
        }
        Rotation::Reused | Rotation::Refused => Err(Error::new(
            Code::InvalidCredentials,
            "the refresh token is not valid, or no longer",
        )),
    }
}

/// Ends the sign-in.
///
/// # Errors
/// The database cannot be written.
pub async fn log_out(app: &App, signed: &Signed) -> Result<()> {
    app.store.session_revoke(&signed.write(), signed.session).await?;
    app.auth.rights.forget(signed.caller.user, signed.session).await;
    Ok(())
}

async fn still_enabled(app: &App, user: UserId) -> Result<()> {
    let account = app.store.user_get(user).await?;
    if account.is_some_and(|(user, _)| user.disabled_at.is_none()) {
        return Ok(());
    }
    Err(Error::new(
        Code::InvalidCredentials,
        "the refresh token is not valid, or no longer",
    ))
}

fn tokens(app: &App, session: Session, refresh: String, refresh_expires_at: time::Timestamp) -> Result<Tokens> {
    Ok(Tokens {
        access: token::issue(&app.auth, session.user, session.id)?,
        refresh,
        refresh_expires_at,
    })
}

fn refresh_token(app: &App) -> Result<(String, time::Timestamp)> {
    Ok((random_token()?, time::now() + span(app.config.auth.refresh_idle_ttl)))
}

fn span(duration: std::time::Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::days(36_500))
}

/// Failed sign-ins cost a second, then two, then four, up to a quarter of an hour.
pub(super) fn throttle(app: &App) -> Throttle {
    Throttle {
        free: app.config.auth.free_failures.into(),
        first: TimeDelta::seconds(1),
        most: TimeDelta::minutes(15),
        forget: TimeDelta::days(1),
    }
}

pub(super) async fn not_blocked(app: &App, names: &[String]) -> Result<()> {
    let Some(until) = app.store.throttle_check(names).await? else {
        return Ok(());
    };
    let wait = (until - time::now()).to_std().unwrap_or_default();
    Err(Error::new(Code::TooManyRequests, "too many failed attempts; wait and try again").retry_after(wait))
}
