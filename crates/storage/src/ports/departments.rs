use async_trait::async_trait;
use citizenry_identity::{
    Department, DepartmentId, DepartmentMember, Listing, Number, Page, TenantId, User, UserId,
};

use crate::{Conditions, Field, Result, ValueKind};

/// The fields of departments that conditions may test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DepartmentField {
    /// The number.
    Number,
    /// The code, as it is written.
    Code,
    /// The name, folded.
    Name,
    /// The parent's number; roots have none.
    Parent,
    /// The level, 1 for roots.
    Level,
    /// The number of a tag that is on the department.
    Tag,
    /// The number of the user who made it.
    CreatedBy,
    /// When it was made.
    CreatedAt,
}

impl Field for DepartmentField {
    fn kind(self) -> ValueKind {
        match self {
            Self::Number | Self::Parent | Self::Level | Self::Tag | Self::CreatedBy => {
                ValueKind::Number
            }
            Self::Code | Self::Name => ValueKind::Text,
            Self::CreatedAt => ValueKind::Time,
        }
    }
}

/// The orders of lists of departments and groups. Each has an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NumberedSort {
    /// By the time of creation; the default, newest first.
    CreatedAt,
    /// By number.
    Number,
    /// By name, folded.
    Name,
}

/// The fields of a membership, in a department or a group, that conditions may test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemberField {
    /// The number of the department or group.
    Owner,
    /// Its name, folded.
    OwnerName,
    /// The user's number.
    User,
    /// The user's name, folded.
    UserName,
    /// Whether the user leads the department (departments alone).
    IsHead,
    /// Whether it is the user's main one (departments alone).
    IsMain,
    /// When it was made.
    CreatedAt,
}

impl Field for MemberField {
    fn kind(self) -> ValueKind {
        match self {
            Self::Owner | Self::User => ValueKind::Number,
            Self::OwnerName | Self::UserName => ValueKind::Text,
            Self::IsHead | Self::IsMain => ValueKind::Flag,
            Self::CreatedAt => ValueKind::Time,
        }
    }
}

/// Whose memberships a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MembersOf<O> {
    /// Of this user: the departments or groups that he is in.
    User(UserId),
    /// Of this department or group: the users in it.
    Owner(O),
}

/// A membership with both of its ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Membership<M, O> {
    /// The membership itself.
    pub member: M,
    /// The department or group.
    pub owner: O,
    /// The user.
    pub user: User,
}

/// Looks departments up.
#[async_trait]
pub trait ReadDepartments: Send {
    /// The department of that identifier.
    async fn find(&mut self, tenant: TenantId, id: DepartmentId) -> Result<Option<Department>>;
    /// The department of that number.
    async fn find_by_number(
        &mut self,
        tenant: TenantId,
        number: Number,
    ) -> Result<Option<Department>>;
    /// The departments of those identifiers that there are, in no order. At most 2,000.
    async fn find_many(
        &mut self,
        tenant: TenantId,
        ids: &[DepartmentId],
    ) -> Result<Vec<Department>>;
    /// The departments of those numbers that there are, in the order of numbers. At most 2,000.
    async fn find_by_numbers(
        &mut self,
        tenant: TenantId,
        numbers: &[Number],
    ) -> Result<Vec<Department>>;
    /// The departments that pass `conditions`.
    async fn list(
        &mut self,
        tenant: TenantId,
        conditions: &Conditions<DepartmentField>,
        listing: &Listing<NumberedSort>,
    ) -> Result<Page<Department>>;
    /// Which of these have departments below them.
    async fn which_have_children(
        &mut self,
        tenant: TenantId,
        ids: &[DepartmentId],
    ) -> Result<Vec<DepartmentId>>;
    /// How many departments the tenant has.
    async fn count(&mut self, tenant: TenantId) -> Result<u64>;
    /// How many departments there are below `department`, and how many users sit in it and below
    /// it, each counted once.
    async fn count_below(&mut self, department: &Department) -> Result<(u64, u64)>;
    /// How many levels there are from `department` downwards, itself included.
    async fn height(&mut self, department: &Department) -> Result<usize>;
    /// The memberships of a user or a department that pass `conditions`, in the order of their
    /// making.
    async fn members(
        &mut self,
        tenant: TenantId,
        of: MembersOf<DepartmentId>,
        conditions: &Conditions<MemberField>,
        listing: &Listing<super::ByAge>,
    ) -> Result<Page<Membership<DepartmentMember, Department>>>;
    /// All memberships of these users, in the order of users and of their making. At most 2,000
    /// users.
    async fn memberships_of(
        &mut self,
        tenant: TenantId,
        users: &[UserId],
    ) -> Result<Vec<DepartmentMember>>;
}

/// Changes departments.
#[async_trait]
pub trait Departments: ReadDepartments {
    /// Keeps others from changing the shape of the tenant's tree until the unit ends. First of all
    /// in every unit that adds, moves or deletes departments.
    async fn lock_tree(&mut self, tenant: TenantId) -> Result<()>;
    /// The department, kept from others' changes until the unit ends.
    async fn find_for_update(
        &mut self,
        tenant: TenantId,
        id: DepartmentId,
    ) -> Result<Option<Department>>;
    /// Adds a department. `Conflict` on `code`.
    async fn insert(&mut self, department: &Department) -> Result<()>;
    /// Writes a department that was loaded; not its place and not its count. `Stale` when it has
    /// changed in between; `Conflict` on `code`.
    async fn save(&mut self, department: &Department) -> Result<()>;
    /// Moves a department with all below it: `ancestors` are its new ones. `department` is as it
    /// was loaded.
    async fn move_subtree(
        &mut self,
        department: &Department,
        ancestors: &[DepartmentId],
    ) -> Result<()>;
    /// Deletes a department with all below it, their memberships and tags. How many departments
    /// were deleted.
    async fn delete_subtree(&mut self, department: &Department) -> Result<u64>;
    /// Puts users into departments, or changes their place there: a membership that there is
    /// already keeps its number and making. Counts are kept right. `Conflict` on `main` when a user
    /// would have two main departments. At most 2,000.
    async fn put_members(&mut self, tenant: TenantId, members: &[DepartmentMember]) -> Result<()>;
    /// Takes users out of departments; how many memberships ended. At most 2,000.
    async fn remove_members(
        &mut self,
        tenant: TenantId,
        members: &[(DepartmentId, UserId)],
    ) -> Result<u64>;
}
