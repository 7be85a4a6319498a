//! Tenants.

use std::collections::BTreeMap;

use async_trait::async_trait;
use citizenry_identity::{
    Cursor, CursorKey, Listing, Number, Page, Tenant, TenantId, TenantName, Timestamp,
};
use citizenry_storage::{
    Conditions, Result, StorageError, Test, Value,
    ports::{ByName, NumberedSort, ReadTenants, TenantField, Tenants},
};
use diesel::prelude::*;

use super::{Session, dialect::Db};
use crate::{
    conditions::{self, Predicate, narrowed},
    keyset::{self, by_name, ordered, sought},
    rows::tenants::TenantRow,
    schema::{tenants, user_counters},
    types::{DbId, DbTime},
};

/// Whether a tenant's lock contains a point in time, or does not; without a lock it does not.
fn locked(test: &Test) -> Result<Predicate<tenants::table, Db>> {
    let holds = |at: &Timestamp| {
        let at = DbTime(*at);
        tenants::locked_from
            .is_not_null()
            .and(tenants::locked_from.assume_not_null().le(at))
            .and(tenants::locked_until.is_null().or(tenants::locked_until.assume_not_null().gt(at)))
    };
    match test {
        Test::Equal(Value::Time(at)) => Ok(Box::new(holds(at))),
        Test::NotEqual(Value::Time(at)) => Ok(Box::new(diesel::dsl::not(holds(at)))),
        _ => Err(conditions::unsuitable()),
    }
}

fn passing(field: TenantField, test: &Test) -> Result<Predicate<tenants::table, Db>> {
    use conditions::{folded, number, text, time};
    Ok(match field {
        TenantField::Number => Box::new(number(tenants::number, test)?),
        TenantField::DisplayName => Box::new(folded(tenants::display_name_key, test)?),
        TenantField::Kind => Box::new(text(tenants::kind, test)?),
        TenantField::Status => Box::new(text(tenants::status, test)?),
        TenantField::RealNameStatus => Box::new(text(tenants::real_name_status, test)?),
        TenantField::LockedFrom => Box::new(time(tenants::locked_from, test)?),
        TenantField::LockedUntil => Box::new(time(tenants::locked_until, test)?),
        TenantField::LockedAt => locked(test)?,
        TenantField::LastLockedAt => Box::new(time(tenants::last_locked_at, test)?),
        TenantField::CreatedAt => Box::new(time(tenants::created_at, test)?),
    })
}

fn filtered(conditions: &Conditions<TenantField>) -> Result<tenants::BoxedQuery<'static, Db>> {
    let mut query = tenants::table.into_boxed();
    narrowed!(query, conditions, passing);
    Ok(query)
}

fn position(row: &TenantRow, field: NumberedSort) -> Cursor {
    let key = match field {
        NumberedSort::CreatedAt => keyset::time_key(Some(row.created_at)),
        NumberedSort::Number => CursorKey::Number(row.number),
        NumberedSort::Name => keyset::text_key(&row.display_name_key),
    };
    Cursor { key, id: row.id.0 }
}

#[async_trait]
impl ReadTenants for Session<'_> {
    async fn find(&mut self, id: TenantId) -> Result<Option<Tenant>> {
        let query =
            tenants::table.filter(tenants::id.eq(DbId::from(id))).select(TenantRow::as_select());
        let row = one!(self, query)?;
        row.map(TenantRow::model).transpose()
    }

    async fn find_by_name(&mut self, name: &TenantName) -> Result<Option<Tenant>> {
        let query = tenants::table
            .filter(tenants::name.eq(sought(name.as_str())))
            .select(TenantRow::as_select());
        let row = one!(self, query)?;
        row.map(TenantRow::model).transpose()
    }

    async fn find_by_number(&mut self, number: Number) -> Result<Option<Tenant>> {
        let query =
            tenants::table.filter(tenants::number.eq(number.get())).select(TenantRow::as_select());
        let row = one!(self, query)?;
        row.map(TenantRow::model).transpose()
    }

    async fn find_all(
        &mut self,
        conditions: &Conditions<TenantField>,
        listing: &Listing<NumberedSort>,
    ) -> Result<Page<Tenant>> {
        let mut query = filtered(conditions)?.select(TenantRow::as_select());
        ordered!(query, listing, tenants::id, default NumberedSort::CreatedAt, by_index true, {
            NumberedSort::CreatedAt => (tenants::created_at, keyset::time),
            NumberedSort::Number => (tenants::number, keyset::number),
            NumberedSort::Name => (tenants::display_name_key, keyset::text_or_empty),
        });
        let mut rows: Vec<TenantRow> = all!(self, query)?;
        let next = keyset::next(&mut rows, listing, NumberedSort::CreatedAt, position);
        let total = total!(self, listing.with_total, filtered(conditions)?.count())?;
        let items = rows.into_iter().map(TenantRow::model).collect::<Result<_>>()?;
        Ok(Page { items, total, next })
    }

    async fn user_counts(&mut self, tenants: &[TenantId]) -> Result<Vec<(TenantId, u64)>> {
        if tenants.is_empty() {
            return Ok(Vec::new());
        }
        let query = user_counters::table
            .filter(user_counters::tenant_id.eq_any(tenants.iter().copied().map(DbId::from)))
            .select((user_counters::tenant_id, user_counters::count));
        let counters: Vec<(DbId, i64)> = all!(self, query)?;
        let mut counts: BTreeMap<TenantId, i64> = tenants.iter().map(|id| (*id, 0)).collect();
        for (tenant, count) in counters {
            *counts.entry(tenant.typed()).or_default() += count;
        }
        counts
            .into_iter()
            .map(|(tenant, count)| match u64::try_from(count) {
                Ok(count) => Ok((tenant, count)),
                Err(_) => Err(StorageError::inconsistent("user_counters", "count", "negative")),
            })
            .collect()
    }

    async fn list(&mut self, listing: &Listing<ByName>) -> Result<Page<Tenant>> {
        let mut query = tenants::table.select(TenantRow::as_select()).into_boxed::<Db>();
        by_name!(query, listing, tenants, by_index true);
        let mut rows: Vec<TenantRow> = all!(self, query)?;
        let next = keyset::next_by_name(&mut rows, listing, |row| {
            (row.created_at, row.name.as_str(), row.id)
        });
        let total = total!(self, listing.with_total, tenants::table.count())?;
        let items = rows.into_iter().map(TenantRow::model).collect::<Result<_>>()?;
        Ok(Page { items, total, next })
    }
}

#[async_trait]
impl Tenants for Session<'_> {
    async fn find_for_update(&mut self, id: TenantId) -> Result<Option<Tenant>> {
        let query =
            tenants::table.filter(tenants::id.eq(DbId::from(id))).select(TenantRow::as_select());
        let row = one!(self, for_update!(query))?;
        row.map(TenantRow::model).transpose()
    }

    async fn insert(&mut self, tenant: &Tenant) -> Result<()> {
        let statement = diesel::insert_into(tenants::table).values(TenantRow::new(tenant)?);
        run!(self, statement)?;
        Ok(())
    }

    async fn save(&mut self, tenant: &Tenant) -> Result<()> {
        let mut row = TenantRow::new(tenant)?;
        row.version += 1;
        let statement = diesel::update(tenants::table)
            .filter(tenants::id.eq(row.id))
            .filter(tenants::version.eq(tenant.version))
            .set(row);
        change!(self, statement)
    }
}
