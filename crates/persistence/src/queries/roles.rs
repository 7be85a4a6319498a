//! Roles.

use async_trait::async_trait;
use citizenry_identity::{Listing, Page, Role, RoleId, TenantId, UserId, folded};
use citizenry_storage::{
    Result, StorageError,
    ports::{ByName, ReadRoles, RoleFilter, Roles},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Session, dialect::Db};
use crate::{
    keyset::{self, containing, ordered},
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
        ordered!(query, listing, roles::id, default ByName::CreatedAt, by_index user.is_none(), {
            ByName::CreatedAt => (roles::created_at, keyset::time),
            ByName::Name => (roles::name, keyset::text),
        });
        let mut rows: Vec<RoleRow> =
            query.load(self.conn()).await.map_err(|error| self.fail(error))?;
        let next = keyset::next(&mut rows, listing, ByName::CreatedAt, |row, field| match field {
            ByName::CreatedAt => keyset::at_time(row.created_at, row.id),
            ByName::Name => keyset::at_text(&row.name, row.id),
        });
        let total = if listing.with_total {
            let count: i64 = filtered(tenant, filter, user)
                .count()
                .get_result(self.conn())
                .await
                .map_err(|error| self.fail(error))?;
            Some(count.unsigned_abs())
        } else {
            None
        };
        let items = rows.into_iter().map(RoleRow::model).collect();
        Ok(Page { items, total, next })
    }
}

#[async_trait]
impl ReadRoles for Session<'_> {
    async fn find(&mut self, tenant: TenantId, id: RoleId) -> Result<Option<Role>> {
        let row = roles::table
            .filter(roles::tenant_id.eq(DbId::from(tenant)))
            .filter(roles::id.eq(DbId::from(id)))
            .select(RoleRow::as_select())
            .get_result(self.conn())
            .await
            .optional()
            .map_err(|error| self.fail(error))?;
        Ok(row.map(RoleRow::model))
    }

    async fn find_administrator(&mut self, tenant: TenantId) -> Result<Option<Role>> {
        // Not `= true`: the index holds the rows for which the column stands alone.
        let row = roles::table
            .filter(roles::tenant_id.eq(DbId::from(tenant)))
            .filter(roles::is_administrator)
            .select(RoleRow::as_select())
            .get_result(self.conn())
            .await
            .optional()
            .map_err(|error| self.fail(error))?;
        Ok(row.map(RoleRow::model))
    }

    async fn find_many(&mut self, tenant: TenantId, ids: &[RoleId]) -> Result<Vec<Role>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<RoleRow> = roles::table
            .filter(roles::tenant_id.eq(DbId::from(tenant)))
            .filter(roles::id.eq_any(ids.iter().copied().map(DbId::from)))
            .select(RoleRow::as_select())
            .load(self.conn())
            .await
            .map_err(|error| self.fail(error))?;
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
        let query = roles::table
            .filter(roles::tenant_id.eq(DbId::from(tenant)))
            .filter(roles::id.eq(DbId::from(id)))
            .select(RoleRow::as_select());
        let row = for_update!(query)
            .get_result(self.conn())
            .await
            .optional()
            .map_err(|error| self.fail(error))?;
        Ok(row.map(RoleRow::model))
    }

    async fn insert(&mut self, role: &Role) -> Result<()> {
        diesel::insert_into(roles::table)
            .values(RoleRow::new(role))
            .execute(self.conn())
            .await
            .map_err(|error| self.fail(error))?;
        Ok(())
    }

    async fn save(&mut self, role: &Role) -> Result<()> {
        let mut row = RoleRow::new(role);
        row.version += 1;
        let saved = diesel::update(roles::table)
            .filter(roles::tenant_id.eq(row.tenant_id))
            .filter(roles::id.eq(row.id))
            .filter(roles::version.eq(role.version))
            .set(row)
            .execute(self.conn())
            .await
            .map_err(|error| self.fail(error))?;
        if saved == 1 { Ok(()) } else { Err(StorageError::Stale) }
    }

    async fn delete(&mut self, tenant: TenantId, id: RoleId) -> Result<bool> {
        let deleted = diesel::delete(roles::table)
            .filter(roles::tenant_id.eq(DbId::from(tenant)))
            .filter(roles::id.eq(DbId::from(id)))
            .execute(self.conn())
            .await
            .map_err(|error| self.fail(error))?;
        Ok(deleted == 1)
    }
}
