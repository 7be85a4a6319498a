//! What holds on SQLite alone: one writer, groups, other processes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use citizenry_identity::Error;
use citizenry_persistence::{Location, open};
use citizenry_testkit::{TestDatabase, block_on};
use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};
use futures_util::{FutureExt as _, future::join_all};

use crate::support::{backend_message, create, insert, names, new_id};

const AWAITED: &str = "a unit of work awaited something other than its transaction";

#[test]
fn a_unit_that_awaits_something_else_is_refused() {
    block_on(async {
        let database = TestDatabase::sqlite().await;
        let storage = database.storage();
        let (id, inner) = (new_id(), storage.clone());
        let refused = storage
            .transact(async move |tx| {
                insert(tx, id, "outer").await?;
                create(&inner, "inner").await
            })
            .await;
        assert_eq!(backend_message(refused), AWAITED);
        let inner = storage.clone();
        let refused = storage.read(async move |_read| create(&inner, "inner").await).await;
        assert_eq!(backend_message(refused), AWAITED);
        // The inner units went with their callers, or ran: the outer one left nothing.
        create(&storage, "next").await.unwrap();
        let names = names(&storage).await;
        assert!(names.contains(&"next".to_owned()) && !names.contains(&"outer".to_owned()));
    });
}

#[test]
fn a_unit_whose_caller_has_gone_is_not_begun() {
    block_on(async {
        let database = TestDatabase::sqlite().await;
        let storage = database.storage();
        let (release, released) = mpsc::channel();
        let (started, begun) = mpsc::channel();
        let gate = Arc::new(std::sync::Mutex::new(released));
        let blocking = storage.transact(async move |_tx| {
            started.send(()).unwrap();
            gate.lock().unwrap().recv().unwrap();
            Ok::<_, Error>(())
        });
        let mut blocking = Box::pin(blocking);
        assert!(blocking.as_mut().now_or_never().is_none());
        begun.recv().unwrap();

        let ran = Arc::new(AtomicUsize::new(0));
        for stays in [false, true] {
            let counter = Arc::clone(&ran);
            let mut unit = Box::pin(storage.transact(async move |_tx| {
                counter.fetch_add(1, Ordering::SeqCst);
                Ok::<_, Error>(())
            }));
            assert!(unit.as_mut().now_or_never().is_none(), "it waits behind the first");
            if stays {
                release.send(()).unwrap();
                unit.await.unwrap();
            }
        }
        blocking.await.unwrap();
        assert_eq!(AtomicUsize::load(&ran, Ordering::SeqCst), 1, "the one whose caller stayed");
    });
}

#[test]
fn a_unit_that_has_begun_runs_to_its_end() {
    block_on(async {
        let database = TestDatabase::sqlite().await;
        let storage = database.storage();
        let (release, released) = mpsc::channel();
        let (started, begun) = mpsc::channel();
        let (id, gate) = (new_id(), Arc::new(std::sync::Mutex::new(released)));
        let mut unit = Box::pin(storage.transact(async move |tx| {
            started.send(()).unwrap();
            gate.lock().unwrap().recv().unwrap();
            insert(tx, id, "begun").await
        }));
        assert!(unit.as_mut().now_or_never().is_none());
        begun.recv().unwrap();
        drop(unit);
        release.send(()).unwrap();
        create(&storage, "next").await.unwrap();
        assert_eq!(names(&storage).await, ["begun", "next"]);
    });
}

#[test]
fn readers_do_not_wait_for_the_writer() {
    block_on(async {
        let database = TestDatabase::sqlite().await;
        let storage = database.storage();
        create(&storage, "acme").await.unwrap();
        let (release, released) = mpsc::channel();
        let (started, begun) = mpsc::channel();
        let (id, gate) = (new_id(), Arc::new(std::sync::Mutex::new(released)));
        let mut unit = Box::pin(storage.transact(async move |tx| {
            insert(tx, id, "unseen").await?;
            started.send(()).unwrap();
            gate.lock().unwrap().recv().unwrap();
            Ok::<_, Error>(())
        }));
        assert!(unit.as_mut().now_or_never().is_none());
        begun.recv().unwrap();
        assert_eq!(names(&storage).await, ["acme"], "what is not committed is not seen");
        release.send(()).unwrap();
        unit.await.unwrap();
        assert_eq!(names(&storage).await, ["acme", "unseen"]);
    });
}

#[test]
fn memory_serves_reads_and_writes_in_one_place() {
    block_on(async {
        let database = TestDatabase::memory().await;
        let storage = database.storage();
        let creates = (0..40).map(|n| {
            let storage = storage.clone();
            async move {
                create(&storage, &format!("tenant-{n:02}")).await.unwrap();
                names(&storage).await.contains(&format!("tenant-{n:02}"))
            }
        });
        let seen = join_all(creates).await;
        assert!(seen.iter().all(|seen| *seen), "who was answered reads what he wrote: {seen:?}");
    });
}

#[test]
fn another_process_that_keeps_the_lock_makes_callers_busy() {
    block_on(async {
        let database = TestDatabase::sqlite().await;
        let storage = database.storage();
        create(&storage, "before").await.unwrap();
        let path = database.file().unwrap().to_str().unwrap().to_owned();
        let mut other = SqliteConnection::establish(&path).unwrap();
        other.batch_execute("BEGIN IMMEDIATE").unwrap();

        let began = Instant::now();
        let refused = join_all((0..5).map(|n| {
            let storage = storage.clone();
            async move { create(&storage, &format!("refused-{n}")).await }
        }))
        .await;
        for refused in &refused {
            assert!(matches!(refused, Err(Error::Unavailable)), "{refused:?}");
        }
        assert!(began.elapsed() >= Duration::from_secs(5), "it was waited for");
        assert!(began.elapsed() < Duration::from_secs(20), "and not by each in turn");
        assert_eq!(names(&storage).await, ["before"], "readers are served meanwhile");

        other.batch_execute("COMMIT").unwrap();
        create(&storage, "after").await.unwrap();
        assert_eq!(names(&storage).await, ["after", "before"]);
    });
}

#[test]
fn two_processes_share_a_file() {
    block_on(async {
        let database = TestDatabase::sqlite().await;
        // What a second process is, as far as SQLite can tell: other connections.
        let other = open(database.location()).await.unwrap();
        let storages = [database.storage(), other.storage()];
        let creates = (0..100).map(|n| {
            let storage = storages[n % 2].clone();
            async move { create(&storage, &format!("tenant-{n:02}")).await }
        });
        let results = join_all(creates).await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        assert_eq!(names(&storages[0]).await.len(), 100);
        assert_eq!(names(&storages[1]).await.len(), 100);
    });
}

#[test]
fn two_processes_may_migrate_at_once() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite { path: folder.path().join("new.sqlite") };
        let (one, two) = (open(&location).await.unwrap(), open(&location).await.unwrap());
        let (one, two) = futures_util::future::join(one.migrate(), two.migrate()).await;
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(one.is_empty() != two.is_empty(), "one does it all: {one:?} {two:?}");
    });
}

#[test]
fn a_file_that_cannot_be_opened_is_told() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite { path: folder.path().join("absent").join("x.sqlite") };
        let error = open(&location).await.expect_err("no such folder");
        assert_eq!(error.to_string(), "the database cannot be opened");
    });
}
