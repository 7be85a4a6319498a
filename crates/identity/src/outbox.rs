//! The outbox: what leaves the installation after the commit that decided it.

use crate::{MessageId, TenantId, Timestamp};

/// Which way a message leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// A mail.
    Mail,
    /// A text message.
    Sms,
    /// A logout token to a client (OpenID Connect Back-Channel Logout 1.0).
    BackChannelLogout,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Mail, Self::Sms, Self::BackChannelLogout];

    /// The channel as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
            Self::BackChannelLogout => "back_channel_logout",
        }
    }

    /// The channel that [`Channel::as_str`] writes as `word`.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == word)
    }
}

/// Something to be delivered, written in the unit of work that decided it.
#[derive(Clone, PartialEq)]
pub struct Message {
    /// The identifier.
    pub id: MessageId,
    /// The tenant.
    pub tenant: TenantId,
    /// Which way it leaves.
    pub channel: Channel,
    /// What it says, as JSON: sealed for mails and text messages, which hold tickets and addresses;
    /// plain for logout notices, which hold identifiers only.
    pub content: Vec<u8>,
    /// How often delivery has failed.
    pub failures: i32,
    /// When to try next. A server that tries moves it ahead first, so that no other tries meanwhile.
    pub due_at: Timestamp,
    /// When it is given up.
    pub expires_at: Timestamp,
    /// When it was written.
    pub created_at: Timestamp,
}

impl Message {
    /// Notes a failure. The next try comes after a delay that doubles, from 10 seconds to 30
    /// minutes.
    pub fn failed(&mut self, now: Timestamp) {
        let doublings = self.failures.clamp(0, 8);
        self.failures = self.failures.saturating_add(1);
        self.due_at = now.plus_seconds((10_i64 << doublings).min(1_800));
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("tenant", &self.tenant)
            .field("channel", &self.channel)
            .field("failures", &self.failures)
            .field("due_at", &self.due_at)
            .finish_non_exhaustive()
    }
}
