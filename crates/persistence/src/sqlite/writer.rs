//! The one thread that writes, and its group commit.
//!
//! It takes what is waiting, up to 256 units, runs each in a savepoint of one transaction, commits
//! once, and only then answers each caller with the unit's own result: one fsync serves all. If
//! SQLite ends the group (disk full, an I/O error, a check at commit), nothing of it is kept and
//! its units are run again one by one, so that only the guilty one fails.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    time::{Duration, Instant},
};

use citizenry_storage::{ReadUnit, StorageError, Unit, Verdict};
use diesel::{QueryResult, SqliteConnection, connection::SimpleConnection as _};
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
        let mut writer = Writer { store, jobs, conn: None };
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
        let started = Instant::now();
        let (mut served, mut broken, mut following) = (Vec::new(), false, None);
        let mut next = Some(first);
        while let Some(mut write) = next.take() {
            // A unit whose caller has gone before it began is not begun.
            if !write.answer.is_closed() {
                let attempt = self.attempt(&mut write.unit);
                broken = attempt.broken;
                served.push((write, attempt.end));
            }
            if !broken && served.len() < LARGEST_GROUP && started.elapsed() < LONGEST_GROUP {
                match self.jobs.try_recv() {
                    Ok(Job::Write(write)) => next = Some(write),
                    Ok(other) => following = Some(other),
                    Err(_empty) => {}
                }
            }
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

    /// Runs a unit of a broken group again, in a transaction of its own: also one that answered an
    /// error, since it may have seen what is now gone.
    fn alone(&mut self, mut write: Write, earlier: End) {
        if let End::Panicked(_) = earlier {
            return write.tell(earlier);
        }
        if let Err(error) = self.begin() {
            return write.tell(End::Refused(error));
        }
        let mut attempt = self.attempt(&mut write.unit);
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
        let busy = matches!(error, StorageError::Busy);
        first.tell(End::Refused(error));
        if !busy {
            return None;
        }
        loop {
            match self.jobs.try_recv() {
                Ok(Job::Write(write)) => write.tell(End::Refused(StorageError::Busy)),
                other => return other.ok(),
            }
        }
    }

    /// Runs a unit in a savepoint of the open transaction.
    fn attempt(&mut self, unit: &mut Unit) -> Attempt {
        let gone = || Attempt { end: End::Done(Verdict::Commit), broken: true };
        if self.run("SAVEPOINT unit").is_err() {
            return gone();
        }
        let Some(conn) = &mut self.conn else { return gone() };
        let mut session = Session::writing(conn);
        let ran = catch_unwind(AssertUnwindSafe(|| unit(&mut session).now_or_never()));
        let (mut broken, refusal) = (session.ended, session.marks.refusal());
        let end = match (ran, refusal) {
            (Err(payload), _) => End::Panicked(payload),
            (Ok(None), _) => End::Refused(StorageError::backend(AWAITED)),
            (Ok(Some(Verdict::Commit)), Some(why)) => End::Refused(StorageError::backend(why)),
            (Ok(Some(verdict)), _) => End::Done(verdict),
        };
        if !broken {
            let sql = match end {
                End::Done(Verdict::Commit) => "RELEASE unit",
                _ => "ROLLBACK TO unit; RELEASE unit",
            };
            broken = self.run(sql).is_err();
        }
        Attempt { end, broken }
    }
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
