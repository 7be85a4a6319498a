//! Who sits in a department.

use std::collections::{BTreeMap, BTreeSet};

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    Department, DepartmentId, DepartmentMember, Error, EventKind, Listing, Moment, Page, Quota,
    UserId,
};
use citizenry_storage::{
    Conditions, Tx,
    ports::{ByAge, MemberField, MembersOf},
};
use serde_json::Value;

use super::{
    DepartmentMemberView,
    view::{view_members, view_page},
};
use crate::{
    DepartmentRef, Directory, Unknown, UserRef,
    dialect_rules::DialectRules,
    limits::{Limits, MAX_LINKS, check_length, check_scan, reserve},
    ports::Ports,
    references::{distinct, find_department, find_user_ids},
};

/// Puts users into departments, every one into every one, neither as their main one nor as heads,
/// and answers their places there. Those that there are already stay as they are.
///
/// # Errors
/// `Conflict` on a quota.
pub(super) async fn put(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    departments: &[Department],
    users: &[UserId],
    limits: &Limits,
) -> Result<Vec<DepartmentMember>, Error> {
    let there = tx.departments().memberships_of(caller.tenant(), users).await?;
    let pairs: BTreeSet<_> = there.iter().map(|it| (it.department, it.user)).collect();
    let missing: Vec<(DepartmentId, UserId)> = departments
        .iter()
        .flat_map(|department| users.iter().map(|user| (department.id, *user)))
        .filter(|pair| !pairs.contains(pair))
        .collect();
    check_put(departments, &there, &missing, limits)?;
    let numbers = reserve(tx, missing.len()).await?;
    let new = missing.iter().zip(numbers).map(|((department, user), number)| DepartmentMember {
        number,
        department: *department,
        user: *user,
        is_main: false,
        is_head: false,
        created_by: caller.user(),
        created_at: moment.now(),
    });
    let new: Vec<_> = new.collect();
    if !new.is_empty() {
        tx.departments().put_members(caller.tenant(), &new).await?;
        tell(tx, caller, moment, &missing).await?;
    }
    let named: BTreeSet<_> = departments.iter().map(|it| it.id).collect();
    let mut members = there;
    members.retain(|member| named.contains(&member.department));
    members.extend(new);
    Ok(members)
}

/// Passes when every one of `missing` may be added to what is `there`.
fn check_put(
    departments: &[Department],
    there: &[DepartmentMember],
    missing: &[(DepartmentId, UserId)],
    limits: &Limits,
) -> Result<(), Error> {
    for department in departments {
        let more = missing.iter().filter(|(id, _)| *id == department.id).count();
        if more > 0 {
            limits.check_sum(Quota::DepartmentUsers, department.member_count, more)?;
        }
    }
    let mut counts: BTreeMap<UserId, usize> = BTreeMap::new();
    for (_, user) in missing {
        *counts.entry(*user).or_default() += 1;
    }
    for member in there {
        if let Some(count) = counts.get_mut(&member.user) {
            *count += 1;
        }
    }
    counts.values().try_for_each(|count| limits.check(Quota::UserDepartments, *count))
}

/// One event for each department in which the places of users have changed.
pub(super) async fn tell(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    changed: &[(DepartmentId, UserId)],
) -> Result<(), Error> {
    let mut users: BTreeMap<DepartmentId, Vec<String>> = BTreeMap::new();
    for (department, user) in changed {
        users.entry(*department).or_default().push(user.to_string());
    }
    for (department, users) in users {
        let kind = EventKind::DEPARTMENT_MEMBERS_CHANGED;
        let event = caller.event_with(moment, kind, department, ("users", Value::from(users)));
        tx.events().append(&event).await?;
    }
    Ok(())
}

/// Ends places, and tells of it when there were any.
pub(super) async fn take(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    pairs: &[(DepartmentId, UserId)],
) -> Result<(), Error> {
    if pairs.is_empty() || tx.departments().remove_members(caller.tenant(), pairs).await? == 0 {
        return Ok(());
    }
    tell(tx, caller, moment, pairs).await
}

/// Puts users into a department, neither as their main one nor as heads. Unknown ones are passed
/// over, unless all are; who sits there already stays as he is.
///
/// # Errors
/// `Forbidden`; `NotFound` for the department or all of the users; `Invalid` on `users` for more
/// than 2,000; `Conflict` on a quota.
pub async fn add_members(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    department: &DepartmentRef,
    users: &[UserRef],
    rules: DialectRules,
) -> Result<Vec<DepartmentMember>, Error> {
    caller.may(Action::Update, Resource::Department)?;
    check_length("users", users.len(), MAX_LINKS)?;
    let limits = Limits::of(tx, caller, rules).await?;
    let department = find_department(tx.departments(), caller.tenant(), department).await?;
    let found = find_user_ids(tx.users(), department.tenant, users).await?;
    let ids = distinct(Unknown::RefuseIfAll.keep(users, found)?, |id| *id);
    put(tx, caller, moment, &[department], &ids, &limits).await
}

/// Takes users out of a department. Unknown ones, and those who do not sit there, are passed over.
///
/// # Errors
/// `Forbidden`; `NotFound` for the department; `Invalid` on `users` for more than 2,000.
pub async fn remove_members(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    department: &DepartmentRef,
    users: &[UserRef],
) -> Result<(), Error> {
    caller.may(Action::Update, Resource::Department)?;
    check_length("users", users.len(), MAX_LINKS)?;
    let department = find_department(tx.departments(), caller.tenant(), department).await?;
    let found = find_user_ids(tx.users(), department.tenant, users).await?;
    let ids: BTreeSet<_> = found.into_iter().flatten().collect();
    let pairs: Vec<_> = ids.into_iter().map(|user| (department.id, user)).collect();
    take(tx, caller, moment, &pairs).await
}

impl Directory {
    /// Puts users into a department and answers their places. See [`add_members`].
    ///
    /// # Errors
    /// As [`add_members`].
    pub async fn add_department_members(
        &self,
        caller: &Caller,
        department: &DepartmentRef,
        users: Vec<UserRef>,
        rules: DialectRules,
    ) -> Result<Vec<DepartmentMemberView>, Error> {
        let (caller, department, moment) = (caller.clone(), *department, self.moment());
        self.storage
            .transact(async move |tx| {
                let members = add_members(tx, &caller, &moment, &department, &users, rules).await?;
                view_members(tx, &caller, members).await
            })
            .await
    }

    /// Takes users out of a department. See [`remove_members`].
    ///
    /// # Errors
    /// As [`remove_members`].
    pub async fn remove_department_members(
        &self,
        caller: &Caller,
        department: &DepartmentRef,
        users: Vec<UserRef>,
    ) -> Result<(), Error> {
        let (caller, department, moment) = (caller.clone(), *department, self.moment());
        self.storage
            .transact(async move |tx| {
                remove_members(tx, &caller, &moment, &department, &users).await
            })
            .await
    }

    /// A page of the users in a department, not of those below it.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`; `Invalid` on `filter` when the department is too large to search
    /// through by parts.
    pub async fn department_members(
        &self,
        caller: &Caller,
        department: &DepartmentRef,
        conditions: Conditions<MemberField>,
        listing: Listing<ByAge>,
    ) -> Result<Page<DepartmentMemberView>, Error> {
        caller.may(Action::Read, Resource::Department)?;
        caller.may(Action::Read, Resource::User)?;
        let (tenant, department) = (caller.tenant(), *department);
        self.storage
            .read(async move |read| {
                let found = find_department(read.departments(), tenant, &department).await?;
                if conditions.is_scan() {
                    check_scan(found.member_count)?;
                }
                let of = MembersOf::Owner(found.id);
                let page = read.departments().members(tenant, of, &conditions, &listing).await?;
                view_page(&mut Ports::Read(read), tenant, page).await
            })
            .await
    }
}
