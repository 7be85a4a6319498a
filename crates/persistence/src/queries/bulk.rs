//! Many users at once: looked up by sets of keys, added by few statements.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use citizenry_identity::{
    Event, ForeignId, Group, GroupId, Id as _, Kind, Role, RoleId, StoredPassword, TenantId, Text,
    Timestamp, User, UserId, folded,
};
use citizenry_storage::{
    Result,
    ports::{Bulk, ReadBulk, ReadGroups, ReadUsers, UserKeys},
};
use diesel::prelude::*;

use super::{Session, dialect::counter_slot};
use crate::{
    keyset::sought,
    rows::{
        events::{EventRow, EventUserRow},
        roles::RoleRow,
        users::{IdentityRow, LockRow, PasswordRow, UserRow},
    },
    schema::{
        event_users, events, foreign_ids, groups, identities, passwords, roles, user_locks,
        user_roles, users,
    },
    types::{DbId, DbTime},
};

/// How many keys one statement looks for at most; SQLite takes 32,766 values.
const MOST_KEYS: usize = 5_000;

/// Identifiers, as a statement takes them.
fn ids(users: &[UserId]) -> Vec<DbId> {
    users.iter().copied().map(DbId::from).collect()
}

/// Adds the identifiers of the users whose column is one of these keys, in the connection that
/// each key is of.
macro_rules! in_connections {
    ($session:expr, $found:expr, $tenant:expr, $column:ident: $type:ty, $keys:expr) => {{
        if !$keys.is_empty() {
            let asked: BTreeSet<(DbId, &str)> = $keys
                .iter()
                .map(|(connection, key)| (DbId::from(*connection), key.as_str()))
                .collect();
            let query = users::table
                .filter(users::tenant_id.eq(DbId::from($tenant)))
                .filter(users::$column.eq_any(asked.iter().map(|(_, key)| sought(key))))
                .select((users::id, users::connection_id, users::$column));
            let rows: Vec<(DbId, DbId, $type)> = all!($session, query)?;
            for (id, connection, key) in rows {
                if asked.contains(&(connection, text(&key))) {
                    $found.insert(id);
                }
            }
        }
    }};
}

/// The text of a column that may be null.
fn text(key: &impl AsText) -> &str {
    key.as_text()
}

/// A column of text, nullable or not.
trait AsText {
    fn as_text(&self) -> &str;
}

impl AsText for String {
    fn as_text(&self) -> &str {
        self
    }
}

impl AsText for Option<String> {
    fn as_text(&self) -> &str {
        self.as_deref().unwrap_or_default()
    }
}

impl Session<'_> {
    /// The identifiers of the users who have one of the keys.
    async fn ids_with_keys(&mut self, tenant: TenantId, keys: &UserKeys) -> Result<BTreeSet<DbId>> {
        let mut found: BTreeSet<DbId> = keys.ids.iter().copied().map(DbId::from).collect();
        if !keys.subjects.is_empty() {
            let subjects = keys.subjects.iter().map(|subject| sought(subject.as_str()));
            let query = users::table
                .filter(users::tenant_id.eq(DbId::from(tenant)))
                .filter(users::subject.eq_any(subjects))
                .select(users::id);
            let ids: Vec<DbId> = all!(self, query)?;
            found.extend(ids);
        }
        if !keys.external_ids.is_empty() {
            let external_ids = keys.external_ids.iter().map(|id| sought(id));
            let query = users::table
                .filter(users::tenant_id.eq(DbId::from(tenant)))
                .filter(users::external_id.eq_any(external_ids))
                .select(users::id);
            let ids: Vec<DbId> = all!(self, query)?;
            found.extend(ids);
        }
        in_connections!(self, found, tenant, username_key: Option<String>, keys.usernames);
        in_connections!(self, found, tenant, email_key: String, keys.emails);
        in_connections!(self, found, tenant, phone: Option<String>, keys.phones);
        self.add_ids_with_identities(tenant, &keys.identities, &mut found).await?;
        Ok(found)
    }

    async fn add_ids_with_identities(
        &mut self,
        tenant: TenantId,
        keys: &[(String, String)],
        found: &mut BTreeSet<DbId>,
    ) -> Result<()> {
        let mut by_provider = BTreeMap::<&str, Vec<_>>::new();
        for (provider, id) in keys {
            by_provider.entry(provider).or_default().push(sought(id));
        }
        for (provider, ids) in by_provider {
            for some in ids.chunks(MOST_KEYS) {
                let query = identities::table
                    .filter(identities::tenant_id.eq(DbId::from(tenant)))
                    .filter(identities::provider.eq(sought(provider)))
                    .filter(identities::provider_user_id.eq_any(some))
                    .select(identities::user_id);
                let ids: Vec<DbId> = all!(self, query)?;
                found.extend(ids);
            }
        }
        Ok(())
    }

    /// Counts so many users more, a statement for each row of the tenant's counters, in their
    /// order.
    async fn count_users(&mut self, tenant: TenantId, users: &[User]) -> Result<()> {
        let mut by_slot = BTreeMap::<i32, i64>::new();
        for user in users {
            *by_slot.entry(counter_slot(user.id.ulid())).or_default() += 1;
        }
        for (slot, change) in by_slot {
            self.add_to_counter(tenant, slot, change).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl ReadBulk for Session<'_> {
    async fn users_with_keys(&mut self, tenant: TenantId, keys: &UserKeys) -> Result<Vec<User>> {
        let found = self.ids_with_keys(tenant, keys).await?;
        let found: Vec<UserId> = found.into_iter().map(DbId::typed).collect();
        let mut users = Vec::new();
        for some in found.chunks(MOST_KEYS) {
            users.extend(ReadUsers::find_many(self, tenant, some).await?);
        }
        Ok(users)
    }

    async fn passwords_of(
        &mut self,
        tenant: TenantId,
        users: &[UserId],
    ) -> Result<Vec<(UserId, StoredPassword)>> {
        let query = passwords::table
            .filter(passwords::tenant_id.eq(DbId::from(tenant)))
            .filter(passwords::user_id.eq_any(ids(users)))
            .select(PasswordRow::as_select());
        let rows: Vec<PasswordRow> = all!(self, query)?;
        rows.into_iter().map(|row| Ok((row.user_id.typed(), row.model()?))).collect()
    }

    async fn roles_of(
        &mut self,
        tenant: TenantId,
        users: &[UserId],
    ) -> Result<Vec<(UserId, RoleId)>> {
        let query = user_roles::table
            .filter(user_roles::tenant_id.eq(DbId::from(tenant)))
            .filter(user_roles::user_id.eq_any(ids(users)))
            .select((user_roles::user_id, user_roles::role_id));
        let rows: Vec<(DbId, DbId)> = all!(self, query)?;
        Ok(rows.into_iter().map(|(user, role)| (user.typed(), role.typed())).collect())
    }

    async fn roles_named(&mut self, tenant: TenantId, names: &[Text<128>]) -> Result<Vec<Role>> {
        let query = roles::table
            .filter(roles::tenant_id.eq(DbId::from(tenant)))
            .filter(roles::name.eq_any(names.iter().map(|name| sought(name))))
            .select(RoleRow::as_select());
        let rows: Vec<RoleRow> = all!(self, query)?;
        Ok(rows.into_iter().map(RoleRow::model).collect())
    }

    async fn groups_called(&mut self, tenant: TenantId, words: &[Text<80>]) -> Result<Vec<Group>> {
        let query = groups::table
            .filter(groups::tenant_id.eq(DbId::from(tenant)))
            .filter(groups::code.eq_any(words.iter().map(|word| sought(word))))
            .select(groups::id);
        let mut found: Vec<DbId> = all!(self, query)?;
        let keys = words.iter().map(|word| sought(&folded(word)));
        let query = groups::table
            .filter(groups::tenant_id.eq(DbId::from(tenant)))
            .filter(groups::name_key.eq_any(keys))
            .select(groups::id);
        let named: Vec<DbId> = all!(self, query)?;
        found.extend(named);
        found.sort_unstable();
        found.dedup();
        let found: Vec<GroupId> = found.into_iter().map(DbId::typed).collect();
        ReadGroups::find_many(self, tenant, &found).await
    }

    async fn foreign_ids_of(
        &mut self,
        tenant: TenantId,
        users: &[UserId],
    ) -> Result<Vec<(UserId, ForeignId)>> {
        let query = foreign_ids::table
            .filter(foreign_ids::tenant_id.eq(DbId::from(tenant)))
            .filter(foreign_ids::entity_id.eq_any(ids(users)))
            .filter(foreign_ids::kind.eq(Kind::User.as_str()))
            .select((foreign_ids::entity_id, foreign_ids::source, foreign_ids::foreign_id));
        let mut rows: Vec<(DbId, String, String)> = all!(self, query)?;
        rows.sort_unstable();
        let foreign = |(user, source, id): (DbId, String, String)| {
            let (source, id) = (Text::from_stored(source), Text::from_stored(id));
            (user.typed(), ForeignId { source, kind: Kind::User, id })
        };
        Ok(rows.into_iter().map(foreign).collect())
    }

    async fn users_of_foreign_ids(
        &mut self,
        tenant: TenantId,
        asked: &[ForeignId],
    ) -> Result<Vec<(ForeignId, UserId)>> {
        let mut by_source = BTreeMap::<&str, Vec<_>>::new();
        for foreign in asked {
            by_source.entry(&foreign.source).or_default().push(sought(&foreign.id));
        }
        let mut found = Vec::new();
        for (source, wanted) in by_source {
            let query = foreign_ids::table
                .filter(foreign_ids::tenant_id.eq(DbId::from(tenant)))
                .filter(foreign_ids::source.eq(sought(source)))
                .filter(foreign_ids::kind.eq(Kind::User.as_str()))
                .filter(foreign_ids::foreign_id.eq_any(wanted))
                .select((foreign_ids::foreign_id, foreign_ids::entity_id));
            let rows: Vec<(String, DbId)> = all!(self, query)?;
            for (id, user) in rows {
                let source = Text::from_stored(source.to_owned());
                let foreign = ForeignId { source, kind: Kind::User, id: Text::from_stored(id) };
                found.push((foreign, user.typed()));
            }
        }
        Ok(found)
    }

    async fn users_after(
        &mut self,
        tenant: TenantId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<User>> {
        let mut query = users::table
            .filter(users::tenant_id.eq(DbId::from(tenant)))
            .order(users::id)
            .limit(i64::from(limit))
            .select(users::id)
            .into_boxed();
        if let Some(after) = after {
            query = query.filter(users::id.gt(DbId::from(after)));
        }
        let ids: Vec<DbId> = all!(self, query)?;
        let ids: Vec<UserId> = ids.into_iter().map(DbId::typed).collect();
        let mut users = ReadUsers::find_many(self, tenant, &ids).await?;
        users.sort_unstable_by_key(|user| user.id);
        Ok(users)
    }
}

#[async_trait]
impl Bulk for Session<'_> {
    async fn insert_users(&mut self, made: &[User]) -> Result<()> {
        let Some(tenant) = made.first().map(|user| user.tenant) else { return Ok(()) };
        let rows = made.iter().map(UserRow::new).collect::<Result<Vec<_>>>()?;
        insert_many!(self, users::table, rows);
        let identities_of = made.iter().map(IdentityRow::all).collect::<Result<Vec<_>>>()?;
        let rows: Vec<IdentityRow> = identities_of.into_iter().flatten().collect();
        insert_many!(self, identities::table, rows);
        let rows: Vec<LockRow> = made.iter().flat_map(LockRow::all).collect();
        insert_many!(self, user_locks::table, rows);
        self.index_users(made).await?;
        self.count_users(tenant, made).await
    }

    async fn set_passwords(
        &mut self,
        tenant: TenantId,
        set: &[(UserId, StoredPassword)],
    ) -> Result<()> {
        let users: Vec<UserId> = set.iter().map(|(user, _)| *user).collect();
        let old = diesel::delete(passwords::table)
            .filter(passwords::tenant_id.eq(DbId::from(tenant)))
            .filter(passwords::user_id.eq_any(ids(&users)));
        run!(self, old)?;
        let row =
            |(user, password): &(UserId, StoredPassword)| PasswordRow::new(tenant, *user, password);
        let rows: Vec<PasswordRow> = set.iter().map(row).collect();
        insert_many!(self, passwords::table, rows);
        Ok(())
    }

    async fn give_roles(
        &mut self,
        tenant: TenantId,
        given: &[(UserId, RoleId)],
        now: Timestamp,
    ) -> Result<()> {
        let row = |(user, role): &(UserId, RoleId)| {
            (
                user_roles::tenant_id.eq(DbId::from(tenant)),
                user_roles::user_id.eq(DbId::from(*user)),
                user_roles::role_id.eq(DbId::from(*role)),
                user_roles::assigned_at.eq(DbTime(now)),
            )
        };
        let rows: Vec<_> = given.iter().map(row).collect();
        insert_new!(self, user_roles::table, rows);
        Ok(())
    }

    async fn add_foreign_ids(
        &mut self,
        tenant: TenantId,
        added: &[(ForeignId, UserId)],
    ) -> Result<()> {
        let row = |(foreign, user): &(ForeignId, UserId)| {
            (
                foreign_ids::tenant_id.eq(DbId::from(tenant)),
                foreign_ids::source.eq(foreign.source.as_str().to_owned()),
                foreign_ids::kind.eq(foreign.kind.as_str()),
                foreign_ids::foreign_id.eq(foreign.id.as_str().to_owned()),
                foreign_ids::entity_id.eq(DbId::from(*user)),
            )
        };
        let rows: Vec<_> = added.iter().map(row).collect();
        insert_all!(self, foreign_ids::table, rows);
        Ok(())
    }

    async fn append_events(&mut self, appended: &[Event]) -> Result<()> {
        let rows = appended.iter().map(EventRow::new).collect::<Result<Vec<_>>>()?;
        insert_many!(self, events::table, rows);
        let rows: Vec<EventUserRow> = appended.iter().flat_map(EventUserRow::all).collect();
        insert_many!(self, event_users::table, rows);
        Ok(())
    }
}
