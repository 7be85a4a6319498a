//! The public keys of clients: as they registered them, or fetched from where they publish them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use citizenry_identity::{Client, Timestamp};
use serde_json::Value;

use crate::OAuth;
use crate::jws::{ForeignKey, Token, key_set};

/// For how long a fetched set is used, seconds.
const LIFETIME: i64 = 300;
/// For how long a set that could not be fetched is not asked for again, seconds.
const PATIENCE: i64 = 5;
/// How often a set may be fetched again before its time, in one lifetime: for keys that are named
/// but unknown. Whoever makes such names up cannot have us knock at the client's door more often.
const MAX_EARLY: u8 = 5;
/// The most sets that a server keeps.
const MAX_SETS: usize = 1_024;

/// The key sets that were fetched lately. A server's own: each fetches for itself.
#[derive(Debug, Default)]
pub(crate) struct ClientKeySets(Mutex<HashMap<String, KeySet>>);

#[derive(Debug, Clone)]
struct KeySet {
    keys: Arc<Vec<ForeignKey>>,
    was_fetched: bool,
    fetched_at: Timestamp,
    /// When counting of early fetches began, and how many there were since.
    counted_from: Timestamp,
    early: u8,
}

impl KeySet {
    fn is_fresh(&self, now: Timestamp) -> bool {
        let lifetime = if self.was_fetched { LIFETIME } else { PATIENCE };
        now < self.fetched_at.plus_seconds(lifetime)
    }

    fn counts_anew(&self, now: Timestamp) -> bool {
        now >= self.counted_from.plus_seconds(LIFETIME)
    }

    fn may_be_early(&self, now: Timestamp) -> bool {
        self.was_fetched && (self.early < MAX_EARLY || self.counts_anew(now))
    }
}

impl ClientKeySets {
    fn get(&self, uri: &str) -> Option<KeySet> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(uri).cloned()
    }

    fn put(&self, uri: &str, set: KeySet) {
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sets.len() >= MAX_SETS && !sets.contains_key(uri) {
            sets.clear();
        }
        sets.insert(uri.to_owned(), set);
    }
}

impl OAuth {
    /// Whether `token` was signed with a key of `client`: one that stands in its registration, or
    /// in the set that its registration points to. A set is fetched through the port that refuses
    /// private addresses, kept for minutes, and fetched again when the token names a key that it
    /// lacks. What cannot be fetched has signed nothing.
    pub(crate) async fn is_signed_by(&self, client: &Client, token: &Token<'_>) -> bool {
        let metadata = &client.settings.oidc;
        if let Some(jwks) = &metadata.jwks {
            return any_verifies(&key_set(jwks), token);
        }
        let Some(uri) = metadata.jwks_uri.as_deref() else { return false };
        let now = self.shared.environment.clock.now();
        let known = self.shared.client_keys.get(uri);
        let known = known.filter(|set| set.is_fresh(now));
        let is_new = known.is_none();
        let set = match known {
            Some(set) => set,
            None => self.fetch_keys(uri, now, None).await,
        };
        if any_verifies(&set.keys, token) {
            return true;
        }
        let names_unknown_key = match token.header.kid.as_deref() {
            Some(named) => !set.keys.iter().any(|key| key.kid.as_deref() == Some(named)),
            None => true,
        };
        // Keys that were fetched just now will not be others in a moment.
        if is_new || !names_unknown_key || !set.may_be_early(now) {
            return false;
        }
        let set = self.fetch_keys(uri, now, Some(&set)).await;
        any_verifies(&set.keys, token)
    }

    async fn fetch_keys(&self, uri: &str, now: Timestamp, early_after: Option<&KeySet>) -> KeySet {
        let fetched = self.fetch_json(uri).await;
        let (counted_from, early) = match early_after {
            Some(before) if !before.counts_anew(now) => (before.counted_from, before.early + 1),
            _ => (now, u8::from(early_after.is_some())),
        };
        let set = KeySet {
            was_fetched: fetched.is_some(),
            keys: Arc::new(fetched.as_ref().map(key_set).unwrap_or_default()),
            fetched_at: now,
            counted_from,
            early,
        };
        self.shared.client_keys.put(uri, set.clone());
        set
    }

    /// The JSON document at an address that a client has registered; `None`, with a line in the
    /// log, when there is none to be had.
    pub(crate) async fn fetch_json(&self, uri: &str) -> Option<Value> {
        match self.shared.environment.web.get(uri).await {
            Ok(document) if document.status == 200 => {
                let parsed = serde_json::from_slice(&document.body).ok();
                if parsed.is_none() {
                    tracing::info!(uri, "the document of a client is no JSON");
                }
                parsed
            }
            Ok(document) => {
                tracing::info!(uri, status = document.status, "the document of a client is absent");
                None
            }
            Err(error) => {
                tracing::info!(uri, %error, "the document of a client could not be fetched");
                None
            }
        }
    }
}

fn any_verifies(keys: &[ForeignKey], token: &Token<'_>) -> bool {
    keys.iter().any(|key| key.is_meant_by(token) && key.verifies(token))
}
