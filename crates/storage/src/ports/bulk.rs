use async_trait::async_trait;
use citizenry_identity::{
    ConnectionId, Event, ForeignId, Group, Role, RoleId, StoredPassword, Subject, TenantId, Text,
    Timestamp, User, UserId,
};

use crate::Result;

/// What users are looked up by, many at once. At most 5,000 of each but identifiers and identities.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserKeys {
    /// Identifiers.
    pub ids: Vec<UserId>,
    /// Subjects.
    pub subjects: Vec<Subject>,
    /// What the customer's own system calls them.
    pub external_ids: Vec<String>,
    /// Keys of usernames, with their connections.
    pub usernames: Vec<(ConnectionId, String)>,
    /// Keys of email addresses, with their connections.
    pub emails: Vec<(ConnectionId, String)>,
    /// Phone numbers (E.164), with their connections.
    pub phones: Vec<(ConnectionId, String)>,
    /// Providers and what they call the users.
    pub identities: Vec<(String, String)>,
}

/// Looks up many users and what belongs to them: a constant number of statements a call, whatever
/// the rows. At most 2,000 users, roles, groups or foreign ids a call where nothing else is said.
#[async_trait]
pub trait ReadBulk: Send {
    /// The users who have one of these keys, in no order, each once.
    async fn users_with_keys(&mut self, tenant: TenantId, keys: &UserKeys) -> Result<Vec<User>>;
    /// The passwords of users, in no order.
    async fn passwords_of(
        &mut self,
        tenant: TenantId,
        users: &[UserId],
    ) -> Result<Vec<(UserId, StoredPassword)>>;
    /// The roles that users have themselves, in no order.
    async fn roles_of(
        &mut self,
        tenant: TenantId,
        users: &[UserId],
    ) -> Result<Vec<(UserId, RoleId)>>;
    /// The roles of those names that there are, in no order.
    async fn roles_named(&mut self, tenant: TenantId, names: &[Text<128>]) -> Result<Vec<Role>>;
    /// The groups that have one of these as code or as name, in no order.
    async fn groups_called(&mut self, tenant: TenantId, words: &[Text<80>]) -> Result<Vec<Group>>;
    /// The foreign ids of users, in the order of sources and ids.
    async fn foreign_ids_of(
        &mut self,
        tenant: TenantId,
        users: &[UserId],
    ) -> Result<Vec<(UserId, ForeignId)>>;
    /// Those of the foreign ids that name a user, and whom.
    async fn users_of_foreign_ids(
        &mut self,
        tenant: TenantId,
        foreign_ids: &[ForeignId],
    ) -> Result<Vec<(ForeignId, UserId)>>;
    /// The users of the tenant after one of them, in the order of identifiers, at most `limit`.
    async fn users_after(
        &mut self,
        tenant: TenantId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<User>>;
}

/// Writes many users and what belongs to them. At most 5,000 entries a call.
#[async_trait]
pub trait Bulk: ReadBulk {
    /// Adds users of one tenant with identities and locks, and counts them. `Conflict` as for one.
    async fn insert_users(&mut self, users: &[User]) -> Result<()>;
    /// Sets or replaces the passwords of users.
    async fn set_passwords(
        &mut self,
        tenant: TenantId,
        passwords: &[(UserId, StoredPassword)],
    ) -> Result<()>;
    /// Gives roles to users; what is there already stays. The users and roles must exist.
    async fn give_roles(
        &mut self,
        tenant: TenantId,
        given: &[(UserId, RoleId)],
        now: Timestamp,
    ) -> Result<()>;
    /// Adds foreign ids that name nobody yet.
    async fn add_foreign_ids(
        &mut self,
        tenant: TenantId,
        foreign_ids: &[(ForeignId, UserId)],
    ) -> Result<()>;
    /// Adds audit events.
    async fn append_events(&mut self, events: &[Event]) -> Result<()>;
}
