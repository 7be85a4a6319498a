//! `attempts`.

use citizenry_identity::{FailedAttempts, Timestamp};
use citizenry_storage::Result;
use diesel::prelude::*;

use super::Column;
use crate::{
    schema,
    types::{DbId, DbTime},
};

/// A counter of failed attempts.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(
    table_name = schema::attempts,
    primary_key(tenant_id, key_hash),
    treat_none_as_null = true
)]
pub(crate) struct AttemptsRow {
    pub(crate) tenant_id: DbId,
    pub(crate) key_hash: Vec<u8>,
    pub(crate) count: i32,
    pub(crate) last_at: DbTime,
    pub(crate) blocked_until: Option<DbTime>,
    pub(crate) expires_at: DbTime,
}

impl AttemptsRow {
    pub(crate) fn new(attempts: &FailedAttempts) -> Self {
        Self {
            tenant_id: attempts.tenant.into(),
            key_hash: attempts.key.to_vec(),
            count: attempts.count,
            last_at: attempts.last_at.into(),
            blocked_until: attempts.blocked_until.map(DbTime),
            expires_at: attempts.expires_at.into(),
        }
    }

    pub(crate) fn model(self) -> Result<FailedAttempts> {
        Ok(FailedAttempts {
            tenant: self.tenant_id.typed(),
            key: Column("attempts", "key_hash").fitting(self.key_hash)?,
            count: self.count,
            last_at: self.last_at.into(),
            blocked_until: self.blocked_until.map(Timestamp::from),
            expires_at: self.expires_at.into(),
        })
    }
}
