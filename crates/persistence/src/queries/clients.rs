//! Clients and the origins whose pages may call for each.

use std::collections::BTreeSet;

use async_trait::async_trait;
use citizenry_identity::{Client, ClientId, ClientIdentifier, Listing, Page, TenantId};
use citizenry_storage::{
    Result,
    ports::{ByName, ClientFilter, Clients, ReadClients},
};
use diesel::{dsl, prelude::*};

use super::{Session, dialect::Db};
use crate::{
    keyset::{self, by_name, sought},
    rows::clients::{ClientOriginRow, ClientRow},
    schema::{client_origins, clients},
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

impl Session<'_> {
    /// Writes the origins of a client that is stored already, where they differ.
    async fn save_origins(&mut self, client: &Client) -> Result<()> {
        let tenant_id = DbId::from(client.tenant);
        let client_id = DbId::from(client.id);
        let query = client_origins::table
            .filter(client_origins::tenant_id.eq(tenant_id))
            .filter(client_origins::client_id.eq(client_id))
            .select(client_origins::origin);
        let present: Vec<String> = all!(self, query)?;
        let mut present: BTreeSet<String> = present.into_iter().collect();
        let mut added = ClientOriginRow::all(client);
        // What is in both stays as it is; what is left of `present` goes.
        added.retain(|row| !present.remove(&row.origin));
        if !present.is_empty() {
            let statement = diesel::delete(client_origins::table)
                .filter(client_origins::tenant_id.eq(tenant_id))
                .filter(client_origins::client_id.eq(client_id))
                .filter(client_origins::origin.eq_any(present));
            run!(self, statement)?;
        }
        insert_all!(self, client_origins::table, added);
        Ok(())
    }
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

    async fn has_origin(&mut self, tenant: TenantId, origin: &str) -> Result<bool> {
        let registered = client_origins::table
            .filter(client_origins::tenant_id.eq(DbId::from(tenant)))
            .filter(client_origins::origin.eq(sought(origin)));
        value!(self, diesel::select(dsl::exists(registered)))
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
        insert_all!(self, client_origins::table, ClientOriginRow::all(client));
        Ok(())
    }

    async fn save(&mut self, client: &Client) -> Result<()> {
        let mut row = ClientRow::new(client)?;
        row.version += 1;
        let statement = diesel::update(by_id!(clients, row.tenant_id, row.id))
            .filter(clients::version.eq(client.version))
            .set(row);
        change!(self, statement)?;
        self.save_origins(client).await
    }

    async fn delete(&mut self, tenant: TenantId, id: ClientId) -> Result<bool> {
        let deleted = run!(self, diesel::delete(by_id!(clients, tenant, id)))?;
        Ok(deleted == 1)
    }
}
