//! `client_grants`.

use citizenry_identity::{ClientGrant, ScopeName};
use citizenry_storage::Result;
use diesel::prelude::*;

use super::{Column, document};
use crate::{
    schema,
    types::{DbId, DbJson, DbTime},
};

/// A client grant.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::client_grants)]
pub(crate) struct ClientGrantRow {
    pub(crate) tenant_id: DbId,
    pub(crate) id: DbId,
    pub(crate) client_id: DbId,
    pub(crate) resource_server_id: DbId,
    /// A list of names.
    pub(crate) scopes: DbJson,
    pub(crate) created_at: DbTime,
    pub(crate) updated_at: DbTime,
}

impl ClientGrantRow {
    pub(crate) fn new(grant: &ClientGrant) -> Result<Self> {
        let scopes: Vec<&str> = grant.scopes.iter().map(ScopeName::as_str).collect();
        Ok(Self {
            tenant_id: grant.tenant.into(),
            id: grant.id.into(),
            client_id: grant.client.into(),
            resource_server_id: grant.resource_server.into(),
            scopes: document(&scopes)?,
            created_at: grant.created_at.into(),
            updated_at: grant.updated_at.into(),
        })
    }

    pub(crate) fn model(self) -> Result<ClientGrant> {
        let scopes: Vec<String> = Column("client_grants", "scopes").read(&self.scopes)?;
        Ok(ClientGrant {
            id: self.id.typed(),
            tenant: self.tenant_id.typed(),
            client: self.client_id.typed(),
            resource_server: self.resource_server_id.typed(),
            scopes: scopes.into_iter().map(ScopeName::from_stored).collect(),
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        })
    }
}
