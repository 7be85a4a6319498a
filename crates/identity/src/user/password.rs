//! Passwords as they are stored.

use std::{collections::BTreeSet, fmt};

use crate::{CharacterClass, Timestamp};

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
    /// Until when it is good; for ever without it. Passwords that were mailed end by themselves.
    pub expires_at: Option<Timestamp>,
    /// How hard it is to guess, judged when it was set.
    pub strength: PasswordStrength,
}

impl StoredPassword {
    /// A password of `strength` that was set at `now`, need not be changed and does not expire.
    pub const fn new(hash: PasswordHash, strength: PasswordStrength, now: Timestamp) -> Self {
        Self { hash, must_change: false, changed_at: now, expires_at: None, strength }
    }

    /// Whether it has expired at `now`.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// How hard a password is to guess, by its length and the classes of its characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PasswordStrength {
    /// Not known: its hash came from elsewhere.
    #[default]
    Unknown,
    /// Weak: at most two classes under ten characters, three under nine, four under eight.
    Weak,
    /// Neither weak nor strong.
    Medium,
    /// Strong: two classes from 18 characters, three from 15, four from 12.
    Strong,
}

impl PasswordStrength {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Unknown, Self::Weak, Self::Medium, Self::Strong];

    /// The strength of `password`.
    pub fn of(password: &str) -> Self {
        let classes: BTreeSet<CharacterClass> = password.chars().map(CharacterClass::of).collect();
        let length = password.chars().count();
        let (weak_below, strong_from) = match classes.len() {
            0..=1 => (10, usize::MAX),
            2 => (10, 18),
            3 => (9, 15),
            _ => (8, 12),
        };
        if length < weak_below {
            Self::Weak
        } else if length >= strong_from {
            Self::Strong
        } else {
            Self::Medium
        }
    }

    /// The strength as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Weak => "weak",
            Self::Medium => "medium",
            Self::Strong => "strong",
        }
    }

    /// The strength that [`PasswordStrength::as_str`] writes as `word`.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|strength| strength.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strength_grows_with_length_and_classes() {
        for (password, strength) in [
            ("abcdefgh1", PasswordStrength::Weak),
            ("abcdefghi1", PasswordStrength::Medium),
            ("abcdefghijklmnop12", PasswordStrength::Strong),
            ("Abcdefg1", PasswordStrength::Weak),
            ("Abcdefgh1", PasswordStrength::Medium),
            ("Abcdefghijklm12", PasswordStrength::Strong),
            ("Abcde1!", PasswordStrength::Weak),
            ("Abcdef1!", PasswordStrength::Medium),
            ("Abcdefghij1!", PasswordStrength::Strong),
            ("aaaaaaaaaaaaaaaaaaaaaaaa", PasswordStrength::Medium),
        ] {
            assert_eq!(PasswordStrength::of(password), strength, "{password}");
        }
    }
}
