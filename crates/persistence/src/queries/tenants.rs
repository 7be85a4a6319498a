//! Tenants.

use async_trait::async_trait;
use citizenry_identity::{Listing, Page, Tenant, TenantId, TenantName};
use citizenry_storage::{
    Result, StorageError,
    ports::{ByName, ReadTenants, Tenants},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Session, dialect::Db};
use crate::{
    keyset::{self, ordered, sought},
    rows::tenants::TenantRow,
    schema::tenants,
    types::DbId,
};

#[async_trait]
impl ReadTenants for Session<'_> {
    async fn find(&mut self, id: TenantId) -> Result<Option<Tenant>> {
        let row = tenants::table
            .filter(tenants::id.eq(DbId::from(id)))
            .select(TenantRow::as_select())
            .get_result(self.conn())
            .await
            .optional()
            .map_err(|error| self.fail(error))?;
        row.map(TenantRow::model).transpose()
    }

    async fn find_by_name(&mut self, name: &TenantName) -> Result<Option<Tenant>> {
        let row = tenants::table
            .filter(tenants::name.eq(sought(name.as_str())))
            .select(TenantRow::as_select())
            .get_result(self.conn())
            .await
            .optional()
            .map_err(|error| self.fail(error))?;
        row.map(TenantRow::model).transpose()
    }

    async fn list(&mut self, listing: &Listing<ByName>) -> Result<Page<Tenant>> {
        let mut query = tenants::table.select(TenantRow::as_select()).into_boxed::<Db>();
        ordered!(query, listing, tenants::id, default ByName::CreatedAt, by_index true, {
            ByName::CreatedAt => (tenants::created_at, keyset::time),
            ByName::Name => (tenants::name, keyset::text),
        });
        let mut rows: Vec<TenantRow> =
            query.load(self.conn()).await.map_err(|error| self.fail(error))?;
        let next = keyset::next(&mut rows, listing, ByName::CreatedAt, |row, field| match field {
            ByName::CreatedAt => keyset::at_time(row.created_at, row.id),
            ByName::Name => keyset::at_text(&row.name, row.id),
        });
        let total = if listing.with_total {
            let count: i64 = tenants::table
                .count()
                .get_result(self.conn())
                .await
                .map_err(|error| self.fail(error))?;
            Some(count.unsigned_abs())
        } else {
            None
        };
        let items = rows.into_iter().map(TenantRow::model).collect::<Result<_>>()?;
        Ok(Page { items, total, next })
    }
}

#[async_trait]
impl Tenants for Session<'_> {
    async fn find_for_update(&mut self, id: TenantId) -> Result<Option<Tenant>> {
        let query =
            tenants::table.filter(tenants::id.eq(DbId::from(id))).select(TenantRow::as_select());
        let row = for_update!(query)
            .get_result(self.conn())
            .await
            .optional()
            .map_err(|error| self.fail(error))?;
        row.map(TenantRow::model).transpose()
    }

    async fn insert(&mut self, tenant: &Tenant) -> Result<()> {
        diesel::insert_into(tenants::table)
            .values(TenantRow::new(tenant)?)
            .execute(self.conn())
            .await
            .map_err(|error| self.fail(error))?;
        Ok(())
    }

    async fn save(&mut self, tenant: &Tenant) -> Result<()> {
        let mut row = TenantRow::new(tenant)?;
        row.version += 1;
        let saved = diesel::update(tenants::table)
            .filter(tenants::id.eq(row.id))
            .filter(tenants::version.eq(tenant.version))
            .set(row)
            .execute(self.conn())
            .await
            .map_err(|error| self.fail(error))?;
        if saved == 1 { Ok(()) } else { Err(StorageError::Stale) }
    }
}
