//! Where an account stands in its life.

/// Where an account stands in its life. Independent of locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// In use.
    Active,
    /// No sign-in; everything is kept.
    Suspended,
    /// No sign-in; grants are dropped.
    Deactivated,
    /// Left: roles, groups, departments and grants are dropped. Final.
    Resigned,
    /// Put away. Final.
    Archived,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Active, Self::Suspended, Self::Deactivated, Self::Resigned, Self::Archived];

    /// The status as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deactivated => "deactivated",
            Self::Resigned => "resigned",
            Self::Archived => "archived",
        }
    }

    /// The status that [`Status::as_str`] writes as `word`.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether no other status follows.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Resigned | Self::Archived)
    }
}
