//! The threads that hash passwords: a bounded queue, and a memory block for each thread that
//! is reused from hash to hash, wiped when there is nothing left to do and given back to the
//! system after a while without work.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use argon2::Block;
use zeroize::Zeroize;

/// Work for a hashing thread; it gets the thread's memory block to work in.
pub(crate) type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// The queue is full: whoever asked should try again in a moment.
#[derive(Debug)]
pub(crate) struct QueueFull;

/// A thread's memory block, allocated when first asked for.
#[derive(Default)]
pub(crate) struct Memory {
    blocks: Vec<Block>,
}

/// Blocks of 1 KiB that are reserved at once, though only those in use are ever touched.
///
/// Above 32 MiB the C library always maps an allocation by itself and returns it to the system
/// when it is freed; a smaller one it would keep after the second time.
const RESERVED_BLOCKS: usize = 33 * 1024;

impl Memory {
    /// The first `count` blocks of 1 KiB; what they contain is of no interest.
    pub(crate) fn blocks(&mut self, count: usize) -> &mut [Block] {
        if self.blocks.capacity() < count {
            self.blocks = Vec::with_capacity(count.max(RESERVED_BLOCKS));
        }
        if self.blocks.len() < count {
            self.blocks.resize(count, Block::default());
        }
        self.blocks.get_mut(..count).unwrap_or_default()
    }

    fn wipe(&mut self) {
        for block in &mut self.blocks {
            block.zeroize();
        }
    }

    fn release(&mut self) {
        self.blocks = Vec::new();
    }
}

/// A fixed number of threads, started when the first job comes.
pub(crate) struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Signalled when a job was queued and when the pool is closing.
    changed: Condvar,
    threads: usize,
    capacity: usize,
    /// How long a thread keeps its memory without work.
    keep_memory: Duration,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    started: bool,
    closing: bool,
}

impl Pool {
    /// A pool that starts nothing yet: at least one thread, and at most `queue` jobs waiting.
    pub(crate) fn new(threads: usize, queue: usize, keep_memory: Duration) -> Self {
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State::default()),
                changed: Condvar::new(),
                threads: threads.max(1),
                capacity: queue.max(1),
                keep_memory,
            }),
        }
    }

    /// Queues a job, or says that there are too many already.
    pub(crate) fn submit(&self, job: Job) -> Result<(), QueueFull> {
        let mut state = self.shared.lock();
        if state.jobs.len() >= self.shared.capacity {
            return Err(QueueFull);
        }
        state.jobs.push_back(job);
        if !state.started {
            state.started = self.start();
        }
        drop(state);
        self.shared.changed.notify_one();
        Ok(())
    }

    /// Starts the threads; `false` if the system gave not even one, to be tried again.
    fn start(&self) -> bool {
        let mut any = false;
        for number in 0..self.shared.threads {
            let shared = Arc::clone(&self.shared);
            let thread = std::thread::Builder::new()
                .name(format!("argon2-{number}"))
                .stack_size(256 * 1024)
                .spawn(move || {
                    yield_to_others();
                    shared.work();
                });
            match thread {
                Ok(_) => any = true,
                Err(error) => tracing::error!(%error, "a hashing thread could not be started"),
            }
        }
        any
    }
}

/// How much less a hashing thread counts than others, on the scale of `nice(1)`.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;
/// The end of that scale.
#[cfg(target_os = "linux")]
const LEAST: i32 = 19;

/// Lets whoever answers requests go first where cores are few: a hash keeps a core busy for many
/// times as long as they need one. What is left is this thread's, so that sign-ins go on.
fn yield_to_others() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{getpriority_process, setpriority_process};
        // Linux knows threads where POSIX knows processes.
        let this = Some(rustix::thread::gettid());
        let yielded = getpriority_process(this)
            .and_then(|usual| setpriority_process(this, (usual + NICENESS).min(LEAST)));
        if let Err(error) = yielded {
            tracing::debug!(%error, "a hashing thread counts as much as others");
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No job runs under the lock, so a poisoned one still holds a whole state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut memory = Memory::default();
        while let Some(job) = self.next(&mut memory) {
            // A panic must cost its own caller an answer, never the pool a thread.
            let run = std::panic::AssertUnwindSafe(|| job(&mut memory));
            if std::panic::catch_unwind(run).is_err() {
                tracing::error!("a password hash panicked");
            }
        }
    }

    /// The next job; waits for it, wiping and later releasing the memory meanwhile. `None` when
    /// the pool has gone.
    fn next(&self, memory: &mut Memory) -> Option<Job> {
        if let Some(job) = self.lock().jobs.pop_front() {
            return Some(job);
        }
        memory.wipe();
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            if state.closing {
                return None;
            }
            if memory.blocks.is_empty() {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let waited = self.changed.wait_timeout(state, self.keep_memory);
            let (guard, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            state = guard;
            if timeout.timed_out() && state.jobs.is_empty() {
                memory.release();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_full_queue_refuses_and_an_emptied_one_accepts_again() {
        let pool = Pool::new(1, 4, Duration::from_mins(1));
        let (release, released) = mpsc::channel::<()>();
        let (began, has_begun) = mpsc::channel();
        pool.submit(Box::new(move |_| {
            began.send(()).unwrap();
            released.recv().unwrap();
        }))
        .unwrap();
        has_begun.recv().unwrap();
        let (done, results) = mpsc::channel();
        for number in 0..4 {
            let done = done.clone();
            pool.submit(Box::new(move |_| done.send(number).unwrap())).unwrap();
        }
        assert!(pool.submit(Box::new(|_| ())).is_err());

        release.send(()).unwrap();
        let order: Vec<i32> = results.iter().take(4).collect();
        assert_eq!(order, [0, 1, 2, 3]);
        let (last, answer) = mpsc::channel();
        pool.submit(Box::new(move |_| last.send(()).unwrap())).unwrap();
        answer.recv().unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn threads_let_others_go_first() {
        let pool = Pool::new(1, 1, Duration::from_mins(1));
        let (tell, told) = mpsc::channel();
        let niceness = || rustix::process::getpriority_process(Some(rustix::thread::gettid()));
        pool.submit(Box::new(move |_| tell.send(niceness()).unwrap())).unwrap();
        let usual = niceness().unwrap();
        assert_eq!(told.recv().unwrap(), Ok((usual + NICENESS).min(LEAST)));
    }

    #[test]
    fn no_thread_exists_before_the_first_job() {
        let pool = Pool::new(2, 8, Duration::from_mins(1));
        assert!(!pool.shared.lock().started);
        let (done, answer) = mpsc::channel();
        pool.submit(Box::new(move |_| done.send(()).unwrap())).unwrap();
        answer.recv().unwrap();
        assert!(pool.shared.lock().started);
    }

    #[test]
    fn a_panicking_job_does_not_cost_the_pool_its_thread() {
        let pool = Pool::new(1, 4, Duration::from_mins(1));
        pool.submit(Box::new(|_| panic!("for the test"))).unwrap();
        let (done, answer) = mpsc::channel();
        pool.submit(Box::new(move |_| done.send(()).unwrap())).unwrap();
        answer.recv().unwrap();
    }

    #[test]
    fn memory_is_reserved_beyond_what_the_c_library_keeps_and_wiped() {
        let mut memory = Memory::default();
        assert_eq!(memory.blocks.capacity(), 0);
        memory.blocks(8).fill({
            let mut block = Block::default();
            block.as_mut().fill(7);
            block
        });
        assert!(memory.blocks.capacity() * Block::SIZE > 32 * 1024 * 1024);
        memory.wipe();
        assert!(memory.blocks(8).iter().all(|b| b.as_ref().iter().all(|&word| word == 0)));
        memory.release();
        assert_eq!(memory.blocks.capacity(), 0);
    }

    #[test]
    fn idle_memory_is_given_back() {
        let pool = Pool::new(1, 4, Duration::ZERO);
        let (report, reports) = mpsc::channel();
        let mut found_none = 0;
        // A job that comes before the idle thread has given its blocks back finds them still
        // there, which is right too: ask until one comes after it.
        while found_none < 2 {
            let report = report.clone();
            pool.submit(Box::new(move |memory| {
                report.send(memory.blocks.len()).unwrap();
                memory.blocks(16);
            }))
            .unwrap();
            match reports.recv().unwrap() {
                0 => found_none += 1,
                blocks => assert_eq!(blocks, 16),
            }
            std::thread::yield_now();
        }
    }
}
