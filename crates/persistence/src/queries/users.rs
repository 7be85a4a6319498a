//! Users, with identities and locks.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use citizenry_identity::{
    ConnectionId, Cursor, CursorKey, Id as _, Listing, Number, Page, SortKey, Start, Status,
    Strategy, Subject, TenantId, User, UserId, folded,
};
use citizenry_storage::{
    Access, Condition, MetadataTest, Result, SearchTest, StorageError, Test, UserSearch,
    ports::{ReadUsers, UserField, UserFilter, UserName, UserSort, Users},
};
use diesel::{prelude::*, sql_types::Bool};

use super::{
    Session,
    dialect::{Db, IS_SEARCHED_BY_AGE, counter_slot},
};
use crate::{
    among::among,
    conditions::{self, Predicate, UserKey, UserSource, narrowed, tagged},
    keyset::{self, UsernameOrder, containing, ordered, sought},
    matching::Matching,
    rows::{
        Column,
        users::{IdentityRow, LockRow, UserRow},
    },
    schema::{group_members, identities, roles, user_counters, user_locks, user_roles, users},
    search::Found,
    types::DbId,
};

/// How many users of one email address, username or number are looked at.
const MOST_ALIKE: usize = 100;

/// How many candidates are looked up, sorted and counted one by one where the index yields them in the
/// order that is asked for.
const FEW_BY_AGE: u64 = 200;

/// How many candidates of a search are counted.
const MOST_CANDIDATES: u64 = 20_000;

/// Up to which number the users of a search that finds many are counted.
const MOST_COUNTED: u64 = 10_000;

/// How many candidates are always looked up and sorted.
const FEW_CANDIDATES: u64 = 1_000;

/// Whether candidates are so many that the list is walked in its order instead, which then soon
/// meets enough of them: where `count` are looked up, walking passes some fifty times
/// `users / count`, each at half the cost.
fn are_many(count: u64, users: u64) -> bool {
    count > MOST_CANDIDATES || count.saturating_mul(count) > users.saturating_mul(25)
}

/// The oldest of users who have a key in common: at most one a connection. Sorted here, since a
/// database that is asked to may walk all users in the order of their age to find them.
fn oldest(mut rows: Vec<UserRow>) -> Vec<UserRow> {
    rows.sort_by_key(|row| (row.created_at, row.id));
    rows.truncate(MOST_ALIKE);
    rows
}

/// Whether a user has or has not the role of administrators, as a test wants it.
fn administrates(tenant: TenantId, test: &Test) -> Result<Predicate<users::table, Db>> {
    let administrators =
        user_roles::table
            .inner_join(roles::table.on(
                roles::tenant_id.eq(user_roles::tenant_id).and(roles::id.eq(user_roles::role_id)),
            ))
            .filter(user_roles::tenant_id.eq(DbId::from(tenant)))
            .filter(roles::tenant_id.eq(DbId::from(tenant)))
            .filter(roles::is_administrator)
            .select(user_roles::user_id);
    Ok(match (conditions::admits(test, true)?, conditions::admits(test, false)?) {
        (true, true) => Box::new(true.into_sql::<Bool>()),
        (true, false) => Box::new(users::id.eq_any(administrators)),
        (false, true) => Box::new(users::id.ne_all(administrators)),
        (false, false) => Box::new(false.into_sql::<Bool>()),
    })
}

fn passing(tenant: TenantId, field: UserField, test: &Test) -> Result<Predicate<users::table, Db>> {
    use conditions::{flag, folded, keyed, made_by, number, text, time};
    let key = |text: &str| field.key(text);
    Ok(match field {
        UserField::Number => Box::new(number(users::number, test)?),
        UserField::Username => Box::new(keyed(users::username_key, test, key)?),
        UserField::Email => Box::new(keyed(users::email_key, test, key)?.or_empty()),
        UserField::Phone => Box::new(text(UserKey("phone"), test)?),
        UserField::E164 => Box::new(text(users::phone, test)?),
        UserField::Name => Box::new(folded(users::name_key, test)?.or_empty()),
        UserField::GivenName => Box::new(folded(UserKey("given_name"), test)?),
        UserField::FamilyName => Box::new(folded(UserKey("family_name"), test)?),
        UserField::Nickname => Box::new(folded(users::nickname_key, test)?.or_empty()),
        UserField::Title => Box::new(folded(UserKey("title"), test)?),
        UserField::Landline => Box::new(folded(UserKey("landline"), test)?),
        UserField::Source => Box::new(text(UserSource, test)?),
        UserField::Enabled => Box::new(flag(users::status.eq(Status::Active.as_str()), test)?),
        UserField::Status => Box::new(text(users::status, test)?),
        UserField::Administrator => administrates(tenant, test)?,
        UserField::CreatedBy => Box::new(made_by(users::created_by, tenant, test)?),
        UserField::CreatedAt => Box::new(time(users::created_at, test)?),
        UserField::UpdatedAt => Box::new(time(users::updated_at, test)?),
        // The key has an index, and is before every time where there was no sign-in.
        UserField::LastLoginAt => match test {
            Test::Equal(_) | Test::Greater(_) | Test::AtLeast(_) => {
                Box::new(time(users::last_login_key, test)?)
            }
            _ => Box::new(time(users::last_login_at, test)?),
        },
        UserField::LastIp => Box::new(text(users::last_ip, test)?),
        UserField::Logins => Box::new(number(users::logins_count, test)?),
        UserField::Subject => Box::new(text(users::subject, test)?),
        UserField::ExternalId => Box::new(text(users::external_id, test)?),
        UserField::EmailVerified => Box::new(flag(users::email_verified, test)?),
        UserField::PhoneVerified => Box::new(flag(users::phone_verified, test)?),
        UserField::Tag => tagged!(users::id, tag_links::user_id, tenant, test),
    })
}

/// Whether a condition is likely to leave few users, found by an index of its own.
fn finds_few(condition: &Condition<UserField>) -> bool {
    use UserField::{
        Administrator, CreatedBy, E164, Email, ExternalId, FamilyName, GivenName, Landline, Name,
        Number, Phone, Subject, Tag, Title, Username,
    };
    match (&condition.field, &condition.test) {
        (Administrator, test) => conditions::admits(test, false).is_ok_and(|admitted| !admitted),
        (
            CreatedBy | E164 | Email | ExternalId | FamilyName | GivenName | Landline | Name
            | Number | Phone | Subject | Tag | Title | Username,
            test,
        ) => matches!(test, Test::Equal(_) | Test::In(_) | Test::StartsWith(_)),
        _ => false,
    }
}

/// How the users of a filter are found, as far as tokens find them.
enum Way {
    /// No tokens are asked.
    Plain,
    /// Among these, who are few: so many.
    Candidates(Found, u64),
    /// Among many, so many at least: the list is walked.
    Walk(u64),
    /// The index yields candidates in the order of the list: so many, or more.
    ByAge(Found, u64),
    /// Among these of them.
    Among(Vec<DbId>),
}

/// Whether a list is in order of age alone.
fn is_by_age(listing: &Listing<UserSort>) -> bool {
    let order = keyset::order(listing, UserSort::CreatedAt);
    matches!(order.as_slice(), [SortKey { field: UserSort::CreatedAt, .. }])
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

/// Whether nothing is asked but for one value of free data.
fn is_decided(filter: &UserFilter) -> bool {
    let others = UserFilter { search: None, ..filter.clone() };
    let is_value =
        matches!(filter.search, Some(UserSearch::Test(SearchTest::Metadata(MetadataTest { .. }))));
    is_value && others == UserFilter::default()
}

fn filtered<'f>(
    tenant: TenantId,
    filter: &'f UserFilter,
    way: &Way,
) -> Result<users::BoxedQuery<'f, Db>> {
    let tenant_id = DbId::from(tenant);
    let all = users::table.into_boxed();
    let mut query = match way {
        Way::Candidates(found, _) => all.filter(found.clone()),
        Way::Plain | Way::Walk(_) | Way::ByAge(..) => all.filter(users::tenant_id.eq(tenant_id)),
        Way::Among(ids) => {
            all.filter(users::tenant_id.eq(tenant_id)).filter(among(users::id, ids.clone()))
        }
    };
    if let Some(connection) = filter.connection {
        query = query.filter(users::connection_id.eq(DbId::from(connection)));
    }
    if let Some(key) = &filter.email_key {
        query = query.filter(users::email_key.eq(sought(key)));
    }
    if let Some(key) = &filter.username_key {
        query = query.filter(users::username_key.eq(sought(key)));
    }
    if let Some(part) = &filter.nickname_contains {
        query = query.filter(users::nickname_key.like(containing(&folded(part))).escape('\\'));
    }
    if let Some(digits) = &filter.phone_contains {
        query = query.filter(users::phone.like(containing(digits)).escape('\\'));
    }
    if let Some(role) = filter.role {
        let holders = user_roles::table
            .filter(user_roles::tenant_id.eq(tenant_id))
            .filter(user_roles::role_id.eq(DbId::from(role)))
            .select(user_roles::user_id);
        query = query.filter(users::id.eq_any(holders));
    }
    if !filter.without_roles.is_empty() {
        let roles = filter.without_roles.iter().copied().map(DbId::from);
        let holders = user_roles::table
            .filter(user_roles::tenant_id.eq(tenant_id))
            .filter(user_roles::role_id.eq_any(roles))
            .select(user_roles::user_id);
        query = query.filter(users::id.ne_all(holders));
    }
    if let Some(groups) = &filter.groups {
        let members = group_members::table
            .filter(group_members::tenant_id.eq(tenant_id))
            .filter(group_members::group_id.eq_any(groups.iter().copied().map(DbId::from)))
            .select(group_members::user_id);
        query = query.filter(users::id.eq_any(members));
    }
    narrowed!(query, &filter.conditions, |field, test: &Test| passing(tenant, field, test));
    if let Some(search) = &filter.search {
        let passing = |field, test: &Test| passing(tenant, field, test);
        let among_candidates = matches!(way, Way::Candidates(..) | Way::Among(_));
        let matching = Matching { tenant, among_candidates, passing };
        query = query.filter(matching.search(search)?);
    }
    Ok(query)
}

fn position(row: &UserRow, field: UserSort) -> Cursor {
    let key = match field {
        UserSort::CreatedAt => keyset::time_key(Some(row.created_at)),
        UserSort::UpdatedAt => keyset::time_key(Some(row.updated_at)),
        UserSort::LastLoginAt => keyset::time_key(row.last_login_at),
        UserSort::Email => keyset::text_key(&row.email_key),
        UserSort::Name => keyset::text_key(&row.name_key),
        UserSort::Number => CursorKey::Number(row.number),
        UserSort::Username => keyset::text_key(row.username_key.as_deref().unwrap_or_default()),
    };
    Cursor { key, id: row.id.0 }
}

impl Session<'_> {
    /// The models of rows of one tenant, in their order: two statements, however many there are.
    async fn users_of(&mut self, tenant: TenantId, rows: Vec<UserRow>) -> Result<Vec<User>> {
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

    /// The users that `filter` lets through.
    pub(super) async fn users_page(
        &mut self,
        tenant: TenantId,
        filter: &UserFilter,
        listing: &Listing<UserSort>,
    ) -> Result<Page<User>> {
        let access = filter.access(tenant);
        let mut way = self.way(tenant, filter, &access, listing).await?;
        if matches!(way, Way::Candidates(_, 0)) {
            return Ok(Page { total: listing.with_total.then_some(0), ..keyset::nowhere() });
        }
        let mut by_age = None;
        if let Way::ByAge(found, _) = &way {
            by_age = self.found_by_age(tenant, filter, found, listing).await?;
            if by_age.is_none() {
                way = self.way_by_number(tenant, found.clone()).await?;
            }
        }
        let mut rows = match by_age {
            Some(rows) => rows,
            None => self.users_in_order(tenant, filter, listing, &access, &way).await?.items,
        };
        let next = keyset::next(&mut rows, listing, UserSort::CreatedAt, position);
        let found = rows.len() as u64;
        let total = match (&way, &listing.start) {
            (Way::Walk(count) | Way::ByAge(_, count), Start::Skip(skipped))
                if listing.with_total =>
            {
                let seen = skipped + found;
                Some(match next {
                    Some(_) => (*count).min(MOST_COUNTED + 1).max(seen + 1),
                    None if found == 0 => (*count).min(*skipped),
                    None => seen,
                })
            }
            (Way::Walk(_) | Way::ByAge(..), _) => None,
            // Its token decides who has a value.
            (Way::Candidates(_, count), _) if is_decided(filter) => {
                listing.with_total.then_some(*count)
            }
            // The last page tells how many there are.
            (_, Start::Skip(skipped)) if next.is_none() && (found > 0 || *skipped == 0) => {
                listing.with_total.then_some(skipped + found)
            }
            _ => self.users_total(tenant, filter, &way, listing.with_total).await?,
        };
        let items = self.users_of(tenant, rows).await?;
        Ok(Page { items, total, next })
    }

    /// The rows of a page, and one more, in the order that is asked for. As a page of rows, since
    /// there is none for a cursor of another order.
    async fn users_in_order(
        &mut self,
        tenant: TenantId,
        filter: &UserFilter,
        listing: &Listing<UserSort>,
        access: &Access,
        way: &Way,
    ) -> Result<Page<UserRow>> {
        let mut query = filtered(tenant, filter, way)?.select(UserRow::as_select());
        let by_index = *access != Access::Key
            && !matches!(way, Way::Candidates(..))
            && filter.role.is_none()
            && filter.groups.is_none()
            && !filter.conditions.all.iter().any(finds_few);
        ordered!(query, listing, users::id, default UserSort::CreatedAt, by_index by_index, {
            UserSort::CreatedAt => (users::created_at, keyset::time),
            UserSort::UpdatedAt => (users::updated_at, keyset::time),
            UserSort::LastLoginAt => (users::last_login_key, keyset::last_login),
            UserSort::Email => (users::email_key, keyset::text_or_empty),
            UserSort::Name => (users::name_key, keyset::text_or_empty),
            UserSort::Number => (users::number, keyset::number),
            UserSort::Username => (UsernameOrder, keyset::text_or_empty),
        });
        Ok(Page { items: all!(self, query)?, total: None, next: None })
    }

    /// The users among these whom `filter` lets through, in no order.
    pub(super) async fn users_among(
        &mut self,
        tenant: TenantId,
        filter: &UserFilter,
        ids: Vec<DbId>,
    ) -> Result<Vec<UserRow>> {
        let query = filtered(tenant, filter, &Way::Among(ids))?.select(UserRow::as_select());
        Ok(all!(self, query)?)
    }

    /// Like `total`; all users of a tenant are counted as they come and go.
    async fn users_total(
        &mut self,
        tenant: TenantId,
        filter: &UserFilter,
        way: &Way,
        wanted: bool,
    ) -> Result<Option<u64>> {
        if wanted && *filter == UserFilter::default() {
            return self.count(tenant).await.map(Some);
        }
        total!(self, wanted, filtered(tenant, filter, way)?.count())
    }

    /// How the users are found to whom there is this access.
    async fn way(
        &mut self,
        tenant: TenantId,
        filter: &UserFilter,
        access: &Access,
        listing: &Listing<UserSort>,
    ) -> Result<Way> {
        let Access::Tokens(candidates) = access else { return Ok(Way::Plain) };
        let found = Found::new(tenant.into(), candidates);
        if !IS_SEARCHED_BY_AGE || !is_by_age(listing) {
            return self.way_by_number(tenant, found).await;
        }
        // Where rows decide, the total of a few is counted by looking at all of them.
        let few = if is_decided(filter) { u64::from(listing.limit) } else { FEW_BY_AGE };
        let most = if listing.with_total { MOST_COUNTED.max(few) } else { few };
        let count = self.count_found(&found, most).await?;
        Ok(if count > few { Way::ByAge(found, count) } else { Way::Candidates(found, count) })
    }

    /// How the users are found whom the index yields in no order of use: as many as there are.
    async fn way_by_number(&mut self, tenant: TenantId, found: Found) -> Result<Way> {
        let count = self.count_found(&found, MOST_CANDIDATES).await?;
        if count > FEW_CANDIDATES && are_many(count, self.count(tenant).await?) {
            return Ok(Way::Walk(count));
        }
        Ok(Way::Candidates(found, count))
    }

    /// How many candidates there are, up to one more than `most`.
    async fn count_found(&mut self, found: &Found, most: u64) -> Result<u64> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let count: i64 = value!(self, found.counted(most.saturating_add(1)))?;
        Ok(count.unsigned_abs())
    }

    /// Counts so many users more, or less, in a row of the tenant's counters.
    pub(super) async fn add_to_counter(
        &mut self,
        tenant: TenantId,
        slot: i32,
        change: i64,
    ) -> Result<()> {
        let statement = diesel::insert_into(user_counters::table)
            .values((
                user_counters::tenant_id.eq(DbId::from(tenant)),
                user_counters::slot.eq(slot),
                user_counters::count.eq(change),
            ))
            .on_conflict((user_counters::tenant_id, user_counters::slot))
            .do_update()
            .set(user_counters::count.eq(user_counters::count + change));
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
            .filter(users::id.eq_any(ids.iter().copied().map(DbId::from)))
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
            .filter(users::id.eq_any(ids.iter().copied().map(DbId::from)))
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
