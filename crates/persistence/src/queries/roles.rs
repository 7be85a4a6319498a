//! Roles.

use async_trait::async_trait;
use citizenry_identity::{Listing, Page, Role, RoleId, TenantId, UserId, folded};
use citizenry_storage::{
    Result,
    ports::{ByName, ReadRoles, RoleFilter, Roles},
};
use diesel::prelude::*;

use super::{Session, dialect::Db};
use crate::{
    keyset::{self, by_name, containing},
    rows::roles::RoleRow,
    schema::{roles, user_roles},
    types::DbId,
};

fn filtered<'a>(
    tenant: TenantId,
    filter: &RoleFilter,
    user: Option<UserId>,
) -> roles::BoxedQuery<'a, Db> {
    let mut query = roles::table.into_boxed().filter(roles::tenant_id.eq(DbId::from(tenant)));
    if let Some(part) = &filter.name_contains {
        query = query.filter(roles::name_key.like(containing(&folded(part))).escape('\\'));
    }
    if let Some(user) = user {
        let his = user_roles::table
            .filter(user_roles::tenant_id.eq(DbId::from(tenant)))
            .filter(user_roles::user_id.eq(DbId::from(user)))
            .select(user_roles::role_id);
        query = query.filter(roles::id.eq_any(his));
    }
    query
}

impl Session<'_> {
    /// The roles that `filter` lets through; only those that `user` has himself, if given.
    pub(super) async fn roles_page(
        &mut self,
        tenant: TenantId,
        filter: &RoleFilter,
        user: Option<UserId>,
        listing: &Listing<ByName>,
    ) -> Result<Page<Role>> {
        let mut query = filtered(tenant, filter, user).select(RoleRow::as_select());
        by_name!(query, listing, roles, by_index user.is_none());
        let mut rows: Vec<RoleRow> = all!(self, query)?;
        let next = keyset::next_by_name(&mut rows, listing, |row| {
            (row.created_at, row.name.as_str(), row.id)
        });
        let total = total!(self, listing.with_total, filtered(tenant, filter, user).count())?;
        let items = rows.into_iter().map(RoleRow::model).collect();
        Ok(Page { items, total, next })
    }
}

#[async_trait]
impl ReadRoles for Session<'_> {
    async fn find(&mut self, tenant: TenantId, id: RoleId) -> Result<Option<Role>> {
        let row = one!(self, by_id!(roles, tenant, id).select(RoleRow::as_select()))?;
        Ok(row.map(RoleRow::model))
    }

    async fn find_administrator(&mut self, tenant: TenantId) -> Result<Option<Role>> {
        // Not `= true`: the index holds the rows for which the column stands alone.
        let query = roles::table
            .filter(roles::tenant_id.eq(DbId::from(tenant)))
            .filter(roles::is_administrator)
            .select(RoleRow::as_select());
        let row = one!(self, query)?;
        Ok(row.map(RoleRow::model))
    }

    async fn find_many(&mut self, tenant: TenantId, ids: &[RoleId]) -> Result<Vec<Role>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = roles::table
            .filter(roles::tenant_id.eq(DbId::from(tenant)))
            .filter(roles::id.eq_any(ids.iter().copied().map(DbId::from)))
            .select(RoleRow::as_select());
        let rows: Vec<RoleRow> = all!(self, query)?;
        Ok(rows.into_iter().map(RoleRow::model).collect())
    }

    async fn list(
        &mut self,
        tenant: TenantId,
        filter: &RoleFilter,
        listing: &Listing<ByName>,
    ) -> Result<Page<Role>> {
        self.roles_page(tenant, filter, None, listing).await
    }
}

#[async_trait]
impl Roles for Session<'_> {
    async fn find_for_update(&mut self, tenant: TenantId, id: RoleId) -> Result<Option<Role>> {
        let query = by_id!(roles, tenant, id).select(RoleRow::as_select());
        let row = one!(self, for_update!(query))?;
        Ok(row.map(RoleRow::model))
    }

    async fn insert(&mut self, role: &Role) -> Result<()> {
        run!(self, diesel::insert_into(roles::table).values(RoleRow::new(role)))?;
        Ok(())
    }

    async fn save(&mut self, role: &Role) -> Result<()> {
        let mut row = RoleRow::new(role);
        row.version += 1;
        let statement = diesel::update(by_id!(roles, row.tenant_id, row.id))
            .filter(roles::version.eq(role.version))
            .set(row);
        change!(self, statement)
    }

    async fn delete(&mut self, tenant: TenantId, id: RoleId) -> Result<bool> {
        let deleted = run!(self, diesel::delete(by_id!(roles, tenant, id)))?;
        Ok(deleted == 1)
    }
}
