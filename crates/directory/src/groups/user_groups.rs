//! The groups of a user.

use std::collections::BTreeSet;

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Error, Group, GroupMember, Listing, Moment, Page, User};
use citizenry_storage::{
    Conditions, Tx,
    ports::{ByAge, MemberField, MembersOf},
};

use super::{
    GroupMemberView, lock_all,
    members::{put, take, view_page},
    view::view_members,
};
use crate::{
    Directory, GroupRef, Unknown, UserRef,
    dialect_rules::DialectRules,
    limits::{Limits, MAX_LINKS, check_length, check_scan},
    ports::Ports,
    references::{distinct, find_groups},
    users::{find_user_for_update, find_user_id},
};

/// Puts a user into groups. Unknown ones are passed over, unless all are.
///
/// # Errors
/// `Forbidden`; `NotFound` for the user or all of the groups; `Invalid` on `groups` for more than
/// 2,000; `Conflict` on a quota, or on `disabled`.
pub async fn add_of_user(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
    groups: &[GroupRef],
    rules: DialectRules,
) -> Result<Vec<GroupMember>, Error> {
    caller.may(Action::Update, Resource::Group)?;
    // The quotas are held before the user: see `Limits`.
    let limits = Limits::of(tx, caller, rules).await?;
    let user = find_user_for_update(tx, caller.tenant(), user).await?;
    let groups = load(tx, caller, groups, Unknown::RefuseIfAll).await?;
    let groups = hold(tx, caller, groups, &limits).await?;
    put(tx, caller, moment, &groups, &[user.id], rules).await
}

/// Makes exactly `groups` those that a user is in. Unknown ones are passed over, unless all are.
/// A membership that stays keeps its number and making.
///
/// # Errors
/// As [`add_of_user`].
pub async fn replace_of_user(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
    groups: &[GroupRef],
    rules: DialectRules,
) -> Result<(), Error> {
    caller.may(Action::Update, Resource::Group)?;
    // The quotas are held before the user: see `Limits`.
    Limits::of(tx, caller, rules).await?;
    let user = find_user_for_update(tx, caller.tenant(), user).await?;
    let groups = load(tx, caller, groups, Unknown::RefuseIfAll).await?;
    replace(tx, caller, moment, &user, &groups, rules).await
}

/// As [`replace_of_user`] for a user whom this unit holds already; an unknown group is `NotFound`.
///
/// # Errors
/// As [`add_of_user`].
pub(crate) async fn set_of_user(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &User,
    groups: &[GroupRef],
    rules: DialectRules,
) -> Result<(), Error> {
    caller.may(Action::Update, Resource::Group)?;
    let groups = load(tx, caller, groups, Unknown::Refuse).await?;
    replace(tx, caller, moment, user, &groups, rules).await
}

async fn replace(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &User,
    groups: &[Group],
    rules: DialectRules,
) -> Result<(), Error> {
    let wanted: BTreeSet<_> = groups.iter().map(|group| group.id).collect();
    let there = tx.groups().memberships_of(user.tenant, &[user.id]).await?;
    let there: BTreeSet<_> = there.into_iter().map(|member| member.group).collect();
    // Those that he leaves and those that he joins, all before the first changes.
    lock_all(tx, caller, there.symmetric_difference(&wanted).copied()).await?;
    let wanted = Vec::from_iter(wanted);
    let groups = tx.groups().find_many(user.tenant, &wanted).await?;
    let gone: Vec<_> = there.into_iter().filter(|it| !wanted.contains(it)).collect();
    if !gone.is_empty() {
        let left = tx.groups().find_many(user.tenant, &gone).await?;
        let pairs: Vec<_> = gone.into_iter().map(|group| (group, user.id)).collect();
        take(tx, caller, moment, &left, &pairs).await?;
    }
    put(tx, caller, moment, &groups, &[user.id], rules).await?;
    Ok(())
}

/// Takes a user out of groups. Unknown ones, and those that he is not in, are passed over.
///
/// # Errors
/// `Forbidden`; `NotFound` for the user; `Invalid` on `groups` for more than 2,000.
pub async fn remove_of_user(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
    groups: &[GroupRef],
) -> Result<(), Error> {
    caller.may(Action::Update, Resource::Group)?;
    let user = find_user_for_update(tx, caller.tenant(), user).await?;
    let named = load(tx, caller, groups, Unknown::PassOver).await?;
    let named: BTreeSet<_> = named.into_iter().map(|group| group.id).collect();
    let there = tx.groups().memberships_of(user.tenant, &[user.id]).await?;
    let ids: Vec<_> =
        there.into_iter().map(|member| member.group).filter(|it| named.contains(it)).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let groups = tx.groups().find_many(user.tenant, &ids).await?;
    let pairs: Vec<_> = ids.into_iter().map(|group| (group, user.id)).collect();
    take(tx, caller, moment, &groups, &pairs).await
}

/// The groups that those are, each once.
async fn load(
    tx: &mut dyn Tx,
    caller: &Caller,
    groups: &[GroupRef],
    unknown: Unknown,
) -> Result<Vec<Group>, Error> {
    check_length("groups", groups.len(), MAX_LINKS)?;
    let found = find_groups(tx.groups(), caller.tenant(), groups).await?;
    Ok(distinct(unknown.keep(groups, found)?, |group| group.id))
}

/// Where quotas hold, keeps the groups from others' changes until the unit ends, so that their
/// counts are those that the quota is held against.
async fn hold(
    tx: &mut dyn Tx,
    caller: &Caller,
    groups: Vec<Group>,
    limits: &Limits,
) -> Result<Vec<Group>, Error> {
    if !limits.hold() || groups.is_empty() {
        return Ok(groups);
    }
    let ids: Vec<_> = groups.iter().map(|group| group.id).collect();
    lock_all(tx, caller, ids.iter().copied()).await?;
    Ok(tx.groups().find_many(caller.tenant(), &ids).await?)
}

impl Directory {
    /// A page of the groups that a user is in.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`; `Invalid` on `filter` when the tenant has too many groups to search
    /// through by parts.
    pub async fn user_groups(
        &self,
        caller: &Caller,
        user: &UserRef,
        conditions: Conditions<MemberField>,
        listing: Listing<ByAge>,
    ) -> Result<Page<GroupMemberView>, Error> {
        caller.may(Action::Read, Resource::Group)?;
        caller.may(Action::Read, Resource::User)?;
        let (tenant, user) = (caller.tenant(), user.clone());
        self.storage
            .read(async move |read| {
                let user = find_user_id(read.users(), tenant, &user).await?;
                if conditions.is_scan() {
                    check_scan(read.groups().count(tenant).await?)?;
                }
                let of = MembersOf::User(user);
                let page = read.groups().members(tenant, of, &conditions, &listing).await?;
                view_page(&mut Ports::Read(read), tenant, page).await
            })
            .await
    }

    /// Puts a user into groups and answers his memberships there. See [`add_of_user`].
    ///
    /// # Errors
    /// As [`add_of_user`].
    pub async fn add_user_groups(
        &self,
        caller: &Caller,
        user: &UserRef,
        groups: Vec<GroupRef>,
        rules: DialectRules,
    ) -> Result<Vec<GroupMemberView>, Error> {
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                let members = add_of_user(tx, &caller, &moment, &user, &groups, rules).await?;
                view_members(tx, &caller, members).await
            })
            .await
    }

    /// Makes exactly those the groups of a user. See [`replace_of_user`].
    ///
    /// # Errors
    /// As [`replace_of_user`].
    pub async fn set_user_groups(
        &self,
        caller: &Caller,
        user: &UserRef,
        groups: Vec<GroupRef>,
        rules: DialectRules,
    ) -> Result<(), Error> {
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                replace_of_user(tx, &caller, &moment, &user, &groups, rules).await
            })
            .await
    }

    /// Takes a user out of groups. See [`remove_of_user`].
    ///
    /// # Errors
    /// As [`remove_of_user`].
    pub async fn remove_user_groups(
        &self,
        caller: &Caller,
        user: &UserRef,
        groups: Vec<GroupRef>,
    ) -> Result<(), Error> {
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        self.storage
            .transact(async move |tx| remove_of_user(tx, &caller, &moment, &user, &groups).await)
            .await
    }
}
