//! The use cases over people and structure: users, connections, clients, resource servers, grants,
//! roles, tenants and the audit trail.
//!
//! One use case is one function on a transaction (so that several can share a unit of work) and one
//! method of [`Directory`] that runs it. Always the same beats: authorise, load and decide, write
//! and append the audit event, commit. No HTTP words, no SQL words.
//!
//! Place in the picture: builds on `identity`, `authz` and the ports of `storage`; doors and the
//! command line call it. Another program can embed it: see `examples/embed.rs`.
#![deny(missing_docs)]

mod administrators;
pub mod client_grants;
pub mod clients;
pub mod connections;
mod directory;
pub mod events;
pub mod resource_servers;
pub mod roles;
pub mod tenants;
pub mod users;

pub use citizenry_storage::{
    Condition, Conditions, Environment, Links, Search, Test, Value,
    ports::{
        ByAge, ByName, ClientFilter, ConnectionFilter, DepartmentField, GroupField, MemberField,
        NumberedSort, ResourceServerFilter, RoleFilter, TagField, TagLinkField, TagLinkSort,
        TagLinkView, TenantField, UserField, UserSort,
    },
};
pub use client_grants::{ClientGrantQuery, ClientGrantView};
pub use clients::{ClientChanges, ClientView, NewClient};
pub use connections::{ConnectionChanges, NewConnection};
pub use directory::Directory;
pub use events::EventView;
pub use resource_servers::{
    NewResourceServer, ResourceServerChanges, ResourceServerRef, ResourceServerView,
};
pub use roles::{NamedPermission, NewRole, PermissionView, RoleChanges};
pub use tenants::{NewTenant, Provisioned};
pub use users::{
    IdentitySelector, LoginKey, MetadataChange, NewIdentity, NewPassword, NewUser, SignUp,
    SignUpError, SourceView, UserChanges, UserPermission, UserQuery, UserRef, UserView,
};
