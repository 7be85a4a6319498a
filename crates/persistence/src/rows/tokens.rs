//! `token_families` and `tokens`.

use citizenry_identity::{StoredToken, Timestamp, TokenFamily, TokenKind};
use citizenry_storage::Result;
use diesel::prelude::*;

use super::{Column, bytes, document};
use crate::{
    schema,
    types::{DbId, DbJson, DbTime},
};

/// The tokens of one authorization.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::token_families)]
pub(crate) struct TokenFamilyRow {
    pub(crate) tenant_id: DbId,
    pub(crate) id: DbId,
    pub(crate) client_id: DbId,
    pub(crate) user_id: DbId,
    pub(crate) session_id: Option<DbId>,
    /// JSON.
    pub(crate) authorized: Vec<u8>,
    pub(crate) is_offline: bool,
    pub(crate) created_at: DbTime,
    pub(crate) expires_at: DbTime,
    pub(crate) revoked_at: Option<DbTime>,
}

impl TokenFamilyRow {
    pub(crate) fn new(family: &TokenFamily) -> Result<Self> {
        Ok(Self {
            tenant_id: family.tenant.into(),
            id: family.id.into(),
            client_id: family.client.into(),
            user_id: family.user.into(),
            session_id: family.session.map(DbId::from),
            authorized: bytes(&family.authorized)?,
            is_offline: family.is_offline,
            created_at: family.created_at.into(),
            expires_at: family.expires_at.into(),
            revoked_at: family.revoked_at.map(DbTime),
        })
    }

    pub(crate) fn model(self) -> Result<TokenFamily> {
        Ok(TokenFamily {
            id: self.id.typed(),
            tenant: self.tenant_id.typed(),
            client: self.client_id.typed(),
            user: self.user_id.typed(),
            session: self.session_id.map(DbId::typed),
            authorized: Column("token_families", "authorized").parse(&self.authorized)?,
            is_offline: self.is_offline,
            created_at: self.created_at.into(),
            expires_at: self.expires_at.into(),
            revoked_at: self.revoked_at.map(Timestamp::from),
        })
    }
}

/// A token of which only the keyed hash is kept.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::tokens)]
pub(crate) struct TokenRow {
    pub(crate) hash: Vec<u8>,
    pub(crate) kind: String,
    pub(crate) tenant_id: DbId,
    pub(crate) client_id: DbId,
    pub(crate) user_id: Option<DbId>,
    pub(crate) family_id: Option<DbId>,
    /// A list of names.
    pub(crate) scopes: DbJson,
    /// A list of identifiers of resource servers.
    pub(crate) audiences: DbJson,
    pub(crate) dpop_thumbprint: Option<String>,
    pub(crate) issued_at: DbTime,
    pub(crate) expires_at: DbTime,
    pub(crate) rotated_at: Option<DbTime>,
}

impl TokenRow {
    pub(crate) fn new(token: &StoredToken) -> Result<Self> {
        Ok(Self {
            hash: token.hash.to_vec(),
            kind: token.kind.as_str().to_owned(),
            tenant_id: token.tenant.into(),
            client_id: token.client.into(),
            user_id: token.user.map(DbId::from),
            family_id: token.family.map(DbId::from),
            scopes: document(&token.scopes)?,
            audiences: document(&token.audiences)?,
            dpop_thumbprint: token.dpop_thumbprint.clone(),
            issued_at: token.issued_at.into(),
            expires_at: token.expires_at.into(),
            rotated_at: token.rotated_at.map(DbTime),
        })
    }

    pub(crate) fn model(self) -> Result<StoredToken> {
        let column = |name| Column("tokens", name);
        Ok(StoredToken {
            hash: column("hash").fitting(self.hash)?,
            kind: column("kind").word(&self.kind, TokenKind::parse)?,
            tenant: self.tenant_id.typed(),
            client: self.client_id.typed(),
            user: self.user_id.map(DbId::typed),
            family: self.family_id.map(DbId::typed),
            scopes: column("scopes").read(&self.scopes)?,
            audiences: column("audiences").read(&self.audiences)?,
            dpop_thumbprint: self.dpop_thumbprint,
            issued_at: self.issued_at.into(),
            expires_at: self.expires_at.into(),
            rotated_at: self.rotated_at.map(Timestamp::from),
        })
    }
}
