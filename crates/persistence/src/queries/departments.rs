//! Departments, and who sits in them.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use citizenry_identity::{
    Department, DepartmentId, DepartmentMember, Id as _, Listing, Number, Page, TenantId, UserId,
};
use citizenry_storage::{
    Conditions, Result, StorageError, Test,
    ports::{
        ByAge, DepartmentField, Departments, MemberField, MembersOf, Membership, NumberedSort,
        ReadDepartments,
    },
};
use diesel::{dsl, prelude::*, sql_types};

use super::{
    Session,
    dialect::{self, Db},
};
use crate::{
    conditions::{self, Predicate, narrowed, tagged},
    keyset::{self, by_number, numbered},
    pairs,
    rows::departments::{DepartmentMemberRow, DepartmentRow, beyond_subtree, path},
    schema::{department_members, departments, users},
    types::DbId,
};

diesel::define_sql_function! {
    /// What stands in a text from a character on, counted from 1.
    fn substr(text: sql_types::Text, from: sql_types::Integer) -> sql_types::Text;
}

// The departments above those that a query finds.
diesel::alias! {
    const PARENTS: Alias<Parents> = departments as parents;
}

fn passing(
    tenant: TenantId,
    field: DepartmentField,
    test: &Test,
) -> Result<Predicate<departments::table, Db>> {
    Ok(match field {
        DepartmentField::Number => Box::new(conditions::number(departments::number, test)?),
        DepartmentField::Code => Box::new(conditions::text(departments::code, test)?),
        DepartmentField::Name => Box::new(conditions::folded(departments::name_key, test)?),
        DepartmentField::Level => Box::new(conditions::number(departments::level, test)?),
        DepartmentField::Parent if matches!(test, Test::IsNull) => {
            Box::new(departments::parent_id.is_null())
        }
        DepartmentField::Parent => {
            let parents = PARENTS
                .filter(PARENTS.field(departments::tenant_id).eq(DbId::from(tenant)))
                .filter(conditions::number(PARENTS.field(departments::number), test)?)
                .select(PARENTS.field(departments::id).nullable());
            Box::new(departments::parent_id.eq_any(parents).assume_not_null())
        }
        DepartmentField::Tag => {
            tagged!(departments::id, tag_links::department_id, tenant, test)
        }
        DepartmentField::CreatedBy => {
            Box::new(conditions::made_by(departments::created_by, tenant, test)?)
        }
        DepartmentField::CreatedAt => Box::new(conditions::time(departments::created_at, test)?),
    })
}

fn filtered(
    tenant: TenantId,
    conditions: &Conditions<DepartmentField>,
) -> Result<departments::BoxedQuery<'static, Db>> {
    let mut query =
        departments::table.into_boxed().filter(departments::tenant_id.eq(DbId::from(tenant)));
    narrowed!(query, conditions, |field, test: &Test| passing(tenant, field, test));
    Ok(query)
}

/// Whether the order of an index serves a list: not where a condition finds few by another.
fn by_index(conditions: &Conditions<DepartmentField>) -> bool {
    !conditions.all.iter().any(|condition| {
        matches!(condition.test, Test::Equal(_) | Test::In(_))
            && matches!(
                condition.field,
                DepartmentField::Number
                    | DepartmentField::Code
                    | DepartmentField::Name
                    | DepartmentField::Parent
                    | DepartmentField::Tag
            )
    })
}

/// A department and all below it: a range of paths.
fn subtree(department: &Department) -> departments::BoxedQuery<'static, Db> {
    let from = path(&department.path());
    let end = beyond_subtree(&from);
    departments::table
        .into_boxed()
        .filter(departments::tenant_id.eq(DbId::from(department.tenant)))
        .filter(departments::path.ge(from))
        .filter(departments::path.lt(end))
}

fn member_passing(
    tenant: TenantId,
    field: MemberField,
    test: &Test,
) -> Result<Predicate<department_members::table, Db>> {
    let tenant_id = DbId::from(tenant);
    let owners =
        || departments::table.filter(departments::tenant_id.eq(tenant_id)).select(departments::id);
    let of_users = || users::table.filter(users::tenant_id.eq(tenant_id)).select(users::id);
    Ok(match field {
        MemberField::Owner => {
            let owners = owners().filter(conditions::number(departments::number, test)?);
            Box::new(department_members::department_id.eq_any(owners))
        }
        MemberField::OwnerName => {
            let owners = owners().filter(conditions::folded(departments::name_key, test)?);
            Box::new(department_members::department_id.eq_any(owners))
        }
        MemberField::User => {
            let found = of_users().filter(conditions::number(users::number, test)?);
            Box::new(department_members::user_id.eq_any(found))
        }
        MemberField::UserName => {
            let found = of_users().filter(conditions::folded(users::name_key, test)?.or_empty());
            Box::new(department_members::user_id.eq_any(found))
        }
        MemberField::IsHead => Box::new(conditions::flag(department_members::is_head, test)?),
        MemberField::IsMain => Box::new(conditions::flag(department_members::is_main, test)?),
        MemberField::CreatedAt => Box::new(conditions::time(department_members::created_at, test)?),
    })
}

fn members_filtered(
    tenant: TenantId,
    of: MembersOf<DepartmentId>,
    conditions: &Conditions<MemberField>,
) -> Result<department_members::BoxedQuery<'static, Db>> {
    let query = department_members::table
        .into_boxed()
        .filter(department_members::tenant_id.eq(DbId::from(tenant)));
    let mut query = match of {
        MembersOf::User(user) => query.filter(department_members::user_id.eq(DbId::from(user))),
        MembersOf::Owner(department) => {
            query.filter(department_members::department_id.eq(DbId::from(department)))
        }
    };
    narrowed!(query, conditions, |field, test: &Test| member_passing(tenant, field, test));
    Ok(query)
}

fn models(rows: Vec<DepartmentRow>) -> Result<Vec<Department>> {
    rows.into_iter().map(DepartmentRow::model).collect()
}

impl Session<'_> {
    async fn departments_of_ids(
        &mut self,
        tenant: TenantId,
        ids: BTreeSet<DbId>,
    ) -> Result<Vec<Department>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = departments::table
            .filter(departments::tenant_id.eq(DbId::from(tenant)))
            .filter(departments::id.eq_any(ids))
            .select(DepartmentRow::as_select());
        models(all!(self, query)?)
    }

    /// The memberships that there are among those of these departments and users, by both.
    async fn present_members(
        &mut self,
        tenant: TenantId,
        wanted: &BTreeSet<(DbId, DbId)>,
    ) -> Result<BTreeMap<(DbId, DbId), DepartmentMemberRow>> {
        let query = department_members::table
            .filter(department_members::tenant_id.eq(DbId::from(tenant)))
            .filter(department_members::department_id.eq_any(pairs::firsts(wanted)))
            .filter(department_members::user_id.eq_any(pairs::seconds(wanted)))
            .select(DepartmentMemberRow::as_select());
        let rows: Vec<DepartmentMemberRow> = all!(self, query)?;
        Ok(rows.into_iter().map(|row| ((row.department_id, row.user_id), row)).collect())
    }

    async fn change_place(&mut self, row: &DepartmentMemberRow) -> Result<()> {
        let statement = diesel::update(department_members::table)
            .filter(department_members::tenant_id.eq(row.tenant_id))
            .filter(department_members::department_id.eq(row.department_id))
            .filter(department_members::user_id.eq(row.user_id))
            .set((
                department_members::is_main.eq(row.is_main),
                department_members::is_head.eq(row.is_head),
            ));
        run!(self, statement)?;
        Ok(())
    }
}

#[async_trait]
impl ReadDepartments for Session<'_> {
    async fn find(&mut self, tenant: TenantId, id: DepartmentId) -> Result<Option<Department>> {
        let row = one!(self, by_id!(departments, tenant, id).select(DepartmentRow::as_select()))?;
        row.map(DepartmentRow::model).transpose()
    }

    async fn find_by_number(
        &mut self,
        tenant: TenantId,
        number: Number,
    ) -> Result<Option<Department>> {
        let query = departments::table
            .filter(departments::tenant_id.eq(DbId::from(tenant)))
            .filter(departments::number.eq(number.get()))
            .select(DepartmentRow::as_select());
        let row = one!(self, query)?;
        row.map(DepartmentRow::model).transpose()
    }

    async fn find_many(
        &mut self,
        tenant: TenantId,
        ids: &[DepartmentId],
    ) -> Result<Vec<Department>> {
        self.departments_of_ids(tenant, ids.iter().copied().map(DbId::from).collect()).await
    }

    async fn find_by_numbers(
        &mut self,
        tenant: TenantId,
        numbers: &[Number],
    ) -> Result<Vec<Department>> {
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let query = departments::table
            .filter(departments::tenant_id.eq(DbId::from(tenant)))
            .filter(departments::number.eq_any(numbers.iter().map(|number| number.get())))
            .select(DepartmentRow::as_select());
        let mut rows: Vec<DepartmentRow> = all!(self, query)?;
        rows.sort_by_key(|row| row.number);
        models(rows)
    }

    async fn list(
        &mut self,
        tenant: TenantId,
        conditions: &Conditions<DepartmentField>,
        listing: &Listing<NumberedSort>,
    ) -> Result<Page<Department>> {
        let mut query = filtered(tenant, conditions)?.select(DepartmentRow::as_select());
        numbered!(query, listing, departments, by_index by_index(conditions));
        let mut rows: Vec<DepartmentRow> = all!(self, query)?;
        let next = keyset::next_numbered(&mut rows, listing, |row| {
            (row.created_at, row.number, row.name_key.as_str(), row.id)
        });
        let total = total!(self, listing.with_total, filtered(tenant, conditions)?.count())?;
        Ok(Page { items: models(rows)?, total, next })
    }

    async fn which_have_children(
        &mut self,
        tenant: TenantId,
        ids: &[DepartmentId],
    ) -> Result<Vec<DepartmentId>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = departments::table
            .filter(departments::tenant_id.eq(DbId::from(tenant)))
            .filter(departments::parent_id.eq_any(ids.iter().copied().map(DbId::from)))
            .select(departments::parent_id.assume_not_null())
            .distinct();
        let parents: Vec<DbId> = all!(self, query)?;
        Ok(parents.into_iter().map(DbId::typed).collect())
    }

    async fn count(&mut self, tenant: TenantId) -> Result<u64> {
        let query =
            departments::table.filter(departments::tenant_id.eq(DbId::from(tenant))).count();
        value!(self, query).map(i64::unsigned_abs)
    }

    async fn count_below(&mut self, department: &Department) -> Result<(u64, u64)> {
        let all: i64 = value!(self, subtree(department).count())?;
        let from = path(&department.path());
        let end = beyond_subtree(&from);
        let members = departments::table
            .inner_join(
                department_members::table.on(department_members::tenant_id
                    .eq(departments::tenant_id)
                    .and(department_members::department_id.eq(departments::id))),
            )
            .filter(departments::tenant_id.eq(DbId::from(department.tenant)))
            .filter(departments::path.ge(from))
            .filter(departments::path.lt(end))
            .select(department_members::user_id);
        // Not by counting what differs, for which SQLite would walk all memberships in order.
        let members = users::table
            .filter(users::tenant_id.eq(DbId::from(department.tenant)))
            .filter(users::id.eq_any(members))
            .count();
        let users: i64 = value!(self, members)?;
        // The department itself, unless it has gone in between.
        let below = all.unsigned_abs().saturating_sub(1);
        Ok((below, users.unsigned_abs()))
    }

    async fn height(&mut self, department: &Department) -> Result<usize> {
        let deepest = subtree(department).select(dsl::max(departments::level));
        let deepest: Option<i32> = value!(self, deepest)?;
        let deepest = deepest.and_then(|level| usize::try_from(level).ok()).unwrap_or_default();
        Ok((deepest + 1).saturating_sub(department.level()).max(1))
    }

    async fn members(
        &mut self,
        tenant: TenantId,
        of: MembersOf<DepartmentId>,
        conditions: &Conditions<MemberField>,
        listing: &Listing<ByAge>,
    ) -> Result<Page<Membership<DepartmentMember, Department>>> {
        let query = members_filtered(tenant, of, conditions)?;
        let mut query = query.select(DepartmentMemberRow::as_select());
        by_number!(query, listing, department_members::number);
        let mut rows: Vec<DepartmentMemberRow> = all!(self, query)?;
        let next = keyset::next_by_number(&mut rows, listing, |row| row.number);
        let total =
            total!(self, listing.with_total, members_filtered(tenant, of, conditions)?.count())?;
        let owners = rows.iter().map(|row| row.department_id).collect();
        let owners = self.departments_of_ids(tenant, owners).await?;
        let owners: BTreeMap<DepartmentId, Department> =
            owners.into_iter().map(|owner| (owner.id, owner)).collect();
        let users = self.users_by_id(tenant, rows.iter().map(|row| row.user_id).collect()).await?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let member = row.model()?;
            // Outside of a transaction either end may have gone between the statements.
            if let (Some(owner), Some(user)) =
                (owners.get(&member.department), users.get(&member.user))
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
    ) -> Result<Vec<DepartmentMember>> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let query = department_members::table
            .filter(department_members::tenant_id.eq(DbId::from(tenant)))
            .filter(department_members::user_id.eq_any(users.iter().copied().map(DbId::from)))
            .order((department_members::user_id, department_members::number))
            .select(DepartmentMemberRow::as_select());
        let rows: Vec<DepartmentMemberRow> = all!(self, query)?;
        rows.into_iter().map(DepartmentMemberRow::model).collect()
    }
}

#[async_trait]
impl Departments for Session<'_> {
    async fn lock_tree(&mut self, tenant: TenantId) -> Result<()> {
        if let Some(lock) = dialect::LOCK {
            // The random half of the identifier.
            let half = u128::from(tenant.ulid()) & u128::from(u64::MAX);
            let key = u64::try_from(half).unwrap_or_default().cast_signed();
            run!(self, diesel::sql_query(lock).bind::<sql_types::BigInt, _>(key))?;
        }
        Ok(())
    }

    async fn find_for_update(
        &mut self,
        tenant: TenantId,
        id: DepartmentId,
    ) -> Result<Option<Department>> {
        let query = by_id!(departments, tenant, id).select(DepartmentRow::as_select());
        let row = one!(self, for_update!(query))?;
        row.map(DepartmentRow::model).transpose()
    }

    async fn insert(&mut self, department: &Department) -> Result<()> {
        let row = DepartmentRow::new(department)?;
        run!(self, diesel::insert_into(departments::table).values(row))?;
        Ok(())
    }

    async fn save(&mut self, department: &Department) -> Result<()> {
        let row = DepartmentRow::new(department)?;
        let statement = diesel::update(by_id!(departments, row.tenant_id, row.id))
            .filter(departments::version.eq(row.version))
            .set((
                departments::code.eq(row.code),
                departments::name.eq(row.name),
                departments::name_key.eq(row.name_key),
                departments::version.eq(row.version + 1),
                departments::updated_by.eq(row.updated_by),
                departments::updated_at.eq(row.updated_at),
            ));
        change!(self, statement)
    }

    async fn move_subtree(
        &mut self,
        department: &Department,
        ancestors: &[DepartmentId],
    ) -> Result<()> {
        let from = path(&department.path());
        let end = beyond_subtree(&from);
        let mut to = ancestors.to_vec();
        to.push(department.id);
        let to = path(&to);
        let level = |levels: usize| i32::try_from(levels).map_err(StorageError::backend);
        let deeper = level(ancestors.len())? - level(department.ancestors.len())?;
        // The paths are of ASCII: so many characters as bytes.
        let rest = i32::try_from(from.len() + 1).map_err(StorageError::backend)?;
        let statement = diesel::update(departments::table)
            .filter(departments::tenant_id.eq(DbId::from(department.tenant)))
            .filter(departments::path.ge(from))
            .filter(departments::path.lt(end))
            .set((
                departments::path
                    .eq(to.into_sql::<sql_types::Text>().concat(substr(departments::path, rest))),
                departments::level.eq(departments::level + deeper),
            ));
        if run!(self, statement)? == 0 {
            return Err(StorageError::Stale);
        }
        let parent = ancestors.last().copied().map(DbId::from);
        let statement = diesel::update(by_id!(departments, department.tenant, department.id))
            .set(departments::parent_id.eq(parent));
        change!(self, statement)
    }

    async fn delete_subtree(&mut self, department: &Department) -> Result<u64> {
        let from = path(&department.path());
        let end = beyond_subtree(&from);
        let statement = diesel::delete(departments::table)
            .filter(departments::tenant_id.eq(DbId::from(department.tenant)))
            .filter(departments::path.ge(from))
            .filter(departments::path.lt(end));
        changed!(self, statement)
    }

    async fn put_members(&mut self, tenant: TenantId, members: &[DepartmentMember]) -> Result<()> {
        let wanted: BTreeMap<(DbId, DbId), DepartmentMemberRow> = members
            .iter()
            .map(|member| DepartmentMemberRow::new(tenant, member))
            .map(|row| ((row.department_id, row.user_id), row))
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let keys: BTreeSet<(DbId, DbId)> = wanted.keys().copied().collect();
        self.hold_users(tenant, pairs::seconds(&keys)).await?;
        lock_owners!(self, departments, tenant, pairs::firsts(&keys));
        let present = self.present_members(tenant, &keys).await?;
        let (mut added, mut changed, mut added_keys) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (key, row) in wanted {
            match present.get(&key) {
                None => {
                    added_keys.insert(key);
                    added.push(row);
                }
                Some(old) if old.is_main == row.is_main && old.is_head == row.is_head => {}
                Some(_) => changed.push(row),
            }
        }
        // Whoever changes his main department has none for a moment, never two.
        changed.sort_by_key(|row| row.is_main);
        for row in &changed {
            self.change_place(row).await?;
        }
        insert_all!(self, department_members::table, added);
        count_members!(self, departments, tenant, pairs::counted(&added_keys, 1));
        Ok(())
    }

    async fn remove_members(
        &mut self,
        tenant: TenantId,
        members: &[(DepartmentId, UserId)],
    ) -> Result<u64> {
        let asked = members.iter().map(|(department, user)| ((*department).into(), (*user).into()));
        end_memberships!(
            self,
            department_members,
            department_id,
            departments,
            tenant,
            asked.collect()
        )
    }
}
