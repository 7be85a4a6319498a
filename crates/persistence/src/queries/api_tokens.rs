//! Tokens that people make for themselves, and administrators for systems.

use async_trait::async_trait;
use citizenry_identity::{ApiToken, ApiTokenId, ApiTokenOwner, Number, TenantId, UserId};
use citizenry_storage::{
    Result,
    ports::{ApiTokens, ReadApiTokens},
};
use diesel::prelude::*;

use super::Session;
use crate::{
    rows::api_tokens::{ApiTokenRow, owner_id},
    schema::api_tokens,
    types::DbId,
};

#[async_trait]
impl ReadApiTokens for Session<'_> {
    async fn find_by_hash(&mut self, hash: &[u8; 32]) -> Result<Option<ApiToken>> {
        let query = api_tokens::table
            .filter(api_tokens::hash.eq(hash.to_vec()))
            .select(ApiTokenRow::as_select());
        let row = one!(self, query)?;
        row.map(ApiTokenRow::model).transpose()
    }

    async fn find_by_number(
        &mut self,
        tenant: TenantId,
        number: Number,
    ) -> Result<Option<ApiToken>> {
        let query = api_tokens::table
            .filter(api_tokens::tenant_id.eq(DbId::from(tenant)))
            .filter(api_tokens::number.eq(number.get()))
            .select(ApiTokenRow::as_select());
        let row = one!(self, query)?;
        row.map(ApiTokenRow::model).transpose()
    }

    async fn list(&mut self, tenant: TenantId, owner: ApiTokenOwner) -> Result<Vec<ApiToken>> {
        let query = api_tokens::table
            .filter(api_tokens::tenant_id.eq(DbId::from(tenant)))
            .filter(api_tokens::owner_id.eq(owner_id(tenant, owner)))
            .order(api_tokens::id.desc())
            .limit(1_000)
            .select(ApiTokenRow::as_select());
        let rows: Vec<ApiTokenRow> = all!(self, query)?;
        rows.into_iter().map(ApiTokenRow::model).collect()
    }
}

#[async_trait]
impl ApiTokens for Session<'_> {
    async fn insert(&mut self, token: &ApiToken) -> Result<()> {
        run!(self, diesel::insert_into(api_tokens::table).values(ApiTokenRow::new(token)?))?;
        Ok(())
    }

    async fn delete(&mut self, tenant: TenantId, ids: &[ApiTokenId]) -> Result<Vec<ApiTokenId>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let statement = diesel::delete(api_tokens::table)
            .filter(api_tokens::tenant_id.eq(DbId::from(tenant)))
            .filter(api_tokens::id.eq_any(ids.iter().copied().map(DbId::from)))
            .returning(api_tokens::id);
        let deleted: Vec<DbId> = all!(self, statement)?;
        Ok(deleted.into_iter().map(DbId::typed).collect())
    }

    async fn delete_of_user(&mut self, tenant: TenantId, user: UserId) -> Result<u64> {
        let statement = diesel::delete(api_tokens::table)
            .filter(api_tokens::tenant_id.eq(DbId::from(tenant)))
            .filter(api_tokens::user_id.eq(DbId::from(user)));
        changed!(self, statement)
    }
}
