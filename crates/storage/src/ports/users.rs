use async_trait::async_trait;
use citizenry_identity::{
    ConnectionId, Listing, Page, RoleId, Strategy, Subject, TenantId, User, UserId,
};

use crate::Result;

/// Which users a list holds. Every member that is set narrows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Users of this connection (their first identity's).
    pub connection: Option<ConnectionId>,
    /// Users with this email address (its key).
    pub email_key: Option<String>,
    /// Users with this username (its key).
    pub username_key: Option<String>,
    /// Users whose nickname contains this, without regard to case. A scan: the use case bounds it.
    pub nickname_contains: Option<String>,
    /// Users whose E.164 number contains these digits. A scan: the use case bounds it.
    pub phone_contains: Option<String>,
    /// Users who have this role.
    pub role: Option<RoleId>,
    /// Users who have none of these roles.
    pub without_roles: Vec<RoleId>,
}

/// The orders of lists of users. Each has an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserSort {
    /// By the time of creation; the default, newest first.
    CreatedAt,
    /// By the time of the last change.
    UpdatedAt,
    /// By the time of the last sign-in.
    LastLoginAt,
    /// By the email address's key.
    Email,
    /// By the profile's name, folded.
    Name,
}

/// Looks users up, each with identities and locks.
#[async_trait]
pub trait ReadUsers: Send {
    /// The user of that identifier.
    async fn find(&mut self, tenant: TenantId, id: UserId) -> Result<Option<User>>;
    /// The user of that subject (`authok|…`).
    async fn find_by_subject(
        &mut self,
        tenant: TenantId,
        subject: &Subject,
    ) -> Result<Option<User>>;
    /// The users of those subjects that there are, in no order. At most 1,000 subjects.
    async fn ids_of_subjects(
        &mut self,
        tenant: TenantId,
        subjects: &[Subject],
    ) -> Result<Vec<UserId>>;
    /// The user who has the identity `provider_user_id` at `provider`, first or linked.
    async fn find_by_identity(
        &mut self,
        tenant: TenantId,
        provider: &Strategy,
        provider_user_id: &str,
    ) -> Result<Option<User>>;
    /// The users with that email address in any connection, at most 100, the oldest first.
    async fn find_by_email(&mut self, tenant: TenantId, email_key: &str) -> Result<Vec<User>>;
    /// The users with that username in any connection, at most 100, the oldest first.
    async fn find_by_username(&mut self, tenant: TenantId, username_key: &str)
    -> Result<Vec<User>>;
    /// The users with that number (E.164) in any connection, at most 100, the oldest first.
    async fn find_by_phone(&mut self, tenant: TenantId, e164: &str) -> Result<Vec<User>>;
    /// The users that `filter` lets through.
    async fn list(
        &mut self,
        tenant: TenantId,
        filter: &UserFilter,
        listing: &Listing<UserSort>,
    ) -> Result<Page<User>>;
    /// How many users the tenant has: from counters, at no cost that grows.
    async fn count(&mut self, tenant: TenantId) -> Result<u64>;
}

/// Changes users.
#[async_trait]
pub trait Users: ReadUsers {
    /// The user, kept from others' changes until the unit ends.
    async fn find_for_update(&mut self, tenant: TenantId, id: UserId) -> Result<Option<User>>;
    /// Adds a user with identities and locks. `Conflict` on `username`, `email`, `phone`,
    /// `external_id` or `user_id` (the subject, or one of the identities).
    async fn insert(&mut self, user: &User) -> Result<()>;
    /// Writes a user that was loaded, with identities and locks. `Stale` when it has changed in
    /// between; `Conflict` as `insert`.
    async fn save(&mut self, user: &User) -> Result<()>;
    /// Deletes a user and all that hangs on him. Whether there was one.
    async fn delete(&mut self, tenant: TenantId, id: UserId) -> Result<bool>;
    /// The identifiers of up to `limit` users of a connection, oldest first.
    async fn ids_of_connection(
        &mut self,
        tenant: TenantId,
        connection: ConnectionId,
        limit: u32,
    ) -> Result<Vec<UserId>>;
}
