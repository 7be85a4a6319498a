//! `roles`, who has them, and who may what.

use citizenry_identity::{PermissionRef, Role, ScopeName, Text, folded};
use diesel::prelude::*;

use super::optional;
use crate::{
    schema,
    types::{DbId, DbTime},
};

/// A role.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = schema::roles, primary_key(tenant_id, id), treat_none_as_null = true)]
pub(crate) struct RoleRow {
    pub(crate) tenant_id: DbId,
    pub(crate) id: DbId,
    pub(crate) name: String,
    /// The name, folded, to search in.
    pub(crate) name_key: String,
    pub(crate) description: Option<String>,
    pub(crate) is_administrator: bool,
    pub(crate) version: i64,
    pub(crate) created_at: DbTime,
    pub(crate) updated_at: DbTime,
}

impl RoleRow {
    pub(crate) fn new(role: &Role) -> Self {
        Self {
            tenant_id: role.tenant.into(),
            id: role.id.into(),
            name: role.name.as_str().to_owned(),
            name_key: folded(&role.name),
            description: optional(role.description.as_ref()),
            is_administrator: role.is_administrator,
            version: role.version,
            created_at: role.created_at.into(),
            updated_at: role.updated_at.into(),
        }
    }

    pub(crate) fn model(self) -> Role {
        Role {
            id: self.id.typed(),
            tenant: self.tenant_id.typed(),
            name: Text::from_stored(self.name),
            description: self.description.map(Text::from_stored),
            is_administrator: self.is_administrator,
            version: self.version,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        }
    }
}

/// The resource server and the name of a permission, as they are selected.
pub(crate) type PermissionColumns = (DbId, String);

/// The permission of two columns.
pub(crate) fn permission((resource_server, scope): PermissionColumns) -> PermissionRef {
    PermissionRef { resource_server: resource_server.typed(), scope: ScopeName::from_stored(scope) }
}
