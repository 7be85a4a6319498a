//! Delete tags.

use std::collections::BTreeSet;

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Error, EventKind, Moment};
use citizenry_storage::Tx;

use crate::{
    Directory, TagRef, Unknown,
    limits::{MAX_BATCH, check_length},
    references::find_tags,
};

/// Deletes tags and takes them off everything, all or none.
///
/// # Errors
/// `Forbidden`; `Invalid` on `tags` for more than 200; `NotFound` as `unknown` says.
pub async fn delete(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    tags: &[TagRef],
    unknown: Unknown,
) -> Result<(), Error> {
    caller.may(Action::Delete, Resource::Tag)?;
    check_length("tags", tags.len(), MAX_BATCH)?;
    let found = find_tags(tx.tags(), caller.tenant(), tags).await?;
    let found = unknown.keep(tags, found)?;
    let ids: BTreeSet<_> = found.into_iter().map(|tag| tag.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let ids = Vec::from_iter(ids);
    tx.tags().delete(caller.tenant(), &ids).await?;
    for id in ids {
        tx.events().append(&caller.event(moment, EventKind::TAG_DELETED, id)).await?;
    }
    Ok(())
}

impl Directory {
    /// Deletes tags, all or none. See [`delete`].
    ///
    /// # Errors
    /// As [`delete`].
    pub async fn delete_tags(
        &self,
        caller: &Caller,
        tags: Vec<TagRef>,
        unknown: Unknown,
    ) -> Result<(), Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| delete(tx, &caller, &moment, &tags, unknown).await)
            .await
    }
}
