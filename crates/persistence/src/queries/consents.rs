//! Consents: what users have allowed clients.

use async_trait::async_trait;
use citizenry_identity::{ClientId, Consent, ConsentId, Listing, Page, TenantId, UserId};
use citizenry_storage::{
    Result,
    ports::{ByAge, Consents, ReadConsents},
};
use diesel::prelude::*;

use super::{Session, dialect::Db};
use crate::{
    keyset::{self, by_age},
    rows::consents::ConsentRow,
    schema::consents,
    types::DbId,
};

fn of_user(tenant: TenantId, user: UserId) -> consents::BoxedQuery<'static, Db> {
    consents::table
        .into_boxed()
        .filter(consents::tenant_id.eq(DbId::from(tenant)))
        .filter(consents::user_id.eq(DbId::from(user)))
}

#[async_trait]
impl ReadConsents for Session<'_> {
    async fn find(&mut self, tenant: TenantId, id: ConsentId) -> Result<Option<Consent>> {
        let row = one!(self, by_id!(consents, tenant, id).select(ConsentRow::as_select()))?;
        row.map(ConsentRow::model).transpose()
    }

    async fn list_for(
        &mut self,
        tenant: TenantId,
        user: UserId,
        client: ClientId,
    ) -> Result<Vec<Consent>> {
        let query = consents::table
            .filter(consents::tenant_id.eq(DbId::from(tenant)))
            .filter(consents::user_id.eq(DbId::from(user)))
            .filter(consents::client_id.eq(DbId::from(client)))
            .order(consents::audience)
            .limit(100)
            .select(ConsentRow::as_select());
        let rows: Vec<ConsentRow> = all!(self, query)?;
        rows.into_iter().map(ConsentRow::model).collect()
    }

    async fn list_of_user(
        &mut self,
        tenant: TenantId,
        user: UserId,
        listing: &Listing<ByAge>,
    ) -> Result<Page<Consent>> {
        let mut query = of_user(tenant, user).select(ConsentRow::as_select());
        by_age!(query, listing, consents::id);
        let mut rows: Vec<ConsentRow> = all!(self, query)?;
        let next =
            keyset::next(&mut rows, listing, ByAge::CreatedAt, |row, _| keyset::at_id(row.id));
        let total = total!(self, listing.with_total, of_user(tenant, user).count())?;
        let items = rows.into_iter().map(ConsentRow::model).collect::<Result<_>>()?;
        Ok(Page { items, total, next })
    }
}

#[async_trait]
impl Consents for Session<'_> {
    async fn put(&mut self, consent: &Consent) -> Result<()> {
        let row = ConsentRow::new(consent)?;
        let (scopes, updated_at) = (row.scopes.clone(), row.updated_at);
        let statement = diesel::insert_into(consents::table)
            .values(row)
            .on_conflict((
                consents::tenant_id,
                consents::user_id,
                consents::client_id,
                consents::audience,
            ))
            .do_update()
            .set((consents::scopes.eq(scopes), consents::updated_at.eq(updated_at)));
        run!(self, statement)?;
        Ok(())
    }

    async fn delete(&mut self, tenant: TenantId, id: ConsentId) -> Result<bool> {
        Ok(run!(self, diesel::delete(by_id!(consents, tenant, id)))? == 1)
    }

    async fn delete_of_user(
        &mut self,
        tenant: TenantId,
        user: UserId,
        client: Option<ClientId>,
    ) -> Result<u64> {
        let mut statement = diesel::delete(consents::table)
            .filter(consents::tenant_id.eq(DbId::from(tenant)))
            .filter(consents::user_id.eq(DbId::from(user)))
            .into_boxed::<Db>();
        if let Some(client) = client {
            statement = statement.filter(consents::client_id.eq(DbId::from(client)));
        }
        changed!(self, statement)
    }
}
