//! `resource_servers` and their scopes, `permissions`.

use citizenry_identity::{
    ResourceServer, Scope, ScopeName, SigningAlgorithm, Text, TokenDialect, TokenFormat,
};
use citizenry_storage::Result;
use diesel::prelude::*;

use super::{Column, optional};
use crate::{
    schema,
    types::{DbId, DbTime},
};

/// A resource server without its scopes.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(
    table_name = schema::resource_servers,
    primary_key(tenant_id, id),
    treat_none_as_null = true
)]
#[expect(clippy::struct_excessive_bools, reason = "one for each of the model's")]
pub(crate) struct ResourceServerRow {
    pub(crate) tenant_id: DbId,
    pub(crate) id: DbId,
    pub(crate) identifier: String,
    pub(crate) name: String,
    pub(crate) signing_algorithm: String,
    pub(crate) signing_secret: Option<Vec<u8>>,
    pub(crate) allow_offline_access: bool,
    pub(crate) skip_consent_for_verifiable_first_party_clients: bool,
    pub(crate) token_lifetime: i64,
    pub(crate) token_lifetime_for_web: Option<i64>,
    pub(crate) enforce_policies: bool,
    pub(crate) token_dialect: String,
    pub(crate) is_system: bool,
    pub(crate) version: i64,
    pub(crate) created_at: DbTime,
    pub(crate) updated_at: DbTime,
    pub(crate) token_format: String,
}

/// A scope of a resource server.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(
    table_name = schema::permissions,
    primary_key(tenant_id, resource_server_id, name),
    treat_none_as_null = true
)]
pub(crate) struct PermissionRow {
    pub(crate) tenant_id: DbId,
    pub(crate) resource_server_id: DbId,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// Where it stands among the scopes of its resource server.
    pub(crate) position: i64,
}

impl ResourceServerRow {
    pub(crate) fn new(server: &ResourceServer) -> Self {
        Self {
            tenant_id: server.tenant.into(),
            id: server.id.into(),
            identifier: server.identifier.as_str().to_owned(),
            name: server.name.as_str().to_owned(),
            signing_algorithm: server.signing_algorithm.as_str().to_owned(),
            signing_secret: server.signing_secret.clone(),
            allow_offline_access: server.allow_offline_access,
            skip_consent_for_verifiable_first_party_clients: server
                .skip_consent_for_verifiable_first_party_clients,
            token_lifetime: i64::from(server.token_lifetime),
            token_lifetime_for_web: server.token_lifetime_for_web.map(i64::from),
            enforce_policies: server.enforce_policies,
            token_dialect: server.token_dialect.as_str().to_owned(),
            is_system: server.is_system,
            version: server.version,
            created_at: server.created_at.into(),
            updated_at: server.updated_at.into(),
            token_format: server.token_format.as_str().to_owned(),
        }
    }

    /// The resource server with its scopes, which are in order already.
    pub(crate) fn model(self, scopes: Vec<PermissionRow>) -> Result<ResourceServer> {
        let column = |name| Column("resource_servers", name);
        Ok(ResourceServer {
            id: self.id.typed(),
            tenant: self.tenant_id.typed(),
            identifier: Text::from_stored(self.identifier),
            name: Text::from_stored(self.name),
            scopes: scopes.into_iter().map(PermissionRow::model).collect(),
            signing_algorithm: column("signing_algorithm")
                .word(&self.signing_algorithm, SigningAlgorithm::parse)?,
            signing_secret: self.signing_secret,
            allow_offline_access: self.allow_offline_access,
            skip_consent_for_verifiable_first_party_clients: self
                .skip_consent_for_verifiable_first_party_clients,
            token_lifetime: column("token_lifetime").fitting(self.token_lifetime)?,
            token_lifetime_for_web: self
                .token_lifetime_for_web
                .map(|lifetime| column("token_lifetime_for_web").fitting(lifetime))
                .transpose()?,
            enforce_policies: self.enforce_policies,
            token_dialect: column("token_dialect")
                .word(&self.token_dialect, TokenDialect::parse)?,
            token_format: column("token_format").word(&self.token_format, TokenFormat::parse)?,
            is_system: self.is_system,
            version: self.version,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        })
    }
}

impl PermissionRow {
    /// The rows of a resource server's scopes.
    pub(crate) fn all(server: &ResourceServer) -> Vec<Self> {
        let row = |(position, scope): (i64, &Scope)| Self {
            tenant_id: server.tenant.into(),
            resource_server_id: server.id.into(),
            name: scope.name.as_str().to_owned(),
            description: optional(scope.description.as_ref()),
            position,
        };
        (0..).zip(&server.scopes).map(row).collect()
    }

    fn model(self) -> Scope {
        Scope {
            name: ScopeName::from_stored(self.name),
            description: self.description.map(Text::from_stored),
        }
    }
}
