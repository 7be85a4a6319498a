//! Tags: labels on users, departments and groups.

use crate::{DepartmentId, GroupId, Number, TagId, TenantId, Text, Timestamp, UserId};

/// A label.
#[derive(Debug, Clone, PartialEq)]
pub struct Tag {
    /// The identifier.
    pub id: TagId,
    /// The number.
    pub number: Number,
    /// The tenant.
    pub tenant: TenantId,
    /// The name, unique per tenant as it is written.
    pub name: Text<100>,
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

/// What a tag is put on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TagTarget {
    /// A user.
    User(UserId),
    /// A department.
    Department(DepartmentId),
    /// A group.
    Group(GroupId),
}

/// What kinds of things tags are put on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TagTargetKind {
    /// Users.
    User,
    /// Departments.
    Department,
    /// Groups.
    Group,
}

impl TagTargetKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::User, Self::Department, Self::Group];

    /// The kind as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Department => "department",
            Self::Group => "group",
        }
    }

    /// The kind that [`TagTargetKind::as_str`] writes as `word`.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl TagTarget {
    /// What kind of thing it is.
    pub const fn kind(self) -> TagTargetKind {
        match self {
            Self::User(_) => TagTargetKind::User,
            Self::Department(_) => TagTargetKind::Department,
            Self::Group(_) => TagTargetKind::Group,
        }
    }
}

/// A tag on something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagLink {
    /// The number of the link itself.
    pub number: Number,
    /// The tag.
    pub tag: TagId,
    /// What it is on.
    pub target: TagTarget,
    /// The user who put it there.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
}
