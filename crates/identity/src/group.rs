//! Groups: named sets of users.

use std::collections::BTreeSet;

use crate::{Error, GroupId, Kind, Number, TenantId, Text, Timestamp, UserId, Wildcard};

/// A named set of users of a tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The identifier.
    pub id: GroupId,
    /// The number.
    pub number: Number,
    /// The tenant.
    pub tenant: TenantId,
    /// The code, unique per tenant as it is written; the identifier where no door gave one.
    pub code: Text<80>,
    /// The name.
    pub name: Text<255>,
    /// What it is for.
    pub description: Option<Text<1024>>,
    /// Whether it is in use: dialects that know disabled groups refuse new members.
    pub enabled: bool,
    /// How it came to be, in the dialects' words (`BACKGROUND_ADDED`).
    pub source: Option<Text<64>>,
    /// What its members may do to all objects of a kind.
    pub wildcards: BTreeSet<Wildcard>,
    /// How many users are in it.
    pub member_count: u64,
    /// The user who made it; none when it was no user of the tenant.
    pub created_by: Option<UserId>,
    /// The user who last changed it.
    pub updated_by: Option<UserId>,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Group {
    /// Passes for a group that is in use.
    ///
    /// # Errors
    /// `Conflict` on `disabled`.
    pub fn check_enabled(&self) -> Result<(), Error> {
        if self.enabled { Ok(()) } else { Err(Error::conflict(Kind::Group, "disabled")) }
    }
}

/// A user's membership in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// The number of the membership itself.
    pub number: Number,
    /// The group.
    pub group: GroupId,
    /// The user.
    pub user: UserId,
    /// The user who put him there.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
}
