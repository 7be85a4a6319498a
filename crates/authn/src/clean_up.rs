//! Housekeeping: what has expired is deleted, a bounded batch at a time.

use citizenry_identity::{Error, Timestamp};
use citizenry_storage::Tx;

use crate::Authn;

/// What is kept for a while after its end, so that a late second use still is noticed, seconds.
const GRACE: i64 = 3_600;

/// Deletes up to `limit` rows of one kind.
#[derive(Debug, Clone, Copy)]
enum Expired {
    Sessions,
    Tickets,
    TokenFamilies,
    Tokens,
    Attempts,
}

async fn delete(
    tx: &mut dyn Tx,
    expired: Expired,
    before: Timestamp,
    limit: u32,
) -> Result<u64, Error> {
    Ok(match expired {
        Expired::Sessions => tx.sessions().delete_ended(before, limit).await?,
        Expired::Tickets => tx.tickets().delete_expired(before, limit).await?,
        Expired::TokenFamilies => tx.token_families().delete_expired(before, limit).await?,
        Expired::Tokens => tx.tokens().delete_expired(before, limit).await?,
        Expired::Attempts => tx.attempts().delete_expired(before, limit).await?,
    })
}

impl Authn {
    /// Deletes sessions, tickets, tokens and counters that have ended, of every tenant: up to
    /// `limit` of each kind, each kind in a short unit of work of its own. Answers the largest
    /// number that was deleted of a kind: call again while it is `limit`.
    ///
    /// # Errors
    /// `Unavailable`; `Internal`.
    pub async fn clean_up(&self, limit: u32) -> Result<u64, Error> {
        use Expired::{Attempts, Sessions, Tickets, TokenFamilies, Tokens};
        let before = self.moment().now().plus_seconds(-GRACE);
        let mut most = 0;
        for expired in [Sessions, Tickets, TokenFamilies, Tokens, Attempts] {
            let deleted = self
                .storage
                .transact(async move |tx| delete(tx, expired, before, limit).await)
                .await?;
            most = most.max(deleted);
        }
        Ok(most)
    }
}
