//! Recovery: new passwords and verified addresses, by tickets that are mailed.
//!
//! A ticket is good once and for a while; only its keyed hash is kept. Whoever asks for one learns
//! nothing: an unknown address costs the same statements, which are then taken back.

mod reset;
mod verification;

pub use reset::LinkReset;
pub(crate) use reset::{rate_limited, tell_by_mail};

use citizenry_identity::{Error, PasswordRule, TenantId, Ticket, TicketKind, Timestamp, User};
use citizenry_storage::{Read, Sealer, StorageError};
use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error as ThisError;

/// No genuine ticket is longer.
const MAX_TICKET: usize = 256;

/// Why a password was not set.
#[derive(Debug, ThisError)]
pub enum PasswordError {
    /// The ticket was used, has expired, or never was.
    #[error("the ticket is not good, or not any more")]
    TicketGone,
    /// The password breaks these rules.
    #[error("the password breaks {} rules", .0.len())]
    Refused(Vec<PasswordRule>),
    /// Anything else.
    #[error(transparent)]
    Other(Error),
}

impl From<Error> for PasswordError {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<StorageError> for PasswordError {
    fn from(error: StorageError) -> Self {
        Self::Other(error.into())
    }
}

/// The keyed hash of a ticket's secret; `None` for what cannot be one.
fn ticket_hash(sealer: &dyn Sealer, kind: TicketKind, secret: &SecretString) -> Option<[u8; 32]> {
    let text = secret.expose_secret();
    (text.len() <= MAX_TICKET).then(|| sealer.keyed_hash(kind.as_str(), text.as_bytes()))
}

/// The user whom a ticket that is still good is for, and the ticket.
async fn find_good(
    read: &mut dyn Read,
    tenant: TenantId,
    kind: TicketKind,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<(Ticket, User)>, Error> {
    let found = read.tickets().find(kind, hash).await?;
    let good = found.filter(|ticket| ticket.tenant == tenant && ticket.is_good(now));
    let Some((ticket, id)) = good.and_then(|ticket| ticket.user.map(|user| (ticket, user))) else {
        return Ok(None);
    };
    let user = read.users().find(tenant, id).await?;
    Ok(user.filter(|user| user.keeps_access(now)).map(|user| (ticket, user)))
}
