//! The tags on one thing.

use std::collections::{BTreeMap, BTreeSet};

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    Error, EventKind, Moment, Number, Quota, Tag, TagId, TagLink, TagTarget, TenantId,
};
use citizenry_storage::{Tx, ports::TagLinkView};
use serde_json::Value;

use crate::{
    Directory, TagRef, TargetRef, Unknown,
    dialect_rules::DialectRules,
    limits::{Limits, MAX_LINKS, check_length, reserve},
    ports::Ports,
    references::{Named as _, distinct, find_departments, find_groups, find_tags, find_user_ids},
};

/// Something that tags are put on, with its number and name.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) what: TagTarget,
    number: Number,
    name: String,
}

impl TargetRef {
    pub(super) fn not_found(&self) -> Error {
        match self {
            Self::User(user) => user.not_found(),
            Self::Department(department) => department.not_found(),
            Self::Group(group) => group.not_found(),
        }
    }
}

/// The things that those are, each where its reference stands. A constant number of statements for
/// those named by number or identifier.
pub(super) async fn find_targets(
    ports: &mut Ports<'_>,
    tenant: TenantId,
    references: &[TargetRef],
) -> Result<Vec<Option<Target>>, Error> {
    let (mut users, mut departments, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    for reference in references {
        match reference {
            TargetRef::User(user) => users.push(user.clone()),
            TargetRef::Department(department) => departments.push(*department),
            TargetRef::Group(group) => groups.push(*group),
        }
    }
    let mut users = find_users(ports, tenant, &users).await?.into_iter();
    let found = find_departments(ports.departments(), tenant, &departments).await?;
    let mut departments = found.into_iter().map(|it| {
        it.map(|it| Target {
            what: TagTarget::Department(it.id),
            number: it.number,
            name: it.name.into_string(),
        })
    });
    let found = find_groups(ports.groups(), tenant, &groups).await?;
    let mut groups = found.into_iter().map(|it| {
        it.map(|it| Target {
            what: TagTarget::Group(it.id),
            number: it.number,
            name: it.name.into_string(),
        })
    });
    let next = |reference: &TargetRef| match reference {
        TargetRef::User(_) => users.next().flatten(),
        TargetRef::Department(_) => departments.next().flatten(),
        TargetRef::Group(_) => groups.next().flatten(),
    };
    Ok(references.iter().map(next).collect())
}

async fn find_users(
    ports: &mut Ports<'_>,
    tenant: TenantId,
    references: &[crate::UserRef],
) -> Result<Vec<Option<Target>>, Error> {
    let ids = find_user_ids(ports.users(), tenant, references).await?;
    let there: BTreeSet<_> = ids.iter().flatten().copied().collect();
    if there.is_empty() {
        return Ok(ids.into_iter().map(|_| None).collect());
    }
    let names = ports.users().names(tenant, &Vec::from_iter(there)).await?;
    let names: BTreeMap<_, _> = names.into_iter().map(|it| (it.id, it)).collect();
    let target = |id| {
        let it = names.get(&id?)?;
        let (what, number) = (TagTarget::User(it.id), it.number);
        Some(Target { what, number, name: it.name.clone() })
    };
    Ok(ids.into_iter().map(target).collect())
}

/// The thing, or `NotFound`.
pub(super) async fn find_target(
    ports: &mut Ports<'_>,
    tenant: TenantId,
    target: &TargetRef,
) -> Result<Target, Error> {
    let found = find_targets(ports, tenant, std::slice::from_ref(target)).await?;
    found.into_iter().flatten().next().ok_or_else(|| target.not_found())
}

/// Puts tags on things, every one on every one, and answers them there. Those that are there
/// already stay as they are.
///
/// # Errors
/// `Conflict` on a quota.
pub(super) async fn put(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    targets: &[TagTarget],
    tags: &[Tag],
    limits: &Limits,
) -> Result<Vec<TagLink>, Error> {
    if targets.is_empty() || tags.is_empty() {
        return Ok(Vec::new());
    }
    let there = tx.tags().links_of(caller.tenant(), targets).await?;
    let there: Vec<TagLink> = there.into_iter().map(|(link, _)| link).collect();
    let pairs: BTreeSet<_> = there.iter().map(|link| (link.target, link.tag)).collect();
    let mut new = Vec::new();
    for target in targets {
        let missing = tags.iter().filter(|tag| !pairs.contains(&(*target, tag.id)));
        let missing: Vec<_> = missing.map(|tag| (tag.id, *target)).collect();
        if !missing.is_empty() {
            let count = there.iter().filter(|link| link.target == *target).count();
            limits.check(Quota::TargetTags, count + missing.len())?;
        }
        new.extend(missing);
    }
    let numbers = reserve(tx, new.len()).await?;
    let links: Vec<_> = new
        .iter()
        .zip(numbers)
        .map(|((tag, target), number)| TagLink {
            number,
            tag: *tag,
            target: *target,
            created_by: caller.user(),
            created_at: moment.now(),
        })
        .collect();
    if !links.is_empty() {
        tx.tags().put_links(caller.tenant(), &links).await?;
        tell(tx, caller, moment, &new).await?;
    }
    let named: BTreeSet<_> = tags.iter().map(|tag| tag.id).collect();
    let mut all = there;
    all.retain(|link| named.contains(&link.tag));
    all.extend(links);
    all.sort_by_key(|link| link.number);
    Ok(all)
}

/// Takes tags off things, and tells of it when there were any.
pub(super) async fn take(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    pairs: &[(TagId, TagTarget)],
) -> Result<(), Error> {
    if pairs.is_empty() || tx.tags().remove_links(caller.tenant(), pairs).await? == 0 {
        return Ok(());
    }
    tell(tx, caller, moment, pairs).await
}

/// One event for each tag that has come or gone.
async fn tell(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    changed: &[(TagId, TagTarget)],
) -> Result<(), Error> {
    let mut targets: BTreeMap<TagId, Vec<String>> = BTreeMap::new();
    for (tag, target) in changed {
        let id = match target {
            TagTarget::User(id) => id.to_string(),
            TagTarget::Department(id) => id.to_string(),
            TagTarget::Group(id) => id.to_string(),
        };
        let word = format!("{}:{id}", target.kind().as_str());
        targets.entry(*tag).or_default().push(word);
    }
    for (tag, targets) in targets {
        let kind = EventKind::TAG_TARGETS_CHANGED;
        let event = caller.event_with(moment, kind, tag, ("targets", Value::from(targets)));
        tx.events().append(&event).await?;
    }
    Ok(())
}

/// Links with what is known of both of their ends.
pub(super) fn view_links(
    links: Vec<TagLink>,
    tags: &[Tag],
    targets: &[Target],
) -> Vec<TagLinkView> {
    let view = |link: TagLink| {
        let tag = tags.iter().find(|tag| tag.id == link.tag)?.clone();
        let target = targets.iter().find(|target| target.what == link.target)?;
        let (target_number, target_name) = (target.number, target.name.clone());
        Some(TagLinkView { link, tag, target_number, target_name })
    };
    links.into_iter().filter_map(view).collect()
}

/// Puts tags on something. Unknown ones are passed over, unless all are.
///
/// # Errors
/// `Forbidden`; `NotFound` for the thing or all of the tags; `Invalid` on `tags` for more than
/// 2,000; `Conflict` on a quota.
pub async fn add(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    target: &TargetRef,
    tags: &[TagRef],
    rules: DialectRules,
) -> Result<Vec<TagLinkView>, Error> {
    caller.may(Action::Update, Resource::Tag)?;
    let limits = Limits::of(tx, caller, rules).await?;
    let target = find_target(&mut Ports::Tx(tx), caller.tenant(), target).await?;
    let tags = load(tx, caller, tags, Unknown::RefuseIfAll).await?;
    let links = put(tx, caller, moment, &[target.what], &tags, &limits).await?;
    Ok(view_links(links, &tags, &[target]))
}

/// Makes exactly `tags` those on something. Unknown ones are passed over, unless all are. One that
/// stays keeps its number and making.
///
/// # Errors
/// As [`add`].
pub async fn replace(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    target: &TargetRef,
    tags: &[TagRef],
    rules: DialectRules,
) -> Result<(), Error> {
    caller.may(Action::Update, Resource::Tag)?;
    let limits = Limits::of(tx, caller, rules).await?;
    let target = find_target(&mut Ports::Tx(tx), caller.tenant(), target).await?.what;
    let tags = load(tx, caller, tags, Unknown::RefuseIfAll).await?;
    exchange(tx, caller, moment, target, &tags, &limits).await
}

/// As [`replace`] for something that this unit knows already; an unknown tag is `NotFound`.
///
/// # Errors
/// As [`add`].
pub(crate) async fn set_of_target(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    target: TagTarget,
    tags: &[TagRef],
    rules: DialectRules,
) -> Result<(), Error> {
    caller.may(Action::Update, Resource::Tag)?;
    let limits = Limits::of(tx, caller, rules).await?;
    let tags = load(tx, caller, tags, Unknown::Refuse).await?;
    exchange(tx, caller, moment, target, &tags, &limits).await
}

async fn exchange(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    target: TagTarget,
    tags: &[Tag],
    limits: &Limits,
) -> Result<(), Error> {
    let wanted: BTreeSet<_> = tags.iter().map(|tag| tag.id).collect();
    let there = tx.tags().links_of(caller.tenant(), &[target]).await?;
    let gone = there.iter().map(|(link, _)| link.tag).filter(|tag| !wanted.contains(tag));
    let gone: Vec<_> = gone.map(|tag| (tag, target)).collect();
    take(tx, caller, moment, &gone).await?;
    put(tx, caller, moment, &[target], tags, limits).await?;
    Ok(())
}

/// Takes tags off something. Unknown ones, and those that are not on it, are passed over.
///
/// # Errors
/// `Forbidden`; `NotFound` for the thing; `Invalid` on `tags` for more than 2,000.
pub async fn remove(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    target: &TargetRef,
    tags: &[TagRef],
) -> Result<(), Error> {
    caller.may(Action::Update, Resource::Tag)?;
    let target = find_target(&mut Ports::Tx(tx), caller.tenant(), target).await?.what;
    let named = load(tx, caller, tags, Unknown::PassOver).await?;
    let named: BTreeSet<_> = named.into_iter().map(|tag| tag.id).collect();
    let there = tx.tags().links_of(caller.tenant(), &[target]).await?;
    let gone = there.into_iter().map(|(link, _)| link.tag).filter(|tag| named.contains(tag));
    let gone: Vec<_> = gone.map(|tag| (tag, target)).collect();
    take(tx, caller, moment, &gone).await
}

/// The tags that those are, each once.
async fn load(
    tx: &mut dyn Tx,
    caller: &Caller,
    tags: &[TagRef],
    unknown: Unknown,
) -> Result<Vec<Tag>, Error> {
    check_length("tags", tags.len(), MAX_LINKS)?;
    let found = find_tags(tx.tags(), caller.tenant(), tags).await?;
    Ok(distinct(unknown.keep(tags, found)?, |tag| tag.id))
}

impl Directory {
    /// Puts tags on something and answers those of them that are now on it. See [`add`].
    ///
    /// # Errors
    /// As [`add`].
    pub async fn add_tags(
        &self,
        caller: &Caller,
        target: &TargetRef,
        tags: Vec<TagRef>,
        rules: DialectRules,
    ) -> Result<Vec<TagLinkView>, Error> {
        let (caller, target, moment) = (caller.clone(), target.clone(), self.moment());
        self.storage
            .transact(async move |tx| add(tx, &caller, &moment, &target, &tags, rules).await)
            .await
    }

    /// Makes exactly those the tags on something. See [`replace`].
    ///
    /// # Errors
    /// As [`replace`].
    pub async fn set_tags(
        &self,
        caller: &Caller,
        target: &TargetRef,
        tags: Vec<TagRef>,
        rules: DialectRules,
    ) -> Result<(), Error> {
        let (caller, target, moment) = (caller.clone(), target.clone(), self.moment());
        self.storage
            .transact(async move |tx| replace(tx, &caller, &moment, &target, &tags, rules).await)
            .await
    }

    /// Takes tags off something. See [`remove`].
    ///
    /// # Errors
    /// As [`remove`].
    pub async fn remove_tags(
        &self,
        caller: &Caller,
        target: &TargetRef,
        tags: Vec<TagRef>,
    ) -> Result<(), Error> {
        let (caller, target, moment) = (caller.clone(), target.clone(), self.moment());
        self.storage
            .transact(async move |tx| remove(tx, &caller, &moment, &target, &tags).await)
            .await
    }
}
