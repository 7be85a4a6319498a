//! Secrets of clients: made, stored twice, opened where they may be shown.

use citizenry_identity::{Client, ClientId, ClientSecret, Error, Moment};
use citizenry_storage::{Sealer, sealing};
use secrecy::{ExposeSecret as _, SecretString};

/// The secret that was given, if it is long enough to be one, or a new one of 64 letters and
/// digits.
pub(super) fn given_or_new(
    given: Option<SecretString>,
    moment: &Moment,
) -> Result<SecretString, Error> {
    let Some(given) = given else { return Ok(moment.alphanumeric(64).into()) };
    let text = given.expose_secret();
    // Shorter ones could be guessed: the keyed hash is fast on purpose.
    if !(32..=512).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::invalid(
            "client_secret",
            "must be 32 to 512 printable ASCII characters without blanks",
        ));
    }
    Ok(given)
}

/// A secret as it is stored: hashed and sealed.
pub(super) fn stored(
    sealer: &dyn Sealer,
    client: ClientId,
    secret: &SecretString,
) -> Result<ClientSecret, Error> {
    let secret = secret.expose_secret().as_bytes();
    Ok(ClientSecret {
        hash: sealer.keyed_hash(sealing::CLIENT_SECRET, secret),
        sealed: sealer.seal(&sealing::client_secret(client), secret)?,
    })
}

/// A stored secret in the clear.
pub(super) fn open(sealer: &dyn Sealer, client: &Client) -> Result<SecretString, Error> {
    let secret = sealer.open(&sealing::client_secret(client.id), &client.secret.sealed)?;
    String::from_utf8(secret).map(SecretString::from).map_err(Error::internal)
}
