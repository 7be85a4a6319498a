//! Client grants.

use async_trait::async_trait;
use citizenry_identity::{
    ClientGrant, ClientGrantId, ClientId, Listing, Page, ResourceServerId, TenantId,
};
use citizenry_storage::{
    Result,
    ports::{ByAge, ClientGrantFilter, ClientGrants, ReadClientGrants},
};
use diesel::prelude::*;

use super::{Session, dialect::Db};
use crate::{
    keyset::{self, by_age},
    rows::grants::ClientGrantRow,
    schema::client_grants,
    types::DbId,
};

fn filtered(tenant: TenantId, filter: &ClientGrantFilter) -> client_grants::BoxedQuery<'_, Db> {
    let mut query =
        client_grants::table.into_boxed().filter(client_grants::tenant_id.eq(DbId::from(tenant)));
    if let Some(clients) = &filter.clients {
        let clients = clients.iter().copied().map(DbId::from);
        query = query.filter(client_grants::client_id.eq_any(clients));
    }
    if let Some(servers) = &filter.resource_servers {
        let servers = servers.iter().copied().map(DbId::from);
        query = query.filter(client_grants::resource_server_id.eq_any(servers));
    }
    query
}

#[async_trait]
impl ReadClientGrants for Session<'_> {
    async fn find(&mut self, tenant: TenantId, id: ClientGrantId) -> Result<Option<ClientGrant>> {
        let query = by_id!(client_grants, tenant, id).select(ClientGrantRow::as_select());
        let row = one!(self, query)?;
        row.map(ClientGrantRow::model).transpose()
    }

    async fn find_for(
        &mut self,
        tenant: TenantId,
        client: ClientId,
        resource_server: ResourceServerId,
    ) -> Result<Option<ClientGrant>> {
        let query = client_grants::table
            .filter(client_grants::tenant_id.eq(DbId::from(tenant)))
            .filter(client_grants::client_id.eq(DbId::from(client)))
            .filter(client_grants::resource_server_id.eq(DbId::from(resource_server)))
            .select(ClientGrantRow::as_select());
        let row = one!(self, query)?;
        row.map(ClientGrantRow::model).transpose()
    }

    async fn list(
        &mut self,
        tenant: TenantId,
        filter: &ClientGrantFilter,
        listing: &Listing<ByAge>,
    ) -> Result<Page<ClientGrant>> {
        let mut query = filtered(tenant, filter).select(ClientGrantRow::as_select());
        by_age!(query, listing, client_grants::id);
        let mut rows: Vec<ClientGrantRow> = all!(self, query)?;
        let next =
            keyset::next(&mut rows, listing, ByAge::CreatedAt, |row, _| keyset::at_id(row.id));
        let total = total!(self, listing.with_total, filtered(tenant, filter).count())?;
        let items = rows.into_iter().map(ClientGrantRow::model).collect::<Result<_>>()?;
        Ok(Page { items, total, next })
    }
}

#[async_trait]
impl ClientGrants for Session<'_> {
    async fn find_for_update(
        &mut self,
        tenant: TenantId,
        id: ClientGrantId,
    ) -> Result<Option<ClientGrant>> {
        let query = by_id!(client_grants, tenant, id).select(ClientGrantRow::as_select());
        let row = one!(self, for_update!(query))?;
        row.map(ClientGrantRow::model).transpose()
    }

    async fn insert(&mut self, grant: &ClientGrant) -> Result<()> {
        let statement =
            diesel::insert_into(client_grants::table).values(ClientGrantRow::new(grant)?);
        run!(self, statement)?;
        Ok(())
    }

    async fn save(&mut self, grant: &ClientGrant) -> Result<()> {
        let row = ClientGrantRow::new(grant)?;
        let statement = diesel::update(by_id!(client_grants, row.tenant_id, row.id)).set((
            client_grants::scopes.eq(row.scopes),
            client_grants::updated_at.eq(row.updated_at),
        ));
        change!(self, statement)
    }

    async fn delete(&mut self, tenant: TenantId, id: ClientGrantId) -> Result<bool> {
        let deleted = run!(self, diesel::delete(by_id!(client_grants, tenant, id)))?;
        Ok(deleted == 1)
    }
}
