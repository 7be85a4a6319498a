//! Addresses that codes are sent to, and the proof that one is somebody's own.

use crate::{Email, Phone, TenantId};

/// Where a code of a few digits goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CodeAddress {
    /// By text message.
    Phone(Phone),
    /// By mail.
    Email(Email),
}

impl CodeAddress {
    /// What it is compared on: two kinds never have the same.
    pub fn key(&self) -> &str {
        match self {
            Self::Phone(phone) => phone.e164(),
            Self::Email(email) => email.key(),
        }
    }
}

/// That whoever is asking has read what was sent to an address. Good for one account: whoever makes
/// it redeems the proof in the same unit of work.
///
/// Only what has compared a code may make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvedAddress {
    /// The tenant that the code was sent for.
    pub tenant: TenantId,
    /// The address.
    pub address: CodeAddress,
    /// The keyed hash of the code's ticket.
    pub ticket: [u8; 32],
}
