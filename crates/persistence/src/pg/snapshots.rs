//! Tells whether anything has been committed to the database, by this server or another.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use citizenry_storage::Generation;
use diesel::QueryResult;
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};

/// PostgreSQL's snapshots, as types of queries.
mod types {
    use diesel::sql_types::SqlType;

    /// `pg_snapshot`.
    #[derive(SqlType)]
    #[diesel(postgres_type(name = "pg_snapshot", schema = "pg_catalog"))]
    pub struct Snapshot;

    #[diesel::declare_sql_function]
    extern "SQL" {
        /// The snapshot of the statement.
        fn pg_current_snapshot() -> Snapshot;

        /// As text. A cast would be prepared anew each time.
        #[sql_name = "concat"]
        fn written(snapshot: Snapshot) -> Text;
    }
}

/// Numbers the snapshots that readers see. A snapshot names the transactions that have ended; while
/// it is the same, everybody sees the same rows.
#[derive(Default)]
pub(super) struct Snapshots(Mutex<Latest>);

#[derive(Default)]
struct Latest {
    number: u64,
    text: String,
    /// How often a connection was opened. Another server may call other rows by the same snapshot.
    connections: u64,
}

impl Snapshots {
    /// Notes that a connection was opened: nothing before is comparable.
    pub(super) fn reconnected(&self) {
        let mut latest = self.lock();
        latest.connections += 1;
        latest.number += 1;
        latest.text.clear();
    }

    /// The generation of a statement that is sent now. `None` when a connection was opened meanwhile.
    pub(super) async fn ask(
        &self,
        mut conn: &AsyncPgConnection,
    ) -> QueryResult<Option<Generation>> {
        let connections = self.lock().connections;
        let asked = diesel::select(types::written(types::pg_current_snapshot()));
        let text: String = asked.get_result(&mut conn).await?;
        let mut latest = self.lock();
        if latest.connections != connections {
            return Ok(None);
        }
        if latest.text != text {
            latest.number += 1;
            latest.text = text;
        }
        Ok(Some(Generation(latest.number)))
    }

    fn lock(&self) -> MutexGuard<'_, Latest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Readers who ask the same question at the same time. Whoever comes while one is on its way waits
/// and shares the next, which was sent after he came: no answer is older than its question.
#[derive(Default)]
pub(super) struct Shared {
    turn: tokio::sync::Mutex<()>,
    begun: AtomicU64,
    answered: Mutex<(u64, Option<Generation>)>,
}

impl Shared {
    /// The answer of a question that begins after this call does.
    pub(super) async fn ask<E>(
        &self,
        question: impl AsyncFnOnce() -> Result<Option<Generation>, E>,
    ) -> Result<Option<Generation>, E> {
        let before = AtomicU64::load(&self.begun, Ordering::Acquire);
        let _turn = self.turn.lock().await;
        let (number, answer) = *self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        if number > before {
            return Ok(answer);
        }
        let number = self.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let answer = question().await?;
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = (number, answer);
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, rc::Rc};

    use futures_util::future::join_all;

    use super::*;

    /// Ten ask at once and each again after that: how many questions are sent, and whether anybody
    /// had the answer of a question that was sent before he asked.
    #[tokio::test]
    async fn those_who_wait_share_a_question_that_was_sent_after_they_came() {
        let shared = Rc::new(Shared::default());
        let sent = Rc::new(Cell::new(0_u64));
        let ask = async || {
            for _ in 0..2 {
                let came = sent.get();
                let answer = shared.ask(async || {
                    sent.set(sent.get() + 1);
                    let number = sent.get();
                    tokio::task::yield_now().await;
                    Ok::<_, ()>(Some(Generation(number)))
                });
                let Ok(Some(Generation(number))) = answer.await else { panic!("no answer") };
                assert!(number > came, "sent as {number}, asked after {came}");
            }
        };
        join_all((0..10).map(|_| ask())).await;
        assert!((3..=6).contains(&sent.get()), "{} questions for twenty", sent.get());
    }

    #[tokio::test]
    async fn a_question_that_fails_is_asked_again_by_the_next() {
        let shared = Shared::default();
        assert_eq!(shared.ask(async || Err("lost")).await, Err("lost"));
        let answer = shared.ask(async || Ok::<_, &str>(Some(Generation(7)))).await;
        assert_eq!(answer, Ok(Some(Generation(7))));
    }
}
