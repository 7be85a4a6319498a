//! Permissions on the wire.

use citizenry_directory::{NamedPermission, PermissionView, SourceView, UserPermission};
use citizenry_identity::PermissionSource;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{body::objects, ids};

/// Permissions to add or to remove.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PermissionsBody {
    /// At most 1,000; unknown ones are passed over.
    #[serde(deserialize_with = "objects")]
    #[validate(length(max = 1000))]
    permissions: Vec<PermissionName>,
}

/// A permission by its name.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PermissionName {
    /// The resource server's identifier (audience).
    resource_server_identifier: String,
    /// The scope.
    permission_name: String,
}

impl From<PermissionsBody> for Vec<NamedPermission> {
    fn from(body: PermissionsBody) -> Self {
        let named = |name: PermissionName| NamedPermission {
            audience: name.resource_server_identifier,
            scope: name.permission_name,
        };
        body.permissions.into_iter().map(named).collect()
    }
}

/// A permission.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are the vendor's")]
pub(crate) struct Permission {
    resource_server_identifier: String,
    permission_name: String,
    resource_server_name: String,
    description: String,
}

impl From<PermissionView> for Permission {
    fn from(view: PermissionView) -> Self {
        Self {
            resource_server_identifier: view.audience,
            permission_name: view.permission.scope.to_string(),
            resource_server_name: view.resource_server_name,
            description: view.description.unwrap_or_default(),
        }
    }
}

/// A permission that a user has, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PermissionOfUser {
    #[serde(flatten)]
    permission: Permission,
    sources: Vec<Source>,
}

/// Why a user has a permission.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are the vendor's")]
struct Source {
    /// `DIRECT` or `ROLE`.
    source_type: &'static str,
    source_id: String,
    source_name: String,
}

impl From<UserPermission> for PermissionOfUser {
    fn from(permission: UserPermission) -> Self {
        Self {
            permission: permission.permission.into(),
            sources: permission.sources.into_iter().map(Source::from).collect(),
        }
    }
}

impl From<SourceView> for Source {
    fn from(view: SourceView) -> Self {
        let (source_type, source_id) = match view.source {
            PermissionSource::Direct => ("DIRECT", String::new()),
            PermissionSource::Role(role)
            | PermissionSource::GroupRole(_, role)
            | PermissionSource::OrganizationRole(_, role) => ("ROLE", ids::show_role(role)),
        };
        let source_name = view.role.map(|role| role.name.into_string()).unwrap_or_default();
        Self { source_type, source_id, source_name }
    }
}
