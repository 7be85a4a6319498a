//! Create groups.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    Error, EventKind, Group, GroupId, Moment, Number, Quota, TagTarget, Text, UserId,
};
use citizenry_storage::Tx;

use super::{
    GroupView, NewGroup,
    members::{hold_members, put},
    view::view_written,
};
use crate::{
    Directory, Unknown,
    dialect_rules::DialectRules,
    limits::{Limits, MAX_BATCH, MAX_LINKS, check_length, reserve},
    references::find_user_ids,
    tags::set_of_target,
};

/// Makes groups, all or none.
///
/// # Errors
/// `Forbidden`; `Invalid` on `groups` for more than 200; `Conflict` on `code`, or on a quota;
/// `NotFound` for a member or a tag.
pub async fn create(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    new: Vec<NewGroup>,
    rules: DialectRules,
) -> Result<Vec<Group>, Error> {
    caller.may(Action::Create, Resource::Group)?;
    check_length("groups", new.len(), MAX_BATCH)?;
    check_room(tx, caller, new.len(), rules).await?;
    hold_members(tx, caller, new.iter().map(|new| new.members.as_slice())).await?;
    let numbers = reserve(tx, new.len()).await?;
    let mut made = Vec::with_capacity(new.len());
    for (new, number) in new.into_iter().zip(numbers) {
        made.push(create_one(tx, caller, moment, new, number, rules).await?);
    }
    Ok(made)
}

/// Passes when the tenant may have `more` groups.
pub(super) async fn check_room(
    tx: &mut dyn Tx,
    caller: &Caller,
    more: usize,
    rules: DialectRules,
) -> Result<(), Error> {
    let limits = Limits::of(tx, caller, rules).await?;
    if limits.hold() && more > 0 {
        let there = tx.groups().count(caller.tenant()).await?;
        limits.check_sum(Quota::Groups, there, more)?;
    }
    Ok(())
}

pub(super) async fn create_one(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    new: NewGroup,
    number: Number,
    rules: DialectRules,
) -> Result<Group, Error> {
    check_length("members", new.members.len(), MAX_LINKS)?;
    let id = GroupId::generate(moment);
    let code = match new.code {
        Some(code) => code,
        None => Text::parse("code", id.to_string())?,
    };
    let group = Group {
        id,
        number,
        tenant: caller.tenant(),
        code,
        name: new.name,
        description: new.description,
        enabled: true,
        source: new.source,
        wildcards: new.wildcards,
        member_count: 0,
        created_by: caller.user(),
        updated_by: caller.user(),
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    };
    tx.groups().insert(&group).await?;
    tx.events().append(&caller.event(moment, EventKind::GROUP_CREATED, group.id)).await?;
    if !new.members.is_empty() {
        let users = all_users(tx, caller, &new.members).await?;
        put(tx, caller, moment, std::slice::from_ref(&group), &users, rules).await?;
    }
    if !new.tags.is_empty() {
        let target = TagTarget::Group(group.id);
        set_of_target(tx, caller, moment, target, &new.tags, rules).await?;
    }
    Ok(group)
}

/// The identifiers of those users, each once; one who is not there is `NotFound`.
pub(super) async fn all_users(
    tx: &mut dyn Tx,
    caller: &Caller,
    users: &[crate::UserRef],
) -> Result<Vec<UserId>, Error> {
    let found = find_user_ids(tx.users(), caller.tenant(), users).await?;
    Ok(crate::references::distinct(Unknown::Refuse.keep(users, found)?, |id| *id))
}

impl Directory {
    /// Makes groups, all or none. See [`create`].
    ///
    /// # Errors
    /// As [`create`].
    pub async fn create_groups(
        &self,
        caller: &Caller,
        new: Vec<NewGroup>,
        rules: DialectRules,
    ) -> Result<Vec<GroupView>, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                let made = create(tx, &caller, &moment, new.clone(), rules).await?;
                view_written(tx, &caller, made).await
            })
            .await
    }
}
