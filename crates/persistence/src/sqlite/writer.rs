//! The one thread that writes, and its group commit.
//!
//! It takes what is waiting, up to 256 units, runs them in one transaction, commits once, and only
//! then answers each caller with the unit's own result: one fsync serves all. If SQLite ends the
//! group (disk full, an I/O error, a check at commit), nothing of it is kept and its units are run
//! again one by one, so that only the guilty one fails.
//!
//! Most units are kept, so they run without savepoints: those cost a copy of each page that is
//! changed, and have the search index written anew for each unit. When one must be undone that has
//! changed something, the group is undone with it and run again with a savepoint for each, as the
//! next few groups are.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    time::{Duration, Instant},
};

use citizenry_storage::{ReadUnit, StorageError, Unit, Verdict};
use diesel::{QueryResult, RunQueryDsl as _, SqliteConnection, connection::SimpleConnection as _};
use futures_util::FutureExt as _;
use tokio::sync::oneshot;

use super::{Alive, Session, Store, inline::Conn, is_locked, translate};
use crate::marks::AWAITED;

/// How many units share one commit at most.
const LARGEST_GROUP: usize = 256;
/// How many callers may wait for the thread; one more is told `Busy` at once.
pub(super) const LONGEST_QUEUE: usize = 4_096;
/// After how long a group takes no further units, so that heavy ones do not keep the rest waiting.
const LONGEST_GROUP: Duration = Duration::from_millis(50);
/// How long another process may hold the write lock before callers are told `Busy`.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// How many groups have savepoints after one that had to be undone for the lack of them.
const CAREFUL_GROUPS: u32 = 64;

diesel::define_sql_function! {
    /// How many rows this connection has changed since it was opened.
    fn total_changes() -> BigInt;
}

/// What became of a unit.
pub(super) enum Outcome {
    /// It ran, or could not.
    Finished(Result<(), StorageError>),
    /// It panicked; the caller goes on panicking.
    Panicked(Box<dyn Any + Send>),
}

/// Where the caller waits.
pub(super) type Answer = oneshot::Sender<Outcome>;

/// What the thread can be asked for.
pub(super) enum Job {
    /// A unit of work.
    Write(Write),
    /// A reading unit: only for a database in memory, which has no other connection.
    Read(ReadUnit, Answer),
    /// Work on the connection itself: migrations, a ping.
    Direct(Box<dyn FnOnce(&mut SqliteConnection) + Send>),
    /// The end.
    Stop,
}

/// A unit of work and who waits for it.
pub(super) struct Write {
    pub(super) unit: Unit,
    pub(super) answer: Answer,
}

/// How one attempt at a unit ended.
struct Attempt {
    end: End,
    /// Whether SQLite has ended the transaction around it, with everything in it.
    broken: bool,
    /// Whether it has left something behind that must be undone.
    spoilt: bool,
}

/// How a unit is kept apart from the others of its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Apart {
    /// By a savepoint, to which it can be undone.
    BySavepoint,
    /// Not at all.
    NotAtAll,
}

enum End {
    /// Its verdict was carried out, inside the transaction.
    Done(Verdict),
    /// It was undone because it broke a rule, or never begun.
    Refused(StorageError),
    /// It panicked and was undone.
    Panicked(Box<dyn Any + Send>),
}

impl Write {
    fn tell(self, end: End) {
        let outcome = match end {
            End::Done(_) => Outcome::Finished(Ok(())),
            End::Refused(error) => Outcome::Finished(Err(error)),
            End::Panicked(payload) => Outcome::Panicked(payload),
        };
        // The caller may have gone; the unit has run to its end all the same.
        let _gone = self.answer.send(outcome);
    }
}

/// Starts the thread. It ends at [`Job::Stop`] or when every sender is gone; `alive` is dropped
/// after its connection.
pub(super) fn start(store: Store, alive: Alive) -> std::io::Result<SyncSender<Job>> {
    let (sender, jobs) = sync_channel(LONGEST_QUEUE);
    std::thread::Builder::new().name("sqlite-writer".to_owned()).spawn(move || {
        let mut writer = Writer { store, jobs, conn: None, careful_groups: 0 };
        writer.work();
        drop(writer);
        drop(alive);
    })?;
    Ok(sender)
}

struct Writer {
    store: Store,
    jobs: Receiver<Job>,
    conn: Option<Conn>,
    /// How many of the next groups have savepoints.
    careful_groups: u32,
}

impl Writer {
    fn work(&mut self) {
        while let Ok(job) = self.jobs.recv() {
            let mut next = Some(job);
            while let Some(job) = next.take() {
                if matches!(job, Job::Stop) {
                    return;
                }
                // A defect in here must not take the thread away from everybody else. The
                // caller's answer channel is dropped with the job.
                match catch_unwind(AssertUnwindSafe(|| self.serve(job))) {
                    Ok(following) => next = following,
                    Err(_panic) => tracing::error!("the SQLite writer panicked"),
                }
            }
        }
    }

    /// Serves one job, and with a unit of work those that wait behind it; answers the job that it
    /// took from the queue but could not serve in the same group.
    fn serve(&mut self, job: Job) -> Option<Job> {
        match job {
            Job::Write(first) => return self.group(first),
            Job::Read(unit, answer) => {
                let outcome = match self.connected() {
                    Ok(conn) => read(conn, unit),
                    Err(error) => Outcome::Finished(Err(error)),
                };
                // Nobody may be waiting any more.
                let _gone = answer.send(outcome);
            }
            Job::Direct(work) => {
                // Without a connection the job is dropped, which its caller notices.
                if let Ok(conn) = self.connected() {
                    work(conn.get());
                }
            }
            Job::Stop => {}
        }
        None
    }

    fn connected(&mut self) -> Result<&mut Conn, StorageError> {
        if self.conn.is_none() {
            self.conn = Some(self.store.writer().map_err(StorageError::backend)?);
        }
        self.conn.as_mut().ok_or(StorageError::Busy)
    }

    fn group(&mut self, first: Write) -> Option<Job> {
        if let Err(error) = self.begin() {
            return self.refuse(first, error);
        }
        let apart = match self.careful_groups {
            0 => Apart::NotAtAll,
            _ => Apart::BySavepoint,
        };
        self.careful_groups = self.careful_groups.saturating_sub(1);
        let started = Instant::now();
        let (mut served, mut following) = (Vec::new(), None);
        let (mut broken, mut spoilt) = (false, false);
        let mut next = Some(first);
        while let Some(mut write) = next.take() {
            // A unit whose caller has gone before it began is not begun.
            if !write.answer.is_closed() {
                let attempt = self.attempt(&mut write.unit, apart);
                (broken, spoilt) = (attempt.broken, attempt.spoilt);
                served.push((write, attempt.end));
            }
            if !broken
                && !spoilt
                && served.len() < LARGEST_GROUP
                && started.elapsed() < LONGEST_GROUP
            {
                match self.jobs.try_recv() {
                    Ok(Job::Write(write)) => next = Some(write),
                    Ok(other) => following = Some(other),
                    Err(_empty) => {}
                }
            }
        }
        if spoilt && !broken {
            self.careful_groups = CAREFUL_GROUPS;
            (served, broken) = self.again(served);
        }
        if !broken && self.run("COMMIT").is_ok() {
            for (write, end) in served {
                write.tell(end);
            }
        } else {
            self.clear();
            for (write, end) in served {
                self.alone(write, end);
            }
        }
        following
    }

    /// Undoes the group and runs its units again, each in a savepoint; whether SQLite has ended that
    /// transaction too.
    fn again(&mut self, served: Vec<(Write, End)>) -> (Vec<(Write, End)>, bool) {
        self.clear();
        let mut broken = self.begin().is_err();
        let run = |(mut write, end): (Write, End)| {
            if broken || matches!(end, End::Panicked(_)) {
                return (write, end);
            }
            let attempt = self.attempt(&mut write.unit, Apart::BySavepoint);
            broken = attempt.broken;
            (write, attempt.end)
        };
        (served.into_iter().map(run).collect(), broken)
    }

    /// Runs a unit of a broken group again, in a transaction of its own: also one that answered an
    /// error, since it may have seen what is now gone.
    fn alone(&mut self, mut write: Write, earlier: End) {
        if let End::Panicked(_) = earlier {
            return write.tell(earlier);
        }
        if let Err(error) = self.begin() {
            return write.tell(End::Refused(error));
        }
        let mut attempt = self.attempt(&mut write.unit, Apart::BySavepoint);
        if attempt.broken {
            self.clear();
            if let End::Done(Verdict::Commit) = attempt.end {
                attempt.end = End::Refused(StorageError::backend("SQLite ended the transaction"));
            }
        } else if let Err(error) = self.run("COMMIT") {
            self.clear();
            attempt.end = End::Refused(translate(error));
        }
        write.tell(attempt.end);
    }

    /// Begins the group's transaction, waiting for other processes as long as callers may wait.
    fn begin(&mut self) -> Result<(), StorageError> {
        self.connected()?;
        let started = Instant::now();
        loop {
            match self.run("BEGIN IMMEDIATE") {
                Ok(()) => return Ok(()),
                Err(error) if is_locked(&error) => {
                    if started.elapsed() >= LONGEST_WAIT {
                        return Err(StorageError::Busy);
                    }
                    // SQLite itself waits in most cases; where it does not, this must not spin.
                    std::thread::park_timeout(Duration::from_millis(5));
                }
                Err(error) => {
                    self.clear();
                    if matches!(self.store, Store::File(_)) {
                        self.conn = None;
                    }
                    return Err(translate(error));
                }
            }
        }
    }

    /// Leaves no transaction open, whatever the state was.
    fn clear(&mut self) {
        // Fails when SQLite has ended the transaction itself, which is as good.
        let _ended_already = self.run("ROLLBACK");
    }

    fn run(&mut self, sql: &'static str) -> QueryResult<()> {
        match &mut self.conn {
            Some(conn) => conn.get().batch_execute(sql),
            None => Err(diesel::result::Error::NotInTransaction),
        }
    }

    /// Answers `first`, and everybody who has been waiting behind it for the same lock; hands back
    /// the job of another kind that it met on the way.
    fn refuse(&mut self, first: Write, error: StorageError) -> Option<Job> {
        if !matches!(error, StorageError::Busy) {
            first.tell(End::Refused(error));
            return None;
        }
        let mut waiting = vec![first];
        let other = loop {
            match self.jobs.try_recv() {
                Ok(Job::Write(write)) => waiting.push(write),
                other => break other.ok(),
            }
        };
        // Only now: who comes because another was told may find the lock free.
        for write in waiting {
            write.tell(End::Refused(StorageError::Busy));
        }
        other
    }

    /// Runs a unit in the open transaction.
    fn attempt(&mut self, unit: &mut Unit, apart: Apart) -> Attempt {
        let gone = || Attempt { end: End::Done(Verdict::Commit), broken: true, spoilt: false };
        if apart == Apart::BySavepoint && self.run("SAVEPOINT unit").is_err() {
            return gone();
        }
        let Some(conn) = &mut self.conn else { return gone() };
        let Ok(changes_before) = changes(conn) else { return gone() };
        let mut session = Session::writing(conn);
        let ran = catch_unwind(AssertUnwindSafe(|| unit(&mut session).now_or_never()));
        let (mut broken, refusal) = (session.ended, session.marks.refusal());
        let nested = session.marks.depth() > 0;
        let end = match (ran, refusal) {
            (Err(payload), _) => End::Panicked(payload),
            (Ok(None), _) => End::Refused(StorageError::backend(AWAITED)),
            (Ok(Some(Verdict::Commit)), Some(why)) => End::Refused(StorageError::backend(why)),
            (Ok(Some(verdict)), _) => End::Done(verdict),
        };
        let is_kept = matches!(end, End::Done(Verdict::Commit));
        let mut spoilt = false;
        if !broken && apart == Apart::BySavepoint {
            let sql = if is_kept { "RELEASE unit" } else { "ROLLBACK TO unit; RELEASE unit" };
            broken = self.run(sql).is_err();
        } else if !broken && !is_kept {
            spoilt = nested || changes(conn).ok() != Some(changes_before);
        }
        Attempt { end, broken, spoilt }
    }
}

/// How many rows a connection has changed so far, kept or undone.
fn changes(conn: &mut Conn) -> QueryResult<i64> {
    diesel::select(total_changes()).get_result(conn.get())
}

/// Runs a reading unit.
pub(super) fn read(conn: &mut Conn, mut unit: ReadUnit) -> Outcome {
    let mut session = Session::reading(conn);
    match catch_unwind(AssertUnwindSafe(|| unit(&mut session).now_or_never())) {
        Err(payload) => Outcome::Panicked(payload),
        Ok(None) => Outcome::Finished(Err(StorageError::backend(AWAITED))),
        Ok(Some(())) => Outcome::Finished(Ok(())),
    }
}
