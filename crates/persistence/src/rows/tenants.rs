//! `tenants`.

use citizenry_identity::{LockWindow, Tenant, TenantKind, TenantName, TenantStatus, Timestamp};
use citizenry_storage::Result;
use diesel::prelude::*;

use super::{Column, document, users::key_of};
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
    pub(crate) kind: String,
    /// When the lock begins; no lock without it.
    pub(crate) locked_from: Option<DbTime>,
    pub(crate) locked_until: Option<DbTime>,
    pub(crate) last_locked_at: Option<DbTime>,
    /// The settings' own, to compare.
    pub(crate) real_name_status: Option<String>,
    /// The display name, else the name, folded and cut.
    pub(crate) display_name_key: String,
    pub(crate) created_by: Option<DbId>,
    pub(crate) updated_by: Option<DbId>,
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
            kind: tenant.kind.as_str().to_owned(),
            locked_from: tenant.lock.map(|window| window.from.into()),
            locked_until: tenant.lock.and_then(|window| window.until).map(DbTime),
            last_locked_at: tenant.last_locked_at.map(DbTime),
            real_name_status: tenant.settings.details.real_name_status.clone(),
            display_name_key: key_of(tenant.display_name()),
            created_by: tenant.created_by.map(DbId::from),
            updated_by: tenant.updated_by.map(DbId::from),
        })
    }

    pub(crate) fn model(self) -> Result<Tenant> {
        Ok(Tenant {
            id: self.id.typed(),
            number: Column("tenants", "number").number(self.number)?,
            name: TenantName::from_stored(self.name),
            status: Column("tenants", "status").word(&self.status, TenantStatus::parse)?,
            kind: Column("tenants", "kind").word(&self.kind, TenantKind::parse)?,
            lock: self.locked_from.map(|from| LockWindow {
                from: from.into(),
                until: self.locked_until.map(Timestamp::from),
            }),
            last_locked_at: self.last_locked_at.map(Timestamp::from),
            settings: Column("tenants", "settings").read(&self.settings)?,
            created_by: self.created_by.map(DbId::typed),
            updated_by: self.updated_by.map(DbId::typed),
            version: self.version,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        })
    }
}
