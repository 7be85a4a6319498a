use async_trait::async_trait;
use citizenry_identity::{
    ConnectionId, GroupId, Listing, Number, Page, RoleId, Strategy, Subject, TenantId, User, UserId,
};

use crate::{Conditions, Field, Result, UserSearch, ValueKind};

/// Which users a list holds. Every member that is set narrows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserFilter {
    /// Users of this connection (their first identity's).
    pub connection: Option<ConnectionId>,
    /// Users with this email address (its key).
    pub email_key: Option<String>,
    /// Users with this username (its key).
    pub username_key: Option<String>,
    /// Users whose nickname contains this, without regard to case.
    pub nickname_contains: Option<String>,
    /// Users whose E.164 number contains these digits.
    pub phone_contains: Option<String>,
    /// Users who have this role.
    pub role: Option<RoleId>,
    /// Users who have none of these roles.
    pub without_roles: Vec<RoleId>,
    /// Users in any of these groups; all when `None`.
    pub groups: Option<Vec<GroupId>>,
    /// Users who pass these.
    pub conditions: Conditions<UserField>,
    /// Users who are searched for so.
    pub search: Option<UserSearch>,
}

/// The fields of users that conditions may test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserField {
    /// The number.
    Number,
    /// The username's key.
    Username,
    /// The email address's key.
    Email,
    /// The phone number without its country: digits.
    Phone,
    /// The phone number as E.164.
    E164,
    /// The profile's name, folded.
    Name,
    /// The given name, folded.
    GivenName,
    /// The family name, folded.
    FamilyName,
    /// The nickname, folded.
    Nickname,
    /// The title, folded.
    Title,
    /// The landline number, folded.
    Landline,
    /// The profile's source, as it is written.
    Source,
    /// Whether the status is active.
    Enabled,
    /// The status, as it is stored.
    Status,
    /// Whether the user has the role of administrators.
    Administrator,
    /// The number of the user who made it.
    CreatedBy,
    /// When it was made.
    CreatedAt,
    /// When it was last changed.
    UpdatedAt,
    /// When the user last signed in.
    LastLoginAt,
    /// The address of the last sign-in, as it is written.
    LastIp,
    /// How often the user has signed in.
    Logins,
    /// What the user is known by in tokens, as it is written.
    Subject,
    /// What the customer's own system calls the user, as it is written.
    ExternalId,
    /// Whether the email address is verified.
    EmailVerified,
    /// Whether the phone number is verified.
    PhoneVerified,
    /// The number of a tag that is on the user: a test passes when some tag passes it.
    Tag,
}

impl Field for UserField {
    fn kind(self) -> ValueKind {
        match self {
            Self::Number | Self::CreatedBy | Self::Logins | Self::Tag => ValueKind::Number,
            Self::Username
            | Self::Email
            | Self::Phone
            | Self::E164
            | Self::Name
            | Self::GivenName
            | Self::FamilyName
            | Self::Nickname
            | Self::Title
            | Self::Landline
            | Self::Source
            | Self::LastIp
            | Self::Subject
            | Self::ExternalId
            | Self::Status => ValueKind::Text,
            Self::Enabled | Self::Administrator | Self::EmailVerified | Self::PhoneVerified => {
                ValueKind::Flag
            }
            Self::CreatedAt | Self::UpdatedAt | Self::LastLoginAt => ValueKind::Time,
        }
    }
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
    /// By number.
    Number,
    /// By the username's key; users without one come first.
    Username,
}

/// What a user is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserName {
    /// The identifier.
    pub id: UserId,
    /// The number.
    pub number: Number,
    /// [`User::display_name`].
    pub name: String,
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
    /// The user of that number.
    async fn find_by_number(&mut self, tenant: TenantId, number: Number) -> Result<Option<User>>;
    /// The identifiers of the users of those numbers that there are, in the order of numbers. At
    /// most 2,000 numbers.
    async fn ids_of_numbers(
        &mut self,
        tenant: TenantId,
        numbers: &[Number],
    ) -> Result<Vec<(Number, UserId)>>;
    /// The users of those identifiers that there are, in no order. At most 2,000 identifiers.
    async fn find_many(&mut self, tenant: TenantId, ids: &[UserId]) -> Result<Vec<User>>;
    /// What those users are called, in no order: for lists that tell who made their items. At most
    /// 4,000 identifiers.
    async fn names(&mut self, tenant: TenantId, ids: &[UserId]) -> Result<Vec<UserName>>;
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
    /// Keeps those of the users that there are from being deleted until the unit ends, in the order
    /// of identifiers. Others may change them. At most 2,000.
    async fn hold(&mut self, tenant: TenantId, ids: &[UserId]) -> Result<()>;
    /// Keeps those of the users that there are for this unit alone until it ends, in the order of
    /// identifiers: nobody else changes them or makes anything refer to them. For users who are to
    /// be deleted. At most 2,000.
    async fn hold_for_deletion(&mut self, tenant: TenantId, ids: &[UserId]) -> Result<()>;
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
    /// Brings the search index of up to `limit` users up to date, those after whom the call before
    /// has left off; whether that was all. For users who were written before the index was there, or
    /// by a release that makes other tokens: what writes a user writes his tokens, too.
    async fn index_next(&mut self, limit: u32) -> Result<bool>;
}
