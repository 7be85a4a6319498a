//! Clients.

use async_trait::async_trait;
use citizenry_identity::{Client, ClientId, ClientIdentifier, Listing, Page, TenantId};
use citizenry_storage::{
    Result,
    ports::{ByName, ClientFilter, Clients, ReadClients},
};
use diesel::prelude::*;

use super::{Session, dialect::Db};
use crate::{
    keyset::{self, by_name, sought},
    rows::clients::ClientRow,
    schema::clients,
    types::DbId,
};

fn filtered(tenant: TenantId, filter: &ClientFilter) -> clients::BoxedQuery<'_, Db> {
    let mut query = clients::table.into_boxed().filter(clients::tenant_id.eq(DbId::from(tenant)));
    if !filter.identifiers.is_empty() {
        let identifiers = filter.identifiers.iter().map(|identifier| sought(identifier.as_str()));
        query = query.filter(clients::identifier.eq_any(identifiers));
    }
    if !filter.kinds.is_empty() {
        query = query.filter(clients::kind.eq_any(filter.kinds.iter().map(|kind| kind.as_str())));
    }
    if !filter.authentication_methods.is_empty() {
        let methods = filter.authentication_methods.iter().map(|method| method.as_str());
        query = query.filter(clients::authentication_method.eq_any(methods));
    }
    if let Some(is_first_party) = filter.is_first_party {
        query = query.filter(clients::is_first_party.eq(is_first_party));
    }
    query
}

#[async_trait]
impl ReadClients for Session<'_> {
    async fn find(&mut self, tenant: TenantId, id: ClientId) -> Result<Option<Client>> {
        let row = one!(self, by_id!(clients, tenant, id).select(ClientRow::as_select()))?;
        row.map(ClientRow::model).transpose()
    }

    async fn find_by_identifier(
        &mut self,
        tenant: TenantId,
        identifier: &ClientIdentifier,
    ) -> Result<Option<Client>> {
        let client = self.find_anywhere(identifier).await?;
        Ok(client.filter(|client| client.tenant == tenant))
    }

    async fn find_anywhere(&mut self, identifier: &ClientIdentifier) -> Result<Option<Client>> {
        let query = clients::table
            .filter(clients::identifier.eq(sought(identifier.as_str())))
            .select(ClientRow::as_select());
        let row = one!(self, query)?;
        row.map(ClientRow::model).transpose()
    }

    async fn find_many(&mut self, tenant: TenantId, ids: &[ClientId]) -> Result<Vec<Client>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = clients::table
            .filter(clients::tenant_id.eq(DbId::from(tenant)))
            .filter(clients::id.eq_any(ids.iter().copied().map(DbId::from)))
            .select(ClientRow::as_select());
        let rows: Vec<ClientRow> = all!(self, query)?;
        rows.into_iter().map(ClientRow::model).collect()
    }

    async fn list(
        &mut self,
        tenant: TenantId,
        filter: &ClientFilter,
        listing: &Listing<ByName>,
    ) -> Result<Page<Client>> {
        let mut query = filtered(tenant, filter).select(ClientRow::as_select());
        by_name!(query, listing, clients, by_index true);
        let mut rows: Vec<ClientRow> = all!(self, query)?;
        let next = keyset::next_by_name(&mut rows, listing, |row| {
            (row.created_at, row.name.as_str(), row.id)
        });
        let total = total!(self, listing.with_total, filtered(tenant, filter).count())?;
        let items = rows.into_iter().map(ClientRow::model).collect::<Result<_>>()?;
        Ok(Page { items, total, next })
    }
}

#[async_trait]
impl Clients for Session<'_> {
    async fn find_for_update(&mut self, tenant: TenantId, id: ClientId) -> Result<Option<Client>> {
        let query = by_id!(clients, tenant, id).select(ClientRow::as_select());
        let row = one!(self, for_update!(query))?;
        row.map(ClientRow::model).transpose()
    }

    async fn insert(&mut self, client: &Client) -> Result<()> {
        let statement = diesel::insert_into(clients::table).values(ClientRow::new(client)?);
        run!(self, statement)?;
        Ok(())
    }

    async fn save(&mut self, client: &Client) -> Result<()> {
        let mut row = ClientRow::new(client)?;
        row.version += 1;
        let statement = diesel::update(by_id!(clients, row.tenant_id, row.id))
            .filter(clients::version.eq(client.version))
            .set(row);
        change!(self, statement)
    }

    async fn delete(&mut self, tenant: TenantId, id: ClientId) -> Result<bool> {
        let deleted = run!(self, diesel::delete(by_id!(clients, tenant, id)))?;
        Ok(deleted == 1)
    }
}
