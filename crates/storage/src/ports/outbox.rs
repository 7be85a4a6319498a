use async_trait::async_trait;
use citizenry_identity::{Message, MessageId, Timestamp};

use crate::Result;

/// Looks at what is waiting to be delivered.
#[async_trait]
pub trait ReadOutbox: Send {
    /// When the next message is due, if one is waiting.
    async fn next_due(&mut self) -> Result<Option<Timestamp>>;
    /// How many messages are waiting, counted up to 10,000.
    async fn waiting(&mut self) -> Result<u64>;
}

/// Writes and takes messages.
#[async_trait]
pub trait Outbox: ReadOutbox {
    /// Adds a message.
    async fn append(&mut self, message: &Message) -> Result<()>;
    /// Up to `limit` messages that are due at `now`, of any tenant, the longest due first, each
    /// moved to `again_at` so that no other server takes it meanwhile (`SKIP LOCKED` on PostgreSQL).
    async fn take_due(
        &mut self,
        now: Timestamp,
        again_at: Timestamp,
        limit: u32,
    ) -> Result<Vec<Message>>;
    /// Writes a message's `failures` and `due_at`. Whether it was there.
    async fn save(&mut self, message: &Message) -> Result<bool>;
    /// Deletes a message that was delivered or given up. Whether it was there.
    async fn delete(&mut self, id: MessageId) -> Result<bool>;
}
