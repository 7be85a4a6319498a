//! Users, with identities and locks.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use citizenry_identity::{
    ConnectionId, Id as _, Listing, Number, Page, Strategy, Subject, TenantId, User, UserId,
};
use citizenry_storage::{
    Result, StorageError,
    ports::{ReadUsers, UserFilter, UserName, UserSort, Users},
};
use diesel::{
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{BigInt, Integer},
};

use super::{
    Session,
    dialect::{Db, counter_slot},
};
use crate::{
    among::among,
    keyset::sought,
    rows::{
        Column,
        users::{IdentityRow, LockRow, UserRow},
    },
    schema::{identities, user_counters, user_locks, users},
    types::{DbId, sql::Id},
};

/// How many users of one email address, username or number are looked at.
const MOST_ALIKE: usize = 100;

/// The oldest of users who have a key in common: at most one a connection. Sorted here, since a
/// database that is asked to may walk all users in the order of their age to find them.
fn oldest(mut rows: Vec<UserRow>) -> Vec<UserRow> {
    rows.sort_by_key(|row| (row.created_at, row.id));
    rows.truncate(MOST_ALIKE);
    rows
}

/// A row of a user beside one of his identities and one of his locks: the answer of [`whole_user`]
/// has each identity with each lock.
type Joined = (UserRow, Option<IdentityRow>, Option<LockRow>);

/// The user who alone in the tenant passes `$only`, with identities and locks in one statement.
macro_rules! whole_user {
    ($session:expr, $tenant:expr, $only:expr) => {{
        let identities_of =
            identities::tenant_id.eq(users::tenant_id).and(identities::user_id.eq(users::id));
        let locks_of =
            user_locks::tenant_id.eq(users::tenant_id).and(user_locks::user_id.eq(users::id));
        let query = users::table
            .left_join(identities::table.on(identities_of))
            .left_join(user_locks::table.on(locks_of))
            .filter(users::tenant_id.eq(DbId::from($tenant)))
            .filter($only)
            .select(<Joined as SelectableHelper<Db>>::as_select());
        let rows: Vec<Joined> = all!($session, query)?;
        assembled(rows)
    }};
}

/// The user of the rows of [`whole_user`].
fn assembled(rows: Vec<Joined>) -> Result<Option<User>> {
    let (mut user, mut identities, mut locks) = (None, BTreeMap::new(), Vec::new());
    for (row, identity, lock) in rows {
        user.get_or_insert(row);
        if let Some(identity) = identity {
            identities.entry(identity.position).or_insert(identity);
        }
        locks.extend(lock.filter(|lock| !locks.contains(lock)));
    }
    let Some(user) = user else { return Ok(None) };
    let identities = identities.into_values().map(IdentityRow::model).collect::<Result<_>>()?;
    let locks = locks.into_iter().map(LockRow::model).collect::<Result<_>>()?;
    user.model(identities, locks).map(Some)
}

/// Counts so many users more, or less, in a row of a tenant's counters: for every user who is made,
/// so it is kept prepared.
#[derive(QueryId)]
struct Count {
    tenant: DbId,
    slot: i32,
    change: i64,
}

impl QueryFragment<Db> for Count {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        out.push_sql("INSERT INTO user_counters (tenant_id, slot, count) VALUES (");
        out.push_bind_param::<Id, _>(&self.tenant)?;
        out.push_sql(", ");
        out.push_bind_param::<Integer, _>(&self.slot)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.change)?;
        out.push_sql(
            ") ON CONFLICT (tenant_id, slot) \
             DO UPDATE SET count = user_counters.count + excluded.count",
        );
        Ok(())
    }
}

impl Session<'_> {
    /// The models of rows of one tenant, in their order: two statements, however many there are.
    pub(super) async fn users_of(
        &mut self,
        tenant: TenantId,
        rows: Vec<UserRow>,
    ) -> Result<Vec<User>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<DbId> = rows.iter().map(|row| row.id).collect();
        let query = identities::table
            .filter(identities::tenant_id.eq(DbId::from(tenant)))
            .filter(among(identities::user_id, ids.clone()))
            .order((identities::user_id, identities::position))
            .select(IdentityRow::as_select());
        let identities: Vec<IdentityRow> = all!(self, query)?;
        let query = user_locks::table
            .filter(user_locks::tenant_id.eq(DbId::from(tenant)))
            .filter(among(user_locks::user_id, ids))
            .select(LockRow::as_select());
        let locks: Vec<LockRow> = all!(self, query)?;
        let mut identities_of = BTreeMap::<DbId, Vec<_>>::new();
        for row in identities {
            identities_of.entry(row.user_id).or_default().push(row.model()?);
        }
        let mut locks_of = BTreeMap::<DbId, Vec<_>>::new();
        for row in locks {
            locks_of.entry(row.user_id).or_default().push(row.model()?);
        }
        rows.into_iter()
            .map(|row| {
                let identities = identities_of.remove(&row.id).unwrap_or_default();
                let locks = locks_of.remove(&row.id).unwrap_or_default();
                row.model(identities, locks)
            })
            .collect()
    }

    async fn user_of(&mut self, tenant: TenantId, row: Option<UserRow>) -> Result<Option<User>> {
        Ok(self.users_of(tenant, row.into_iter().collect()).await?.into_iter().next())
    }

    /// Counts so many users more, or less, in a row of the tenant's counters.
    pub(super) async fn add_to_counter(
        &mut self,
        tenant: TenantId,
        slot: i32,
        change: i64,
    ) -> Result<()> {
        let statement = Count { tenant: tenant.into(), slot, change };
        run!(self, statement)?;
        Ok(())
    }

    async fn save_identities(&mut self, user: &User) -> Result<()> {
        let (tenant_id, user_id) = (DbId::from(user.tenant), DbId::from(user.id));
        let query = identities::table
            .filter(identities::tenant_id.eq(tenant_id))
            .filter(identities::user_id.eq(user_id))
            .select(IdentityRow::as_select());
        let present: Vec<IdentityRow> = all!(self, query)?;
        let wanted = IdentityRow::all(user)?;
        let kept: BTreeSet<DbId> = wanted.iter().map(|row| row.id).collect();
        let present: BTreeMap<DbId, IdentityRow> =
            present.into_iter().map(|row| (row.id, row)).collect();
        let gone: Vec<DbId> = present.keys().copied().filter(|id| !kept.contains(id)).collect();
        if !gone.is_empty() {
            let statement = diesel::delete(identities::table)
                .filter(identities::tenant_id.eq(tenant_id))
                .filter(identities::id.eq_any(gone));
            run!(self, statement)?;
        }
        let mut added = Vec::new();
        for row in wanted {
            match present.get(&row.id) {
                None => added.push(row),
                Some(old) if *old == row => {}
                Some(_) => self.update_identity(&row).await?,
            }
        }
        insert_all!(self, identities::table, added);
        Ok(())
    }

    async fn update_identity(&mut self, row: &IdentityRow) -> Result<()> {
        let statement = diesel::update(by_id!(identities, row.tenant_id, row.id)).set(row);
        run!(self, statement)?;
        Ok(())
    }

    async fn save_locks(&mut self, user: &User) -> Result<()> {
        let (tenant_id, user_id) = (DbId::from(user.tenant), DbId::from(user.id));
        let query = user_locks::table
            .filter(user_locks::tenant_id.eq(tenant_id))
            .filter(user_locks::user_id.eq(user_id))
            .select(LockRow::as_select());
        let mut present: Vec<LockRow> = all!(self, query)?;
        let mut wanted = LockRow::all(user);
        present.sort_by(|a, b| a.reason.cmp(&b.reason));
        wanted.sort_by(|a, b| a.reason.cmp(&b.reason));
        if present == wanted {
            return Ok(());
        }
        if !present.is_empty() {
            let statement = diesel::delete(user_locks::table)
                .filter(user_locks::tenant_id.eq(tenant_id))
                .filter(user_locks::user_id.eq(user_id));
            run!(self, statement)?;
        }
        insert_all!(self, user_locks::table, wanted);
        Ok(())
    }
}

#[async_trait]
impl ReadUsers for Session<'_> {
    async fn find(&mut self, tenant: TenantId, id: UserId) -> Result<Option<User>> {
        whole_user!(self, tenant, users::id.eq(DbId::from(id)))
    }

    async fn find_by_subject(
        &mut self,
        tenant: TenantId,
        subject: &Subject,
    ) -> Result<Option<User>> {
        whole_user!(self, tenant, users::subject.eq(sought(subject.as_str())))
    }

    async fn ids_of_subjects(
        &mut self,
        tenant: TenantId,
        subjects: &[Subject],
    ) -> Result<Vec<UserId>> {
        if subjects.is_empty() {
            return Ok(Vec::new());
        }
        let subjects = subjects.iter().map(|subject| sought(subject.as_str()));
        let query = users::table
            .filter(users::tenant_id.eq(DbId::from(tenant)))
            .filter(users::subject.eq_any(subjects))
            .select(users::id);
        let ids: Vec<DbId> = all!(self, query)?;
        Ok(ids.into_iter().map(DbId::typed).collect())
    }

    async fn find_by_identity(
        &mut self,
        tenant: TenantId,
        provider: &Strategy,
        provider_user_id: &str,
    ) -> Result<Option<User>> {
        let query = users::table
            .inner_join(identities::table.on(
                users::tenant_id.eq(identities::tenant_id).and(users::id.eq(identities::user_id)),
            ))
            .filter(identities::tenant_id.eq(DbId::from(tenant)))
            .filter(identities::provider.eq(sought(provider.as_str())))
            .filter(identities::provider_user_id.eq(sought(provider_user_id)))
            .select(UserRow::as_select());
        let row = one!(self, query)?;
        self.user_of(tenant, row).await
    }

    async fn find_by_number(&mut self, tenant: TenantId, number: Number) -> Result<Option<User>> {
        whole_user!(self, tenant, users::number.eq(number.get()))
    }

    async fn ids_of_numbers(
        &mut self,
        tenant: TenantId,
        numbers: &[Number],
    ) -> Result<Vec<(Number, UserId)>> {
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let query = users::table
            .filter(users::tenant_id.eq(DbId::from(tenant)))
            .filter(users::number.eq_any(numbers.iter().map(|number| number.get())))
            .select((users::number, users::id));
        let mut rows: Vec<(i64, DbId)> = all!(self, query)?;
        rows.sort_unstable();
        rows.into_iter()
            .map(|(number, id)| Ok((Column("users", "number").number(number)?, id.typed())))
            .collect()
    }

    async fn find_many(&mut self, tenant: TenantId, ids: &[UserId]) -> Result<Vec<User>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = users::table
            .filter(users::tenant_id.eq(DbId::from(tenant)))
            .filter(among(users::id, ids.iter().copied().map(DbId::from).collect()))
            .select(UserRow::as_select());
        let rows = all!(self, query)?;
        self.users_of(tenant, rows).await
    }

    async fn names(&mut self, tenant: TenantId, ids: &[UserId]) -> Result<Vec<UserName>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = users::table
            .filter(users::tenant_id.eq(DbId::from(tenant)))
            .filter(among(users::id, ids.iter().copied().map(DbId::from).collect()))
            .select(UserRow::as_select());
        let rows: Vec<UserRow> = all!(self, query)?;
        rows.into_iter()
            .map(|row| {
                // Neither identities nor locks are in a name.
                let user = row.model(Vec::new(), Vec::new())?;
                Ok(UserName { id: user.id, number: user.number, name: user.display_name() })
            })
            .collect()
    }

    async fn find_by_email(&mut self, tenant: TenantId, email_key: &str) -> Result<Vec<User>> {
        // What has no address has the key ''.
        if email_key.is_empty() {
            return Ok(Vec::new());
        }
        let query = users::table
            .filter(users::tenant_id.eq(DbId::from(tenant)))
            .filter(users::email_key.eq(sought(email_key)))
            .select(UserRow::as_select());
        let rows = all!(self, query)?;
        self.users_of(tenant, oldest(rows)).await
    }

    async fn find_by_username(
        &mut self,
        tenant: TenantId,
        username_key: &str,
    ) -> Result<Vec<User>> {
        let query = users::table
            .filter(users::tenant_id.eq(DbId::from(tenant)))
            .filter(users::username_key.eq(sought(username_key)))
            .select(UserRow::as_select());
        let rows = all!(self, query)?;
        self.users_of(tenant, oldest(rows)).await
    }

    async fn find_by_phone(&mut self, tenant: TenantId, e164: &str) -> Result<Vec<User>> {
        let query = users::table
            .filter(users::tenant_id.eq(DbId::from(tenant)))
            .filter(users::phone.eq(sought(e164)))
            .select(UserRow::as_select());
        let rows = all!(self, query)?;
        self.users_of(tenant, oldest(rows)).await
    }

    async fn list(
        &mut self,
        tenant: TenantId,
        filter: &UserFilter,
        listing: &Listing<UserSort>,
    ) -> Result<Page<User>> {
        self.users_page(tenant, filter, listing).await
    }

    async fn count(&mut self, tenant: TenantId) -> Result<u64> {
        let query = user_counters::table
            .filter(user_counters::tenant_id.eq(DbId::from(tenant)))
            .select(user_counters::count);
        let counts: Vec<i64> = all!(self, query)?;
        u64::try_from(counts.iter().sum::<i64>())
            .map_err(|_negative| StorageError::inconsistent("user_counters", "count", "negative"))
    }
}

#[async_trait]
impl Users for Session<'_> {
    async fn find_for_update(&mut self, tenant: TenantId, id: UserId) -> Result<Option<User>> {
        let query = by_id!(users, tenant, id).select(UserRow::as_select());
        let row = one!(self, for_update!(query))?;
        self.user_of(tenant, row).await
    }

    async fn hold(&mut self, tenant: TenantId, ids: &[UserId]) -> Result<()> {
        self.hold_users(tenant, ids.iter().copied().map(DbId::from).collect()).await
    }

    async fn hold_for_deletion(&mut self, tenant: TenantId, ids: &[UserId]) -> Result<()> {
        let ids: BTreeSet<DbId> = ids.iter().copied().map(DbId::from).collect();
        let query = users::table
            .filter(users::tenant_id.eq(DbId::from(tenant)))
            .filter(users::id.eq_any(ids))
            .order(users::id)
            .select(users::id);
        let _held: Vec<DbId> = all!(self, for_deletion!(query))?;
        Ok(())
    }

    async fn insert(&mut self, user: &User) -> Result<()> {
        run!(self, diesel::insert_into(users::table).values(UserRow::new(user)?))?;
        insert_all!(self, identities::table, IdentityRow::all(user)?);
        insert_all!(self, user_locks::table, LockRow::all(user));
        self.index_users(std::slice::from_ref(user)).await?;
        self.add_to_counter(user.tenant, counter_slot(user.id.ulid()), 1).await
    }

    async fn save(&mut self, user: &User) -> Result<()> {
        let mut row = UserRow::new(user)?;
        row.version += 1;
        let statement = diesel::update(by_id!(users, row.tenant_id, row.id))
            .filter(users::version.eq(user.version))
            .set(row);
        change!(self, statement)?;
        self.save_identities(user).await?;
        self.save_locks(user).await?;
        self.index_users(std::slice::from_ref(user)).await
    }

    async fn delete(&mut self, tenant: TenantId, id: UserId) -> Result<bool> {
        self.leave_everything(tenant, id).await?;
        let deleted = run!(self, diesel::delete(by_id!(users, tenant, id)))?;
        if deleted == 1 {
            self.add_to_counter(tenant, counter_slot(id.ulid()), -1).await?;
        }
        Ok(deleted == 1)
    }

    async fn ids_of_connection(
        &mut self,
        tenant: TenantId,
        connection: ConnectionId,
        limit: u32,
    ) -> Result<Vec<UserId>> {
        let query = users::table
            .filter(users::tenant_id.eq(DbId::from(tenant)))
            .filter(users::connection_id.eq(DbId::from(connection)))
            .order((users::created_at, users::id))
            .limit(i64::from(limit))
            .select(users::id);
        let ids: Vec<DbId> = all!(self, query)?;
        Ok(ids.into_iter().map(DbId::typed).collect())
    }

    async fn index_next(&mut self, limit: u32) -> Result<bool> {
        self.index_next_users(limit).await
    }
}
