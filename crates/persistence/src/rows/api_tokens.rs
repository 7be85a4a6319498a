//! `api_tokens`.

use citizenry_identity::{ApiToken, ApiTokenOwner, TenantId, Text, Timestamp};
use citizenry_storage::Result;
use diesel::prelude::*;

use super::{Column, document};
use crate::{
    schema,
    types::{DbId, DbJson, DbTime},
};

/// A token that somebody has made.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::api_tokens)]
pub(crate) struct ApiTokenRow {
    pub(crate) tenant_id: DbId,
    pub(crate) id: DbId,
    pub(crate) number: i64,
    pub(crate) user_id: Option<DbId>,
    /// [`owner_id`].
    pub(crate) owner_id: DbId,
    pub(crate) name: String,
    pub(crate) hash: Vec<u8>,
    pub(crate) sealed: Vec<u8>,
    pub(crate) access: DbJson,
    pub(crate) expires_at: Option<DbTime>,
    pub(crate) created_by: Option<DbId>,
    pub(crate) created_at: DbTime,
}

/// Whose token it is: the user, or for no user the tenant itself, so that names are unique there
/// too.
pub(crate) fn owner_id(tenant: TenantId, owner: ApiTokenOwner) -> DbId {
    match owner {
        ApiTokenOwner::User(user) => user.into(),
        ApiTokenOwner::System => tenant.into(),
    }
}

impl ApiTokenRow {
    pub(crate) fn new(token: &ApiToken) -> Result<Self> {
        Ok(Self {
            tenant_id: token.tenant.into(),
            id: token.id.into(),
            number: token.number.get(),
            user_id: match token.owner {
                ApiTokenOwner::User(user) => Some(user.into()),
                ApiTokenOwner::System => None,
            },
            owner_id: owner_id(token.tenant, token.owner),
            name: token.name.as_str().to_owned(),
            hash: token.hash.to_vec(),
            sealed: token.sealed.clone(),
            access: document(&token.access)?,
            expires_at: token.expires_at.map(DbTime),
            created_by: token.created_by.map(DbId::from),
            created_at: token.created_at.into(),
        })
    }

    pub(crate) fn model(self) -> Result<ApiToken> {
        let column = |name| Column("api_tokens", name);
        Ok(ApiToken {
            id: self.id.typed(),
            number: column("number").number(self.number)?,
            tenant: self.tenant_id.typed(),
            owner: self
                .user_id
                .map_or(ApiTokenOwner::System, |user| ApiTokenOwner::User(user.typed())),
            name: Text::from_stored(self.name),
            hash: column("hash").fitting(self.hash)?,
            sealed: self.sealed,
            access: column("access").object(&self.access)?,
            expires_at: self.expires_at.map(Timestamp::from),
            created_by: self.created_by.map(DbId::typed),
            created_at: self.created_at.into(),
        })
    }
}
