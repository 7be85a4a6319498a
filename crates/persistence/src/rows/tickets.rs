//! `tickets`.

use citizenry_identity::{Ticket, TicketKind, Timestamp};
use citizenry_storage::Result;
use diesel::prelude::*;

use super::{Column, bytes};
use crate::{
    schema,
    types::{DbId, DbTime},
};

/// A secret that is good once.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::tickets)]
pub(crate) struct TicketRow {
    pub(crate) kind: String,
    pub(crate) hash: Vec<u8>,
    pub(crate) second_hash: Option<Vec<u8>>,
    pub(crate) tenant_id: DbId,
    pub(crate) user_id: Option<DbId>,
    pub(crate) client_id: Option<DbId>,
    pub(crate) family_id: Option<DbId>,
    /// JSON.
    pub(crate) details: Vec<u8>,
    pub(crate) created_at: DbTime,
    pub(crate) expires_at: DbTime,
    pub(crate) used_at: Option<DbTime>,
}

impl TicketRow {
    pub(crate) fn new(ticket: &Ticket) -> Result<Self> {
        Ok(Self {
            kind: ticket.kind.as_str().to_owned(),
            hash: ticket.hash.to_vec(),
            second_hash: ticket.second_hash.map(|hash| hash.to_vec()),
            tenant_id: ticket.tenant.into(),
            user_id: ticket.user.map(DbId::from),
            client_id: ticket.client.map(DbId::from),
            family_id: ticket.family.map(DbId::from),
            details: bytes(&ticket.details)?,
            created_at: ticket.created_at.into(),
            expires_at: ticket.expires_at.into(),
            used_at: ticket.used_at.map(DbTime),
        })
    }

    pub(crate) fn model(self) -> Result<Ticket> {
        let column = |name| Column("tickets", name);
        Ok(Ticket {
            kind: column("kind").word(&self.kind, TicketKind::parse)?,
            hash: column("hash").fitting(self.hash)?,
            second_hash: self
                .second_hash
                .map(|hash| column("second_hash").fitting(hash))
                .transpose()?,
            tenant: self.tenant_id.typed(),
            user: self.user_id.map(DbId::typed),
            client: self.client_id.map(DbId::typed),
            family: self.family_id.map(DbId::typed),
            details: column("details").parse(&self.details)?,
            created_at: self.created_at.into(),
            expires_at: self.expires_at.into(),
            used_at: self.used_at.map(Timestamp::from),
        })
    }
}
