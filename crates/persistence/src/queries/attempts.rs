//! Counters of attempts that failed.

use async_trait::async_trait;
use citizenry_identity::{FailedAttempts, TenantId, Timestamp};
use citizenry_storage::{
    Result,
    ports::{Attempts, ReadAttempts},
};
use diesel::prelude::*;

use super::Session;
use crate::{rows::attempts::AttemptsRow, schema::attempts, types::DbId};

/// The counter of a keyed hash.
macro_rules! by_key {
    ($tenant:expr, $key:expr) => {
        attempts::table
            .filter(attempts::tenant_id.eq(DbId::from($tenant)))
            .filter(attempts::key_hash.eq($key.as_slice()))
    };
}

#[async_trait]
impl ReadAttempts for Session<'_> {
    async fn find(&mut self, tenant: TenantId, key: &[u8; 32]) -> Result<Option<FailedAttempts>> {
        let row = one!(self, by_key!(tenant, key).select(AttemptsRow::as_select()))?;
        row.map(AttemptsRow::model).transpose()
    }
}

#[async_trait]
impl Attempts for Session<'_> {
    async fn find_for_update(
        &mut self,
        tenant: TenantId,
        key: &[u8; 32],
    ) -> Result<Option<FailedAttempts>> {
        let query = by_key!(tenant, key).select(AttemptsRow::as_select());
        let row = one!(self, for_update!(query))?;
        row.map(AttemptsRow::model).transpose()
    }

    async fn put(&mut self, attempts: &FailedAttempts) -> Result<()> {
        let row = AttemptsRow::new(attempts);
        let statement = diesel::insert_into(attempts::table)
            .values(&row)
            .on_conflict((attempts::tenant_id, attempts::key_hash))
            .do_update()
            .set(&row);
        run!(self, statement)?;
        Ok(())
    }

    async fn delete(&mut self, tenant: TenantId, key: &[u8; 32]) -> Result<bool> {
        Ok(run!(self, diesel::delete(by_key!(tenant, key)))? == 1)
    }

    async fn delete_expired(&mut self, before: Timestamp, limit: u32) -> Result<u64> {
        delete_first!(self, "attempts", "expires_at", before, limit)
    }
}
