use std::collections::BTreeMap;

use async_trait::async_trait;
use citizenry_identity::{
    Listing, Page, PermissionRef, Role, RoleId, TenantId, Timestamp, User, UserId,
};

use super::{ByAge, ByName, UserSort};
use crate::Result;

/// Looks up who has which role, and who may what.
#[async_trait]
pub trait ReadAssignments: Send {
    /// The roles that a user has himself.
    async fn roles_of_user(
        &mut self,
        tenant: TenantId,
        user: UserId,
        listing: &Listing<ByName>,
    ) -> Result<Page<Role>>;
    /// The identifiers of all roles that a user has himself.
    async fn role_ids_of_user(&mut self, tenant: TenantId, user: UserId) -> Result<Vec<RoleId>>;
    /// The users who have a role themselves.
    async fn users_of_role(
        &mut self,
        tenant: TenantId,
        role: RoleId,
        listing: &Listing<UserSort>,
    ) -> Result<Page<User>>;
    /// The permissions that a user has himself.
    async fn permissions_of_user(
        &mut self,
        tenant: TenantId,
        user: UserId,
    ) -> Result<Vec<PermissionRef>>;
    /// The permissions of a role, ordered by resource server and scope.
    async fn permissions_of_role(
        &mut self,
        tenant: TenantId,
        role: RoleId,
        listing: &Listing<ByAge>,
    ) -> Result<Page<PermissionRef>>;
    /// The permissions of several roles.
    async fn permissions_of_roles(
        &mut self,
        tenant: TenantId,
        roles: &[RoleId],
    ) -> Result<BTreeMap<RoleId, Vec<PermissionRef>>>;
    /// Which of these users have the role. At most 2,000 users.
    async fn which_have_role(
        &mut self,
        tenant: TenantId,
        role: RoleId,
        users: &[UserId],
    ) -> Result<Vec<UserId>>;
}

/// Changes who has which role, and who may what. Adding what is there and removing what is not
/// there changes nothing; so does adding a permission whose scope no resource server offers.
/// At most 1,000 entries a call.
#[async_trait]
pub trait Assignments: ReadAssignments {
    /// Gives roles to a user. The roles must exist.
    async fn add_roles(
        &mut self,
        tenant: TenantId,
        user: UserId,
        roles: &[RoleId],
        now: Timestamp,
    ) -> Result<()>;
    /// Takes roles from a user.
    async fn remove_roles(
        &mut self,
        tenant: TenantId,
        user: UserId,
        roles: &[RoleId],
    ) -> Result<()>;
    /// Gives a role to users. The users must exist.
    async fn add_users(
        &mut self,
        tenant: TenantId,
        role: RoleId,
        users: &[UserId],
        now: Timestamp,
    ) -> Result<()>;
    /// Takes a role from users.
    async fn remove_users(
        &mut self,
        tenant: TenantId,
        role: RoleId,
        users: &[UserId],
    ) -> Result<()>;
    /// Gives permissions to a user.
    async fn add_user_permissions(
        &mut self,
        tenant: TenantId,
        user: UserId,
        permissions: &[PermissionRef],
    ) -> Result<()>;
    /// Takes permissions from a user.
    async fn remove_user_permissions(
        &mut self,
        tenant: TenantId,
        user: UserId,
        permissions: &[PermissionRef],
    ) -> Result<()>;
    /// Gives permissions to a role.
    async fn add_role_permissions(
        &mut self,
        tenant: TenantId,
        role: RoleId,
        permissions: &[PermissionRef],
    ) -> Result<()>;
    /// Takes permissions from a role.
    async fn remove_role_permissions(
        &mut self,
        tenant: TenantId,
        role: RoleId,
        permissions: &[PermissionRef],
    ) -> Result<()>;
    /// Whether anybody who is active and not locked at `now` has the role, `except` aside.
    async fn has_able_user(
        &mut self,
        tenant: TenantId,
        role: RoleId,
        except: &[UserId],
        now: Timestamp,
    ) -> Result<bool>;
}
