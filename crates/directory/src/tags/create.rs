//! Create tags.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Error, EventKind, Moment, Quota, Tag, TagId, Text};
use citizenry_storage::Tx;

use super::{TagView, view::view_all};
use crate::{
    Directory,
    dialect_rules::DialectRules,
    limits::{Limits, MAX_BATCH, check_length, reserve},
    ports::Ports,
    references::check_distinct,
};

/// Makes tags of those names, all or none.
///
/// # Errors
/// `Forbidden`; `Invalid` on `tags` for more than 200 or for a name that comes twice; `Conflict` on
/// `name`, or on a quota.
pub async fn create(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    names: Vec<Text<100>>,
    rules: DialectRules,
) -> Result<Vec<Tag>, Error> {
    caller.may(Action::Create, Resource::Tag)?;
    check_length("tags", names.len(), MAX_BATCH)?;
    check_distinct("tags", &names, |name| name.as_str().to_owned())?;
    let limits = Limits::of(tx, caller, rules).await?;
    if limits.hold() {
        let there = tx.tags().count(caller.tenant()).await?;
        limits.check_sum(Quota::Tags, there, names.len())?;
    }
    let numbers = reserve(tx, names.len()).await?;
    let mut made = Vec::with_capacity(names.len());
    for (name, number) in names.into_iter().zip(numbers) {
        let tag = Tag {
            id: TagId::generate(moment),
            number,
            tenant: caller.tenant(),
            name,
            created_by: caller.user(),
            updated_by: caller.user(),
            version: 1,
            created_at: moment.now(),
            updated_at: moment.now(),
        };
        tx.tags().insert(&tag).await?;
        tx.events().append(&caller.event(moment, EventKind::TAG_CREATED, tag.id)).await?;
        made.push(tag);
    }
    Ok(made)
}

impl Directory {
    /// Makes tags of those names, all or none. See [`create`].
    ///
    /// # Errors
    /// As [`create`].
    pub async fn create_tags(
        &self,
        caller: &Caller,
        names: Vec<Text<100>>,
        rules: DialectRules,
    ) -> Result<Vec<TagView>, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                let made = create(tx, &caller, &moment, names.clone(), rules).await?;
                view_all(&mut Ports::Tx(tx), caller.tenant(), made).await
            })
            .await
    }
}
