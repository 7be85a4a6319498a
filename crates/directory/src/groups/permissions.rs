//! What the members of a group may do to single objects.

use std::collections::BTreeSet;

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Error, EventKind, Moment, ObjectPermissions, ObjectType};
use citizenry_storage::Tx;

use super::find_for_update;
use crate::{
    Directory, GroupRef,
    limits::{MAX_LINKS, check_length},
    references::{check_distinct, find_group},
};

/// Replaces what the members of a group may do to single objects. An entry without permissions is
/// none.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Invalid` on `permissions` for more than 2,000 objects, or for one that
/// comes twice.
pub async fn set_permissions(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    group: &GroupRef,
    permissions: Vec<ObjectPermissions>,
) -> Result<Vec<ObjectPermissions>, Error> {
    caller.may(Action::Update, Resource::Group)?;
    check_length("permissions", permissions.len(), MAX_LINKS)?;
    check_distinct("permissions", &permissions, |it| (it.object_type, it.object))?;
    let group = find_for_update(tx, caller, group).await?;
    let before = tx.groups().object_permissions(group.tenant, group.id).await?;
    let wanted = permissions.into_iter().filter(|it| it.permissions().next().is_some());
    let wanted: BTreeSet<_> = wanted.collect();
    if before.iter().collect::<BTreeSet<_>>() == wanted.iter().collect() {
        return Ok(before);
    }
    let wanted = Vec::from_iter(wanted);
    tx.groups().set_object_permissions(group.tenant, group.id, &wanted).await?;
    let event = caller.event(moment, EventKind::GROUP_PERMISSIONS_CHANGED, group.id);
    tx.events().append(&event).await?;
    Ok(tx.groups().object_permissions(group.tenant, group.id).await?)
}

impl Directory {
    /// The kinds of objects that groups can be given permissions on.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn object_types(&self, caller: &Caller) -> Result<&'static [ObjectType], Error> {
        caller.may(Action::Read, Resource::Group)?;
        Ok(&ObjectType::ALL)
    }

    /// What the members of a group may do to single objects.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn group_permissions(
        &self,
        caller: &Caller,
        group: &GroupRef,
    ) -> Result<Vec<ObjectPermissions>, Error> {
        caller.may(Action::Read, Resource::Group)?;
        let (tenant, group) = (caller.tenant(), *group);
        self.storage
            .read(async move |read| {
                let group = find_group(read.groups(), tenant, &group).await?;
                Ok(read.groups().object_permissions(tenant, group.id).await?)
            })
            .await
    }

    /// Replaces what the members of a group may do to single objects. See [`set_permissions`].
    ///
    /// # Errors
    /// As [`set_permissions`].
    pub async fn set_group_permissions(
        &self,
        caller: &Caller,
        group: &GroupRef,
        permissions: Vec<ObjectPermissions>,
    ) -> Result<Vec<ObjectPermissions>, Error> {
        let (caller, group, moment) = (caller.clone(), *group, self.moment());
        self.storage
            .transact(async move |tx| {
                set_permissions(tx, &caller, &moment, &group, permissions.clone()).await
            })
            .await
    }
}
