//! `sessions`.

use citizenry_identity::{Factor, Session, Text};
use citizenry_storage::Result;
use diesel::prelude::*;

use super::{Column, document, optional};
use crate::{
    schema,
    types::{DbId, DbJson, DbTime},
};

/// A session.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::sessions)]
pub(crate) struct SessionRow {
    pub(crate) tenant_id: DbId,
    pub(crate) id: DbId,
    pub(crate) user_id: DbId,
    pub(crate) secret_hash: Vec<u8>,
    /// A list of names.
    pub(crate) factors: DbJson,
    pub(crate) authenticated_at: DbTime,
    pub(crate) last_used_at: DbTime,
    pub(crate) idle_until: DbTime,
    pub(crate) expires_at: DbTime,
    /// The earlier of `idle_until` and `expires_at`.
    pub(crate) ends_at: DbTime,
    pub(crate) ip: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) created_at: DbTime,
}

impl SessionRow {
    pub(crate) fn new(session: &Session) -> Result<Self> {
        Ok(Self {
            tenant_id: session.tenant.into(),
            id: session.id.into(),
            user_id: session.user.into(),
            secret_hash: session.secret_hash.to_vec(),
            factors: document(&session.factors)?,
            authenticated_at: session.authenticated_at.into(),
            last_used_at: session.last_used_at.into(),
            idle_until: session.idle_until.into(),
            expires_at: session.expires_at.into(),
            ends_at: session.idle_until.min(session.expires_at).into(),
            ip: session.ip.map(|ip| ip.to_string()),
            user_agent: optional(session.user_agent.as_ref()),
            created_at: session.created_at.into(),
        })
    }

    pub(crate) fn model(self) -> Result<Session> {
        let column = |name| Column("sessions", name);
        let factors: Vec<Factor> = column("factors").read(&self.factors)?;
        Ok(Session {
            id: self.id.typed(),
            tenant: self.tenant_id.typed(),
            user: self.user_id.typed(),
            secret_hash: column("secret_hash").fitting(self.secret_hash)?,
            factors,
            authenticated_at: self.authenticated_at.into(),
            last_used_at: self.last_used_at.into(),
            idle_until: self.idle_until.into(),
            expires_at: self.expires_at.into(),
            ip: column("ip").address(self.ip)?,
            user_agent: self.user_agent.map(Text::from_stored),
            created_at: self.created_at.into(),
        })
    }
}
