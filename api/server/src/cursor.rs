//! Cursors: where a list goes on, opaque, signed, good only for the same caller and the same list.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use berth_model::{Code, Error, FieldError, Result};

use crate::extract::Signed;
use crate::state::App;

/// Bytes of the signature that a cursor carries.
const MAC: usize = 16;

/// The cursor that comes after `key` in the list of `filter`.
pub fn encode(app: &App, signed: &Signed, filter: &str, key: &str) -> String {
    let mut bytes = sign(app, signed, filter, key);
    bytes.extend_from_slice(key.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What the cursor comes after.
///
/// # Errors
/// `invalid_cursor`: it is not one, or one of another caller or another list.
pub fn decode(app: &App, signed: &Signed, filter: &str, cursor: &str) -> Result<String> {
    let refused = || {
        let detail = "the cursor does not belong to this list; begin again without one";
        let field = FieldError {
            pointer: "?cursor".into(),
            detail: detail.into(),
        };
        Error::new(Code::InvalidCursor, detail).with_fields(vec![field])
    };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| refused())?;
    let (mac, key) = bytes.split_at_checked(MAC).ok_or_else(refused)?;
    let key = std::str::from_utf8(key).map_err(|_| refused())?;
    // Constant time: the signature is a secret of ours.
    let same = aws_lc_rs::constant_time::verify_slices_are_equal(mac, &sign(app, signed, filter, key)).is_ok();
    if same { Ok(key.to_owned()) } else { Err(refused()) }
}

fn sign(app: &App, signed: &Signed, filter: &str, key: &str) -> Vec<u8> {
    let message = format!("{}\0{filter}\0{key}", signed.caller.user);
    hmac::sign(&app.cursor_key, message.as_bytes()).as_ref()[..MAC].to_vec()
}
