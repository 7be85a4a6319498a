//! The departments of a user.

use std::collections::{BTreeMap, BTreeSet};

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    Department, DepartmentId, DepartmentMember, Error, Listing, Moment, Page, Quota, User, UserId,
};
use citizenry_storage::{
    Conditions, Tx,
    ports::{ByAge, MemberField, MembersOf},
};

use super::{
    DepartmentMemberView, DepartmentPlace,
    head::{clear_others, hold_heads},
    lock_all,
    members::{put, take, tell},
    view::{view_members, view_page},
};
use crate::{
    DepartmentRef, Directory, Unknown, UserRef,
    dialect_rules::DialectRules,
    limits::{Limits, MAX_LINKS, check_length, check_scan, reserve},
    ports::Ports,
    references::{Named as _, check_distinct, distinct, find_departments},
    users::{find_user_for_update, find_user_id},
};

/// Puts a user into departments, neither as his main one nor as their head. Unknown ones are passed
/// over, unless all are; where he sits already he stays as he is.
///
/// # Errors
/// `Forbidden`; `NotFound` for the user or all of the departments; `Invalid` on `departments` for
/// more than 2,000; `Conflict` on a quota.
pub async fn add_of_user(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
    departments: &[DepartmentRef],
    rules: DialectRules,
) -> Result<Vec<DepartmentMember>, Error> {
    caller.may(Action::Update, Resource::Department)?;
    check_length("departments", departments.len(), MAX_LINKS)?;
    let limits = Limits::of(tx, caller, rules).await?;
    let user = find_user_for_update(tx, caller.tenant(), user).await?;
    let found = find_departments(tx.departments(), user.tenant, departments).await?;
    let found = Unknown::RefuseIfAll.keep(departments, found)?;
    let found = hold(tx, caller, distinct(found, |it| it.id), &limits).await?;
    put(tx, caller, moment, &found, &[user.id], &limits).await
}

/// Where quotas hold, keeps the departments from others' changes until the unit ends, so that their
/// counts are those that the quota is held against.
async fn hold(
    tx: &mut dyn Tx,
    caller: &Caller,
    departments: Vec<Department>,
    limits: &Limits,
) -> Result<Vec<Department>, Error> {
    if !limits.hold() || departments.is_empty() {
        return Ok(departments);
    }
    let ids: Vec<_> = departments.iter().map(|it| it.id).collect();
    lock_all(tx, caller, ids.iter().copied()).await?;
    Ok(tx.departments().find_many(caller.tenant(), &ids).await?)
}

/// Gives a user exactly these places. Unknown departments are passed over, unless all are, or the
/// main one is. A place that stays keeps its number and making.
///
/// # Errors
/// `Forbidden`; `NotFound` for the user or departments; `Invalid` on `departments` for more than
/// 2,000, for one that comes twice, or unless exactly one is the main one; `Conflict` on a quota.
pub async fn replace_of_user(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
    places: &[DepartmentPlace],
    rules: DialectRules,
) -> Result<(), Error> {
    caller.may(Action::Update, Resource::Department)?;
    check_places(places)?;
    // The quotas are held before the user: see `Limits`.
    Limits::of(tx, caller, rules).await?;
    let user = find_user_for_update(tx, caller.tenant(), user).await?;
    replace(tx, caller, moment, &user, places, Unknown::RefuseIfAll, rules).await
}

/// As [`replace_of_user`] for a user whom this unit holds already; an unknown department is
/// `NotFound`.
///
/// # Errors
/// As [`replace_of_user`].
pub(crate) async fn set_of_user(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &User,
    places: &[DepartmentPlace],
    rules: DialectRules,
) -> Result<(), Error> {
    caller.may(Action::Update, Resource::Department)?;
    check_places(places)?;
    replace(tx, caller, moment, user, places, Unknown::Refuse, rules).await
}

/// Passes for no place, and for places of which exactly one is the main one.
fn check_places(places: &[DepartmentPlace]) -> Result<(), Error> {
    check_length("departments", places.len(), MAX_LINKS)?;
    if !places.is_empty() && places.iter().filter(|place| place.is_main).count() != 1 {
        return Err(Error::invalid("departments", "must hold exactly one main department"));
    }
    Ok(())
}

async fn replace(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &User,
    places: &[DepartmentPlace],
    unknown: Unknown,
    rules: DialectRules,
) -> Result<(), Error> {
    let limits = Limits::of(tx, caller, rules).await?;
    let wanted = load(tx, caller, places, unknown).await?;
    limits.check(Quota::UserDepartments, wanted.len())?;
    let there = tx.departments().memberships_of(user.tenant, &[user.id]).await?;
    let there: BTreeMap<_, _> = there.into_iter().map(|place| (place.department, place)).collect();
    let named: BTreeSet<_> = wanted.iter().map(|(department, _)| department.id).collect();
    let wanted = lock_changed(tx, caller, wanted, &there, rules).await?;
    let gone = there.keys().filter(|id| !named.contains(id)).map(|id| (*id, user.id));
    take(tx, caller, moment, &gone.collect::<Vec<_>>()).await?;
    for (department, _) in wanted.iter().filter(|(it, _)| !there.contains_key(&it.id)) {
        limits.check_sum(Quota::DepartmentUsers, department.member_count, 1)?;
    }
    let mut changed = Vec::new();
    for (department, place) in &wanted {
        if place.is_head && rules.one_head {
            let cleared = clear_others(tx, department, user).await?;
            changed.extend(cleared.into_iter().map(|other| (department.id, other)));
        }
    }
    changed.extend(write(tx, caller, moment, user, &wanted, &there).await?);
    tell(tx, caller, moment, &changed).await
}

/// The departments of the places, with the places.
async fn load(
    tx: &mut dyn Tx,
    caller: &Caller,
    places: &[DepartmentPlace],
    unknown: Unknown,
) -> Result<Vec<(Department, DepartmentPlace)>, Error> {
    let references: Vec<_> = places.iter().map(|place| place.department).collect();
    let found = find_departments(tx.departments(), caller.tenant(), &references).await?;
    let main = places.iter().zip(&found).find(|(place, _)| place.is_main);
    if let Some((place, None)) = main {
        return Err(place.department.not_found());
    }
    let with_places: Vec<_> =
        found.into_iter().zip(places).map(|(it, place)| it.map(|it| (it, *place))).collect();
    let wanted = unknown.keep(&references, with_places)?;
    check_distinct("departments", &wanted, |(department, _)| department.id)?;
    Ok(wanted)
}

/// Holds the heads who will be none any more, and locks the departments that the user leaves, joins
/// or gets another place in, all before the first changes: see [`Limits`]. The wanted ones as they
/// are now.
async fn lock_changed(
    tx: &mut dyn Tx,
    caller: &Caller,
    wanted: Vec<(Department, DepartmentPlace)>,
    there: &BTreeMap<DepartmentId, DepartmentMember>,
    rules: DialectRules,
) -> Result<Vec<(Department, DepartmentPlace)>, Error> {
    let mut changed: BTreeSet<DepartmentId> = there.keys().copied().collect();
    for (department, place) in &wanted {
        match there.get(&department.id) {
            Some(old) if (old.is_main, old.is_head) == (place.is_main, place.is_head) => {
                changed.remove(&department.id);
            }
            _ => _ = changed.insert(department.id),
        }
    }
    if rules.one_head {
        let led = wanted.iter().filter(|(_, place)| place.is_head).map(|(it, _)| it.id);
        hold_heads(tx, caller, &led.collect::<Vec<_>>()).await?;
    }
    lock_all(tx, caller, changed).await?;
    let ids: Vec<_> = wanted.iter().map(|(department, _)| department.id).collect();
    let now = tx.departments().find_many(caller.tenant(), &ids).await?;
    let mut now: BTreeMap<_, _> = now.into_iter().map(|it| (it.id, it)).collect();
    let current = |(old, place): (Department, DepartmentPlace)| {
        now.remove(&old.id).map(|department| (department, place))
    };
    Ok(wanted.into_iter().filter_map(current).collect())
}

/// Writes those of the places that differ from what is there; the main one last, since no user ever
/// has two.
async fn write(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &User,
    wanted: &[(Department, DepartmentPlace)],
    there: &BTreeMap<DepartmentId, DepartmentMember>,
) -> Result<Vec<(DepartmentId, UserId)>, Error> {
    let new = wanted.iter().filter(|(it, _)| !there.contains_key(&it.id)).count();
    let mut numbers = reserve(tx, new).await?.into_iter();
    let mut places = Vec::new();
    for (department, place) in wanted {
        let (is_main, is_head) = (place.is_main, place.is_head);
        match there.get(&department.id) {
            Some(old) if (old.is_main, old.is_head) == (is_main, is_head) => {}
            Some(old) => places.push(DepartmentMember { is_main, is_head, ..old.clone() }),
            None => places.extend(numbers.next().map(|number| DepartmentMember {
                number,
                department: department.id,
                user: user.id,
                is_main,
                is_head,
                created_by: caller.user(),
                created_at: moment.now(),
            })),
        }
    }
    let (main, others): (Vec<_>, Vec<_>) = places.into_iter().partition(|place| place.is_main);
    for places in [&others, &main] {
        if !places.is_empty() {
            tx.departments().put_members(user.tenant, places).await?;
        }
    }
    Ok(others.iter().chain(&main).map(|place| (place.department, user.id)).collect())
}

/// Takes a user out of departments; he may be left without a main one. Unknown ones are passed over,
/// unless all are.
///
/// # Errors
/// `Forbidden`; `NotFound` for the user or all of the departments; `Invalid` on `departments` for
/// more than 2,000.
pub async fn remove_of_user(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
    departments: &[DepartmentRef],
) -> Result<(), Error> {
    caller.may(Action::Update, Resource::Department)?;
    check_length("departments", departments.len(), MAX_LINKS)?;
    let user = find_user_for_update(tx, caller.tenant(), user).await?;
    let found = find_departments(tx.departments(), user.tenant, departments).await?;
    let found = Unknown::RefuseIfAll.keep(departments, found)?;
    let named: BTreeSet<_> = found.into_iter().map(|it| it.id).collect();
    let there = tx.departments().memberships_of(user.tenant, &[user.id]).await?;
    let gone = there.into_iter().map(|it| it.department).filter(|it| named.contains(it));
    let pairs: Vec<_> = gone.map(|department| (department, user.id)).collect();
    take(tx, caller, moment, &pairs).await
}

impl Directory {
    /// A page of the departments that a user sits in.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`; `Invalid` on `filter` when the tenant has too many departments to
    /// search through by parts.
    pub async fn user_departments(
        &self,
        caller: &Caller,
        user: &UserRef,
        conditions: Conditions<MemberField>,
        listing: Listing<ByAge>,
    ) -> Result<Page<DepartmentMemberView>, Error> {
        caller.may(Action::Read, Resource::Department)?;
        caller.may(Action::Read, Resource::User)?;
        let (tenant, user) = (caller.tenant(), user.clone());
        self.storage
            .read(async move |read| {
                let user = find_user_id(read.users(), tenant, &user).await?;
                if conditions.is_scan() {
                    check_scan(read.departments().count(tenant).await?)?;
                }
                let of = MembersOf::User(user);
                let page = read.departments().members(tenant, of, &conditions, &listing).await?;
                view_page(&mut Ports::Read(read), tenant, page).await
            })
            .await
    }

    /// Puts a user into departments and answers his places. See [`add_of_user`].
    ///
    /// # Errors
    /// As [`add_of_user`].
    pub async fn add_user_departments(
        &self,
        caller: &Caller,
        user: &UserRef,
        departments: Vec<DepartmentRef>,
        rules: DialectRules,
    ) -> Result<Vec<DepartmentMemberView>, Error> {
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                let members = add_of_user(tx, &caller, &moment, &user, &departments, rules).await?;
                view_members(tx, &caller, members).await
            })
            .await
    }

    /// Gives a user exactly these places. See [`replace_of_user`].
    ///
    /// # Errors
    /// As [`replace_of_user`].
    pub async fn set_user_departments(
        &self,
        caller: &Caller,
        user: &UserRef,
        places: Vec<DepartmentPlace>,
        rules: DialectRules,
    ) -> Result<(), Error> {
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                replace_of_user(tx, &caller, &moment, &user, &places, rules).await
            })
            .await
    }

    /// Takes a user out of departments. See [`remove_of_user`].
    ///
    /// # Errors
    /// As [`remove_of_user`].
    pub async fn remove_user_departments(
        &self,
        caller: &Caller,
        user: &UserRef,
        departments: Vec<DepartmentRef>,
    ) -> Result<(), Error> {
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                remove_of_user(tx, &caller, &moment, &user, &departments).await
            })
            .await
    }
}
