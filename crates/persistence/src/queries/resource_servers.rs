//! Resource servers and their scopes.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use citizenry_identity::{Listing, Page, ResourceServer, ResourceServerId, ScopeName, TenantId};
use citizenry_storage::{
    Result,
    ports::{ByName, ReadResourceServers, ResourceServerFilter, ResourceServers},
};
use diesel::prelude::*;

use super::{Session, dialect::Db};
use crate::{
    keyset::{self, by_name, sought},
    rows::{
        document,
        grants::ClientGrantRow,
        resource_servers::{PermissionRow, ResourceServerRow},
    },
    schema::{client_grants, permissions, resource_servers},
    types::DbId,
};

fn filtered(
    tenant: TenantId,
    filter: &ResourceServerFilter,
) -> resource_servers::BoxedQuery<'_, Db> {
    let mut query = resource_servers::table
        .into_boxed()
        .filter(resource_servers::tenant_id.eq(DbId::from(tenant)));
    if !filter.ids.is_empty() {
        let ids = filter.ids.iter().copied().map(DbId::from);
        query = query.filter(resource_servers::id.eq_any(ids));
    }
    if !filter.identifiers.is_empty() {
        let identifiers = filter.identifiers.iter().map(|identifier| sought(identifier));
        query = query.filter(resource_servers::identifier.eq_any(identifiers));
    }
    if let Some(is_system) = filter.is_system {
        query = query.filter(resource_servers::is_system.eq(is_system));
    }
    if let Some(enforce) = filter.enforce_policies {
        query = query.filter(resource_servers::enforce_policies.eq(enforce));
    }
    query
}

impl Session<'_> {
    /// The models of rows of one tenant, in their order.
    async fn resource_servers_of(
        &mut self,
        tenant: TenantId,
        rows: Vec<ResourceServerRow>,
    ) -> Result<Vec<ResourceServer>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<DbId> = rows.iter().map(|row| row.id).collect();
        let query = permissions::table
            .filter(permissions::tenant_id.eq(DbId::from(tenant)))
            .filter(permissions::resource_server_id.eq_any(ids))
            .order((permissions::position, permissions::name))
            .select(PermissionRow::as_select());
        let scopes: Vec<PermissionRow> = all!(self, query)?;
        let mut by_server = BTreeMap::<DbId, Vec<PermissionRow>>::new();
        for scope in scopes {
            by_server.entry(scope.resource_server_id).or_default().push(scope);
        }
        rows.into_iter()
            .map(|row| {
                let scopes = by_server.remove(&row.id).unwrap_or_default();
                row.model(scopes)
            })
            .collect()
    }

    async fn resource_server_of(
        &mut self,
        tenant: TenantId,
        row: Option<ResourceServerRow>,
    ) -> Result<Option<ResourceServer>> {
        let servers = self.resource_servers_of(tenant, row.into_iter().collect()).await?;
        Ok(servers.into_iter().next())
    }

    /// Writes the scopes: those that stay keep what is assigned by them.
    async fn save_scopes(&mut self, server: &ResourceServer) -> Result<()> {
        let (tenant_id, server_id) = (DbId::from(server.tenant), DbId::from(server.id));
        let query = permissions::table
            .filter(permissions::tenant_id.eq(tenant_id))
            .filter(permissions::resource_server_id.eq(server_id))
            .select(PermissionRow::as_select());
        let present: Vec<PermissionRow> = all!(self, query)?;
        let wanted = PermissionRow::all(server);
        let kept: BTreeSet<&str> = wanted.iter().map(|row| row.name.as_str()).collect();
        let gone: BTreeSet<String> = present
            .iter()
            .filter(|row| !kept.contains(row.name.as_str()))
            .map(|row| row.name.clone())
            .collect();
        self.delete_scopes(tenant_id, server_id, &gone).await?;
        let present: BTreeMap<&str, &PermissionRow> =
            present.iter().map(|row| (row.name.as_str(), row)).collect();
        let mut added = Vec::new();
        for row in wanted {
            match present.get(row.name.as_str()) {
                None => added.push(row),
                Some(old) if **old == row => {}
                Some(_) => self.update_scope(&row).await?,
            }
        }
        insert_all!(self, permissions::table, added);
        Ok(())
    }

    async fn update_scope(&mut self, row: &PermissionRow) -> Result<()> {
        let statement = diesel::update(permissions::table)
            .filter(permissions::tenant_id.eq(row.tenant_id))
            .filter(permissions::resource_server_id.eq(row.resource_server_id))
            .filter(permissions::name.eq(&row.name))
            .set(row);
        run!(self, statement)?;
        Ok(())
    }

    /// Deletes scopes, from roles and users by foreign keys, from client grants here.
    async fn delete_scopes(
        &mut self,
        tenant_id: DbId,
        server_id: DbId,
        gone: &BTreeSet<String>,
    ) -> Result<()> {
        if gone.is_empty() {
            return Ok(());
        }
        let statement = diesel::delete(permissions::table)
            .filter(permissions::tenant_id.eq(tenant_id))
            .filter(permissions::resource_server_id.eq(server_id))
            .filter(permissions::name.eq_any(gone));
        run!(self, statement)?;
        let query = client_grants::table
            .filter(client_grants::tenant_id.eq(tenant_id))
            .filter(client_grants::resource_server_id.eq(server_id))
            .select(ClientGrantRow::as_select());
        let grants: Vec<ClientGrantRow> = all!(self, for_update!(query))?;
        for grant in grants {
            let id = grant.id;
            let mut scopes = grant.model()?.scopes;
            let before = scopes.len();
            scopes.retain(|scope| !gone.contains(scope.as_str()));
            if scopes.len() == before {
                continue;
            }
            let scopes: Vec<&str> = scopes.iter().map(ScopeName::as_str).collect();
            let statement = diesel::update(by_id!(client_grants, tenant_id, id))
                .set(client_grants::scopes.eq(document(&scopes)?));
            run!(self, statement)?;
        }
        Ok(())
    }
}

#[async_trait]
impl ReadResourceServers for Session<'_> {
    async fn find(
        &mut self,
        tenant: TenantId,
        id: ResourceServerId,
    ) -> Result<Option<ResourceServer>> {
        let query = by_id!(resource_servers, tenant, id).select(ResourceServerRow::as_select());
        let row = one!(self, query)?;
        self.resource_server_of(tenant, row).await
    }

    async fn find_by_identifier(
        &mut self,
        tenant: TenantId,
        identifier: &str,
    ) -> Result<Option<ResourceServer>> {
        let query = resource_servers::table
            .filter(resource_servers::tenant_id.eq(DbId::from(tenant)))
            .filter(resource_servers::identifier.eq(sought(identifier)))
            .select(ResourceServerRow::as_select());
        let row = one!(self, query)?;
        self.resource_server_of(tenant, row).await
    }

    async fn find_system(&mut self, tenant: TenantId) -> Result<Option<ResourceServer>> {
        // Not `= true`: the index holds the rows for which the column stands alone.
        let query = resource_servers::table
            .filter(resource_servers::tenant_id.eq(DbId::from(tenant)))
            .filter(resource_servers::is_system)
            .select(ResourceServerRow::as_select());
        let row = one!(self, query)?;
        self.resource_server_of(tenant, row).await
    }

    async fn find_many(
        &mut self,
        tenant: TenantId,
        ids: &[ResourceServerId],
    ) -> Result<Vec<ResourceServer>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = resource_servers::table
            .filter(resource_servers::tenant_id.eq(DbId::from(tenant)))
            .filter(resource_servers::id.eq_any(ids.iter().copied().map(DbId::from)))
            .select(ResourceServerRow::as_select());
        let rows = all!(self, query)?;
        self.resource_servers_of(tenant, rows).await
    }

    async fn find_by_identifiers(
        &mut self,
        tenant: TenantId,
        identifiers: &[String],
    ) -> Result<Vec<ResourceServer>> {
        if identifiers.is_empty() {
            return Ok(Vec::new());
        }
        let identifiers = identifiers.iter().map(|identifier| sought(identifier));
        let query = resource_servers::table
            .filter(resource_servers::tenant_id.eq(DbId::from(tenant)))
            .filter(resource_servers::identifier.eq_any(identifiers))
            .select(ResourceServerRow::as_select());
        let rows = all!(self, query)?;
        self.resource_servers_of(tenant, rows).await
    }

    async fn list(
        &mut self,
        tenant: TenantId,
        filter: &ResourceServerFilter,
        listing: &Listing<ByName>,
    ) -> Result<Page<ResourceServer>> {
        let mut query = filtered(tenant, filter).select(ResourceServerRow::as_select());
        by_name!(query, listing, resource_servers, by_index true);
        let mut rows: Vec<ResourceServerRow> = all!(self, query)?;
        let next = keyset::next_by_name(&mut rows, listing, |row| {
            (row.created_at, row.name.as_str(), row.id)
        });
        let total = total!(self, listing.with_total, filtered(tenant, filter).count())?;
        let items = self.resource_servers_of(tenant, rows).await?;
        Ok(Page { items, total, next })
    }
}

#[async_trait]
impl ResourceServers for Session<'_> {
    async fn find_for_update(
        &mut self,
        tenant: TenantId,
        id: ResourceServerId,
    ) -> Result<Option<ResourceServer>> {
        let query = by_id!(resource_servers, tenant, id).select(ResourceServerRow::as_select());
        let row = one!(self, for_update!(query))?;
        self.resource_server_of(tenant, row).await
    }

    async fn insert(&mut self, resource_server: &ResourceServer) -> Result<()> {
        let statement = diesel::insert_into(resource_servers::table)
            .values(ResourceServerRow::new(resource_server));
        run!(self, statement)?;
        insert_all!(self, permissions::table, PermissionRow::all(resource_server));
        Ok(())
    }

    async fn save(&mut self, resource_server: &ResourceServer) -> Result<()> {
        let mut row = ResourceServerRow::new(resource_server);
        row.version += 1;
        let statement = diesel::update(by_id!(resource_servers, row.tenant_id, row.id))
            .filter(resource_servers::version.eq(resource_server.version))
            .set(row);
        change!(self, statement)?;
        self.save_scopes(resource_server).await
    }

    async fn delete(&mut self, tenant: TenantId, id: ResourceServerId) -> Result<bool> {
        let deleted = run!(self, diesel::delete(by_id!(resource_servers, tenant, id)))?;
        Ok(deleted == 1)
    }
}
