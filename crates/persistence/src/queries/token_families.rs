//! The tokens of one authorization, revoked together.

use async_trait::async_trait;
use citizenry_identity::{
    ClientId, SessionId, TenantId, Timestamp, TokenFamily, TokenFamilyId, UserId,
};
use citizenry_storage::{
    Result,
    ports::{ReadTokenFamilies, TokenFamilies},
};
use diesel::prelude::*;

use super::{Session, dialect::Db};
use crate::{
    rows::tokens::TokenFamilyRow,
    schema::token_families,
    types::{DbId, DbTime},
};

#[async_trait]
impl ReadTokenFamilies for Session<'_> {
    async fn find(&mut self, tenant: TenantId, id: TokenFamilyId) -> Result<Option<TokenFamily>> {
        let query = by_id!(token_families, tenant, id).select(TokenFamilyRow::as_select());
        let row = one!(self, query)?;
        row.map(TokenFamilyRow::model).transpose()
    }

    async fn list_of_session(
        &mut self,
        tenant: TenantId,
        session: SessionId,
    ) -> Result<Vec<TokenFamily>> {
        let query = token_families::table
            .filter(token_families::tenant_id.eq(DbId::from(tenant)))
            .filter(token_families::session_id.eq(DbId::from(session)))
            .filter(token_families::revoked_at.is_null())
            .order(token_families::id)
            .limit(1_000)
            .select(TokenFamilyRow::as_select());
        let rows: Vec<TokenFamilyRow> = all!(self, query)?;
        rows.into_iter().map(TokenFamilyRow::model).collect()
    }

    async fn list_of_user(&mut self, tenant: TenantId, user: UserId) -> Result<Vec<TokenFamily>> {
        let query = token_families::table
            .filter(token_families::tenant_id.eq(DbId::from(tenant)))
            .filter(token_families::user_id.eq(DbId::from(user)))
            .filter(token_families::revoked_at.is_null())
            .order(token_families::id.desc())
            .limit(1_000)
            .select(TokenFamilyRow::as_select());
        let rows: Vec<TokenFamilyRow> = all!(self, query)?;
        rows.into_iter().map(TokenFamilyRow::model).collect()
    }

    async fn which_are_signed_in(
        &mut self,
        tenant: TenantId,
        users: &[UserId],
        now: Timestamp,
    ) -> Result<Vec<UserId>> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let query = token_families::table
            .filter(token_families::tenant_id.eq(DbId::from(tenant)))
            .filter(token_families::user_id.eq_any(users.iter().copied().map(DbId::from)))
            .filter(token_families::revoked_at.is_null())
            .filter(token_families::expires_at.gt(DbTime(now)))
            .select(token_families::user_id)
            .distinct();
        let ids: Vec<DbId> = all!(self, query)?;
        Ok(ids.into_iter().map(DbId::typed).collect())
    }
}

#[async_trait]
impl TokenFamilies for Session<'_> {
    async fn find_for_update(
        &mut self,
        tenant: TenantId,
        id: TokenFamilyId,
    ) -> Result<Option<TokenFamily>> {
        let query = by_id!(token_families, tenant, id).select(TokenFamilyRow::as_select());
        let row = one!(self, for_update!(query))?;
        row.map(TokenFamilyRow::model).transpose()
    }

    async fn insert(&mut self, family: &TokenFamily) -> Result<()> {
        let row = TokenFamilyRow::new(family)?;
        run!(self, diesel::insert_into(token_families::table).values(row))?;
        Ok(())
    }

    async fn save(&mut self, family: &TokenFamily) -> Result<()> {
        let row = TokenFamilyRow::new(family)?;
        let statement = diesel::update(by_id!(token_families, row.tenant_id, row.id)).set((
            token_families::authorized.eq(row.authorized),
            token_families::expires_at.eq(row.expires_at),
            token_families::revoked_at.eq(row.revoked_at),
        ));
        change!(self, statement)
    }

    async fn revoke_of_user(
        &mut self,
        tenant: TenantId,
        user: UserId,
        client: Option<ClientId>,
        now: Timestamp,
    ) -> Result<u64> {
        let mut statement = diesel::update(token_families::table)
            .filter(token_families::tenant_id.eq(DbId::from(tenant)))
            .filter(token_families::user_id.eq(DbId::from(user)))
            .filter(token_families::revoked_at.is_null())
            .set(token_families::revoked_at.eq(DbTime(now)))
            .into_boxed::<Db>();
        if let Some(client) = client {
            statement = statement.filter(token_families::client_id.eq(DbId::from(client)));
        }
        changed!(self, statement)
    }

    async fn revoke_of_session(
        &mut self,
        tenant: TenantId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<u64> {
        let statement = diesel::update(token_families::table)
            .filter(token_families::tenant_id.eq(DbId::from(tenant)))
            .filter(token_families::session_id.eq(DbId::from(session)))
            .filter(token_families::revoked_at.is_null())
            .filter(token_families::is_offline.eq(false))
            .set(token_families::revoked_at.eq(DbTime(now)));
        changed!(self, statement)
    }

    async fn delete_expired(&mut self, before: Timestamp, limit: u32) -> Result<u64> {
        delete_first!(self, "token_families", "expires_at", before, limit)
    }
}
