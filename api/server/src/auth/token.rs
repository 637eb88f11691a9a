//! Access tokens: JWTs as RFC 9068 has them. The one place that signs them and the one place that decodes them.

use berth_model::id::{SessionId, UserId};
use berth_model::{Code, Error, Result, time};
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Auth;

/// The media type of access tokens, so that no other JWT of ours can pass for one.
const TYPE: &str = "at+jwt";
/// How far clocks may be apart, in seconds.
const LEEWAY: u64 = 30;

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
    sid: SessionId,
}

/// A token for a sign-in, good from now on.
///
/// # Errors
/// The key cannot sign.
pub fn issue(auth: &Auth, user: UserId, session: SessionId) -> Result<String> {
    let now = time::now().timestamp();
    let lifetime = i64::try_from(auth.access_ttl.as_secs()).unwrap_or(900);
    let claims = Claims {
        iss: auth.issuer.clone(),
        aud: auth.audience.clone(),
        sub: user,
        iat: now,
        nbf: now,
        exp: now + lifetime,
        jti: Uuid::new_v4().simple().to_string(),
        sid: session,
    };
    let (kid, key) = auth.keys.signing();
    let header = Header {
        typ: Some(TYPE.into()),
        kid: Some(kid.clone()),
        ..Header::new(Algorithm::EdDSA)
    };
    jsonwebtoken::encode(&header, &claims, key).map_err(|error| Error::internal("signing a token").because(error))
}

/// Whose token it is. In memory, without a look at the database.
///
/// # Errors
/// `unauthenticated`, for whatever reason: which one is nobody's business.
pub fn verify(auth: &Auth, token: &str) -> Result<(UserId, SessionId)> {
    let refused = || Error::new(Code::Unauthenticated, "the access token is not valid, or no longer");
    let header = jsonwebtoken::decode_header(token).map_err(|_| refused())?;
    // Keys come from our own set by their id; a key that the token brings along or points to is not looked at.
    if header.typ.as_deref() != Some(TYPE) || header.alg != Algorithm::EdDSA {
        return Err(refused());
    }
    let key = header
        .kid
        .as_deref()
        .and_then(|kid| auth.keys.verifying(kid))
        .ok_or_else(refused)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[&auth.issuer]);
    validation.set_audience(&[&auth.audience]);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
    validation.validate_nbf = true;
    validation.leeway = LEEWAY;
    let claims = jsonwebtoken::decode::<Claims>(token, key, &validation)
        .map_err(|_| refused())?
        .claims;
    if claims.jti.is_empty() || claims.iat > time::now().timestamp() + LEEWAY.cast_signed() {
        return Err(refused());
    }
    Ok((claims.sub, claims.sid))
}
