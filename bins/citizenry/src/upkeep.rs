//! What a server does by itself now and then: clears away what has ended, rotates signing keys,
//! carries out jobs.

use std::time::{Duration, Instant};

use citizenry_authn::Authn;
use citizenry_config::sections::SignIn;
use citizenry_directory::Directory;
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

/// How often it is looked whether a job waits.
const JOB_INTERVAL: Duration = Duration::from_secs(1);
/// How often old jobs are looked for.
const EXPIRY_INTERVAL: Duration = Duration::from_mins(10);

/// Carries out imports and exports that were handed in, one after the other, and deletes those that
/// have been kept long enough, until it is dropped. Several servers may do so: each job is taken up
/// by one of them.
pub(crate) async fn run_jobs(directory: Directory) {
    let mut looked: Option<Instant> = None;
    loop {
        match directory.run_due_job().await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "a job cannot be carried out now"),
        }
        if looked.is_none_or(|at| at.elapsed() >= EXPIRY_INTERVAL) {
            looked = Some(Instant::now());
            if let Err(error) = directory.delete_expired_jobs(BATCH).await {
                tracing::warn!(%error, "old jobs cannot be deleted");
            }
        }
        tokio::time::sleep(JOB_INTERVAL).await;
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
