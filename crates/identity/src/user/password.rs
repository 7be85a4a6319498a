//! Passwords as they are stored.

use std::fmt;

use crate::Timestamp;

/// A password hash as text that names its algorithm: a PHC string (`$argon2id$…`), or for one that
/// another system made, whatever `citizenry-authn` can read.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A hash that a hasher made or the database holds; not checked.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// The password of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPassword {
    /// Its hash.
    pub hash: PasswordHash,
    /// Whether it must be changed at the next sign-in.
    pub must_change: bool,
    /// When it was set.
    pub changed_at: Timestamp,
}
