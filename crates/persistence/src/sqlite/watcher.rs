//! Tells whether anything has been committed to the file, by this process or another.

use std::{
    fs::File,
    hash::{DefaultHasher, Hasher as _},
    mem::ManuallyDrop,
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use citizenry_storage::Generation;
use diesel::{QueryResult, SqliteConnection, connection::SimpleConnection as _};

use super::Store;

/// The size of the header of a WAL index.
const HEADER: usize = 48;
/// How often a header is read that is being written.
const ATTEMPTS: usize = 8;

/// Looks at the header of the WAL index, which SQLite keeps in a file beside the database and shares
/// between all processes: it holds a counter of commits, where the log ends, and checksums
/// (<https://www.sqlite.org/walformat.html>, section 2.3.1). Every commit writes it before it is
/// done. To read it takes no lock, as a question to SQLite would.
pub(super) struct Watcher {
    store: Store,
    /// Keeps the index from being removed and made anew.
    connection: Mutex<Option<SqliteConnection>>,
    /// Never closed: to close any handle of a file lets go of the locks that SQLite has on it in this
    /// process.
    index: OnceLock<ManuallyDrop<File>>,
    closed: AtomicBool,
}

impl Watcher {
    /// Opens nothing yet.
    pub(super) fn new(store: Store) -> Self {
        Self {
            store,
            connection: Mutex::default(),
            index: OnceLock::new(),
            closed: AtomicBool::new(false),
        }
    }

    /// Where the file stands; `None` when it cannot be told.
    pub(super) fn generation(&self) -> Option<Generation> {
        if self.closed.load(Ordering::Acquire) {
            return None;
        }
        let index = match self.index.get() {
            Some(index) => index,
            None => self.open()?,
        };
        (0..ATTEMPTS).find_map(|_| header(index)).map(|header| {
            let mut hasher = DefaultHasher::new();
            hasher.write(&header);
            Generation(hasher.finish())
        })
    }

    /// Closes the connection for good.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        *self.lock() = None;
    }

    fn open(&self) -> Option<&File> {
        let mut connection = self.lock();
        if self.closed.load(Ordering::Acquire) {
            return None;
        }
        if self.index.get().is_none() {
            let mut opened = self.store.watcher().ok()?;
            make_index(&mut opened).ok()?;
            let index = File::open(self.store.index_file()?).ok()?;
            *connection = Some(opened);
            // Nobody else holds the lock, so nobody else has set it.
            let _set = self.index.set(ManuallyDrop::new(index));
        }
        self.index.get().map(|index| &**index)
    }

    fn lock(&self) -> MutexGuard<'_, Option<SqliteConnection>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads, for which SQLite needs the index.
fn make_index(connection: &mut SqliteConnection) -> QueryResult<()> {
    connection.batch_execute("SELECT count(*) FROM sqlite_schema")
}

/// The header. It stands there twice, and differs while it is being written.
fn header(index: &File) -> Option<[u8; HEADER]> {
    let mut both = [0; 2 * HEADER];
    read_at_start(index, &mut both).ok()?;
    let (first, second) = both.split_first_chunk::<HEADER>()?;
    (first.as_slice() == second).then_some(*first)
}

#[cfg(unix)]
fn read_at_start(file: &File, into: &mut [u8]) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, into, 0)
}

#[cfg(windows)]
fn read_at_start(file: &File, into: &mut [u8]) -> std::io::Result<()> {
    match std::os::windows::fs::FileExt::seek_read(file, into, 0)? {
        read if read == into.len() => Ok(()),
        _ => Err(std::io::ErrorKind::UnexpectedEof.into()),
    }
}
