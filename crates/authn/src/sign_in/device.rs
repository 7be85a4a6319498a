//! Device secrets: by which a browser shows that a user has signed in there before.
//!
//! A sealed cookie, nothing stored: bound to the user, random, and with an end. What strangers do
//! to an account does not stop a browser that has one.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use citizenry_identity::{Error, Moment, Timestamp, UserId};
use citizenry_storage::{Sealer, sealing};
use secrecy::{ExposeSecret as _, SecretString};

/// How long a browser is remembered, seconds.
const LIFETIME: i64 = 180 * 86_400;
/// The random bytes that tell browsers apart.
const RANDOM: usize = 16;
/// No genuine secret is longer.
const MAX_TEXT: usize = 512;

/// A new device secret for a user.
pub(super) fn new_device(
    sealer: &dyn Sealer,
    user: UserId,
    moment: &Moment,
) -> Result<SecretString, Error> {
    let mut content = [0_u8; RANDOM + 8];
    moment.fill(&mut content);
    let until = moment.now().plus_seconds(LIFETIME).unix_seconds();
    for (byte, value) in content.iter_mut().skip(RANDOM).zip(until.to_be_bytes()) {
        *byte = value;
    }
    let sealed = sealer.seal(&sealing::device(user), &content)?;
    Ok(URL_SAFE_NO_PAD.encode(sealed).into())
}

/// The name of the browser that holds `secret`, if it is one of that user and has not ended.
pub(super) fn known_device(
    sealer: &dyn Sealer,
    user: UserId,
    secret: &SecretString,
    now: Timestamp,
) -> Option<String> {
    let text = secret.expose_secret();
    if text.len() > MAX_TEXT {
        return None;
    }
    let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
    let content = sealer.open(&sealing::device(user), &sealed).ok()?;
    let (random, until) = content.split_at_checked(RANDOM)?;
    let until = i64::from_be_bytes(until.try_into().ok()?);
    (now.unix_seconds() < until).then(|| URL_SAFE_NO_PAD.encode(random))
}
