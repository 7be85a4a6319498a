//! Rename tags.

use std::collections::{BTreeMap, BTreeSet};

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Error, EventKind, Moment, Tag, Text};
use citizenry_storage::Tx;
use serde_json::Value;

use super::{TagView, view::view_all};
use crate::{
    Directory, TagRef, Unknown,
    limits::{MAX_BATCH, check_length},
    ports::Ports,
    references::{Named as _, check_distinct, find_tags},
};

/// Renames tags, all or none, and answers them in their order.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Invalid` on `tags` for more than 200, or for a tag or a name that comes
/// twice; `Conflict` on `name`.
pub async fn rename(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    names: Vec<(TagRef, Text<100>)>,
) -> Result<Vec<Tag>, Error> {
    caller.may(Action::Update, Resource::Tag)?;
    check_length("tags", names.len(), MAX_BATCH)?;
    check_distinct("tags", &names, |(_, name)| name.as_str().to_owned())?;
    let references: Vec<_> = names.iter().map(|(tag, _)| *tag).collect();
    let found = find_tags(tx.tags(), caller.tenant(), &references).await?;
    let found = Unknown::Refuse.keep(&references, found)?;
    check_distinct("tags", &found, |tag| tag.id)?;
    let order: BTreeSet<_> = found.iter().map(|tag| tag.id).collect();
    let mut locked = BTreeMap::new();
    for id in order {
        locked.insert(id, tx.tags().find_for_update(caller.tenant(), id).await?);
    }
    let mut renamed = Vec::with_capacity(found.len());
    for ((reference, name), tag) in names.into_iter().zip(found) {
        let found = locked.remove(&tag.id).flatten();
        let mut tag = found.ok_or_else(|| reference.not_found())?;
        if tag.name != name {
            tag.name = name;
            tag.updated_by = caller.user();
            tag.updated_at = moment.now();
            tx.tags().save(&tag).await?;
            tag.version += 1;
            let detail = ("fields", Value::from(vec!["name"]));
            let event = caller.event_with(moment, EventKind::TAG_UPDATED, tag.id, detail);
            tx.events().append(&event).await?;
        }
        renamed.push(tag);
    }
    Ok(renamed)
}

impl Directory {
    /// Renames tags, all or none. See [`rename`].
    ///
    /// # Errors
    /// As [`rename`].
    pub async fn rename_tags(
        &self,
        caller: &Caller,
        names: Vec<(TagRef, Text<100>)>,
    ) -> Result<Vec<TagView>, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                let renamed = rename(tx, &caller, &moment, names.clone()).await?;
                view_all(&mut Ports::Tx(tx), caller.tenant(), renamed).await
            })
            .await
    }
}
