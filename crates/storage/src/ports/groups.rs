use async_trait::async_trait;
use citizenry_identity::{
    Group, GroupId, GroupMember, Listing, Number, ObjectPermissions, Page, TenantId, UserId,
};

use super::{ByAge, MemberField, MembersOf, Membership, NumberedSort};
use crate::{Conditions, Field, Result, ValueKind};

/// The fields of groups that conditions may test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupField {
    /// The number.
    Number,
    /// The code, as it is written.
    Code,
    /// The name, folded.
    Name,
    /// The description, folded.
    Description,
    /// Whether it is in use.
    Enabled,
    /// The number of a tag that is on the group.
    Tag,
    /// The number of the user who made it.
    CreatedBy,
    /// When it was made.
    CreatedAt,
}

impl Field for GroupField {
    fn kind(self) -> ValueKind {
        match self {
            Self::Number | Self::Tag | Self::CreatedBy => ValueKind::Number,
            Self::Code | Self::Name | Self::Description => ValueKind::Text,
            Self::Enabled => ValueKind::Flag,
            Self::CreatedAt => ValueKind::Time,
        }
    }
}

/// Looks groups up.
#[async_trait]
pub trait ReadGroups: Send {
    /// The group of that identifier.
    async fn find(&mut self, tenant: TenantId, id: GroupId) -> Result<Option<Group>>;
    /// The group of that number.
    async fn find_by_number(&mut self, tenant: TenantId, number: Number) -> Result<Option<Group>>;
    /// The groups of those identifiers that there are, in no order. At most 2,000.
    async fn find_many(&mut self, tenant: TenantId, ids: &[GroupId]) -> Result<Vec<Group>>;
    /// The groups of those numbers that there are, in the order of numbers. At most 2,000.
    async fn find_by_numbers(&mut self, tenant: TenantId, numbers: &[Number])
    -> Result<Vec<Group>>;
    /// The groups that pass `conditions`.
    async fn list(
        &mut self,
        tenant: TenantId,
        conditions: &Conditions<GroupField>,
        listing: &Listing<NumberedSort>,
    ) -> Result<Page<Group>>;
    /// How many groups the tenant has.
    async fn count(&mut self, tenant: TenantId) -> Result<u64>;
    /// The memberships of a user or a group that pass `conditions`, in the order of their making.
    async fn members(
        &mut self,
        tenant: TenantId,
        of: MembersOf<GroupId>,
        conditions: &Conditions<MemberField>,
        listing: &Listing<ByAge>,
    ) -> Result<Page<Membership<GroupMember, Group>>>;
    /// All memberships of these users, in the order of users and of their making. At most 2,000
    /// users.
    async fn memberships_of(
        &mut self,
        tenant: TenantId,
        users: &[UserId],
    ) -> Result<Vec<GroupMember>>;
    /// The numbers of the users in these groups, in the order of groups and of numbers. At most
    /// 2,000 groups.
    async fn member_numbers(
        &mut self,
        tenant: TenantId,
        groups: &[GroupId],
    ) -> Result<Vec<(GroupId, Number)>>;
    /// What the members of a group may do to single objects, in the order of types and objects.
    async fn object_permissions(
        &mut self,
        tenant: TenantId,
        group: GroupId,
    ) -> Result<Vec<ObjectPermissions>>;
}

/// Changes groups.
#[async_trait]
pub trait Groups: ReadGroups {
    /// The group, kept from others' changes until the unit ends.
    async fn find_for_update(&mut self, tenant: TenantId, id: GroupId) -> Result<Option<Group>>;
    /// Adds a group with its wild cards. `Conflict` on `code`.
    async fn insert(&mut self, group: &Group) -> Result<()>;
    /// Writes a group that was loaded, with its wild cards; not its count. `Stale` when it has
    /// changed in between; `Conflict` on `code`.
    async fn save(&mut self, group: &Group) -> Result<()>;
    /// Deletes a group with memberships, permissions and tags. Whether there was one.
    async fn delete(&mut self, tenant: TenantId, id: GroupId) -> Result<bool>;
    /// Puts users into groups; a membership that there is already stays as it is. Counts are kept
    /// right. At most 2,000.
    async fn put_members(&mut self, tenant: TenantId, members: &[GroupMember]) -> Result<()>;
    /// Takes users out of groups; how many memberships ended. At most 2,000.
    async fn remove_members(
        &mut self,
        tenant: TenantId,
        members: &[(GroupId, UserId)],
    ) -> Result<u64>;
    /// Replaces what the members of a group may do to single objects.
    async fn set_object_permissions(
        &mut self,
        tenant: TenantId,
        group: GroupId,
        permissions: &[ObjectPermissions],
    ) -> Result<()>;
}
