//! The doors whose people manage the directory with tokens of their own.

use serde::{Deserialize, Serialize};

/// A management dialect that people sign in to. A client belongs to one or to none; only tokens of
/// a door's own clients are good in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ManagementDoor {
    /// Adobe Audience Manager.
    AudienceManager,
    /// AngusGM.
    Angus,
}

impl ManagementDoor {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::AudienceManager, Self::Angus];

    /// The door as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AudienceManager => "audience_manager",
            Self::Angus => "angus",
        }
    }

    /// The door that [`ManagementDoor::as_str`] writes as `word`.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|door| door.as_str() == word)
    }
}
