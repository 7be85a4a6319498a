//! Tickets: secrets that are good once and for a short while.

use serde_json::{Map, Value};

use crate::{ClientId, TenantId, Timestamp, TokenFamilyId, UserId};

/// What a ticket is for. A ticket of one kind is never good for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TicketKind {
    /// An authorization code (RFC 6749, section 4.1).
    AuthorizationCode,
    /// A pushed authorization request (RFC 9126).
    PushedRequest,
    /// A device code (RFC 8628); its user code is the ticket's second key.
    DeviceCode,
    /// Sets a new password.
    PasswordReset,
    /// Shows that an email address is the user's.
    EmailVerification,
    /// The identifier of an assertion or a proof that must not be used twice (RFC 7523, RFC 9449).
    UsedIdentifier,
    /// The identifier of a JWT that was revoked before its end.
    RevokedToken,
    /// A code of a few digits that was sent to an address or a number.
    OneTimeCode,
    /// What a code was exchanged for: signs in, or sets a new password.
    LinkSecret,
}

impl TicketKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::AuthorizationCode,
        Self::PushedRequest,
        Self::DeviceCode,
        Self::PasswordReset,
        Self::EmailVerification,
        Self::UsedIdentifier,
        Self::RevokedToken,
        Self::OneTimeCode,
        Self::LinkSecret,
    ];

    /// The kind as it is stored; also the purpose of the keyed hash.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::PushedRequest => "pushed_request",
            Self::DeviceCode => "device_code",
            Self::PasswordReset => "password_reset",
            Self::EmailVerification => "email_verification",
            Self::UsedIdentifier => "used_identifier",
            Self::RevokedToken => "revoked_token",
            Self::OneTimeCode => "one_time_code",
            Self::LinkSecret => "link_secret",
        }
    }

    /// The kind that [`TicketKind::as_str`] writes as `word`.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A secret that is good once, until it expires. Only its keyed hash is kept.
#[derive(Clone, PartialEq)]
pub struct Ticket {
    /// What it is for.
    pub kind: TicketKind,
    /// The keyed hash of the secret; unique with its kind in the installation.
    pub hash: [u8; 32],
    /// The keyed hash of the second key: of a device's user code.
    pub second_hash: Option<[u8; 32]>,
    /// The tenant.
    pub tenant: TenantId,
    /// The user it is for. Tickets end with their user.
    pub user: Option<UserId>,
    /// The client it is for. Tickets end with their client.
    pub client: Option<ClientId>,
    /// The family of the tokens that it was, or is to be, exchanged for.
    pub family: Option<TokenFamilyId>,
    /// What was agreed on when it was made: a document of the use case that makes it.
    pub details: Map<String, Value>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it was used. Kept until it expires, so that a second use is noticed.
    pub used_at: Option<Timestamp>,
}

impl Ticket {
    /// Whether it is good at `now`.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && now < self.expires_at
    }
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ticket")
            .field("kind", &self.kind)
            .field("tenant", &self.tenant)
            .field("user", &self.user)
            .field("client", &self.client)
            .field("expires_at", &self.expires_at)
            .field("used_at", &self.used_at)
            .finish_non_exhaustive()
    }
}
