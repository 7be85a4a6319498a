//! Who is in a group.

use std::collections::{BTreeMap, BTreeSet};

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    Error, EventKind, Group, GroupId, GroupMember, Listing, Moment, Page, Quota, UserId,
};
use citizenry_storage::{
    Conditions, Tx,
    ports::{ByAge, MemberField, MembersOf, Membership},
};
use serde_json::Value;

use super::{
    GroupMemberView,
    view::{view_all_members, view_members},
};
use crate::{
    Directory, GroupRef, Unknown, UserRef,
    dialect_rules::DialectRules,
    limits::{Limits, MAX_LINKS, check_length, check_scan, reserve},
    ports::Ports,
    references::{distinct, find_group, find_user_ids},
};

/// Keeps the users who will be members of groups from being deleted until the unit ends, before it
/// locks the groups: see [`Limits`]. Those that there are not are passed over here.
///
/// # Errors
/// `Invalid` on `members` for more than 2,000 in one group.
pub(super) async fn hold_members(
    tx: &mut dyn Tx,
    caller: &Caller,
    members: impl Iterator<Item = &[UserRef]>,
) -> Result<(), Error> {
    let mut named = Vec::new();
    for members in members {
        check_length("members", members.len(), MAX_LINKS)?;
        named.extend_from_slice(members);
    }
    let mut ids = BTreeSet::new();
    for named in named.chunks(MAX_LINKS) {
        ids.extend(find_user_ids(tx.users(), caller.tenant(), named).await?.into_iter().flatten());
    }
    for ids in Vec::from_iter(ids).chunks(MAX_LINKS) {
        tx.users().hold(caller.tenant(), ids).await?;
    }
    Ok(())
}

/// Puts users into groups, every one into every one, and answers their memberships there. Those
/// that there are already stay as they are. Tells nobody.
///
/// # Errors
/// `Conflict` on a quota, or on `disabled`.
pub(super) async fn put(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    groups: &[Group],
    users: &[UserId],
    rules: DialectRules,
) -> Result<Vec<GroupMember>, Error> {
    let limits = Limits::of(tx, caller, rules).await?;
    let there = tx.groups().memberships_of(caller.tenant(), users).await?;
    let pairs: BTreeSet<_> = there.iter().map(|member| (member.group, member.user)).collect();
    let missing: Vec<(GroupId, UserId)> = groups
        .iter()
        .flat_map(|group| users.iter().map(|user| (group.id, *user)))
        .filter(|pair| !pairs.contains(pair))
        .collect();
    check_put(groups, &there, &missing, &limits, rules)?;
    let numbers = reserve(tx, missing.len()).await?;
    let new = missing.iter().zip(numbers).map(|((group, user), number)| GroupMember {
        number,
        group: *group,
        user: *user,
        created_by: caller.user(),
        created_at: moment.now(),
    });
    let new: Vec<_> = new.collect();
    if !new.is_empty() {
        tx.groups().put_members(caller.tenant(), &new).await?;
        tell(tx, caller, moment, groups, &missing).await?;
    }
    let named: BTreeSet<_> = groups.iter().map(|group| group.id).collect();
    let mut members = there;
    members.retain(|member| named.contains(&member.group));
    members.extend(new);
    Ok(members)
}

/// Passes when every one of `missing` may be added to what is `there`.
fn check_put(
    groups: &[Group],
    there: &[GroupMember],
    missing: &[(GroupId, UserId)],
    limits: &Limits,
    rules: DialectRules,
) -> Result<(), Error> {
    for group in groups {
        let more = missing.iter().filter(|(id, _)| *id == group.id).count();
        if more > 0 && rules.refuse_disabled_groups {
            group.check_enabled()?;
        }
        if more > 0 {
            limits.check_sum(Quota::GroupUsers, group.member_count, more)?;
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
    counts.values().try_for_each(|count| limits.check(Quota::UserGroups, *count))
}

/// One event for each group whose members have changed.
pub(super) async fn tell(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    groups: &[Group],
    changed: &[(GroupId, UserId)],
) -> Result<(), Error> {
    for group in groups {
        let of_group = changed.iter().filter(|(id, _)| *id == group.id);
        let users: Vec<_> = of_group.map(|(_, user)| user.to_string()).collect();
        if users.is_empty() {
            continue;
        }
        let kind = EventKind::GROUP_MEMBERS_CHANGED;
        let event = caller.event_with(moment, kind, group.id, ("users", Value::from(users)));
        tx.events().append(&event).await?;
    }
    Ok(())
}

/// Makes exactly `users` the members of a group. Who stays keeps his membership.
pub(super) async fn replace(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    group: &Group,
    users: &[UserId],
    rules: DialectRules,
) -> Result<(), Error> {
    let wanted: BTreeSet<_> = users.iter().copied().collect();
    let numbers = tx.groups().member_numbers(group.tenant, &[group.id]).await?;
    let numbers: Vec<_> = numbers.into_iter().map(|(_, number)| number).collect();
    let mut gone = Vec::new();
    for numbers in numbers.chunks(MAX_LINKS) {
        let members = tx.users().ids_of_numbers(group.tenant, numbers).await?;
        let left = members.into_iter().map(|(_, user)| user).filter(|it| !wanted.contains(it));
        gone.extend(left.map(|user| (group.id, user)));
    }
    for gone in gone.chunks(MAX_LINKS) {
        tx.groups().remove_members(group.tenant, gone).await?;
    }
    tell(tx, caller, moment, std::slice::from_ref(group), &gone).await?;
    // Who has left makes room for who comes.
    let count = group.member_count.saturating_sub(gone.len().try_into().unwrap_or(u64::MAX));
    let group = Group { member_count: count, ..group.clone() };
    put(tx, caller, moment, &[group], users, rules).await?;
    Ok(())
}

/// Puts users into a group. Unknown ones are passed over, unless all are.
///
/// # Errors
/// `Forbidden`; `NotFound` for the group or all of the users; `Invalid` on `users` for more than
/// 2,000; `Conflict` on a quota, or on `disabled`.
pub async fn add_members(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    group: &GroupRef,
    users: &[UserRef],
    rules: DialectRules,
) -> Result<Vec<GroupMember>, Error> {
    caller.may(Action::Update, Resource::Group)?;
    check_length("users", users.len(), MAX_LINKS)?;
    Limits::of(tx, caller, rules).await?;
    let group = find_group(tx.groups(), caller.tenant(), group).await?;
    let found = find_user_ids(tx.users(), group.tenant, users).await?;
    let ids = distinct(Unknown::RefuseIfAll.keep(users, found)?, |id| *id);
    put(tx, caller, moment, &[group], &ids, rules).await
}

/// Takes users out of a group. Unknown ones, and those who are not in it, are passed over.
///
/// # Errors
/// `Forbidden`; `NotFound` for the group; `Invalid` on `users` for more than 2,000.
pub async fn remove_members(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    group: &GroupRef,
    users: &[UserRef],
) -> Result<(), Error> {
    caller.may(Action::Update, Resource::Group)?;
    check_length("users", users.len(), MAX_LINKS)?;
    let group = find_group(tx.groups(), caller.tenant(), group).await?;
    let found = find_user_ids(tx.users(), group.tenant, users).await?;
    let ids: BTreeSet<_> = found.into_iter().flatten().collect();
    let pairs: Vec<_> = ids.into_iter().map(|user| (group.id, user)).collect();
    take(tx, caller, moment, &[group], &pairs).await
}

/// Ends memberships, and tells of it when there were any.
pub(super) async fn take(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    groups: &[Group],
    pairs: &[(GroupId, UserId)],
) -> Result<(), Error> {
    if pairs.is_empty() || tx.groups().remove_members(caller.tenant(), pairs).await? == 0 {
        return Ok(());
    }
    tell(tx, caller, moment, groups, pairs).await
}

impl Directory {
    /// Puts users into a group and answers their memberships. See [`add_members`].
    ///
    /// # Errors
    /// As [`add_members`].
    pub async fn add_group_members(
        &self,
        caller: &Caller,
        group: &GroupRef,
        users: Vec<UserRef>,
        rules: DialectRules,
    ) -> Result<Vec<GroupMemberView>, Error> {
        let (caller, group, moment) = (caller.clone(), *group, self.moment());
        self.storage
            .transact(async move |tx| {
                let members = add_members(tx, &caller, &moment, &group, &users, rules).await?;
                view_members(tx, &caller, members).await
            })
            .await
    }

    /// Takes users out of a group. See [`remove_members`].
    ///
    /// # Errors
    /// As [`remove_members`].
    pub async fn remove_group_members(
        &self,
        caller: &Caller,
        group: &GroupRef,
        users: Vec<UserRef>,
    ) -> Result<(), Error> {
        let (caller, group, moment) = (caller.clone(), *group, self.moment());
        self.storage
            .transact(async move |tx| remove_members(tx, &caller, &moment, &group, &users).await)
            .await
    }

    /// A page of the users in a group.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`; `Invalid` on `filter` when the group is too large to search
    /// through by parts.
    pub async fn group_members(
        &self,
        caller: &Caller,
        group: &GroupRef,
        conditions: Conditions<MemberField>,
        listing: Listing<ByAge>,
    ) -> Result<Page<GroupMemberView>, Error> {
        caller.may(Action::Read, Resource::Group)?;
        caller.may(Action::Read, Resource::User)?;
        let (tenant, group) = (caller.tenant(), *group);
        self.storage
            .read(async move |read| {
                let group = find_group(read.groups(), tenant, &group).await?;
                if conditions.is_scan() {
                    check_scan(group.member_count)?;
                }
                let of = MembersOf::Owner(group.id);
                let page = read.groups().members(tenant, of, &conditions, &listing).await?;
                view_page(&mut Ports::Read(read), tenant, page).await
            })
            .await
    }
}

/// A page of memberships as doors show them.
pub(super) async fn view_page(
    ports: &mut Ports<'_>,
    tenant: citizenry_identity::TenantId,
    page: Page<Membership<GroupMember, Group>>,
) -> Result<Page<GroupMemberView>, Error> {
    let items = view_all_members(ports, tenant, page.items).await?;
    Ok(Page { items, total: page.total, next: page.next })
}
