//! The outbox: what waits to be delivered.

use async_trait::async_trait;
use citizenry_identity::{Message, MessageId, Timestamp};
use citizenry_storage::{
    Result,
    ports::{Outbox, ReadOutbox},
};
use diesel::{QueryableByName, prelude::*, sql_types::BigInt};

use super::Session;
use crate::{
    rows::outbox::MessageRow,
    schema::outbox,
    types::{DbId, DbTime},
};

/// Counts no further than this: the number is for an operator, who knows enough then.
const WAITING: &str =
    "SELECT count(*) AS waiting FROM (SELECT 1 FROM outbox LIMIT 10000) AS counted";

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = BigInt)]
    waiting: i64,
}

#[async_trait]
impl ReadOutbox for Session<'_> {
    async fn next_due(&mut self) -> Result<Option<Timestamp>> {
        let query = outbox::table.order(outbox::due_at).limit(1).select(outbox::due_at);
        let due: Option<DbTime> = one!(self, query)?;
        Ok(due.map(Timestamp::from))
    }

    async fn waiting(&mut self) -> Result<u64> {
        let row: Waiting = value!(self, diesel::sql_query(WAITING))?;
        Ok(row.waiting.unsigned_abs())
    }
}

#[async_trait]
impl Outbox for Session<'_> {
    async fn append(&mut self, message: &Message) -> Result<()> {
        run!(self, diesel::insert_into(outbox::table).values(MessageRow::new(message)))?;
        Ok(())
    }

    async fn take_due(
        &mut self,
        now: Timestamp,
        again_at: Timestamp,
        limit: u32,
    ) -> Result<Vec<Message>> {
        let query = outbox::table
            .filter(outbox::due_at.le(DbTime(now)))
            .order((outbox::due_at, outbox::id))
            .limit(i64::from(limit))
            .select(MessageRow::as_select());
        let mut rows: Vec<MessageRow> = all!(self, for_update_of_the_free!(query))?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<DbId> = rows.iter().map(|row| row.id).collect();
        let statement = diesel::update(outbox::table)
            .filter(outbox::id.eq_any(ids))
            .set(outbox::due_at.eq(DbTime(again_at)));
        run!(self, statement)?;
        for row in &mut rows {
            row.due_at = DbTime(again_at);
        }
        rows.into_iter().map(MessageRow::model).collect()
    }

    async fn save(&mut self, message: &Message) -> Result<bool> {
        let row = MessageRow::new(message);
        let statement = diesel::update(outbox::table)
            .filter(outbox::id.eq(row.id))
            .set((outbox::failures.eq(row.failures), outbox::due_at.eq(row.due_at)));
        Ok(run!(self, statement)? == 1)
    }

    async fn delete(&mut self, id: MessageId) -> Result<bool> {
        let statement = diesel::delete(outbox::table).filter(outbox::id.eq(DbId::from(id)));
        Ok(run!(self, statement)? == 1)
    }
}
