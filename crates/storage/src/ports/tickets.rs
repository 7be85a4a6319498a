use async_trait::async_trait;
use citizenry_identity::{TenantId, Ticket, TicketKind, Timestamp, UserId};

use crate::Result;

/// Looks tickets up. A ticket's tenant is known by it.
#[async_trait]
pub trait ReadTickets: Send {
    /// The ticket of that kind and keyed hash.
    async fn find(&mut self, kind: TicketKind, hash: &[u8; 32]) -> Result<Option<Ticket>>;
    /// The ticket of that kind whose second key has that keyed hash.
    async fn find_by_second(
        &mut self,
        kind: TicketKind,
        second_hash: &[u8; 32],
    ) -> Result<Option<Ticket>>;
}

/// Changes tickets.
#[async_trait]
pub trait Tickets: ReadTickets {
    /// The ticket, kept from others' changes until the unit ends.
    async fn find_for_update(
        &mut self,
        kind: TicketKind,
        hash: &[u8; 32],
    ) -> Result<Option<Ticket>>;
    /// Adds a ticket. `Conflict` on `hash` when there is one of that kind and hash already, and on
    /// `second_hash` likewise.
    async fn insert(&mut self, ticket: &Ticket) -> Result<()>;
    /// Writes a ticket's `user`, `family`, `details`, `expires_at` and `used_at`.
    async fn save(&mut self, ticket: &Ticket) -> Result<()>;
    /// Deletes a ticket. Whether there was one.
    async fn delete(&mut self, kind: TicketKind, hash: &[u8; 32]) -> Result<bool>;
    /// Deletes the tickets of one kind of a user; how many.
    async fn delete_of_user(
        &mut self,
        tenant: TenantId,
        user: UserId,
        kind: TicketKind,
    ) -> Result<u64>;
    /// Deletes up to `limit` tickets, of any tenant, that expired before `before`; how many.
    async fn delete_expired(&mut self, before: Timestamp, limit: u32) -> Result<u64>;
}
