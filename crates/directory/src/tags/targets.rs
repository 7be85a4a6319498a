//! What one tag is on.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Error, Moment, Number, TagTarget};
use citizenry_storage::{Tx, ports::TagLinkView};

use super::target::{find_targets, put, take, view_links};
use crate::{
    Directory, TagRef, TargetRef,
    dialect_rules::DialectRules,
    limits::{Limits, MAX_LINKS, check_length},
    ports::Ports,
    references::{distinct, find_tag},
};

/// Puts a tag on things. Unknown ones are passed over, unless all are.
///
/// # Errors
/// `Forbidden`; `NotFound` for the tag or all of the things; `Invalid` on `targets` for more than
/// 2,000; `Conflict` on a quota.
pub async fn add_targets(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    tag: &TagRef,
    targets: &[TargetRef],
    rules: DialectRules,
) -> Result<Vec<TagLinkView>, Error> {
    caller.may(Action::Update, Resource::Tag)?;
    check_length("targets", targets.len(), MAX_LINKS)?;
    let limits = Limits::of(tx, caller, rules).await?;
    let tag = find_tag(tx.tags(), caller.tenant(), tag).await?;
    let found = find_targets(&mut Ports::Tx(tx), caller.tenant(), targets).await?;
    let found: Vec<_> = found.into_iter().flatten().collect();
    if let (true, Some(first)) = (found.is_empty(), targets.first()) {
        return Err(first.not_found());
    }
    let found = distinct(found, |it| it.what);
    let on: Vec<_> = found.iter().map(|it| it.what).collect();
    let tags = [tag];
    let links = put(tx, caller, moment, &on, &tags, &limits).await?;
    Ok(view_links(links, &tags, &found))
}

/// Takes a tag off the users, departments and groups of those numbers. Unknown ones, and those that
/// it is not on, are passed over.
///
/// # Errors
/// `Forbidden`; `NotFound` for the tag; `Invalid` on `targets` for more than 2,000.
pub async fn remove_targets(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    tag: &TagRef,
    targets: &[Number],
) -> Result<(), Error> {
    caller.may(Action::Update, Resource::Tag)?;
    check_length("targets", targets.len(), MAX_LINKS)?;
    let tenant = caller.tenant();
    let tag = find_tag(tx.tags(), tenant, tag).await?;
    if targets.is_empty() {
        return Ok(());
    }
    let users = tx.users().ids_of_numbers(tenant, targets).await?;
    let departments = tx.departments().find_by_numbers(tenant, targets).await?;
    let groups = tx.groups().find_by_numbers(tenant, targets).await?;
    let users = users.into_iter().map(|(_, id)| TagTarget::User(id));
    let departments = departments.into_iter().map(|it| TagTarget::Department(it.id));
    let groups = groups.into_iter().map(|it| TagTarget::Group(it.id));
    let named: Vec<_> = users.chain(departments).chain(groups).collect();
    if named.is_empty() {
        return Ok(());
    }
    let there = tx.tags().links_of(tenant, &named).await?;
    let there = there.into_iter().filter(|(link, _)| link.tag == tag.id);
    let pairs: Vec<_> = there.map(|(link, _)| (tag.id, link.target)).collect();
    take(tx, caller, moment, &pairs).await
}

impl Directory {
    /// Puts a tag on things and answers those of them that it is now on. See [`add_targets`].
    ///
    /// # Errors
    /// As [`add_targets`].
    pub async fn add_tag_targets(
        &self,
        caller: &Caller,
        tag: &TagRef,
        targets: Vec<TargetRef>,
        rules: DialectRules,
    ) -> Result<Vec<TagLinkView>, Error> {
        let (caller, tag, moment) = (caller.clone(), *tag, self.moment());
        self.storage
            .transact(async move |tx| {
                add_targets(tx, &caller, &moment, &tag, &targets, rules).await
            })
            .await
    }

    /// Takes a tag off things. See [`remove_targets`].
    ///
    /// # Errors
    /// As [`remove_targets`].
    pub async fn remove_tag_targets(
        &self,
        caller: &Caller,
        tag: &TagRef,
        targets: Vec<Number>,
    ) -> Result<(), Error> {
        let (caller, tag, moment) = (caller.clone(), *tag, self.moment());
        self.storage
            .transact(async move |tx| remove_targets(tx, &caller, &moment, &tag, &targets).await)
            .await
    }
}
