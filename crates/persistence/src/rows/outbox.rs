//! `outbox`.

use citizenry_identity::{Channel, Message};
use citizenry_storage::Result;
use diesel::prelude::*;

use super::Column;
use crate::{
    schema,
    types::{DbId, DbTime},
};

/// A message to be delivered.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::outbox)]
pub(crate) struct MessageRow {
    pub(crate) id: DbId,
    pub(crate) tenant_id: DbId,
    pub(crate) channel: String,
    pub(crate) content: Vec<u8>,
    pub(crate) failures: i32,
    pub(crate) due_at: DbTime,
    pub(crate) expires_at: DbTime,
    pub(crate) created_at: DbTime,
}

impl MessageRow {
    pub(crate) fn new(message: &Message) -> Self {
        Self {
            id: message.id.into(),
            tenant_id: message.tenant.into(),
            channel: message.channel.as_str().to_owned(),
            content: message.content.clone(),
            failures: message.failures,
            due_at: message.due_at.into(),
            expires_at: message.expires_at.into(),
            created_at: message.created_at.into(),
        }
    }

    pub(crate) fn model(self) -> Result<Message> {
        Ok(Message {
            id: self.id.typed(),
            tenant: self.tenant_id.typed(),
            channel: Column("outbox", "channel").word(&self.channel, Channel::parse)?,
            content: self.content,
            failures: self.failures,
            due_at: self.due_at.into(),
            expires_at: self.expires_at.into(),
            created_at: self.created_at.into(),
        })
    }
}
