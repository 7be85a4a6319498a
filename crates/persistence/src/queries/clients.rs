//! Clients.

use async_trait::async_trait;
use citizenry_identity::{Client, ClientId, ClientIdentifier, Listing, Page, TenantId};
use citizenry_storage::{
    Result, StorageError,
    ports::{ByName, ClientFilter, Clients, ReadClients},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Session, dialect::Db};
use crate::{
    keyset::{self, ordered, sought},
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
        let row = clients::table
            .filter(clients::tenant_id.eq(DbId::from(tenant)))
            .filter(clients::id.eq(DbId::from(id)))
            .select(ClientRow::as_select())
            .get_result(self.conn())
            .await
            .optional()
            .map_err(|error| self.fail(error))?;
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
        let row = clients::table
            .filter(clients::identifier.eq(sought(identifier.as_str())))
            .select(ClientRow::as_select())
            .get_result(self.conn())
            .await
            .optional()
            .map_err(|error| self.fail(error))?;
        row.map(ClientRow::model).transpose()
    }

    async fn find_many(&mut self, tenant: TenantId, ids: &[ClientId]) -> Result<Vec<Client>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<ClientRow> = clients::table
            .filter(clients::tenant_id.eq(DbId::from(tenant)))
            .filter(clients::id.eq_any(ids.iter().copied().map(DbId::from)))
            .select(ClientRow::as_select())
            .load(self.conn())
            .await
            .map_err(|error| self.fail(error))?;
        rows.into_iter().map(ClientRow::model).collect()
    }

    async fn list(
        &mut self,
        tenant: TenantId,
        filter: &ClientFilter,
        listing: &Listing<ByName>,
    ) -> Result<Page<Client>> {
        let mut query = filtered(tenant, filter).select(ClientRow::as_select());
        ordered!(query, listing, clients::id, default ByName::CreatedAt, by_index true, {
            ByName::CreatedAt => (clients::created_at, keyset::time),
            ByName::Name => (clients::name, keyset::text),
        });
        let mut rows: Vec<ClientRow> =
            query.load(self.conn()).await.map_err(|error| self.fail(error))?;
        let next = keyset::next(&mut rows, listing, ByName::CreatedAt, |row, field| match field {
            ByName::CreatedAt => keyset::at_time(row.created_at, row.id),
            ByName::Name => keyset::at_text(&row.name, row.id),
        });
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
        let items = rows.into_iter().map(ClientRow::model).collect::<Result<_>>()?;
        Ok(Page { items, total, next })
    }
}

#[async_trait]
impl Clients for Session<'_> {
    async fn find_for_update(&mut self, tenant: TenantId, id: ClientId) -> Result<Option<Client>> {
        let query = clients::table
            .filter(clients::tenant_id.eq(DbId::from(tenant)))
            .filter(clients::id.eq(DbId::from(id)))
            .select(ClientRow::as_select());
        let row = for_update!(query)
            .get_result(self.conn())
            .await
            .optional()
            .map_err(|error| self.fail(error))?;
        row.map(ClientRow::model).transpose()
    }

    async fn insert(&mut self, client: &Client) -> Result<()> {
        diesel::insert_into(clients::table)
            .values(ClientRow::new(client)?)
            .execute(self.conn())
            .await
            .map_err(|error| self.fail(error))?;
        Ok(())
    }

    async fn save(&mut self, client: &Client) -> Result<()> {
        let mut row = ClientRow::new(client)?;
        row.version += 1;
        let saved = diesel::update(clients::table)
            .filter(clients::tenant_id.eq(row.tenant_id))
            .filter(clients::id.eq(row.id))
            .filter(clients::version.eq(client.version))
            .set(row)
            .execute(self.conn())
            .await
            .map_err(|error| self.fail(error))?;
        if saved == 1 { Ok(()) } else { Err(StorageError::Stale) }
    }

    async fn delete(&mut self, tenant: TenantId, id: ClientId) -> Result<bool> {
        let deleted = diesel::delete(clients::table)
            .filter(clients::tenant_id.eq(DbId::from(tenant)))
            .filter(clients::id.eq(DbId::from(id)))
            .execute(self.conn())
            .await
            .map_err(|error| self.fail(error))?;
        Ok(deleted == 1)
    }
}
