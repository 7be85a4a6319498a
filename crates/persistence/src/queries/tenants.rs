//! Tenants.

use async_trait::async_trait;
use citizenry_identity::{Listing, Page, Tenant, TenantId, TenantName};
use citizenry_storage::{
    Result,
    ports::{ByName, ReadTenants, Tenants},
};
use diesel::prelude::*;

use super::{Session, dialect::Db};
use crate::{
    keyset::{self, by_name, sought},
    rows::tenants::TenantRow,
    schema::tenants,
    types::DbId,
};

#[async_trait]
impl ReadTenants for Session<'_> {
    async fn find(&mut self, id: TenantId) -> Result<Option<Tenant>> {
        let query =
            tenants::table.filter(tenants::id.eq(DbId::from(id))).select(TenantRow::as_select());
        let row = one!(self, query)?;
        row.map(TenantRow::model).transpose()
    }

    async fn find_by_name(&mut self, name: &TenantName) -> Result<Option<Tenant>> {
        let query = tenants::table
            .filter(tenants::name.eq(sought(name.as_str())))
            .select(TenantRow::as_select());
        let row = one!(self, query)?;
        row.map(TenantRow::model).transpose()
    }

    async fn list(&mut self, listing: &Listing<ByName>) -> Result<Page<Tenant>> {
        let mut query = tenants::table.select(TenantRow::as_select()).into_boxed::<Db>();
        by_name!(query, listing, tenants, by_index true);
        let mut rows: Vec<TenantRow> = all!(self, query)?;
        let next = keyset::next_by_name(&mut rows, listing, |row| {
            (row.created_at, row.name.as_str(), row.id)
        });
        let total = total!(self, listing.with_total, tenants::table.count())?;
        let items = rows.into_iter().map(TenantRow::model).collect::<Result<_>>()?;
        Ok(Page { items, total, next })
    }
}

#[async_trait]
impl Tenants for Session<'_> {
    async fn find_for_update(&mut self, id: TenantId) -> Result<Option<Tenant>> {
        let query =
            tenants::table.filter(tenants::id.eq(DbId::from(id))).select(TenantRow::as_select());
        let row = one!(self, for_update!(query))?;
        row.map(TenantRow::model).transpose()
    }

    async fn insert(&mut self, tenant: &Tenant) -> Result<()> {
        let statement = diesel::insert_into(tenants::table).values(TenantRow::new(tenant)?);
        run!(self, statement)?;
        Ok(())
    }

    async fn save(&mut self, tenant: &Tenant) -> Result<()> {
        let mut row = TenantRow::new(tenant)?;
        row.version += 1;
        let statement = diesel::update(tenants::table)
            .filter(tenants::id.eq(row.id))
            .filter(tenants::version.eq(tenant.version))
            .set(row);
        change!(self, statement)
    }
}
