//! What a server does by itself now and then: clears away what has ended, rotates signing keys.

use std::time::Duration;

use citizenry_authn::Authn;
use citizenry_config::sections::SignIn;
use citizenry_oauth::OAuth;

/// Rows that one unit of work deletes at most, of each kind.
const BATCH: u32 = 500;
/// A period after which no key is due, seconds: a hundred years. Keys that an operator has rotated
/// are taken out of the key set all the same.
const NEVER: i64 = 100 * 365 * 24 * 3_600;
/// How often it is looked whether a signing key is due.
const KEY_INTERVAL: Duration = Duration::from_hours(1);

/// Clears away what has ended until it is dropped.
pub(crate) async fn clean_up(authn: Authn, interval: Duration) {
    loop {
        tokio::time::sleep(interval).await;
        loop {
            match authn.clean_up(BATCH).await {
                Ok(deleted) if deleted >= u64::from(BATCH) => {}
                Ok(deleted) => {
                    tracing::debug!(deleted, "cleared away what had ended");
                    break;
                }
                Err(error) => {
                    tracing::warn!(%error, "what has ended cannot be cleared away");
                    break;
                }
            }
        }
    }
}

/// Lets the next signing key take over when the current one has signed long enough, until it is
/// dropped. Several servers may do so: one of them is first.
pub(crate) async fn rotate_keys(oauth: OAuth, configuration: SignIn) {
    let period = match configuration.key_rotation.as_secs() {
        0 => NEVER,
        seconds => i64::try_from(seconds).map_or(NEVER, |seconds| seconds.min(NEVER)),
    };
    loop {
        match oauth.rotate_due(period).await {
            Ok(0) => {}
            Ok(rotated) => tracing::info!(rotated, "signing keys rotated"),
            Err(error) => tracing::warn!(%error, "signing keys cannot be rotated"),
        }
        tokio::time::sleep(KEY_INTERVAL).await;
    }
}
