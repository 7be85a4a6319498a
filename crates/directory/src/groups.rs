//! Groups: create, find, change, delete; who is in them and what those may do.

mod change;
mod create;
mod delete;
mod members;
mod permissions;
mod read;
mod user_groups;
mod view;

pub use change::{GroupSave, save, set_enabled, update};
pub use create::create;
pub use delete::delete;
pub use members::{add_members, remove_members};
pub use permissions::set_permissions;
pub(crate) use user_groups::set_of_user;
pub use user_groups::{add_of_user, remove_of_user, replace_of_user};
pub use view::{GroupInclude, GroupMemberView, GroupView};

use std::collections::BTreeSet;

use citizenry_authz::Caller;
use citizenry_identity::{Error, Group, GroupId, Patch, Text, UserId, Wildcard};
use citizenry_storage::Tx;

use crate::{GroupRef, TagRef, UserRef, references::Named as _};

/// A group to be made.
#[derive(Debug, Clone)]
pub struct NewGroup {
    /// The code, unique per tenant; the group's identifier without one.
    pub code: Option<Text<80>>,
    /// The name.
    pub name: Text<255>,
    /// What it is for.
    pub description: Option<Text<1024>>,
    /// How it came to be, in the dialects' words.
    pub source: Option<Text<64>>,
    /// What its members may do to all objects of a kind.
    pub wildcards: BTreeSet<Wildcard>,
    /// Who is in it; at most 2,000.
    pub members: Vec<UserRef>,
    /// The tags on it; at most 2,000.
    pub tags: Vec<TagRef>,
}

/// What a partial change does to a group. A field that is kept stays as it is.
#[derive(Debug, Clone)]
pub struct GroupChanges {
    /// The group.
    pub group: GroupRef,
    /// The code, unique per tenant.
    pub code: Option<Text<80>>,
    /// The name.
    pub name: Option<Text<255>>,
    /// What it is for.
    pub description: Patch<Text<1024>>,
    /// What its members may do to all objects of a kind.
    pub wildcards: Option<BTreeSet<Wildcard>>,
    /// Who is in it, in place of those who were; at most 2,000.
    pub members: Option<Vec<UserRef>>,
    /// The tags on it, in place of those that were; at most 2,000.
    pub tags: Option<Vec<TagRef>>,
}

impl GroupChanges {
    /// Changes to `group` that change nothing.
    pub fn of(group: impl Into<GroupRef>) -> Self {
        Self {
            group: group.into(),
            code: None,
            name: None,
            description: Patch::Keep,
            wildcards: None,
            members: None,
            tags: None,
        }
    }
}

/// The group, kept from others' changes until the unit ends, or `NotFound`.
async fn find_for_update(
    tx: &mut dyn Tx,
    caller: &Caller,
    group: &GroupRef,
) -> Result<Group, Error> {
    let id = match group {
        GroupRef::Id(id) => *id,
        GroupRef::Number(number) => {
            let found = tx.groups().find_by_number(caller.tenant(), *number).await?;
            found.ok_or_else(|| group.not_found())?.id
        }
    };
    lock(tx, caller, id).await?.ok_or_else(|| group.not_found())
}

async fn lock(tx: &mut dyn Tx, caller: &Caller, id: GroupId) -> Result<Option<Group>, Error> {
    Ok(tx.groups().find_for_update(caller.tenant(), id).await?)
}

/// Keeps the groups from others' changes until the unit ends, in the order of their
/// identifiers, so that two calls that name the same ones do not wait for each other crosswise.
async fn lock_all(
    tx: &mut dyn Tx,
    caller: &Caller,
    ids: impl IntoIterator<Item = GroupId>,
) -> Result<(), Error> {
    for id in ids.into_iter().collect::<BTreeSet<_>>() {
        lock(tx, caller, id).await?;
    }
    Ok(())
}

/// Keeps the groups of users who are to be deleted from others' changes until the unit ends. One
/// user's are locked in order as he is deleted.
pub(crate) async fn lock_of_users(
    tx: &mut dyn Tx,
    caller: &Caller,
    users: &[UserId],
) -> Result<(), Error> {
    if users.len() < 2 {
        return Ok(());
    }
    let there = tx.groups().memberships_of(caller.tenant(), users).await?;
    lock_all(tx, caller, there.into_iter().map(|member| member.group)).await
}
