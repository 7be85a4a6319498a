//! Refresh tokens and opaque access tokens.

use async_trait::async_trait;
use citizenry_identity::{StoredToken, Timestamp, TokenKind};
use citizenry_storage::{
    Result,
    ports::{ReadTokens, Tokens},
};
use diesel::prelude::*;

use super::Session;
use crate::{rows::tokens::TokenRow, schema::tokens};

/// The token of a kind and a hash.
macro_rules! by_hash {
    ($kind:expr, $hash:expr) => {
        tokens::table.filter(tokens::hash.eq($hash.as_slice())).filter(tokens::kind.eq($kind))
    };
}

#[async_trait]
impl ReadTokens for Session<'_> {
    async fn find(&mut self, kind: TokenKind, hash: &[u8; 32]) -> Result<Option<StoredToken>> {
        let row = one!(self, by_hash!(kind.as_str(), hash).select(TokenRow::as_select()))?;
        row.map(TokenRow::model).transpose()
    }
}

#[async_trait]
impl Tokens for Session<'_> {
    async fn find_for_update(
        &mut self,
        kind: TokenKind,
        hash: &[u8; 32],
    ) -> Result<Option<StoredToken>> {
        let query = by_hash!(kind.as_str(), hash).select(TokenRow::as_select());
        let row = one!(self, for_update!(query))?;
        row.map(TokenRow::model).transpose()
    }

    async fn insert(&mut self, token: &StoredToken) -> Result<()> {
        run!(self, diesel::insert_into(tokens::table).values(TokenRow::new(token)?))?;
        Ok(())
    }

    async fn save(&mut self, token: &StoredToken) -> Result<()> {
        let row = TokenRow::new(token)?;
        let statement = diesel::update(by_hash!(row.kind, row.hash))
            .set((tokens::rotated_at.eq(row.rotated_at), tokens::expires_at.eq(row.expires_at)));
        change!(self, statement)
    }

    async fn delete(&mut self, kind: TokenKind, hash: &[u8; 32]) -> Result<bool> {
        Ok(run!(self, diesel::delete(by_hash!(kind.as_str(), hash)))? == 1)
    }

    async fn delete_expired(&mut self, before: Timestamp, limit: u32) -> Result<u64> {
        delete_first!(self, "tokens", "expires_at", before, limit)
    }
}
