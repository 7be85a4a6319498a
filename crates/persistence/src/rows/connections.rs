//! `connections` and the clients that each is enabled for.

use std::collections::BTreeSet;

use citizenry_identity::{ClientIdentifier, Connection, ConnectionName, Strategy, Text};
use citizenry_storage::Result;
use diesel::prelude::*;

use super::{Column, document, optional, stored};
use crate::{
    schema,
    types::{DbId, DbJson, DbTime},
};

/// A connection.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = schema::connections, primary_key(tenant_id, id), treat_none_as_null = true)]
pub(crate) struct ConnectionRow {
    pub(crate) tenant_id: DbId,
    pub(crate) id: DbId,
    pub(crate) name: String,
    pub(crate) strategy: String,
    pub(crate) display_name: Option<String>,
    pub(crate) options: DbJson,
    pub(crate) metadata: DbJson,
    pub(crate) is_domain_connection: bool,
    pub(crate) realms: DbJson,
    pub(crate) version: i64,
    pub(crate) created_at: DbTime,
    pub(crate) updated_at: DbTime,
}

/// That a connection is enabled for a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Insertable)]
#[diesel(table_name = schema::connection_clients)]
#[expect(clippy::struct_field_names, reason = "they are the columns")]
pub(crate) struct ConnectionClientRow {
    pub(crate) tenant_id: DbId,
    pub(crate) connection_id: DbId,
    pub(crate) client_id: DbId,
}

impl ConnectionRow {
    pub(crate) fn new(connection: &Connection) -> Result<Self> {
        Ok(Self {
            tenant_id: connection.tenant.into(),
            id: connection.id.into(),
            name: connection.name.as_str().to_owned(),
            strategy: connection.strategy.as_str().to_owned(),
            display_name: optional(connection.display_name.as_ref()),
            options: stored(&connection.options)?,
            metadata: stored(&connection.metadata)?,
            is_domain_connection: connection.is_domain_connection,
            realms: document(&connection.realms)?,
            version: connection.version,
            created_at: connection.created_at.into(),
            updated_at: connection.updated_at.into(),
        })
    }

    pub(crate) fn model(self, enabled_clients: BTreeSet<ClientIdentifier>) -> Result<Connection> {
        Ok(Connection {
            id: self.id.typed(),
            tenant: self.tenant_id.typed(),
            name: ConnectionName::from_stored(self.name),
            strategy: Strategy::from_stored(self.strategy),
            display_name: self.display_name.map(Text::from_stored),
            options: Column("connections", "options").metadata(&self.options)?,
            metadata: Column("connections", "metadata").metadata(&self.metadata)?,
            enabled_clients,
            is_domain_connection: self.is_domain_connection,
            realms: Column("connections", "realms").read(&self.realms)?,
            version: self.version,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        })
    }
}
