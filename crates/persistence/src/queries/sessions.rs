//! Sessions: browsers in which a user is signed in. `Session` here is the one of the database.

use async_trait::async_trait;
use citizenry_identity::{self as identity, SessionId, TenantId, Timestamp, UserId};
use citizenry_storage::{
    Result,
    ports::{ReadSessions, Sessions},
};
use diesel::prelude::*;

use super::Session;
use crate::{rows::sessions::SessionRow, schema::sessions, types::DbId};

#[async_trait]
impl ReadSessions for Session<'_> {
    async fn find(&mut self, tenant: TenantId, id: SessionId) -> Result<Option<identity::Session>> {
        let row = one!(self, by_id!(sessions, tenant, id).select(SessionRow::as_select()))?;
        row.map(SessionRow::model).transpose()
    }

    async fn find_by_secret(
        &mut self,
        tenant: TenantId,
        secret_hash: &[u8; 32],
    ) -> Result<Option<identity::Session>> {
        let query = sessions::table
            .filter(sessions::tenant_id.eq(DbId::from(tenant)))
            .filter(sessions::secret_hash.eq(secret_hash.as_slice()))
            .select(SessionRow::as_select());
        let row = one!(self, query)?;
        row.map(SessionRow::model).transpose()
    }

    async fn list_of_user(
        &mut self,
        tenant: TenantId,
        user: UserId,
    ) -> Result<Vec<identity::Session>> {
        let query = sessions::table
            .filter(sessions::tenant_id.eq(DbId::from(tenant)))
            .filter(sessions::user_id.eq(DbId::from(user)))
            .order(sessions::id.desc())
            .limit(100)
            .select(SessionRow::as_select());
        let rows: Vec<SessionRow> = all!(self, query)?;
        rows.into_iter().map(SessionRow::model).collect()
    }
}

#[async_trait]
impl Sessions for Session<'_> {
    async fn insert(&mut self, session: &identity::Session) -> Result<()> {
        run!(self, diesel::insert_into(sessions::table).values(SessionRow::new(session)?))?;
        Ok(())
    }

    async fn save(&mut self, session: &identity::Session) -> Result<bool> {
        let row = SessionRow::new(session)?;
        let statement = diesel::update(by_id!(sessions, row.tenant_id, row.id)).set((
            sessions::secret_hash.eq(row.secret_hash),
            sessions::factors.eq(row.factors),
            sessions::authenticated_at.eq(row.authenticated_at),
            sessions::last_used_at.eq(row.last_used_at),
            sessions::idle_until.eq(row.idle_until),
            sessions::expires_at.eq(row.expires_at),
            sessions::ends_at.eq(row.ends_at),
        ));
        Ok(run!(self, statement)? == 1)
    }

    async fn delete(&mut self, tenant: TenantId, id: SessionId) -> Result<bool> {
        Ok(run!(self, diesel::delete(by_id!(sessions, tenant, id)))? == 1)
    }

    async fn delete_of_user(&mut self, tenant: TenantId, user: UserId) -> Result<u64> {
        let statement = diesel::delete(sessions::table)
            .filter(sessions::tenant_id.eq(DbId::from(tenant)))
            .filter(sessions::user_id.eq(DbId::from(user)));
        changed!(self, statement)
    }

    async fn delete_ended(&mut self, before: Timestamp, limit: u32) -> Result<u64> {
        delete_first!(self, "sessions", "ends_at", before, limit)
    }
}
