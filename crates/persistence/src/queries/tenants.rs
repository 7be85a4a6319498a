//! Tenants.

use async_trait::async_trait;
use citizenry_identity::{
    Cursor, CursorKey, Direction, Listing, Number, Page, Start, Tenant, TenantId, TenantName,
    TenantStatus,
};
use citizenry_storage::{
    Result, StorageError,
    ports::{ByName, ReadTenants, Tenants},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Session;
use crate::{
    schema::tenants,
    types::{DbId, DbJson, DbTime},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tenants)]
struct TenantRow {
    id: DbId,
    number: i64,
    name: String,
    status: String,
    settings: DbJson,
    version: i64,
    created_at: DbTime,
    updated_at: DbTime,
}

impl TryFrom<&Tenant> for TenantRow {
    type Error = StorageError;

    fn try_from(tenant: &Tenant) -> Result<Self> {
        let settings = serde_json::to_value(&tenant.settings).map_err(StorageError::backend)?;
        Ok(Self {
            id: tenant.id.into(),
            number: tenant.number.get(),
            name: tenant.name.as_str().to_owned(),
            status: tenant.status.as_str().to_owned(),
            settings: settings.into(),
            version: tenant.version,
            created_at: tenant.created_at.into(),
            updated_at: tenant.updated_at.into(),
        })
    }
}

impl TryFrom<TenantRow> for Tenant {
    type Error = StorageError;

    fn try_from(row: TenantRow) -> Result<Self> {
        let broken = |column| move || StorageError::inconsistent("tenants", column, "not a value");
        Ok(Self {
            id: row.id.typed(),
            number: Number::new(row.number).ok_or_else(broken("number"))?,
            name: TenantName::from_stored(row.name),
            status: TenantStatus::parse(&row.status).ok_or_else(broken("status"))?,
            settings: serde_json::from_value(row.settings.into_inner())
                .map_err(|error| StorageError::inconsistent("tenants", "settings", error))?,
            version: row.version,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        })
    }
}

fn tenant(row: Option<TenantRow>) -> Result<Option<Tenant>> {
    row.map(Tenant::try_from).transpose()
}

#[async_trait]
impl ReadTenants for Session<'_> {
    async fn find(&mut self, id: TenantId) -> Result<Option<Tenant>> {
        let query = tenants::table.find(DbId::from(id)).select(TenantRow::as_select());
        let row = query.first(self.conn()).await.optional();
        tenant(row.map_err(|error| self.fail(error))?)
    }

    async fn find_by_name(&mut self, name: &TenantName) -> Result<Option<Tenant>> {
        let query =
            tenants::table.filter(tenants::name.eq(name.as_str())).select(TenantRow::as_select());
        let row = query.first(self.conn()).await.optional();
        tenant(row.map_err(|error| self.fail(error))?)
    }

    async fn list(&mut self, listing: &Listing<ByName>) -> Result<Page<Tenant>> {
        let mut query = tenants::table.select(TenantRow::as_select()).into_boxed();
        let key = listing.order.as_slice().first().map(|key| (key.field, key.direction));
        let (field, direction) = key.unwrap_or((ByName::CreatedAt, Direction::Descending));
        if let Start::After(cursor) = &listing.start {
            let id = DbId(cursor.id);
            query = match (field, &cursor.key, direction) {
                (ByName::Name, CursorKey::Text(name), Direction::Ascending) => query.filter(
                    tenants::name
                        .gt(name.clone())
                        .or(tenants::name.eq(name.clone()).and(tenants::id.gt(id))),
                ),
                (ByName::Name, CursorKey::Text(name), Direction::Descending) => query.filter(
                    tenants::name
                        .lt(name.clone())
                        .or(tenants::name.eq(name.clone()).and(tenants::id.lt(id))),
                ),
                (_, _, Direction::Ascending) => query.filter(tenants::id.gt(id)),
                (_, _, Direction::Descending) => query.filter(tenants::id.lt(id)),
            };
        }
        query = match (field, direction) {
            (ByName::Name, Direction::Ascending) => {
                query.order((tenants::name.asc(), tenants::id.asc()))
            }
            (ByName::Name, Direction::Descending) => {
                query.order((tenants::name.desc(), tenants::id.desc()))
            }
            (ByName::CreatedAt, Direction::Ascending) => query.order(tenants::id.asc()),
            (ByName::CreatedAt, Direction::Descending) => query.order(tenants::id.desc()),
        };
        if let Start::Skip(skipped) = listing.start {
            query = query.offset(i64::try_from(skipped).unwrap_or(i64::MAX));
        }
        let rows: Vec<TenantRow> = query
            .limit(i64::from(listing.limit) + 1)
            .load(self.conn())
            .await
            .map_err(|error| self.fail(error))?;
        let mut items = rows.into_iter().map(Tenant::try_from).collect::<Result<Vec<_>>>()?;
        let more = items.len() > listing.limit as usize;
        items.truncate(listing.limit as usize);
        let next = items.last().filter(|_| more).map(|last| Cursor {
            key: match field {
                ByName::Name => CursorKey::Text(last.name.as_str().to_owned()),
                ByName::CreatedAt => CursorKey::None,
            },
            id: citizenry_identity::Id::ulid(last.id),
        });
        let total = if listing.with_total { Some(self.count_tenants().await?) } else { None };
        Ok(Page { items, total, next })
    }
}

impl Session<'_> {
    async fn count_tenants(&mut self) -> Result<u64> {
        let count: i64 = tenants::table
            .count()
            .get_result(self.conn())
            .await
            .map_err(|error| self.fail(error))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}

#[async_trait]
impl Tenants for Session<'_> {
    async fn find_for_update(&mut self, id: TenantId) -> Result<Option<Tenant>> {
        let query = tenants::table.find(DbId::from(id)).select(TenantRow::as_select());
        let row = for_update!(query).first(self.conn()).await.optional();
        tenant(row.map_err(|error| self.fail(error))?)
    }

    async fn insert(&mut self, tenant: &Tenant) -> Result<()> {
        let query = diesel::insert_into(tenants::table).values(TenantRow::try_from(tenant)?);
        query.execute(self.conn()).await.map(|_one| ()).map_err(|error| self.fail(error))
    }

    async fn save(&mut self, tenant: &Tenant) -> Result<()> {
        let mut row = TenantRow::try_from(tenant)?;
        row.version += 1;
        let loaded =
            tenants::table.find(DbId::from(tenant.id)).filter(tenants::version.eq(tenant.version));
        let saved = diesel::update(loaded)
            .set(row)
            .execute(self.conn())
            .await
            .map_err(|error| self.fail(error))?;
        if saved == 1 { Ok(()) } else { Err(StorageError::Stale) }
    }
}
