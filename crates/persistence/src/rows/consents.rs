//! `consents`.

use citizenry_identity::{Consent, ScopeName};
use citizenry_storage::Result;
use diesel::prelude::*;

use super::{Column, document};
use crate::{
    schema,
    types::{DbId, DbJson, DbTime},
};

/// What a user has allowed a client for one audience.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::consents)]
pub(crate) struct ConsentRow {
    pub(crate) tenant_id: DbId,
    pub(crate) id: DbId,
    pub(crate) user_id: DbId,
    pub(crate) client_id: DbId,
    /// `''` for the scopes of OpenID Connect alone.
    pub(crate) audience: String,
    /// A list of names.
    pub(crate) scopes: DbJson,
    pub(crate) created_at: DbTime,
    pub(crate) updated_at: DbTime,
}

impl ConsentRow {
    pub(crate) fn new(consent: &Consent) -> Result<Self> {
        let scopes: Vec<&str> = consent.scopes.iter().map(ScopeName::as_str).collect();
        Ok(Self {
            tenant_id: consent.tenant.into(),
            id: consent.id.into(),
            user_id: consent.user.into(),
            client_id: consent.client.into(),
            audience: consent.audience.clone(),
            scopes: document(&scopes)?,
            created_at: consent.created_at.into(),
            updated_at: consent.updated_at.into(),
        })
    }

    pub(crate) fn model(self) -> Result<Consent> {
        let scopes: Vec<String> = Column("consents", "scopes").read(&self.scopes)?;
        Ok(Consent {
            id: self.id.typed(),
            tenant: self.tenant_id.typed(),
            user: self.user_id.typed(),
            client: self.client_id.typed(),
            audience: self.audience,
            scopes: scopes.into_iter().map(ScopeName::from_stored).collect(),
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        })
    }
}
