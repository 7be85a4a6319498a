//! Who has which role, and who may what.

use std::collections::BTreeMap;

use async_trait::async_trait;
use citizenry_identity::{
    Cursor, CursorKey, Direction, Listing, Page, PermissionRef, Role, RoleId, Start, Status,
    TenantId, Timestamp, User, UserId,
};
use citizenry_storage::{
    Result,
    ports::{Assignments, ByAge, ByName, ReadAssignments, RoleFilter, UserFilter, UserSort},
};
use diesel::{dsl, prelude::*};

use super::{Session, dialect::Db};
use crate::{
    keyset::{self, sought},
    rows::roles::{PermissionColumns, permission},
    schema::{
        permissions, role_permissions, roles, user_locks, user_permissions, user_roles, users,
    },
    types::{DbId, DbTime, sql},
};

fn ids<T: citizenry_identity::Id>(ids: &[T]) -> Vec<DbId> {
    ids.iter().copied().map(DbId::from).collect()
}

/// Permissions by resource server, so that one statement serves each.
fn by_server(permissions: &[PermissionRef]) -> BTreeMap<DbId, Vec<String>> {
    let mut by_server = BTreeMap::<DbId, Vec<String>>::new();
    for permission in permissions {
        let scopes = by_server.entry(permission.resource_server.into()).or_default();
        scopes.push(sought(permission.scope.as_str()));
    }
    by_server
}

/// Adds the assignments that a query yields: tenant, user, role and time.
macro_rules! assign {
    ($session:expr, $given:expr) => {{
        let statement = diesel::insert_into(user_roles::table)
            .values($given)
            .into_columns((
                user_roles::tenant_id,
                user_roles::user_id,
                user_roles::role_id,
                user_roles::assigned_at,
            ))
            .on_conflict_do_nothing();
        run!($session, statement)?;
    }};
}

/// Gives a user or a role those of the permissions that exist.
macro_rules! give {
    ($session:expr, $table:ident, $holder:ident, $tenant:expr, $id:expr, $permissions:expr) => {
        for (server, scopes) in by_server($permissions) {
            let given = permissions::table
                .filter(permissions::tenant_id.eq(DbId::from($tenant)))
                .filter(permissions::resource_server_id.eq(server))
                .filter(permissions::name.eq_any(scopes))
                .select((
                    permissions::tenant_id,
                    DbId::from($id).into_sql::<sql::Id>(),
                    permissions::resource_server_id,
                    permissions::name,
                ));
            let statement = diesel::insert_into($table::table)
                .values(given)
                .into_columns((
                    $table::tenant_id,
                    $table::$holder,
                    $table::resource_server_id,
                    $table::permission,
                ))
                .on_conflict_do_nothing();
            run!($session, statement)?;
        }
    };
}

/// Takes permissions from a user or a role.
macro_rules! take {
    ($session:expr, $table:ident, $holder:ident, $tenant:expr, $id:expr, $permissions:expr) => {
        for (server, scopes) in by_server($permissions) {
            let statement = diesel::delete($table::table)
                .filter($table::tenant_id.eq(DbId::from($tenant)))
                .filter($table::$holder.eq(DbId::from($id)))
                .filter($table::resource_server_id.eq(server))
                .filter($table::permission.eq_any(scopes));
            run!($session, statement)?;
        }
    };
}

fn permissions_of_role(
    tenant: TenantId,
    role: RoleId,
) -> role_permissions::BoxedQuery<'static, Db> {
    role_permissions::table
        .into_boxed()
        .filter(role_permissions::tenant_id.eq(DbId::from(tenant)))
        .filter(role_permissions::role_id.eq(DbId::from(role)))
}

#[async_trait]
impl ReadAssignments for Session<'_> {
    async fn roles_of_user(
        &mut self,
        tenant: TenantId,
        user: UserId,
        listing: &Listing<ByName>,
    ) -> Result<Page<Role>> {
        self.roles_page(tenant, &RoleFilter::default(), Some(user), listing).await
    }

    async fn role_ids_of_user(&mut self, tenant: TenantId, user: UserId) -> Result<Vec<RoleId>> {
        let query = user_roles::table
            .filter(user_roles::tenant_id.eq(DbId::from(tenant)))
            .filter(user_roles::user_id.eq(DbId::from(user)))
            .order(user_roles::role_id)
            .select(user_roles::role_id);
        let ids: Vec<DbId> = all!(self, query)?;
        Ok(ids.into_iter().map(DbId::typed).collect())
    }

    async fn users_of_role(
        &mut self,
        tenant: TenantId,
        role: RoleId,
        listing: &Listing<UserSort>,
    ) -> Result<Page<User>> {
        let filter = UserFilter { role: Some(role), ..UserFilter::default() };
        self.users_page(tenant, &filter, listing).await
    }

    async fn permissions_of_user(
        &mut self,
        tenant: TenantId,
        user: UserId,
    ) -> Result<Vec<PermissionRef>> {
        let query = user_permissions::table
            .filter(user_permissions::tenant_id.eq(DbId::from(tenant)))
            .filter(user_permissions::user_id.eq(DbId::from(user)))
            .order((user_permissions::resource_server_id, user_permissions::permission))
            .select((user_permissions::resource_server_id, user_permissions::permission));
        let rows: Vec<PermissionColumns> = all!(self, query)?;
        Ok(rows.into_iter().map(permission).collect())
    }

    async fn permissions_of_role(
        &mut self,
        tenant: TenantId,
        role: RoleId,
        listing: &Listing<ByAge>,
    ) -> Result<Page<PermissionRef>> {
        use role_permissions::{permission as scope, resource_server_id as server};
        // The one order that there is, from the front unless asked otherwise.
        let direction = keyset::direction(listing, Direction::Ascending);
        let mut query = permissions_of_role(tenant, role).select((server, scope));
        query = match direction {
            Direction::Ascending => query.order((server.asc(), scope.asc())),
            Direction::Descending => query.order((server.desc(), scope.desc())),
        };
        match &listing.start {
            Start::Skip(rows) => query = query.offset(i64::try_from(*rows).unwrap_or(i64::MAX)),
            Start::After(Cursor { key, id }) => {
                let Some(after) = keyset::text(key) else { return Ok(keyset::nowhere()) };
                query = query.filter(keyset::beyond_pair(server, scope, direction, *id, after));
            }
        }
        query = query.limit(keyset::fetched(listing));
        let mut rows: Vec<PermissionColumns> = all!(self, query)?;
        let next = keyset::next(&mut rows, listing, ByAge::CreatedAt, |row, _| Cursor {
            key: CursorKey::Text(row.1.clone()),
            id: row.0.0,
        });
        let total = total!(self, listing.with_total, permissions_of_role(tenant, role).count())?;
        Ok(Page { items: rows.into_iter().map(permission).collect(), total, next })
    }

    async fn permissions_of_roles(
        &mut self,
        tenant: TenantId,
        roles: &[RoleId],
    ) -> Result<BTreeMap<RoleId, Vec<PermissionRef>>> {
        use role_permissions::{permission as scope, resource_server_id as server, role_id};
        if roles.is_empty() {
            return Ok(BTreeMap::new());
        }
        let query = role_permissions::table
            .filter(role_permissions::tenant_id.eq(DbId::from(tenant)))
            .filter(role_id.eq_any(ids(roles)))
            .order((role_id, server, scope))
            .select((role_id, server, scope));
        let rows: Vec<(DbId, DbId, String)> = all!(self, query)?;
        let mut by_role = BTreeMap::<RoleId, Vec<PermissionRef>>::new();
        for (role, resource_server, name) in rows {
            by_role.entry(role.typed()).or_default().push(permission((resource_server, name)));
        }
        Ok(by_role)
    }

    async fn which_have_role(
        &mut self,
        tenant: TenantId,
        role: RoleId,
        users: &[UserId],
    ) -> Result<Vec<UserId>> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let query = user_roles::table
            .filter(user_roles::tenant_id.eq(DbId::from(tenant)))
            .filter(user_roles::role_id.eq(DbId::from(role)))
            .filter(user_roles::user_id.eq_any(ids(users)))
            .select(user_roles::user_id);
        let holders: Vec<DbId> = all!(self, query)?;
        Ok(holders.into_iter().map(DbId::typed).collect())
    }
}

#[async_trait]
impl Assignments for Session<'_> {
    async fn add_roles(
        &mut self,
        tenant: TenantId,
        user: UserId,
        roles: &[RoleId],
        now: Timestamp,
    ) -> Result<()> {
        if roles.is_empty() {
            return Ok(());
        }
        let given = roles::table
            .filter(roles::tenant_id.eq(DbId::from(tenant)))
            .filter(roles::id.eq_any(ids(roles)))
            .select((
                roles::tenant_id,
                DbId::from(user).into_sql::<sql::Id>(),
                roles::id,
                DbTime(now).into_sql::<sql::Ts>(),
            ));
        assign!(self, given);
        Ok(())
    }

    async fn remove_roles(
        &mut self,
        tenant: TenantId,
        user: UserId,
        roles: &[RoleId],
    ) -> Result<()> {
        if roles.is_empty() {
            return Ok(());
        }
        let statement = diesel::delete(user_roles::table)
            .filter(user_roles::tenant_id.eq(DbId::from(tenant)))
            .filter(user_roles::user_id.eq(DbId::from(user)))
            .filter(user_roles::role_id.eq_any(ids(roles)));
        run!(self, statement)?;
        Ok(())
    }

    async fn add_users(
        &mut self,
        tenant: TenantId,
        role: RoleId,
        users: &[UserId],
        now: Timestamp,
    ) -> Result<()> {
        if users.is_empty() {
            return Ok(());
        }
        let given = users::table
            .filter(users::tenant_id.eq(DbId::from(tenant)))
            .filter(users::id.eq_any(ids(users)))
            .select((
                users::tenant_id,
                users::id,
                DbId::from(role).into_sql::<sql::Id>(),
                DbTime(now).into_sql::<sql::Ts>(),
            ));
        assign!(self, given);
        Ok(())
    }

    async fn remove_users(
        &mut self,
        tenant: TenantId,
        role: RoleId,
        users: &[UserId],
    ) -> Result<()> {
        if users.is_empty() {
            return Ok(());
        }
        let statement = diesel::delete(user_roles::table)
            .filter(user_roles::tenant_id.eq(DbId::from(tenant)))
            .filter(user_roles::role_id.eq(DbId::from(role)))
            .filter(user_roles::user_id.eq_any(ids(users)));
        run!(self, statement)?;
        Ok(())
    }

    async fn add_user_permissions(
        &mut self,
        tenant: TenantId,
        user: UserId,
        permissions: &[PermissionRef],
    ) -> Result<()> {
        give!(self, user_permissions, user_id, tenant, user, permissions);
        Ok(())
    }

    async fn remove_user_permissions(
        &mut self,
        tenant: TenantId,
        user: UserId,
        permissions: &[PermissionRef],
    ) -> Result<()> {
        take!(self, user_permissions, user_id, tenant, user, permissions);
        Ok(())
    }

    async fn add_role_permissions(
        &mut self,
        tenant: TenantId,
        role: RoleId,
        permissions: &[PermissionRef],
    ) -> Result<()> {
        give!(self, role_permissions, role_id, tenant, role, permissions);
        Ok(())
    }

    async fn remove_role_permissions(
        &mut self,
        tenant: TenantId,
        role: RoleId,
        permissions: &[PermissionRef],
    ) -> Result<()> {
        take!(self, role_permissions, role_id, tenant, role, permissions);
        Ok(())
    }

    async fn has_able_user(
        &mut self,
        tenant: TenantId,
        role: RoleId,
        except: &[UserId],
        now: Timestamp,
    ) -> Result<bool> {
        let locked = user_locks::table
            .filter(user_locks::tenant_id.eq(users::tenant_id))
            .filter(user_locks::user_id.eq(users::id))
            .filter(user_locks::locked_from.le(DbTime(now)))
            .filter(
                user_locks::locked_until
                    .is_null()
                    .or(user_locks::locked_until.gt(DbTime(now)).assume_not_null()),
            );
        let able = user_roles::table
            .inner_join(users::table.on(
                users::tenant_id.eq(user_roles::tenant_id).and(users::id.eq(user_roles::user_id)),
            ))
            .filter(user_roles::tenant_id.eq(DbId::from(tenant)))
            .filter(user_roles::role_id.eq(DbId::from(role)))
            .filter(user_roles::user_id.ne_all(ids(except)))
            .filter(users::status.eq(Status::Active.as_str()))
            .filter(dsl::not(dsl::exists(locked)));
        value!(self, diesel::select(dsl::exists(able)))
    }
}
