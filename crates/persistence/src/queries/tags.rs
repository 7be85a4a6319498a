//! Tags, and what they are on.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use citizenry_identity::{
    Cursor, CursorKey, Direction, Listing, Number, Page, Start, Tag, TagId, TagLink, TagTarget,
    TagTargetKind, TenantId, UserId,
};
use citizenry_storage::{
    Conditions, Result, StorageError, Test,
    ports::{
        NumberedSort, ReadTags, ReadUsers, TagField, TagLinkField, TagLinkSort, TagLinkView,
        TagLinksOf, Tags,
    },
};
use diesel::prelude::*;
use ulid::Ulid;

use super::{Session, dialect::Db};
use crate::{
    conditions::{self, Predicate, narrowed},
    keyset::{self, numbered, sorted},
    pairs,
    rows::tags::{TagLinkRow, TagRow, target_id},
    schema::{departments, groups, tag_links, tags, users},
    types::DbId,
};

fn passing(tenant: TenantId, field: TagField, test: &Test) -> Result<Predicate<tags::table, Db>> {
    Ok(match field {
        TagField::Number => Box::new(conditions::number(tags::number, test)?),
        TagField::Name => Box::new(conditions::folded(tags::name_key, test)?),
        TagField::CreatedBy => Box::new(conditions::made_by(tags::created_by, tenant, test)?),
        TagField::CreatedAt => Box::new(conditions::time(tags::created_at, test)?),
    })
}

fn filtered(
    tenant: TenantId,
    conditions: &Conditions<TagField>,
) -> Result<tags::BoxedQuery<'static, Db>> {
    let mut query = tags::table.into_boxed().filter(tags::tenant_id.eq(DbId::from(tenant)));
    narrowed!(query, conditions, |field, test: &Test| passing(tenant, field, test));
    Ok(query)
}

/// Whether the order of an index serves a list: not where a condition finds few by another.
fn by_index(conditions: &Conditions<TagField>) -> bool {
    !conditions.all.iter().any(|condition| {
        matches!(condition.test, Test::Equal(_) | Test::In(_))
            && matches!(condition.field, TagField::Number | TagField::Name)
    })
}

/// Whether the name of what a tag is on passes.
fn target_name_passing(
    tenant: TenantId,
    kind: TagTargetKind,
    test: &Test,
) -> Result<Predicate<tag_links::table, Db>> {
    let tenant_id = DbId::from(tenant);
    Ok(match kind {
        TagTargetKind::User => {
            let found = users::table
                .filter(users::tenant_id.eq(tenant_id))
                .filter(conditions::folded(users::name_key, test)?.or_empty())
                .select(users::id);
            Box::new(tag_links::target_id.eq_any(found))
        }
        TagTargetKind::Department => {
            let found = departments::table
                .filter(departments::tenant_id.eq(tenant_id))
                .filter(conditions::folded(departments::name_key, test)?)
                .select(departments::id);
            Box::new(tag_links::target_id.eq_any(found))
        }
        TagTargetKind::Group => {
            let found = groups::table
                .filter(groups::tenant_id.eq(tenant_id))
                .filter(conditions::folded(groups::name_key, test)?)
                .select(groups::id);
            Box::new(tag_links::target_id.eq_any(found))
        }
    })
}

fn link_passing(
    tenant: TenantId,
    kind: TagTargetKind,
    field: TagLinkField,
    test: &Test,
) -> Result<Predicate<tag_links::table, Db>> {
    Ok(match field {
        TagLinkField::Tag => Box::new(conditions::number(tag_links::tag_number, test)?),
        TagLinkField::TagName => {
            let found = tags::table
                .filter(tags::tenant_id.eq(DbId::from(tenant)))
                .filter(conditions::folded(tags::name_key, test)?)
                .select(tags::id);
            Box::new(tag_links::tag_id.eq_any(found))
        }
        TagLinkField::Target => Box::new(conditions::number(tag_links::target_number, test)?),
        TagLinkField::TargetName => target_name_passing(tenant, kind, test)?,
        TagLinkField::CreatedBy => {
            Box::new(conditions::made_by(tag_links::created_by, tenant, test)?)
        }
        TagLinkField::CreatedAt => Box::new(conditions::time(tag_links::created_at, test)?),
    })
}

const fn kind_of(of: TagLinksOf) -> TagTargetKind {
    match of {
        TagLinksOf::Target(target) => target.kind(),
        TagLinksOf::Tag(_, kind) | TagLinksOf::Kind(kind) => kind,
    }
}

fn links_filtered(
    tenant: TenantId,
    of: TagLinksOf,
    conditions: &Conditions<TagLinkField>,
) -> Result<tag_links::BoxedQuery<'static, Db>> {
    let kind = kind_of(of);
    let query = tag_links::table
        .into_boxed()
        .filter(tag_links::tenant_id.eq(DbId::from(tenant)))
        .filter(tag_links::target_kind.eq(kind.as_str()));
    let mut query = match of {
        TagLinksOf::Target(target) => query.filter(tag_links::target_id.eq(target_id(target))),
        TagLinksOf::Tag(tag, _) => query.filter(tag_links::tag_id.eq(DbId::from(tag))),
        TagLinksOf::Kind(_) => query,
    };
    narrowed!(query, conditions, |field, test: &Test| link_passing(tenant, kind, field, test));
    Ok(query)
}

/// The order that `field` comes to: all links of one tag have its number, and all those on one
/// thing have the thing's.
fn effective(of: TagLinksOf, field: TagLinkSort) -> TagLinkSort {
    match (of, field) {
        (TagLinksOf::Target(_), TagLinkSort::Target) | (TagLinksOf::Tag(..), TagLinkSort::Tag) => {
            TagLinkSort::CreatedAt
        }
        (_, field) => field,
    }
}

/// Where a link stands: the number that it is ordered by, if any but its own, and its own.
fn link_position(of: TagLinksOf, row: &TagLinkRow, field: TagLinkSort) -> Cursor {
    let key = match effective(of, field) {
        TagLinkSort::CreatedAt => CursorKey::None,
        TagLinkSort::Tag => CursorKey::Number(row.tag_number),
        TagLinkSort::Target => CursorKey::Number(row.target_number),
    };
    Cursor { key, id: Ulid::from(u128::from(row.number.unsigned_abs())) }
}

/// The number of a link, out of a cursor that [`link_position`] made.
fn link_number(cursor: &Cursor) -> i64 {
    i64::try_from(u128::from(cursor.id)).unwrap_or(i64::MAX)
}

type LinksQuery<'a> = tag_links::BoxedQuery<'a, Db>;

/// Puts order and start of a listing on a query of links; none when there is no such page. A link's
/// own number breaks ties: numbers are drawn one after the other.
fn links_ordered<'a>(
    mut query: LinksQuery<'a>,
    of: TagLinksOf,
    listing: &Listing<TagLinkSort>,
) -> Result<Option<LinksQuery<'a>>> {
    // The few tags of one thing are better sorted than looked for among all.
    let by_index = !matches!(of, TagLinksOf::Target(_));
    let (tag, target) =
        (sorted(tag_links::tag_number, by_index), sorted(tag_links::target_number, by_index));
    let order = keyset::order(listing, TagLinkSort::CreatedAt);
    for key in &order {
        query = match (effective(of, key.field), key.direction) {
            (TagLinkSort::CreatedAt, Direction::Ascending) => {
                query.then_order_by(tag_links::number.asc())
            }
            (TagLinkSort::CreatedAt, Direction::Descending) => {
                query.then_order_by(tag_links::number.desc())
            }
            (TagLinkSort::Tag, Direction::Ascending) => query.then_order_by(tag.asc()),
            (TagLinkSort::Tag, Direction::Descending) => query.then_order_by(tag.desc()),
            (TagLinkSort::Target, Direction::Ascending) => query.then_order_by(target.asc()),
            (TagLinkSort::Target, Direction::Descending) => query.then_order_by(target.desc()),
        };
    }
    let last = order.last().map(|key| (effective(of, key.field), key.direction));
    query = match last {
        Some((TagLinkSort::CreatedAt, _)) => query,
        Some((_, Direction::Ascending)) => query.then_order_by(tag_links::number.asc()),
        _ => query.then_order_by(tag_links::number.desc()),
    };
    let cursor = match &listing.start {
        Start::Skip(0) => return Ok(Some(query)),
        Start::Skip(rows) => {
            return Ok(Some(query.offset(i64::try_from(*rows).unwrap_or(i64::MAX))));
        }
        Start::After(cursor) => cursor,
    };
    let [key] = order.as_slice() else { return Err(keyset::several_keys()) };
    let (field, direction, own) = (effective(of, key.field), key.direction, link_number(cursor));
    let value = keyset::number(&cursor.key);
    Ok(match (field, value, direction) {
        (TagLinkSort::CreatedAt, None, Direction::Ascending) => {
            Some(query.filter(tag_links::number.gt(own)))
        }
        (TagLinkSort::CreatedAt, None, Direction::Descending) => {
            Some(query.filter(tag_links::number.lt(own)))
        }
        (TagLinkSort::Tag, Some(value), _) => {
            Some(query.filter(keyset::beyond_number(tag, tag_links::number, direction, value, own)))
        }
        (TagLinkSort::Target, Some(value), _) => Some(query.filter(keyset::beyond_number(
            target,
            tag_links::number,
            direction,
            value,
            own,
        ))),
        _ => None,
    })
}

fn models(rows: Vec<TagRow>) -> Result<Vec<Tag>> {
    rows.into_iter().map(TagRow::model).collect()
}

impl Session<'_> {
    async fn tags_by_id(
        &mut self,
        tenant: TenantId,
        ids: BTreeSet<DbId>,
    ) -> Result<BTreeMap<TagId, Tag>> {
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let query = tags::table
            .filter(tags::tenant_id.eq(DbId::from(tenant)))
            .filter(tags::id.eq_any(ids))
            .select(TagRow::as_select());
        let found = models(all!(self, query)?)?;
        Ok(found.into_iter().map(|tag| (tag.id, tag)).collect())
    }

    /// What things of a kind are called, by identifier.
    async fn target_names(
        &mut self,
        tenant: TenantId,
        kind: TagTargetKind,
        ids: BTreeSet<DbId>,
    ) -> Result<BTreeMap<DbId, String>> {
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let named: Vec<(DbId, String)> = match kind {
            TagTargetKind::User => {
                let ids: Vec<UserId> = ids.into_iter().map(DbId::typed).collect();
                let names = ReadUsers::names(self, tenant, &ids).await?;
                names.into_iter().map(|user| (user.id.into(), user.name)).collect()
            }
            TagTargetKind::Department => {
                let query = departments::table
                    .filter(departments::tenant_id.eq(DbId::from(tenant)))
                    .filter(departments::id.eq_any(ids))
                    .select((departments::id, departments::name));
                all!(self, query)?
            }
            TagTargetKind::Group => {
                let query = groups::table
                    .filter(groups::tenant_id.eq(DbId::from(tenant)))
                    .filter(groups::id.eq_any(ids))
                    .select((groups::id, groups::name));
                all!(self, query)?
            }
        };
        Ok(named.into_iter().collect())
    }

    /// The numbers of the tags and of the things of new links, by identifier.
    async fn numbers_of_ends(
        &mut self,
        tenant: TenantId,
        links: &[TagLink],
    ) -> Result<(BTreeMap<DbId, i64>, BTreeMap<DbId, i64>)> {
        macro_rules! numbers {
            ($table:ident, $ids:expr) => {{
                let ids: BTreeSet<DbId> = $ids.collect();
                if ids.is_empty() {
                    Vec::new()
                } else {
                    let query = $table::table
                        .filter($table::tenant_id.eq(DbId::from(tenant)))
                        .filter($table::id.eq_any(ids))
                        .select(($table::id, $table::number));
                    let found: Vec<(DbId, i64)> = all!(self, query)?;
                    found
                }
            }};
        }
        let of_kind = |kind: TagTargetKind| {
            let targets = links.iter().map(|link| link.target);
            targets.filter(move |target| target.kind() == kind).map(target_id)
        };
        let of_tags = numbers!(tags, links.iter().map(|link| DbId::from(link.tag)));
        let mut of_targets = numbers!(users, of_kind(TagTargetKind::User));
        of_targets.extend(numbers!(departments, of_kind(TagTargetKind::Department)));
        of_targets.extend(numbers!(groups, of_kind(TagTargetKind::Group)));
        Ok((of_tags.into_iter().collect(), of_targets.into_iter().collect()))
    }
}

#[async_trait]
impl ReadTags for Session<'_> {
    async fn find_by_number(&mut self, tenant: TenantId, number: Number) -> Result<Option<Tag>> {
        let query = tags::table
            .filter(tags::tenant_id.eq(DbId::from(tenant)))
            .filter(tags::number.eq(number.get()))
            .select(TagRow::as_select());
        let row = one!(self, query)?;
        row.map(TagRow::model).transpose()
    }

    async fn find_by_numbers(&mut self, tenant: TenantId, numbers: &[Number]) -> Result<Vec<Tag>> {
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let query = tags::table
            .filter(tags::tenant_id.eq(DbId::from(tenant)))
            .filter(tags::number.eq_any(numbers.iter().map(|number| number.get())))
            .select(TagRow::as_select());
        let mut rows: Vec<TagRow> = all!(self, query)?;
        rows.sort_by_key(|row| row.number);
        models(rows)
    }

    async fn list(
        &mut self,
        tenant: TenantId,
        conditions: &Conditions<TagField>,
        listing: &Listing<NumberedSort>,
    ) -> Result<Page<Tag>> {
        let mut query = filtered(tenant, conditions)?.select(TagRow::as_select());
        numbered!(query, listing, tags, by_index by_index(conditions));
        let mut rows: Vec<TagRow> = all!(self, query)?;
        let next = keyset::next_numbered(&mut rows, listing, |row| {
            (row.created_at, row.number, row.name_key.as_str(), row.id)
        });
        let total = total!(self, listing.with_total, filtered(tenant, conditions)?.count())?;
        Ok(Page { items: models(rows)?, total, next })
    }

    async fn count(&mut self, tenant: TenantId) -> Result<u64> {
        let query = tags::table.filter(tags::tenant_id.eq(DbId::from(tenant))).count();
        value!(self, query).map(i64::unsigned_abs)
    }

    async fn links(
        &mut self,
        tenant: TenantId,
        of: TagLinksOf,
        conditions: &Conditions<TagLinkField>,
        listing: &Listing<TagLinkSort>,
    ) -> Result<Page<TagLinkView>> {
        let query = links_filtered(tenant, of, conditions)?;
        let Some(query) = links_ordered(query, of, listing)? else {
            return Ok(keyset::nowhere());
        };
        let query = query.limit(keyset::fetched(listing)).select(TagLinkRow::as_select());
        let mut rows: Vec<TagLinkRow> = all!(self, query)?;
        let next = keyset::next(&mut rows, listing, TagLinkSort::CreatedAt, |row, field| {
            link_position(of, row, field)
        });
        let total =
            total!(self, listing.with_total, links_filtered(tenant, of, conditions)?.count())?;
        let tags = self.tags_by_id(tenant, rows.iter().map(|row| row.tag_id).collect()).await?;
        let targets = rows.iter().map(|row| row.target_id).collect();
        let names = self.target_names(tenant, kind_of(of), targets).await?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let (target_number, target) = (row.target_number()?, row.target_id);
            let link = row.model()?;
            // Outside of a transaction either end may have gone between the statements.
            if let (Some(tag), Some(name)) = (tags.get(&link.tag), names.get(&target)) {
                let (tag, target_name) = (tag.clone(), name.clone());
                items.push(TagLinkView { link, tag, target_number, target_name });
            }
        }
        Ok(Page { items, total, next })
    }

    async fn links_of(
        &mut self,
        tenant: TenantId,
        targets: &[TagTarget],
    ) -> Result<Vec<(TagLink, Tag)>> {
        let mut rows = Vec::<TagLinkRow>::new();
        for kind in TagTargetKind::ALL {
            let of_kind = targets.iter().filter(|target| target.kind() == kind);
            let ids: BTreeSet<DbId> = of_kind.map(|target| target_id(*target)).collect();
            if ids.is_empty() {
                continue;
            }
            let query = tag_links::table
                .filter(tag_links::tenant_id.eq(DbId::from(tenant)))
                .filter(tag_links::target_kind.eq(kind.as_str()))
                .filter(tag_links::target_id.eq_any(ids))
                .select(TagLinkRow::as_select());
            let found: Vec<TagLinkRow> = all!(self, query)?;
            rows.extend(found);
        }
        rows.sort_by_key(|row| row.number);
        let tags = self.tags_by_id(tenant, rows.iter().map(|row| row.tag_id).collect()).await?;
        let mut links = Vec::with_capacity(rows.len());
        for row in rows {
            let link = row.model()?;
            if let Some(tag) = tags.get(&link.tag) {
                links.push((link, tag.clone()));
            }
        }
        Ok(links)
    }
}

#[async_trait]
impl Tags for Session<'_> {
    async fn find_for_update(&mut self, tenant: TenantId, id: TagId) -> Result<Option<Tag>> {
        let query = by_id!(tags, tenant, id).select(TagRow::as_select());
        let row = one!(self, for_update!(query))?;
        row.map(TagRow::model).transpose()
    }

    async fn insert(&mut self, tag: &Tag) -> Result<()> {
        run!(self, diesel::insert_into(tags::table).values(TagRow::new(tag)))?;
        Ok(())
    }

    async fn save(&mut self, tag: &Tag) -> Result<()> {
        let row = TagRow::new(tag);
        let statement = diesel::update(by_id!(tags, row.tenant_id, row.id))
            .filter(tags::version.eq(row.version))
            .set((
                tags::name.eq(row.name),
                tags::name_key.eq(row.name_key),
                tags::version.eq(row.version + 1),
                tags::updated_by.eq(row.updated_by),
                tags::updated_at.eq(row.updated_at),
            ));
        change!(self, statement)
    }

    async fn delete(&mut self, tenant: TenantId, ids: &[TagId]) -> Result<u64> {
        if ids.is_empty() {
            return Ok(0);
        }
        let statement = diesel::delete(tags::table)
            .filter(tags::tenant_id.eq(DbId::from(tenant)))
            .filter(tags::id.eq_any(ids.iter().copied().map(DbId::from)));
        changed!(self, statement)
    }

    async fn put_links(&mut self, tenant: TenantId, links: &[TagLink]) -> Result<()> {
        let (tags, targets) = self.numbers_of_ends(tenant, links).await?;
        // In the order of their keys, so that units that put the same do not wait crosswise.
        let mut rows = BTreeMap::new();
        for link in links {
            let id = target_id(link.target);
            let ends = tags.get(&DbId::from(link.tag)).zip(targets.get(&id));
            // What is not there (any longer) is no database's to refuse.
            let (tag, target) = ends.ok_or(StorageError::Stale)?;
            let row = TagLinkRow::new(tenant, link, *tag, *target);
            rows.insert((row.tag_id, link.target.kind(), id), row);
        }
        insert_new!(self, tag_links::table, rows.into_values().collect::<Vec<_>>());
        Ok(())
    }

    async fn remove_links(
        &mut self,
        tenant: TenantId,
        links: &[(TagId, TagTarget)],
    ) -> Result<u64> {
        let mut removed = 0;
        for kind in TagTargetKind::ALL {
            let of_kind = links.iter().filter(|(_, target)| target.kind() == kind);
            let asked =
                of_kind.map(|(tag, target)| (DbId::from(*tag), target_id(*target))).collect();
            for (tags, targets) in pairs::products(&asked) {
                let statement = diesel::delete(tag_links::table)
                    .filter(tag_links::tenant_id.eq(DbId::from(tenant)))
                    .filter(tag_links::target_kind.eq(kind.as_str()))
                    .filter(tag_links::tag_id.eq_any(tags))
                    .filter(tag_links::target_id.eq_any(targets));
                removed += changed!(self, statement)?;
            }
        }
        Ok(removed)
    }
}
