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
mod authors;
pub mod client_grants;
pub mod clients;
pub mod connections;
pub mod departments;
mod dialect_rules;
mod directory;
pub mod events;
pub mod export;
pub mod groups;
pub mod import;
pub mod jobs;
mod limits;
pub mod operators;
mod ports;
mod references;
pub mod resource_servers;
pub mod roles;
pub mod tags;
pub mod tenants;
pub mod users;

pub use authors::{Author, Authors};
pub use citizenry_storage::{
    Condition, Conditions, Environment, IdentityField, Links, MetadataTest, Pattern, Search,
    SearchTest, Test, UserSearch, Value,
    ports::{
        ByAge, ByName, ClientFilter, ConnectionFilter, DepartmentField, GroupField, MemberField,
        NumberedSort, ResourceServerFilter, RoleFilter, TagField, TagLinkField, TagLinkSort,
        TagLinkView, TenantField, UserField, UserSort,
    },
};
pub use client_grants::{ClientGrantQuery, ClientGrantView};
pub use clients::{ClientChanges, ClientView, NewClient};
pub use connections::{ConnectionChanges, NewConnection};
pub use departments::{
    DepartmentChanges, DepartmentMemberView, DepartmentPlace, DepartmentSave, DepartmentView,
    NewDepartment,
};
pub use dialect_rules::DialectRules;
pub use directory::Directory;
pub use events::EventView;
pub use groups::{GroupChanges, GroupInclude, GroupMemberView, GroupSave, GroupView, NewGroup};
pub use references::{DepartmentRef, GroupRef, TagLinksRef, TagRef, TargetRef, Unknown};
pub use resource_servers::{
    NewResourceServer, ResourceServerChanges, ResourceServerRef, ResourceServerView,
};
pub use roles::{NamedPermission, NewRole, PermissionView, RoleChanges};
pub use tags::{TagLinkItem, TagView};
pub use tenants::{NewCustomer, NewTenant, Provisioned, TenantChanges, TenantView};
pub use users::{
    Deletion, FirstPassword, IdentitySelector, LockDates, LoginKey, MetadataChange, NewIdentity,
    NewPassword, NewUser, OwnChanges, PasswordFacts, SignUp, SignUpByCode, SignUpError, SourceView,
    UserChanges, UserDetail, UserLinks, UserPermission, UserPlace, UserQuery, UserRef, UserRow,
    UserView,
};
