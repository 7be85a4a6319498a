//! Sessions: browsers in which a user is signed in.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{SessionId, TenantId, Text, Timestamp, UserId};

/// A way in which somebody has proved who he is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Factor {
    /// A password.
    #[serde(rename = "pwd")]
    Password,
    /// A code that was sent to an address of his.
    #[serde(rename = "otp")]
    OneTimeCode,
}

impl Factor {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Password, Self::OneTimeCode];

    /// The name of RFC 8176, as ID tokens carry it (`amr`) and as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::OneTimeCode => "otp",
        }
    }

    /// The factor of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.as_str() == name)
    }
}

/// A browser in which a user is signed in. The browser holds a random secret, this its keyed hash.
#[derive(Clone, PartialEq)]
pub struct Session {
    /// The identifier; travels as `sid` in tokens, and opens nothing.
    pub id: SessionId,
    /// The tenant.
    pub tenant: TenantId,
    /// Who is signed in.
    pub user: UserId,
    /// The keyed hash of the browser's secret. Another one after each sign-in.
    pub secret_hash: [u8; 32],
    /// How the user has proved who he is.
    pub factors: Vec<Factor>,
    /// When he last did so; travels as `auth_time`.
    pub authenticated_at: Timestamp,
    /// When the session was last used, to the minute.
    pub last_used_at: Timestamp,
    /// When it ends unless it is used before.
    pub idle_until: Timestamp,
    /// When it ends, used or not.
    pub expires_at: Timestamp,
    /// Where the user signed in from.
    pub ip: Option<IpAddr>,
    /// What he signed in with.
    pub user_agent: Option<Text<512>>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .field("tenant", &self.tenant)
            .field("user", &self.user)
            .field("authenticated_at", &self.authenticated_at)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// How long sessions last, seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// Without being used.
    pub idle: i64,
    /// At all.
    pub absolute: i64,
}

impl Session {
    /// Uses closer together than this are not written down, seconds.
    const TOUCH: i64 = 60;

    /// Whether the session is good at `now`.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        now < self.idle_until && now < self.expires_at
    }

    /// Whether [`Session::touch`] would write something.
    pub fn is_to_be_touched(&self, now: Timestamp) -> bool {
        now >= self.last_used_at.plus_seconds(Self::TOUCH)
    }

    /// Notes a use, and moves the idle end. Returns whether there is anything to write: uses within
    /// a minute of the last are not noted.
    pub fn touch(&mut self, now: Timestamp, limits: SessionLimits) -> bool {
        if !self.is_to_be_touched(now) {
            return false;
        }
        self.last_used_at = now;
        self.idle_until = now.plus_seconds(limits.idle).min(self.expires_at);
        true
    }
}
