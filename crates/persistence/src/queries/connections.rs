//! Connections and the clients that each is enabled for.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use citizenry_identity::{
    ClientIdentifier, Connection, ConnectionId, ConnectionName, Listing, Page, TenantId,
};
use citizenry_storage::{
    Result, StorageError,
    ports::{ByName, ConnectionFilter, Connections, ReadConnections},
};
use diesel::prelude::*;

use super::{Session, dialect::Db};
use crate::{
    among::among,
    keyset::{self, by_name, sought},
    rows::connections::{ConnectionClientRow, ConnectionRow},
    schema::{clients, connection_clients, connections},
    types::DbId,
};

fn filtered(tenant: TenantId, filter: &ConnectionFilter) -> connections::BoxedQuery<'_, Db> {
    let mut query =
        connections::table.into_boxed().filter(connections::tenant_id.eq(DbId::from(tenant)));
    if !filter.names.is_empty() {
        let names = filter.names.iter().map(|name| sought(name.as_str()));
        query = query.filter(connections::name.eq_any(names));
    }
    if !filter.strategies.is_empty() {
        let strategies = filter.strategies.iter().map(|strategy| sought(strategy.as_str()));
        query = query.filter(connections::strategy.eq_any(strategies));
    }
    if !filter.without_strategies.is_empty() {
        let without = filter.without_strategies.iter().map(|strategy| sought(strategy.as_str()));
        query = query.filter(connections::strategy.ne_all(without));
    }
    query
}

impl Session<'_> {
    /// The models of rows of one tenant, in their order.
    async fn connections_of(
        &mut self,
        tenant: TenantId,
        rows: Vec<ConnectionRow>,
    ) -> Result<Vec<Connection>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<DbId> = rows.iter().map(|row| row.id).collect();
        let query = connection_clients::table
            .inner_join(
                clients::table.on(clients::tenant_id
                    .eq(connection_clients::tenant_id)
                    .and(clients::id.eq(connection_clients::client_id))),
            )
            .filter(connection_clients::tenant_id.eq(DbId::from(tenant)))
            .filter(among(connection_clients::connection_id, ids))
            .select((connection_clients::connection_id, clients::identifier));
        let enabled: Vec<(DbId, String)> = all!(self, query)?;
        let mut by_connection = BTreeMap::<DbId, BTreeSet<ClientIdentifier>>::new();
        for (connection, client) in enabled {
            let client = ClientIdentifier::from_stored(client);
            by_connection.entry(connection).or_default().insert(client);
        }
        rows.into_iter()
            .map(|row| {
                let enabled = by_connection.remove(&row.id).unwrap_or_default();
                row.model(enabled)
            })
            .collect()
    }

    async fn connection_of(
        &mut self,
        tenant: TenantId,
        row: Option<ConnectionRow>,
    ) -> Result<Option<Connection>> {
        let connections = self.connections_of(tenant, row.into_iter().collect()).await?;
        Ok(connections.into_iter().next())
    }

    /// The rows of a connection's enabled clients, which must all exist.
    async fn enabled_rows(&mut self, connection: &Connection) -> Result<Vec<ConnectionClientRow>> {
        if connection.enabled_clients.is_empty() {
            return Ok(Vec::new());
        }
        let tenant_id = DbId::from(connection.tenant);
        let connection_id = DbId::from(connection.id);
        let identifiers = connection.enabled_clients.iter().map(|client| sought(client.as_str()));
        let query = clients::table
            .filter(clients::tenant_id.eq(tenant_id))
            .filter(clients::identifier.eq_any(identifiers))
            .select(clients::id);
        let ids: Vec<DbId> = all!(self, query)?;
        if ids.len() != connection.enabled_clients.len() {
            // As for a foreign key: whoever looked first saw it.
            return Err(StorageError::Stale);
        }
        let row = |client_id| ConnectionClientRow { tenant_id, connection_id, client_id };
        Ok(ids.into_iter().map(row).collect())
    }

    async fn save_enabled(&mut self, connection: &Connection) -> Result<()> {
        let wanted = self.enabled_rows(connection).await?;
        let tenant_id = DbId::from(connection.tenant);
        let connection_id = DbId::from(connection.id);
        let query = connection_clients::table
            .filter(connection_clients::tenant_id.eq(tenant_id))
            .filter(connection_clients::connection_id.eq(connection_id))
            .select(connection_clients::client_id);
        let present: Vec<DbId> = all!(self, query)?;
        let kept: BTreeSet<DbId> = wanted.iter().map(|row| row.client_id).collect();
        let gone: Vec<DbId> = present.iter().copied().filter(|id| !kept.contains(id)).collect();
        if !gone.is_empty() {
            let statement = diesel::delete(connection_clients::table)
                .filter(connection_clients::tenant_id.eq(tenant_id))
                .filter(connection_clients::connection_id.eq(connection_id))
                .filter(connection_clients::client_id.eq_any(gone));
            run!(self, statement)?;
        }
        let present: BTreeSet<DbId> = present.into_iter().collect();
        let added: Vec<ConnectionClientRow> =
            wanted.into_iter().filter(|row| !present.contains(&row.client_id)).collect();
        insert_all!(self, connection_clients::table, added);
        Ok(())
    }
}

#[async_trait]
impl ReadConnections for Session<'_> {
    async fn find(&mut self, tenant: TenantId, id: ConnectionId) -> Result<Option<Connection>> {
        let query = by_id!(connections, tenant, id).select(ConnectionRow::as_select());
        let row = one!(self, query)?;
        self.connection_of(tenant, row).await
    }

    async fn find_by_name(
        &mut self,
        tenant: TenantId,
        name: &ConnectionName,
    ) -> Result<Option<Connection>> {
        let query = connections::table
            .filter(connections::tenant_id.eq(DbId::from(tenant)))
            .filter(connections::name.eq(sought(name.as_str())))
            .select(ConnectionRow::as_select());
        let row = one!(self, query)?;
        self.connection_of(tenant, row).await
    }

    async fn find_many(
        &mut self,
        tenant: TenantId,
        ids: &[ConnectionId],
    ) -> Result<Vec<Connection>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = connections::table
            .filter(connections::tenant_id.eq(DbId::from(tenant)))
            .filter(among(connections::id, ids.iter().copied().map(DbId::from).collect()))
            .select(ConnectionRow::as_select());
        let rows: Vec<ConnectionRow> = all!(self, query)?;
        self.connections_of(tenant, rows).await
    }

    async fn list(
        &mut self,
        tenant: TenantId,
        filter: &ConnectionFilter,
        listing: &Listing<ByName>,
    ) -> Result<Page<Connection>> {
        let mut query = filtered(tenant, filter).select(ConnectionRow::as_select());
        by_name!(query, listing, connections, by_index true);
        let mut rows: Vec<ConnectionRow> = all!(self, query)?;
        let next = keyset::next_by_name(&mut rows, listing, |row| {
            (row.created_at, row.name.as_str(), row.id)
        });
        let total = total!(self, listing.with_total, filtered(tenant, filter).count())?;
        let items = self.connections_of(tenant, rows).await?;
        Ok(Page { items, total, next })
    }
}

#[async_trait]
impl Connections for Session<'_> {
    async fn find_for_update(
        &mut self,
        tenant: TenantId,
        id: ConnectionId,
    ) -> Result<Option<Connection>> {
        let query = by_id!(connections, tenant, id).select(ConnectionRow::as_select());
        let row = one!(self, for_update!(query))?;
        self.connection_of(tenant, row).await
    }

    async fn insert(&mut self, connection: &Connection) -> Result<()> {
        let statement =
            diesel::insert_into(connections::table).values(ConnectionRow::new(connection)?);
        run!(self, statement)?;
        let enabled = self.enabled_rows(connection).await?;
        insert_all!(self, connection_clients::table, enabled);
        Ok(())
    }

    async fn save(&mut self, connection: &Connection) -> Result<()> {
        let mut row = ConnectionRow::new(connection)?;
        row.version += 1;
        let statement = diesel::update(by_id!(connections, row.tenant_id, row.id))
            .filter(connections::version.eq(connection.version))
            .set(row);
        change!(self, statement)?;
        self.save_enabled(connection).await
    }

    async fn delete(&mut self, tenant: TenantId, id: ConnectionId) -> Result<bool> {
        let deleted = run!(self, diesel::delete(by_id!(connections, tenant, id)))?;
        Ok(deleted == 1)
    }

    async fn disable_client(&mut self, tenant: TenantId, client: &ClientIdentifier) -> Result<()> {
        let client = clients::table
            .filter(clients::tenant_id.eq(DbId::from(tenant)))
            .filter(clients::identifier.eq(sought(client.as_str())))
            .select(clients::id);
        let statement = diesel::delete(connection_clients::table)
            .filter(connection_clients::tenant_id.eq(DbId::from(tenant)))
            .filter(connection_clients::client_id.eq_any(client));
        run!(self, statement)?;
        Ok(())
    }
}
