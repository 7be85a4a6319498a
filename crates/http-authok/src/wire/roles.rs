//! Roles on the wire.

use citizenry_directory::{NewRole, RoleChanges};
use citizenry_identity::{Error, Role as Model, Text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    auth::Call,
    body::{nullable, present, text_patch},
    ids,
    paging::list_query,
};

list_query! {
    /// The query of the list of roles.
    RoleList {
        /// Roles whose name contains this.
        name_filter: Option<String>,
    }
}

/// A role to make.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateRole {
    /// Unique in the tenant.
    name: String,
    description: Option<String>,
}

impl TryFrom<CreateRole> for NewRole {
    type Error = Error;

    fn try_from(body: CreateRole) -> Result<Self, Error> {
        Ok(Self {
            name: Text::parse("name", body.name)?,
            description: Text::optional("description", body.description)?,
        })
    }
}

/// Changes of a role.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::option_option, reason = "left out, null and a value are three things")]
pub(crate) struct UpdateRole {
    #[serde(default, deserialize_with = "present")]
    name: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
}

impl TryFrom<UpdateRole> for RoleChanges {
    type Error = Error;

    fn try_from(body: UpdateRole) -> Result<Self, Error> {
        Ok(Self {
            name: body.name.map(|name| Text::parse("name", name)).transpose()?,
            description: text_patch("description", body.description)?,
        })
    }
}

/// Users to give a role to, or to take it from.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UsersBody {
    /// Their `user_id`s, at most 1,000; unknown ones are passed over.
    #[validate(length(max = 1000))]
    pub(crate) users: Vec<String>,
}

/// Roles to give to a user, or to take from him.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RolesBody {
    /// Their ids, at most 1,000; unknown ones are passed over.
    #[validate(length(max = 1000))]
    pub(crate) roles: Vec<String>,
}

/// A role.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Role {
    id: String,
    name: String,
    description: String,
    created_at: String,
    updated_at: String,
}

impl Role {
    /// The role as `call` is to see it.
    pub(crate) fn new(call: &Call, role: Model) -> Self {
        Self {
            id: ids::show_role(role.id),
            name: role.name.into_string(),
            description: role.description.map(Text::into_string).unwrap_or_default(),
            created_at: call.time(role.created_at),
            updated_at: call.time(role.updated_at),
        }
    }
}
