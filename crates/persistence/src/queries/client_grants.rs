//! Client grants.

use async_trait::async_trait;
use citizenry_identity::{
    ClientGrant, ClientGrantId, ClientId, Listing, Page, ResourceServerId, TenantId,
};
use citizenry_storage::{
    Result, StorageError,
    ports::{ByAge, ClientGrantFilter, ClientGrants, ReadClientGrants},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

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
        let row = client_grants::table
            .filter(client_grants::tenant_id.eq(DbId::from(tenant)))
            .filter(client_grants::id.eq(DbId::from(id)))
            .select(ClientGrantRow::as_select())
            .get_result(self.conn())
            .await
            .optional()
            .map_err(|error| self.fail(error))?;
        row.map(ClientGrantRow::model).transpose()
    }

    async fn find_for(
        &mut self,
        tenant: TenantId,
        client: ClientId,
        resource_server: ResourceServerId,
    ) -> Result<Option<ClientGrant>> {
        let row = client_grants::table
            .filter(client_grants::tenant_id.eq(DbId::from(tenant)))
            .filter(client_grants::client_id.eq(DbId::from(client)))
            .filter(client_grants::resource_server_id.eq(DbId::from(resource_server)))
            .select(ClientGrantRow::as_select())
            .get_result(self.conn())
            .await
            .optional()
            .map_err(|error| self.fail(error))?;
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
        let mut rows: Vec<ClientGrantRow> =
            query.load(self.conn()).await.map_err(|error| self.fail(error))?;
        let next =
            keyset::next(&mut rows, listing, ByAge::CreatedAt, |row, _| keyset::at_id(row.id));
        let total = if listing.with_total {
            let count: i64 = filtered(tenant, filter)
                .count()
                .get_result(self.conn())
                .await
                .map_err(|error| self.fail(error))?;
            Some(count.unsigned_abs())
        } else {
            None
        };
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
        let query = client_grants::table
            .filter(client_grants::tenant_id.eq(DbId::from(tenant)))
            .filter(client_grants::id.eq(DbId::from(id)))
            .select(ClientGrantRow::as_select());
        let row = for_update!(query)
            .get_result(self.conn())
            .await
            .optional()
            .map_err(|error| self.fail(error))?;
        row.map(ClientGrantRow::model).transpose()
    }

    async fn insert(&mut self, grant: &ClientGrant) -> Result<()> {
        diesel::insert_into(client_grants::table)
            .values(ClientGrantRow::new(grant)?)
            .execute(self.conn())
            .await
            .map_err(|error| self.fail(error))?;
        Ok(())
    }

    async fn save(&mut self, grant: &ClientGrant) -> Result<()> {
        let row = ClientGrantRow::new(grant)?;
        let saved = diesel::update(client_grants::table)
            .filter(client_grants::tenant_id.eq(row.tenant_id))
            .filter(client_grants::id.eq(row.id))
            .set((
                client_grants::scopes.eq(row.scopes),
                client_grants::updated_at.eq(row.updated_at),
            ))
            .execute(self.conn())
            .await
            .map_err(|error| self.fail(error))?;
        if saved == 1 { Ok(()) } else { Err(StorageError::Stale) }
    }

    async fn delete(&mut self, tenant: TenantId, id: ClientGrantId) -> Result<bool> {
        let deleted = diesel::delete(client_grants::table)
            .filter(client_grants::tenant_id.eq(DbId::from(tenant)))
            .filter(client_grants::id.eq(DbId::from(id)))
            .execute(self.conn())
            .await
            .map_err(|error| self.fail(error))?;
        Ok(deleted == 1)
    }
}
