//! Groups, who is in them, and what their members may do.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use citizenry_identity::{
    Group, GroupId, GroupMember, Listing, Number, ObjectPermissions, Page, TenantId, UserId,
};
use citizenry_storage::{
    Conditions, Result, Test,
    ports::{
        ByAge, GroupField, Groups, MemberField, MembersOf, Membership, NumberedSort, ReadGroups,
    },
};
use diesel::{prelude::*, sql_types::Bool};

use super::{Session, dialect::Db};
use crate::{
    conditions::{self, Predicate, narrowed, tagged},
    keyset::{self, by_number, numbered},
    pairs,
    rows::groups::{GroupMemberRow, GroupPermissionRow, GroupRow, WildcardRow},
    schema::{group_members, group_permissions, group_wildcards, groups, users},
    types::DbId,
};

/// How many permissions are added by one statement, which cannot have any number of values.
const MOST_ROWS: usize = 5_000;

fn passing(
    tenant: TenantId,
    field: GroupField,
    test: &Test,
) -> Result<Predicate<groups::table, Db>> {
    Ok(match field {
        GroupField::Number => Box::new(conditions::number(groups::number, test)?),
        GroupField::Code => Box::new(conditions::text(groups::code, test)?),
        GroupField::Name => Box::new(conditions::folded(groups::name_key, test)?),
        GroupField::Description => Box::new(conditions::folded(groups::description_key, test)?),
        GroupField::Enabled => Box::new(conditions::flag(groups::enabled, test)?),
        GroupField::Tag => tagged!(groups::id, tag_links::group_id, tenant, test),
        GroupField::CreatedBy => Box::new(conditions::made_by(groups::created_by, tenant, test)?),
        GroupField::CreatedAt => Box::new(conditions::time(groups::created_at, test)?),
    })
}

fn filtered(
    tenant: TenantId,
    conditions: &Conditions<GroupField>,
) -> Result<groups::BoxedQuery<'static, Db>> {
    let mut query = groups::table.into_boxed().filter(groups::tenant_id.eq(DbId::from(tenant)));
    narrowed!(query, conditions, |field, test: &Test| passing(tenant, field, test));
    Ok(query)
}

/// Whether the order of an index serves a list: not where a condition finds few by another.
fn by_index(conditions: &Conditions<GroupField>) -> bool {
    !conditions.all.iter().any(|condition| {
        matches!(condition.test, Test::Equal(_) | Test::In(_))
            && matches!(
                condition.field,
                GroupField::Number | GroupField::Code | GroupField::Name | GroupField::Tag
            )
    })
}

fn member_passing(
    tenant: TenantId,
    field: MemberField,
    test: &Test,
) -> Result<Predicate<group_members::table, Db>> {
    let tenant_id = DbId::from(tenant);
    let owners = || groups::table.filter(groups::tenant_id.eq(tenant_id)).select(groups::id);
    let of_users = || users::table.filter(users::tenant_id.eq(tenant_id)).select(users::id);
    Ok(match field {
        MemberField::Owner => {
            let owners = owners().filter(conditions::number(groups::number, test)?);
            Box::new(group_members::group_id.eq_any(owners))
        }
        MemberField::OwnerName => {
            let owners = owners().filter(conditions::folded(groups::name_key, test)?);
            Box::new(group_members::group_id.eq_any(owners))
        }
        MemberField::User => {
            let found = of_users().filter(conditions::number(users::number, test)?);
            Box::new(group_members::user_id.eq_any(found))
        }
        MemberField::UserName => {
            let found = of_users().filter(conditions::folded(users::name_key, test)?.or_empty());
            Box::new(group_members::user_id.eq_any(found))
        }
        // A membership in a group has no such value.
        MemberField::IsHead | MemberField::IsMain => {
            Box::new(matches!(test, Test::IsNull).into_sql::<Bool>())
        }
        MemberField::CreatedAt => Box::new(conditions::time(group_members::created_at, test)?),
    })
}

fn members_filtered(
    tenant: TenantId,
    of: MembersOf<GroupId>,
    conditions: &Conditions<MemberField>,
) -> Result<group_members::BoxedQuery<'static, Db>> {
    let query =
        group_members::table.into_boxed().filter(group_members::tenant_id.eq(DbId::from(tenant)));
    let mut query = match of {
        MembersOf::User(user) => query.filter(group_members::user_id.eq(DbId::from(user))),
        MembersOf::Owner(group) => query.filter(group_members::group_id.eq(DbId::from(group))),
    };
    narrowed!(query, conditions, |field, test: &Test| member_passing(tenant, field, test));
    Ok(query)
}

impl Session<'_> {
    /// The models of rows of one tenant, in their order: one statement, however many there are.
    async fn groups_of(&mut self, tenant: TenantId, rows: Vec<GroupRow>) -> Result<Vec<Group>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let query = group_wildcards::table
            .filter(group_wildcards::tenant_id.eq(DbId::from(tenant)))
            .filter(group_wildcards::group_id.eq_any(rows.iter().map(|row| row.id)))
            .select(WildcardRow::as_select());
        let wildcards: Vec<WildcardRow> = all!(self, query)?;
        let mut wildcards_of = BTreeMap::<DbId, BTreeSet<_>>::new();
        for row in wildcards {
            wildcards_of.entry(row.group_id).or_default().insert(row.model()?);
        }
        rows.into_iter()
            .map(|row| {
                let wildcards = wildcards_of.remove(&row.id).unwrap_or_default();
                row.model(wildcards)
            })
            .collect()
    }

    async fn group_of(&mut self, tenant: TenantId, row: Option<GroupRow>) -> Result<Option<Group>> {
        Ok(self.groups_of(tenant, row.into_iter().collect()).await?.into_iter().next())
    }

    async fn groups_of_ids(&mut self, tenant: TenantId, ids: BTreeSet<DbId>) -> Result<Vec<Group>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = groups::table
            .filter(groups::tenant_id.eq(DbId::from(tenant)))
            .filter(groups::id.eq_any(ids))
            .select(GroupRow::as_select());
        let rows = all!(self, query)?;
        self.groups_of(tenant, rows).await
    }

    async fn save_wildcards(&mut self, group: &Group) -> Result<()> {
        let wanted = WildcardRow::all(group);
        let of_group = || {
            group_wildcards::table
                .filter(group_wildcards::tenant_id.eq(DbId::from(group.tenant)))
                .filter(group_wildcards::group_id.eq(DbId::from(group.id)))
        };
        let present: Vec<String> = all!(self, of_group().select(group_wildcards::name))?;
        let present: BTreeSet<String> = present.into_iter().collect();
        let kept: BTreeSet<&str> = wanted.iter().map(|row| row.name.as_str()).collect();
        let gone: Vec<&String> =
            present.iter().filter(|name| !kept.contains(name.as_str())).collect();
        if !gone.is_empty() {
            let statement = diesel::delete(of_group().filter(group_wildcards::name.eq_any(gone)));
            run!(self, statement)?;
        }
        let added: Vec<WildcardRow> =
            wanted.into_iter().filter(|row| !present.contains(&row.name)).collect();
        insert_all!(self, group_wildcards::table, added);
        Ok(())
    }
}

#[async_trait]
impl ReadGroups for Session<'_> {
    async fn find(&mut self, tenant: TenantId, id: GroupId) -> Result<Option<Group>> {
        let row = one!(self, by_id!(groups, tenant, id).select(GroupRow::as_select()))?;
        self.group_of(tenant, row).await
    }

    async fn find_by_number(&mut self, tenant: TenantId, number: Number) -> Result<Option<Group>> {
        let query = groups::table
            .filter(groups::tenant_id.eq(DbId::from(tenant)))
            .filter(groups::number.eq(number.get()))
            .select(GroupRow::as_select());
        let row = one!(self, query)?;
        self.group_of(tenant, row).await
    }

    async fn find_many(&mut self, tenant: TenantId, ids: &[GroupId]) -> Result<Vec<Group>> {
        self.groups_of_ids(tenant, ids.iter().copied().map(DbId::from).collect()).await
    }

    async fn find_by_numbers(
        &mut self,
        tenant: TenantId,
        numbers: &[Number],
    ) -> Result<Vec<Group>> {
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let query = groups::table
            .filter(groups::tenant_id.eq(DbId::from(tenant)))
            .filter(groups::number.eq_any(numbers.iter().map(|number| number.get())))
            .select(GroupRow::as_select());
        let mut rows: Vec<GroupRow> = all!(self, query)?;
        rows.sort_by_key(|row| row.number);
        self.groups_of(tenant, rows).await
    }

    async fn list(
        &mut self,
        tenant: TenantId,
        conditions: &Conditions<GroupField>,
        listing: &Listing<NumberedSort>,
    ) -> Result<Page<Group>> {
        let mut query = filtered(tenant, conditions)?.select(GroupRow::as_select());
        numbered!(query, listing, groups, by_index by_index(conditions));
        let mut rows: Vec<GroupRow> = all!(self, query)?;
        let next = keyset::next_numbered(&mut rows, listing, |row| {
            (row.created_at, row.number, row.name_key.as_str(), row.id)
        });
        let total = total!(self, listing.with_total, filtered(tenant, conditions)?.count())?;
        let items = self.groups_of(tenant, rows).await?;
        Ok(Page { items, total, next })
    }

    async fn count(&mut self, tenant: TenantId) -> Result<u64> {
        let query = groups::table.filter(groups::tenant_id.eq(DbId::from(tenant))).count();
        value!(self, query).map(i64::unsigned_abs)
    }

    async fn members(
        &mut self,
        tenant: TenantId,
        of: MembersOf<GroupId>,
        conditions: &Conditions<MemberField>,
        listing: &Listing<ByAge>,
    ) -> Result<Page<Membership<GroupMember, Group>>> {
        let query = members_filtered(tenant, of, conditions)?;
        let mut query = query.select(GroupMemberRow::as_select());
        by_number!(query, listing, group_members::number);
        let mut rows: Vec<GroupMemberRow> = all!(self, query)?;
        let next = keyset::next_by_number(&mut rows, listing, |row| row.number);
        let total =
            total!(self, listing.with_total, members_filtered(tenant, of, conditions)?.count())?;
        let owners = rows.iter().map(|row| row.group_id).collect();
        let owners = self.groups_of_ids(tenant, owners).await?;
        let owners: BTreeMap<GroupId, Group> =
            owners.into_iter().map(|owner| (owner.id, owner)).collect();
        let users = self.users_by_id(tenant, rows.iter().map(|row| row.user_id).collect()).await?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let member = row.model()?;
            // Outside of a transaction either end may have gone between the statements.
            if let (Some(owner), Some(user)) = (owners.get(&member.group), users.get(&member.user))
            {
                items.push(Membership { owner: owner.clone(), user: user.clone(), member });
            }
        }
        Ok(Page { items, total, next })
    }

    async fn memberships_of(
        &mut self,
        tenant: TenantId,
        users: &[UserId],
    ) -> Result<Vec<GroupMember>> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let query = group_members::table
            .filter(group_members::tenant_id.eq(DbId::from(tenant)))
            .filter(group_members::user_id.eq_any(users.iter().copied().map(DbId::from)))
            .order((group_members::user_id, group_members::number))
            .select(GroupMemberRow::as_select());
        let rows: Vec<GroupMemberRow> = all!(self, query)?;
        rows.into_iter().map(GroupMemberRow::model).collect()
    }

    async fn member_numbers(
        &mut self,
        tenant: TenantId,
        groups: &[GroupId],
    ) -> Result<Vec<(GroupId, Number)>> {
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let query = group_members::table
            .inner_join(
                users::table.on(users::tenant_id
                    .eq(group_members::tenant_id)
                    .and(users::id.eq(group_members::user_id))),
            )
            .filter(group_members::tenant_id.eq(DbId::from(tenant)))
            .filter(group_members::group_id.eq_any(groups.iter().copied().map(DbId::from)))
            .select((group_members::group_id, users::number));
        let mut rows: Vec<(DbId, i64)> = all!(self, query)?;
        rows.sort_unstable();
        let column = crate::rows::Column("users", "number");
        rows.into_iter()
            .map(|(group, number)| Ok((group.typed(), column.number(number)?)))
            .collect()
    }

    async fn object_permissions(
        &mut self,
        tenant: TenantId,
        group: GroupId,
    ) -> Result<Vec<ObjectPermissions>> {
        let query = group_permissions::table
            .filter(group_permissions::tenant_id.eq(DbId::from(tenant)))
            .filter(group_permissions::group_id.eq(DbId::from(group)))
            .select(GroupPermissionRow::as_select());
        let rows: Vec<GroupPermissionRow> = all!(self, query)?;
        GroupPermissionRow::models(&rows)
    }
}

#[async_trait]
impl Groups for Session<'_> {
    async fn find_for_update(&mut self, tenant: TenantId, id: GroupId) -> Result<Option<Group>> {
        let query = by_id!(groups, tenant, id).select(GroupRow::as_select());
        let row = one!(self, for_update!(query))?;
        self.group_of(tenant, row).await
    }

    async fn insert(&mut self, group: &Group) -> Result<()> {
        run!(self, diesel::insert_into(groups::table).values(GroupRow::new(group)))?;
        insert_all!(self, group_wildcards::table, WildcardRow::all(group));
        Ok(())
    }

    async fn save(&mut self, group: &Group) -> Result<()> {
        let row = GroupRow::new(group);
        let statement = diesel::update(by_id!(groups, row.tenant_id, row.id))
            .filter(groups::version.eq(row.version))
            .set((
                groups::code.eq(row.code),
                groups::name.eq(row.name),
                groups::name_key.eq(row.name_key),
                groups::description.eq(row.description),
                groups::description_key.eq(row.description_key),
                groups::enabled.eq(row.enabled),
                groups::source.eq(row.source),
                groups::version.eq(row.version + 1),
                groups::updated_by.eq(row.updated_by),
                groups::updated_at.eq(row.updated_at),
            ));
        change!(self, statement)?;
        self.save_wildcards(group).await
    }

    async fn delete(&mut self, tenant: TenantId, id: GroupId) -> Result<bool> {
        let deleted = run!(self, diesel::delete(by_id!(groups, tenant, id)))?;
        Ok(deleted == 1)
    }

    async fn put_members(&mut self, tenant: TenantId, members: &[GroupMember]) -> Result<()> {
        let mut wanted: BTreeMap<(DbId, DbId), GroupMemberRow> = members
            .iter()
            .map(|member| GroupMemberRow::new(tenant, member))
            .map(|row| ((row.group_id, row.user_id), row))
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let mut keys: BTreeSet<(DbId, DbId)> = wanted.keys().copied().collect();
        self.hold_users(tenant, pairs::seconds(&keys)).await?;
        lock_owners!(self, groups, tenant, pairs::firsts(&keys));
        let query = group_members::table
            .filter(group_members::tenant_id.eq(DbId::from(tenant)))
            .filter(group_members::group_id.eq_any(pairs::firsts(&keys)))
            .filter(group_members::user_id.eq_any(pairs::seconds(&keys)))
            .select((group_members::group_id, group_members::user_id));
        let present: Vec<(DbId, DbId)> = all!(self, query)?;
        for key in &present {
            wanted.remove(key);
            keys.remove(key);
        }
        insert_all!(self, group_members::table, wanted.into_values().collect::<Vec<_>>());
        count_members!(self, groups, tenant, pairs::counted(&keys, 1));
        Ok(())
    }

    async fn remove_members(
        &mut self,
        tenant: TenantId,
        members: &[(GroupId, UserId)],
    ) -> Result<u64> {
        let asked = members.iter().map(|(group, user)| ((*group).into(), (*user).into()));
        end_memberships!(self, group_members, group_id, groups, tenant, asked.collect())
    }

    async fn set_object_permissions(
        &mut self,
        tenant: TenantId,
        group: GroupId,
        permissions: &[ObjectPermissions],
    ) -> Result<()> {
        // Whoever sets them at the same time waits.
        lock_owners!(self, groups, tenant, [DbId::from(group)]);
        let statement = diesel::delete(group_permissions::table)
            .filter(group_permissions::tenant_id.eq(DbId::from(tenant)))
            .filter(group_permissions::group_id.eq(DbId::from(group)));
        run!(self, statement)?;
        let mut rows = GroupPermissionRow::all(tenant, group, permissions);
        while !rows.is_empty() {
            let rest = rows.split_off(rows.len().min(MOST_ROWS));
            insert_all!(self, group_permissions::table, rows);
            rows = rest;
        }
        Ok(())
    }
}
