use async_trait::async_trait;
use citizenry_identity::{Event, EventId, EventKind, Listing, Page, TenantId, UserId};

use super::ByAge;
use crate::Result;

/// Which audit events a list holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Events of one of these kinds; an empty list in `Some` lets nothing through.
    pub kinds: Option<Vec<EventKind>>,
    /// Events whose target or actor is this user.
    pub user: Option<UserId>,
}

/// Looks audit events up.
#[async_trait]
pub trait ReadEvents: Send {
    /// The event of that identifier.
    async fn find(&mut self, tenant: TenantId, id: EventId) -> Result<Option<Event>>;
    /// The events that `filter` lets through.
    async fn list(
        &mut self,
        tenant: TenantId,
        filter: &EventFilter,
        listing: &Listing<ByAge>,
    ) -> Result<Page<Event>>;
}

/// Writes audit events. They are never changed.
#[async_trait]
pub trait Events: ReadEvents {
    /// Adds an event.
    async fn append(&mut self, event: &Event) -> Result<()>;
}
