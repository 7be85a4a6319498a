//! Change groups.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Error, EventKind, Group, Moment, TagTarget};
use citizenry_storage::Tx;
use serde_json::Value;

use super::{
    GroupChanges, GroupView, NewGroup,
    create::{all_users, check_room, create_one},
    lock, lock_all,
    members::{hold_members, replace},
    view::view_written,
};
use crate::{
    Directory, GroupRef, Unknown,
    dialect_rules::DialectRules,
    limits::{MAX_BATCH, MAX_LINKS, check_length, reserve},
    references::{Named as _, check_distinct, find_groups},
    tags::set_of_target,
};

/// One entry of a call that makes and changes groups at once.
#[derive(Debug, Clone)]
pub enum GroupSave {
    /// A group to be made.
    New(NewGroup),
    /// A group to be changed.
    Existing(GroupChanges),
}

/// Changes groups, all or none.
///
/// # Errors
/// `Forbidden`; `Invalid` on `groups` for more than 200 or for one that comes twice; `NotFound` for
/// a group, a member or a tag; `Conflict` on `code`, on a quota, or on `disabled`.
pub async fn update(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    changes: Vec<GroupChanges>,
    rules: DialectRules,
) -> Result<Vec<Group>, Error> {
    save(tx, caller, moment, changes.into_iter().map(GroupSave::Existing).collect(), rules).await
}

/// Makes and changes groups, all or none, in their order.
///
/// # Errors
/// As [`update`] and [`super::create`].
pub async fn save(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    saves: Vec<GroupSave>,
    rules: DialectRules,
) -> Result<Vec<Group>, Error> {
    let references: Vec<GroupRef> = saves
        .iter()
        .filter_map(|save| match save {
            GroupSave::Existing(changes) => Some(changes.group),
            GroupSave::New(_) => None,
        })
        .collect();
    let new = saves.len() - references.len();
    if !references.is_empty() {
        caller.may(Action::Update, Resource::Group)?;
    }
    if new > 0 {
        caller.may(Action::Create, Resource::Group)?;
    }
    check_length("groups", saves.len(), MAX_BATCH)?;
    check_room(tx, caller, new, rules).await?;
    let members = saves.iter().filter_map(|save| match save {
        GroupSave::New(new) => Some(new.members.as_slice()),
        GroupSave::Existing(changes) => changes.members.as_deref(),
    });
    hold_members(tx, caller, members).await?;
    let mut groups = load(tx, caller, &references).await?.into_iter();
    let mut numbers = reserve(tx, new).await?.into_iter();
    let mut saved = Vec::with_capacity(saves.len());
    for save in saves {
        match save {
            GroupSave::New(new) => {
                let Some(number) = numbers.next() else { continue };
                saved.push(create_one(tx, caller, moment, new, number, rules).await?);
            }
            GroupSave::Existing(changes) => {
                let Some(group) = groups.next() else { continue };
                saved.push(update_one(tx, caller, moment, group, changes, rules).await?);
            }
        }
    }
    Ok(saved)
}

/// The groups in the order of the references, kept from others' changes until the unit ends.
async fn load(
    tx: &mut dyn Tx,
    caller: &Caller,
    references: &[GroupRef],
) -> Result<Vec<Group>, Error> {
    let found = find_groups(tx.groups(), caller.tenant(), references).await?;
    let groups = Unknown::Refuse.keep(references, found)?;
    check_distinct("groups", &groups, |group| group.id)?;
    lock_all(tx, caller, groups.iter().map(|group| group.id)).await?;
    let mut locked = Vec::with_capacity(groups.len());
    let found = find_groups(tx.groups(), caller.tenant(), references).await?;
    for (group, reference) in found.into_iter().zip(references) {
        locked.push(group.ok_or_else(|| reference.not_found())?);
    }
    Ok(locked)
}

async fn update_one(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    before: Group,
    changes: GroupChanges,
    rules: DialectRules,
) -> Result<Group, Error> {
    if rules.refuse_disabled_groups {
        before.check_enabled()?;
    }
    let mut group = before.clone();
    if let Some(code) = changes.code {
        group.code = code;
    }
    if let Some(name) = changes.name {
        group.name = name;
    }
    changes.description.apply(&mut group.description);
    if let Some(wildcards) = changes.wildcards {
        group.wildcards = wildcards;
    }
    write(tx, caller, moment, &before, &mut group).await?;
    if let Some(members) = changes.members {
        check_length("members", members.len(), MAX_LINKS)?;
        let users = all_users(tx, caller, &members).await?;
        replace(tx, caller, moment, &group, &users, rules).await?;
    }
    if let Some(tags) = changes.tags {
        let target = TagTarget::Group(group.id);
        set_of_target(tx, caller, moment, target, &tags, rules).await?;
    }
    Ok(group)
}

/// Writes a group that differs from what it was, and tells of it.
async fn write(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    before: &Group,
    group: &mut Group,
) -> Result<(), Error> {
    let changed = changed_fields(before, group);
    if changed.is_empty() {
        return Ok(());
    }
    group.updated_by = caller.user();
    group.updated_at = moment.now();
    tx.groups().save(group).await?;
    group.version += 1;
    let detail = ("fields", Value::from(changed));
    let event = caller.event_with(moment, EventKind::GROUP_UPDATED, group.id, detail);
    Ok(tx.events().append(&event).await?)
}

/// The names of the fields in which the two differ; never their values.
fn changed_fields(before: &Group, after: &Group) -> Vec<&'static str> {
    let fields = [
        ("code", before.code != after.code),
        ("name", before.name != after.name),
        ("description", before.description != after.description),
        ("wildcards", before.wildcards != after.wildcards),
        ("enabled", before.enabled != after.enabled),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// Takes groups into use and out of use. Unknown ones are passed over, unless all are.
///
/// # Errors
/// `Forbidden`; `Invalid` on `groups` for more than 200 or for one that comes twice; `NotFound`.
pub async fn set_enabled(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    groups: &[(GroupRef, bool)],
) -> Result<(), Error> {
    caller.may(Action::Update, Resource::Group)?;
    check_length("groups", groups.len(), MAX_BATCH)?;
    let references: Vec<_> = groups.iter().map(|(group, _)| *group).collect();
    let found = find_groups(tx.groups(), caller.tenant(), &references).await?;
    let wanted: Vec<_> = groups.iter().map(|(_, enabled)| *enabled).collect();
    let found: Vec<_> =
        found.into_iter().zip(wanted).map(|(it, on)| it.map(|group| (group, on))).collect();
    let mut found = Unknown::RefuseIfAll.keep(&references, found)?;
    check_distinct("groups", &found, |(group, _)| group.id)?;
    found.sort_by_key(|(group, _)| group.id);
    for (group, enabled) in found {
        if let Some(before) = lock(tx, caller, group.id).await? {
            let mut group = Group { enabled, ..before.clone() };
            write(tx, caller, moment, &before, &mut group).await?;
        }
    }
    Ok(())
}

impl Directory {
    /// Changes groups, all or none. See [`update`].
    ///
    /// # Errors
    /// As [`update`].
    pub async fn update_groups(
        &self,
        caller: &Caller,
        changes: Vec<GroupChanges>,
        rules: DialectRules,
    ) -> Result<Vec<GroupView>, Error> {
        let saves = changes.into_iter().map(GroupSave::Existing).collect();
        self.save_groups(caller, saves, rules).await
    }

    /// Makes and changes groups, all or none. See [`save`].
    ///
    /// # Errors
    /// As [`save`].
    pub async fn save_groups(
        &self,
        caller: &Caller,
        saves: Vec<GroupSave>,
        rules: DialectRules,
    ) -> Result<Vec<GroupView>, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                let saved = save(tx, &caller, &moment, saves.clone(), rules).await?;
                view_written(tx, &caller, saved).await
            })
            .await
    }

    /// Takes groups into use and out of use. See [`set_enabled`].
    ///
    /// # Errors
    /// As [`set_enabled`].
    pub async fn set_groups_enabled(
        &self,
        caller: &Caller,
        groups: Vec<(GroupRef, bool)>,
    ) -> Result<(), Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| set_enabled(tx, &caller, &moment, &groups).await)
            .await
    }
}
