//! Lists of users: how they are filtered, searched, ordered and counted.

use citizenry_identity::{
    Cursor, CursorKey, Listing, Page, SortKey, Start, Status, TenantId, User, folded,
};
use citizenry_storage::{
    Access, Condition, MetadataTest, Result, SearchTest, Test, UserSearch,
    ports::{ReadUsers, UserField, UserFilter, UserSort},
};
use diesel::{prelude::*, sql_types::Bool};

use super::{
    Session,
    dialect::{Db, IS_SEARCHED_BY_AGE},
};
use crate::{
    among::among,
    conditions::{self, Predicate, UserKey, UserSource, narrowed, tagged},
    keyset::{self, UsernameOrder, containing, ordered, sought},
    matching::Matching,
    rows::users::UserRow,
    schema::{group_members, roles, user_roles, users},
    search::Found,
    types::DbId,
};

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
}
