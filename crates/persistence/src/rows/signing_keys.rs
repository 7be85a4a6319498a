//! `signing_keys`.

use citizenry_identity::{KeyState, SigningAlgorithm, SigningKey};
use citizenry_storage::Result;
use diesel::prelude::*;

use super::{Column, document};
use crate::{
    schema,
    types::{DbId, DbJson, DbTime},
};

/// A signing key.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::signing_keys)]
pub(crate) struct SigningKeyRow {
    pub(crate) tenant_id: DbId,
    pub(crate) id: DbId,
    pub(crate) algorithm: String,
    pub(crate) state: String,
    pub(crate) sealed_private_key: Vec<u8>,
    pub(crate) public_jwk: DbJson,
    pub(crate) created_at: DbTime,
    pub(crate) updated_at: DbTime,
}

impl SigningKeyRow {
    pub(crate) fn new(key: &SigningKey) -> Result<Self> {
        Ok(Self {
            tenant_id: key.tenant.into(),
            id: key.id.into(),
            algorithm: key.algorithm.as_str().to_owned(),
            state: key.state.as_str().to_owned(),
            sealed_private_key: key.sealed_private_key.clone(),
            public_jwk: document(&key.public_jwk)?,
            created_at: key.created_at.into(),
            updated_at: key.updated_at.into(),
        })
    }

    pub(crate) fn model(self) -> Result<SigningKey> {
        Ok(SigningKey {
            id: self.id.typed(),
            tenant: self.tenant_id.typed(),
            algorithm: Column("signing_keys", "algorithm")
                .word(&self.algorithm, SigningAlgorithm::parse)?,
            state: Column("signing_keys", "state").word(&self.state, KeyState::parse)?,
            sealed_private_key: self.sealed_private_key,
            public_jwk: Column("signing_keys", "public_jwk").object(&self.public_jwk)?,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        })
    }
}
