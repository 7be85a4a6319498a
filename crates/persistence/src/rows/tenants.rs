//! `tenants`.

use citizenry_identity::{Tenant, TenantName, TenantStatus};
use citizenry_storage::Result;
use diesel::prelude::*;

use super::{Column, document};
use crate::{
    schema,
    types::{DbId, DbJson, DbTime},
};

/// A tenant.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = schema::tenants, treat_none_as_null = true)]
pub(crate) struct TenantRow {
    pub(crate) id: DbId,
    pub(crate) number: i64,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) settings: DbJson,
    pub(crate) version: i64,
    pub(crate) created_at: DbTime,
    pub(crate) updated_at: DbTime,
}

impl TenantRow {
    pub(crate) fn new(tenant: &Tenant) -> Result<Self> {
        Ok(Self {
            id: tenant.id.into(),
            number: tenant.number.get(),
            name: tenant.name.as_str().to_owned(),
            status: tenant.status.as_str().to_owned(),
            settings: document(&tenant.settings)?,
            version: tenant.version,
            created_at: tenant.created_at.into(),
            updated_at: tenant.updated_at.into(),
        })
    }

    pub(crate) fn model(self) -> Result<Tenant> {
        Ok(Tenant {
            id: self.id.typed(),
            number: Column("tenants", "number").number(self.number)?,
            name: TenantName::from_stored(self.name),
            status: Column("tenants", "status").word(&self.status, TenantStatus::parse)?,
            settings: Column("tenants", "settings").read(self.settings)?,
            version: self.version,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        })
    }
}
