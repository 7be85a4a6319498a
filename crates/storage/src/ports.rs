//! The ports: one trait an aggregate, `Read…` for what needs no transaction and the rest on top.
//!
//! Rules that hold for all of them:
//!
//! * What belongs to a tenant is looked up with the tenant: what lies in another is absent.
//! * A look-up answers `Option`; that something is missing is for the use case to judge.
//! * `find_for_update` keeps others from changing the row until the unit ends (`SELECT … FOR
//!   UPDATE` on PostgreSQL; on SQLite the one writer does).
//! * `save` writes the whole aggregate and counts its version up; `Stale` when the stored version
//!   is not the one that was loaded.
//! * A unique value that is taken is `Conflict` with the entity's kind and the field's name.
//! * A list fetches at most its listing's limit, and one row more to see whether there is a next
//!   page. Every order it takes has an index. A constant number of statements, whatever the rows.
//! * Where an event or a grant names something that is deleted, the database takes it along.

mod api_tokens;
mod assignments;
mod attempts;
mod bulk;
mod client_grants;
mod clients;
mod connections;
mod consents;
mod departments;
mod events;
mod foreign_ids;
mod groups;
mod jobs;
mod numbers;
mod operators;
mod outbox;
mod passwords;
mod resource_servers;
mod roles;
mod sessions;
mod signing_keys;
mod tags;
mod tenants;
mod tickets;
mod token_families;
mod tokens;
mod users;

pub use api_tokens::{ApiTokens, ReadApiTokens};
pub use assignments::{Assignments, ReadAssignments};
pub use attempts::{Attempts, ReadAttempts};
pub use bulk::{Bulk, ReadBulk, UserKeys};
pub use client_grants::{ClientGrantFilter, ClientGrants, ReadClientGrants};
pub use clients::{ClientFilter, Clients, ReadClients};
pub use connections::{ConnectionFilter, Connections, ReadConnections};
pub use consents::{Consents, ReadConsents};
pub use departments::{
    DepartmentField, Departments, MemberField, MembersOf, Membership, NumberedSort, ReadDepartments,
};
pub use events::{EventFilter, Events, ReadEvents};
pub use foreign_ids::{ForeignIds, ReadForeignIds};
pub use groups::{GroupField, Groups, ReadGroups};
pub use jobs::{Jobs, ReadJobs};
pub use numbers::Numbers;
pub use operators::{Operators, ReadOperators};
pub use outbox::{Outbox, ReadOutbox};
pub use passwords::{Passwords, ReadPasswords};
pub use resource_servers::{ReadResourceServers, ResourceServerFilter, ResourceServers};
pub use roles::{ReadRoles, RoleFilter, Roles};
pub use sessions::{ReadSessions, Sessions};
pub use signing_keys::{ReadSigningKeys, SigningKeys};
pub use tags::{ReadTags, TagField, TagLinkField, TagLinkSort, TagLinkView, TagLinksOf, Tags};
pub use tenants::{ReadTenants, TenantField, Tenants};
pub use tickets::{ReadTickets, Tickets};
pub use token_families::{ReadTokenFamilies, TokenFamilies};
pub use tokens::{ReadTokens, Tokens};
pub use users::{ReadUsers, UserField, UserFilter, UserName, UserSort, Users};

/// The one order of lists that need no other: newest first, by identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ByAge {
    /// By the time of creation.
    CreatedAt,
}

/// The orders of lists of named things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ByName {
    /// By the time of creation.
    CreatedAt,
    /// By name, as it is written.
    Name,
}
