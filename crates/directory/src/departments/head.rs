//! Who leads a department.

use std::collections::BTreeSet;

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    Department, DepartmentId, DepartmentMember, Error, EventKind, Kind, Listing, Moment, User,
    UserId,
};
use citizenry_storage::{
    Condition, Conditions, Test, Tx, Value,
    ports::{MemberField, MembersOf},
};
use serde_json::Value as Json;

use super::find_for_update;
use crate::{
    DepartmentRef, Directory, UserRef, dialect_rules::DialectRules, limits::MAX_LINKS,
    references::find_department, users::find_user,
};

/// Makes a user who sits in a department its head, or no head of it any more. With
/// [`DialectRules::one_head`] a new head takes the place of all others.
///
/// # Errors
/// `Forbidden`; `NotFound` for the department, the user, or a user who does not sit there.
pub async fn set_head(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    department: &DepartmentRef,
    user: &UserRef,
    head: bool,
    rules: DialectRules,
) -> Result<(), Error> {
    caller.may(Action::Update, Resource::Department)?;
    let named = find_department(tx.departments(), caller.tenant(), department).await?;
    let found = find_user(tx.users(), named.tenant, user).await?;
    // Whoever will be changed is held before the department: see `Limits`.
    let heads = if head && rules.one_head { std::slice::from_ref(&named.id) } else { &[] };
    hold_with_heads(tx, caller, Some(found.id), heads).await?;
    let department = find_for_update(tx, caller, department).await?;
    let places = tx.departments().memberships_of(department.tenant, &[found.id]).await?;
    let place = places.into_iter().find(|place| place.department == department.id);
    let place = place.ok_or_else(|| Error::not_found(Kind::User, user))?;
    let mut changed = Vec::new();
    if head && rules.one_head {
        changed = clear_others(tx, &department, &found).await?;
    }
    if place.is_head != head {
        changed.push(found.id);
        let place = DepartmentMember { is_head: head, ..place };
        tx.departments().put_members(department.tenant, &[place]).await?;
    }
    tell(tx, caller, moment, &department, &changed).await
}

/// Keeps the heads of those departments from being deleted until the unit ends.
pub(super) async fn hold_heads(
    tx: &mut dyn Tx,
    caller: &Caller,
    departments: &[DepartmentId],
) -> Result<(), Error> {
    hold_with_heads(tx, caller, None, departments).await
}

/// As [`hold_heads`], with a user besides. Of a department with very many heads, the first.
async fn hold_with_heads(
    tx: &mut dyn Tx,
    caller: &Caller,
    user: Option<UserId>,
    departments: &[DepartmentId],
) -> Result<(), Error> {
    let all = vec![Condition::equal(MemberField::IsHead, Value::Flag(true))];
    let heads = Conditions { all, search: None };
    let mut held: BTreeSet<UserId> = user.into_iter().collect();
    for department in departments {
        let of = MembersOf::Owner(*department);
        let listing = Listing::first(Listing::<()>::MAX_LIMIT);
        let page = tx.departments().members(caller.tenant(), of, &heads, &listing).await?;
        held.extend(page.items.into_iter().map(|it| it.member.user));
    }
    for held in Vec::from_iter(held).chunks(MAX_LINKS) {
        tx.users().hold(caller.tenant(), held).await?;
    }
    Ok(())
}

/// Leaves no head of `department` but `user`, if he is one. Who has lost his place.
pub(super) async fn clear_others(
    tx: &mut dyn Tx,
    department: &Department,
    user: &User,
) -> Result<Vec<UserId>, Error> {
    let others = Conditions {
        all: vec![
            Condition::equal(MemberField::IsHead, Value::Flag(true)),
            Condition::new(MemberField::User, Test::NotEqual(Value::Number(user.number.get()))),
        ],
        search: None,
    };
    let (tenant, of) = (department.tenant, MembersOf::Owner(department.id));
    let mut cleared = Vec::new();
    loop {
        let listing = Listing::first(Listing::<()>::MAX_LIMIT);
        let page = tx.departments().members(tenant, of, &others, &listing).await?;
        let heads: Vec<_> = page.items.into_iter().map(|it| it.member).collect();
        if heads.is_empty() {
            return Ok(cleared);
        }
        let places: Vec<_> =
            heads.into_iter().map(|place| DepartmentMember { is_head: false, ..place }).collect();
        tx.departments().put_members(tenant, &places).await?;
        cleared.extend(places.iter().map(|place| place.user));
    }
}

async fn tell(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    department: &Department,
    changed: &[UserId],
) -> Result<(), Error> {
    if changed.is_empty() {
        return Ok(());
    }
    let users: Vec<_> = changed.iter().map(UserId::to_string).collect();
    let kind = EventKind::DEPARTMENT_MEMBERS_CHANGED;
    let event = caller.event_with(moment, kind, department.id, ("users", Json::from(users)));
    Ok(tx.events().append(&event).await?)
}

impl Directory {
    /// Makes a user the head of a department, or no head of it any more. See [`set_head`].
    ///
    /// # Errors
    /// As [`set_head`].
    pub async fn set_department_head(
        &self,
        caller: &Caller,
        department: &DepartmentRef,
        user: &UserRef,
        head: bool,
        rules: DialectRules,
    ) -> Result<(), Error> {
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        let department = *department;
        self.storage
            .transact(async move |tx| {
                set_head(tx, &caller, &moment, &department, &user, head, rules).await
            })
            .await
    }
}
