//! Signing keys.

use async_trait::async_trait;
use citizenry_identity::{KeyState, SigningAlgorithm, SigningKey, SigningKeyId, TenantId};
use citizenry_storage::{
    Result,
    ports::{ReadSigningKeys, SigningKeys},
};
use diesel::prelude::*;

use super::Session;
use crate::{rows::signing_keys::SigningKeyRow, schema::signing_keys, types::DbId};

#[async_trait]
impl ReadSigningKeys for Session<'_> {
    async fn find(&mut self, tenant: TenantId, id: SigningKeyId) -> Result<Option<SigningKey>> {
        let key = self.find_anywhere(id).await?;
        Ok(key.filter(|key| key.tenant == tenant))
    }

    async fn find_anywhere(&mut self, id: SigningKeyId) -> Result<Option<SigningKey>> {
        let query = signing_keys::table
            .filter(signing_keys::id.eq(DbId::from(id)))
            .select(SigningKeyRow::as_select());
        let row = one!(self, query)?;
        row.map(SigningKeyRow::model).transpose()
    }

    async fn find_current(
        &mut self,
        tenant: TenantId,
        algorithm: SigningAlgorithm,
    ) -> Result<Option<SigningKey>> {
        let query = signing_keys::table
            .filter(signing_keys::tenant_id.eq(DbId::from(tenant)))
            .filter(signing_keys::state.eq(KeyState::Current.as_str()))
            .filter(signing_keys::algorithm.eq(algorithm.as_str()))
            .select(SigningKeyRow::as_select());
        let row = one!(self, query)?;
        row.map(SigningKeyRow::model).transpose()
    }

    async fn list_published(&mut self, tenant: TenantId) -> Result<Vec<SigningKey>> {
        let published = [KeyState::Next, KeyState::Current, KeyState::Previous];
        let query = signing_keys::table
            .filter(signing_keys::tenant_id.eq(DbId::from(tenant)))
            .filter(signing_keys::state.eq_any(published.map(KeyState::as_str)))
            .order((signing_keys::created_at, signing_keys::id))
            .limit(100)
            .select(SigningKeyRow::as_select());
        let rows: Vec<SigningKeyRow> = all!(self, query)?;
        rows.into_iter().map(SigningKeyRow::model).collect()
    }
}

#[async_trait]
impl SigningKeys for Session<'_> {
    async fn insert(&mut self, key: &SigningKey) -> Result<()> {
        let statement = diesel::insert_into(signing_keys::table).values(SigningKeyRow::new(key)?);
        run!(self, statement)?;
        Ok(())
    }

    async fn save(&mut self, key: &SigningKey) -> Result<()> {
        let row = SigningKeyRow::new(key)?;
        let statement = diesel::update(by_id!(signing_keys, row.tenant_id, row.id))
            .set((signing_keys::state.eq(row.state), signing_keys::updated_at.eq(row.updated_at)));
        change!(self, statement)
    }
}
