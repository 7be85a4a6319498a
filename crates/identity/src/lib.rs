//! The model of Citizenry: everything that is stored, and every rule that needs nothing but the data.
//!
//! Ids, value objects that cannot be built wrong, tenants, users, identities, connections, roles,
//! permissions, clients, resource servers, grants, signing keys and audit events. A change of state
//! is a pure function here; there is no I/O, no async, no HTTP and no SQL. Time and randomness come
//! in through [`Moment`].
//!
//! Place in the picture: every other crate builds on this one, and it builds on none of them.
//!
//! ```
//! use citizenry_identity::{Email, Phone, Username};
//!
//! let email = Email::parse("Fioman@QQ.com")?;
//! assert_eq!(email.as_str(), "Fioman@QQ.com");
//! assert_eq!(email.key(), "fioman@qq.com");
//!
//! let phone = Phone::parse("18600002222", 86)?;
//! assert_eq!(phone.e164(), "+8618600002222");
//! assert_eq!((phone.country_code(), phone.national()), (86, "18600002222"));
//!
//! assert_eq!(Username::parse("Fioman")?.key(), Username::parse("fioman")?.key());
//! # Ok::<(), citizenry_identity::Error>(())
//! ```
#![deny(missing_docs)]

mod api_token;
mod attempts;
mod client;
mod client_grant;
mod clock;
mod connection;
mod consent;
mod department;
mod email;
mod error;
mod event;
mod foreign_id;
mod group;
mod id;
mod job;
mod management_door;
mod metadata;
mod moment;
mod object_permission;
mod origin;
mod outbox;
mod page;
mod password_policy;
mod patch;
mod permission;
mod phone;
mod proved_address;
mod quota;
mod resource_server;
mod role;
mod session;
mod signing_key;
mod tag;
mod tenant;
mod text;
mod ticket;
mod time_zone;
mod token;
mod user;
mod username;
mod web_url;

pub use api_token::{ApiToken, ApiTokenOwner};
pub use attempts::{AttemptRule, FailedAttempts, Memory, seconds_until};
pub use client::{
    AuthenticationMethod, Client, ClientIdentifier, ClientKind, ClientSecret, ClientSettings,
    OidcMetadata, origin_of,
};
pub use client_grant::ClientGrant;
pub use clock::{Clock, SystemClock, Timestamp};
pub use connection::{Connection, ConnectionName, Strategy, StrategyKind};
pub use consent::Consent;
pub use department::{Department, DepartmentMember};
pub use email::Email;
pub use error::{Error, Kind};
pub use event::{Actor, Event, EventKind, Target};
pub use foreign_id::ForeignId;
pub use group::{Group, GroupMember};
pub use id::{
    ApiTokenId, ClientGrantId, ClientId, ConnectionId, ConsentId, DepartmentId, EventId, GroupId,
    Id, IdentityId, JobId, MessageId, Number, OrganizationId, ResourceServerId, RoleId, SessionId,
    SigningKeyId, TagId, TenantId, TokenFamilyId, UserId,
};
pub use job::{Job, JobField, JobKind, JobOptions, JobProgress, JobState, RowError, RowProblem};
pub use management_door::ManagementDoor;
pub use metadata::Metadata;
pub use moment::{Entropy, Moment};
pub use object_permission::{ObjectPermissions, ObjectType, Wildcard};
pub use origin::Origin;
pub use outbox::{Channel, Message};
pub use page::{Cursor, CursorKey, Direction, Listing, Page, SortKey, Start};
pub use password_policy::{CharacterClass, PasswordAlphabet, PasswordPolicy, PasswordRule};
pub use patch::Patch;
pub use permission::{ManagementPermission, PermissionRef, PermissionSource, ScopeName};
pub use phone::Phone;
pub use proved_address::{CodeAddress, ProvedAddress};
pub use quota::{Quota, Quotas};
pub use resource_server::{ResourceServer, Scope, SigningAlgorithm, TokenDialect, TokenFormat};
pub use role::Role;
pub use session::{Factor, Session, SessionLimits};
pub use signing_key::{KeyState, SigningKey};
pub use tag::{Tag, TagLink, TagTarget, TagTargetKind};
pub use tenant::{
    BrandingSettings, PageGradient, SignInSettings, Tenant, TenantDetails, TenantKind, TenantName,
    TenantSettings, TenantStatus,
};
pub use text::{Text, folded};
pub use ticket::{Ticket, TicketKind};
pub use time_zone::TimeZone;
pub use token::{Authorized, StoredToken, TokenFamily, TokenKind};
pub use user::{
    AccountState, Address, DescribedUser, Gender, Identity, Lock, LockReason, LockWindow, Locks,
    PasswordHash, PasswordStrength, Profile, ProfileChanges, Status, StoredPassword, Subject, User,
    personal_data,
};
pub use username::Username;
pub use web_url::WebUrl;
