//! `clients` and the origins whose pages may call for each.

use citizenry_identity::{
    AuthenticationMethod, Client, ClientIdentifier, ClientKind, ClientSecret, Text,
};
use citizenry_storage::Result;
use diesel::prelude::*;

use super::{Column, document};
use crate::{
    schema,
    types::{DbId, DbJson, DbTime},
};

/// A client.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = schema::clients, primary_key(tenant_id, id), treat_none_as_null = true)]
pub(crate) struct ClientRow {
    pub(crate) tenant_id: DbId,
    pub(crate) id: DbId,
    pub(crate) identifier: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) authentication_method: String,
    pub(crate) secret_hash: Vec<u8>,
    pub(crate) sealed_secret: Vec<u8>,
    pub(crate) is_first_party: bool,
    pub(crate) settings: DbJson,
    pub(crate) version: i64,
    pub(crate) created_at: DbTime,
    pub(crate) updated_at: DbTime,
}

/// An origin whose pages may call for a client.
#[derive(Debug, Insertable)]
#[diesel(table_name = schema::client_origins)]
pub(crate) struct ClientOriginRow {
    pub(crate) tenant_id: DbId,
    pub(crate) origin: String,
    pub(crate) client_id: DbId,
}

impl ClientOriginRow {
    pub(crate) fn all(client: &Client) -> Vec<Self> {
        let row =
            |origin| Self { tenant_id: client.tenant.into(), origin, client_id: client.id.into() };
        client.calling_origins().into_iter().map(row).collect()
    }
}

impl ClientRow {
    pub(crate) fn new(client: &Client) -> Result<Self> {
        Ok(Self {
            tenant_id: client.tenant.into(),
            id: client.id.into(),
            identifier: client.identifier.as_str().to_owned(),
            name: client.name.as_str().to_owned(),
            kind: client.kind.as_str().to_owned(),
            authentication_method: client.authentication_method.as_str().to_owned(),
            secret_hash: client.secret.hash.to_vec(),
            sealed_secret: client.secret.sealed.clone(),
            is_first_party: client.is_first_party,
            settings: document(&client.settings)?,
            version: client.version,
            created_at: client.created_at.into(),
            updated_at: client.updated_at.into(),
        })
    }

    pub(crate) fn model(self) -> Result<Client> {
        Ok(Client {
            id: self.id.typed(),
            identifier: ClientIdentifier::from_stored(self.identifier),
            tenant: self.tenant_id.typed(),
            name: Text::from_stored(self.name),
            kind: Column("clients", "kind").word(&self.kind, ClientKind::parse)?,
            authentication_method: Column("clients", "authentication_method")
                .word(&self.authentication_method, AuthenticationMethod::parse)?,
            secret: ClientSecret {
                hash: Column("clients", "secret_hash").fitting(self.secret_hash)?,
                sealed: self.sealed_secret,
            },
            is_first_party: self.is_first_party,
            settings: Column("clients", "settings").read(&self.settings)?,
            version: self.version,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        })
    }
}
