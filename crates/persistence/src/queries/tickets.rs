//! Tickets: secrets that are good once and for a short while.

use async_trait::async_trait;
use citizenry_identity::{TenantId, Ticket, TicketKind, Timestamp, UserId};
use citizenry_storage::{
    Result,
    ports::{ReadTickets, Tickets},
};
use diesel::prelude::*;

use super::Session;
use crate::{rows::tickets::TicketRow, schema::tickets, types::DbId};

/// The ticket of a kind and a hash.
macro_rules! by_hash {
    ($kind:expr, $hash:expr) => {
        tickets::table.filter(tickets::kind.eq($kind)).filter(tickets::hash.eq($hash.as_slice()))
    };
}

#[async_trait]
impl ReadTickets for Session<'_> {
    async fn find(&mut self, kind: TicketKind, hash: &[u8; 32]) -> Result<Option<Ticket>> {
        let row = one!(self, by_hash!(kind.as_str(), hash).select(TicketRow::as_select()))?;
        row.map(TicketRow::model).transpose()
    }

    async fn find_by_second(
        &mut self,
        kind: TicketKind,
        second_hash: &[u8; 32],
    ) -> Result<Option<Ticket>> {
        let query = tickets::table
            .filter(tickets::kind.eq(kind.as_str()))
            .filter(tickets::second_hash.eq(second_hash.as_slice()))
            .select(TicketRow::as_select());
        let row = one!(self, query)?;
        row.map(TicketRow::model).transpose()
    }
}

#[async_trait]
impl Tickets for Session<'_> {
    async fn find_for_update(
        &mut self,
        kind: TicketKind,
        hash: &[u8; 32],
    ) -> Result<Option<Ticket>> {
        let query = by_hash!(kind.as_str(), hash).select(TicketRow::as_select());
        let row = one!(self, for_update!(query))?;
        row.map(TicketRow::model).transpose()
    }

    async fn insert(&mut self, ticket: &Ticket) -> Result<()> {
        run!(self, diesel::insert_into(tickets::table).values(TicketRow::new(ticket)?))?;
        Ok(())
    }

    async fn save(&mut self, ticket: &Ticket) -> Result<()> {
        let row = TicketRow::new(ticket)?;
        let statement = diesel::update(by_hash!(row.kind, row.hash)).set((
            tickets::user_id.eq(row.user_id),
            tickets::family_id.eq(row.family_id),
            tickets::details.eq(row.details),
            tickets::expires_at.eq(row.expires_at),
            tickets::used_at.eq(row.used_at),
        ));
        change!(self, statement)
    }

    async fn delete(&mut self, kind: TicketKind, hash: &[u8; 32]) -> Result<bool> {
        Ok(run!(self, diesel::delete(by_hash!(kind.as_str(), hash)))? == 1)
    }

    async fn delete_of_user(
        &mut self,
        tenant: TenantId,
        user: UserId,
        kind: TicketKind,
    ) -> Result<u64> {
        let statement = diesel::delete(tickets::table)
            .filter(tickets::tenant_id.eq(DbId::from(tenant)))
            .filter(tickets::user_id.eq(DbId::from(user)))
            .filter(tickets::kind.eq(kind.as_str()));
        changed!(self, statement)
    }

    async fn delete_expired(&mut self, before: Timestamp, limit: u32) -> Result<u64> {
        delete_first!(self, "tickets", "expires_at", before, limit)
    }
}
