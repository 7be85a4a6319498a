//! How much is measured, and for how long.

use std::time::Duration;

use serde_json::{Value, json};

/// How much is measured, and for how long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Extent {
    /// Rounds of each comparison.
    pub(super) rounds: usize,
    /// Rounds of sign-ins, which take their time.
    pub(super) sign_in_rounds: usize,
    /// One load.
    pub(super) load: Duration,
    /// A round of sign-ins.
    pub(super) sign_in: Duration,
    /// A round of quiet or stormy times.
    pub(super) overload: Duration,
    /// Starts of the server, each from the beginning.
    pub(super) starts: usize,
    /// How long the memory of a server under mixed load is watched.
    pub(super) endurance: Duration,
    /// People made through one of two servers and looked for through the other.
    pub(super) group: u64,
    /// People in a small directory.
    pub(super) few: u64,
    /// People in an ordinary one.
    pub(super) users: u64,
    /// People in a large one.
    pub(super) many: u64,
    /// Tenants of a large installation.
    pub(super) tenants: u64,
    /// Roles, and as many clients and groups, of a large tenant.
    pub(super) structure: u64,
}

impl Extent {
    /// What the figures in the documentation are taken from: about an hour.
    pub(super) const FULL: Self = Self {
        rounds: 5,
        sign_in_rounds: 3,
        load: Duration::from_secs(3),
        sign_in: Duration::from_secs(3),
        overload: Duration::from_secs(3),
        starts: 7,
        endurance: Duration::from_mins(10),
        group: 10_000,
        few: 10_000,
        users: 100_000,
        many: 1_000_000,
        tenants: 100_000,
        structure: 10_000,
    };

    /// Every row in less than ten minutes.
    pub(super) const QUICK: Self = Self {
        rounds: 2,
        sign_in_rounds: 1,
        load: Duration::from_secs(1),
        sign_in: Duration::from_secs(2),
        overload: Duration::from_secs(1),
        starts: 3,
        endurance: Duration::from_secs(10),
        group: 10_000,
        few: 5_000,
        users: 20_000,
        many: 50_000,
        tenants: 10_000,
        structure: 1_000,
    };

    /// The same with another number of people; a large directory has ten times as many,
    /// a small one no more.
    pub(super) fn with_users(self, users: u64) -> Self {
        Self {
            users,
            many: users * 10,
            few: self.few.min(users),
            group: self.group.min(users),
            ..self
        }
    }

    /// The extent for programs.
    pub(super) fn json(&self) -> Value {
        json!({
            "rounds": self.rounds,
            "seconds": self.load.as_secs(),
            "few": self.few,
            "users": self.users,
            "many": self.many,
            "tenants": self.tenants,
            "structure": self.structure,
        })
    }
}
