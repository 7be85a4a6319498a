//! Delete groups.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Error, EventKind, Moment};
use citizenry_storage::Tx;

use crate::{
    Directory, GroupRef, Unknown,
    limits::{MAX_BATCH, check_length},
    references::find_groups,
};

/// Deletes groups with their memberships, permissions and tags, all or none.
///
/// # Errors
/// `Forbidden`; `Invalid` on `groups` for more than 200; `NotFound` as `unknown` says.
pub async fn delete(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    groups: &[GroupRef],
    unknown: Unknown,
) -> Result<(), Error> {
    caller.may(Action::Delete, Resource::Group)?;
    check_length("groups", groups.len(), MAX_BATCH)?;
    let found = find_groups(tx.groups(), caller.tenant(), groups).await?;
    let mut found = unknown.keep(groups, found)?;
    found.sort_by_key(|group| group.id);
    found.dedup_by_key(|group| group.id);
    for group in found {
        if tx.groups().delete(group.tenant, group.id).await? {
            let event = caller.event(moment, EventKind::GROUP_DELETED, group.id);
            tx.events().append(&event).await?;
        }
    }
    Ok(())
}

impl Directory {
    /// Deletes groups, all or none. See [`delete`].
    ///
    /// # Errors
    /// As [`delete`].
    pub async fn delete_groups(
        &self,
        caller: &Caller,
        groups: Vec<GroupRef>,
        unknown: Unknown,
    ) -> Result<(), Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| delete(tx, &caller, &moment, &groups, unknown).await)
            .await
    }
}
