//! What holds on PostgreSQL alone: connections that break, races, locks.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use citizenry_identity::{Error, TenantStatus};
use citizenry_persistence::{Location, open};
use citizenry_storage::StorageError;
use citizenry_testkit::{TestDatabase, block_on, block_on_threads};
use futures_util::{
    FutureExt as _,
    future::{join, join_all},
};
use secrecy::ExposeSecret as _;
use tokio::sync::{Barrier, Notify, Semaphore, oneshot};

use crate::support::{create, insert, names, new_id, now, status_of};

/// Ends every session of the database but the one that says so, as a restart would.
const KILL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
     WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// Sessions that hold a transaction open while nobody works on it.
const IDLE: &str = "SELECT count(*) FROM pg_stat_activity \
     WHERE datname = current_database() AND state LIKE 'idle in transaction%'";

#[test]
fn a_unit_that_has_begun_runs_to_its_end_and_leaves_no_lock() {
    block_on(async {
        let database = TestDatabase::postgres().await;
        let storage = database.storage();
        let id = create(&storage, "acme").await.unwrap().id;
        let (started, gate) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
        let (starting, waiting) = (Arc::clone(&started), Arc::clone(&gate));
        let unit = tokio::spawn(storage.transact(async move |tx| {
            let mut tenant = tx.tenants().find_for_update(id).await?.unwrap();
            starting.notify_one();
            waiting.acquire().await.unwrap().forget();
            tenant.set_status(TenantStatus::Disabled, now());
            tx.tenants().save(&tenant).await
        }));
        started.notified().await;
        unit.abort();
        assert!(unit.await.unwrap_err().is_cancelled(), "the caller has gone");
        gate.add_permits(1);
        // Waits for the row's lock, and so for the unit's end.
        let after = storage.transact(async move |tx| tx.tenants().find_for_update(id).await).await;
        assert_eq!(after.unwrap().unwrap().status, TenantStatus::Disabled);
        assert_eq!(database.sql(IDLE).await, ["0"]);
    });
}

#[test]
fn a_runtime_that_ends_takes_its_units_with_it() {
    let database = block_on_threads(TestDatabase::postgres());
    let location = database.location().clone();
    let id = block_on(async {
        let other = open(&location).await.unwrap();
        let storage = other.storage();
        let id = create(&storage, "acme").await.unwrap().id;
        let (started, reached) = oneshot::channel();
        let started = Arc::new(std::sync::Mutex::new(Some(started)));
        let unit = storage.transact(async move |tx| {
            tx.tenants().find_for_update(id).await?;
            started.lock().unwrap().take().unwrap().send(()).unwrap();
            std::future::pending::<()>().await;
            Ok::<_, Error>(())
        });
        tokio::spawn(unit);
        reached.await.unwrap();
        id
    });
    // The unit's runtime is gone, in the middle of it: its row must be free.
    block_on(async {
        let storage = open(&location).await.unwrap().storage();
        let found = storage.transact(async move |tx| tx.tenants().find_for_update(id).await).await;
        assert!(found.unwrap().is_some());
    });
    block_on_threads(async { drop(database) });
}

#[test]
fn a_unit_whose_caller_has_gone_is_not_begun() {
    block_on(async {
        let database = TestDatabase::postgres().await;
        let Location::Postgres { url, .. } = database.location().clone() else { unreachable!() };
        let small = open(&Location::Postgres { url, pool_size: 1 }).await.unwrap();
        let storage = small.storage();
        let (started, gate) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
        let (starting, waiting) = (Arc::clone(&started), Arc::clone(&gate));
        let holding = tokio::spawn(storage.transact(async move |tx| {
            tx.tenants().find(new_id()).await?;
            starting.notify_one();
            waiting.acquire().await.unwrap().forget();
            Ok::<_, Error>(())
        }));
        started.notified().await;
        let id = new_id();
        let waiting = storage.transact(async move |tx| insert(tx, id, "never").await);
        assert!(waiting.now_or_never().is_none(), "there is no connection for it");
        gate.add_permits(1);
        holding.await.unwrap().unwrap();
        create(&storage, "next").await.unwrap();
        assert_eq!(names(&storage).await, ["next"]);
    });
}

#[test]
fn broken_connections_are_replaced_unnoticed() {
    block_on(async {
        let database = TestDatabase::postgres().await;
        let storage = database.storage();
        for round in 0..3 {
            // Opens several connections of both sorts.
            let made = join_all((0..4).map(|n| {
                let storage = storage.clone();
                async move {
                    names(&storage).await;
                    create(&storage, &format!("tenant-{round}-{n}")).await
                }
            }))
            .await;
            assert!(made.iter().all(Result::is_ok), "{made:?}");
            database.sql(KILL).await;
            assert_eq!(names(&storage).await.len(), 4 * (round + 1));
            database.sql(KILL).await;
            assert_eq!(status_of(&storage, "tenant-0-0").await, TenantStatus::Enabled);
            database.sql(KILL).await;
            database.database().ping().await.unwrap();
        }
    });
}

#[test]
fn a_unit_whose_connection_breaks_is_run_again() {
    block_on(async {
        let database = Arc::new(TestDatabase::postgres().await);
        let storage = database.storage();
        let (id, runs, server) = (new_id(), Arc::new(AtomicUsize::new(0)), Arc::clone(&database));
        let counter = Arc::clone(&runs);
        storage
            .transact(async move |tx| {
                if counter.fetch_add(1, Ordering::SeqCst) == 0 {
                    insert(tx, id, "lost").await?;
                    server.sql(KILL).await;
                }
                insert(tx, id, "kept").await
            })
            .await
            .unwrap();
        assert_eq!(AtomicUsize::load(&runs, Ordering::SeqCst), 2);
        assert_eq!(names(&storage).await, ["kept"]);
    });
}

#[test]
fn reads_dropped_in_flight_disturb_nobody() {
    block_on(async {
        let database = TestDatabase::postgres().await;
        let storage = database.storage();
        create(&storage, "acme").await.unwrap();
        for round in 0..100 {
            let mut read = Box::pin(names(&storage));
            for _ in 0..round % 5 {
                if read.as_mut().now_or_never().is_some() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(names(&storage).await, ["acme"]);
    });
}

#[test]
fn of_two_that_lock_each_other_out_both_succeed() {
    block_on(async {
        let database = TestDatabase::postgres().await;
        let storage = database.storage();
        let a = create(&storage, "a").await.unwrap().id;
        let b = create(&storage, "b").await.unwrap().id;
        let (both, runs) = (Arc::new(Barrier::new(2)), Arc::new(AtomicUsize::new(0)));
        let unit = |first, second| {
            let (both, runs) = (Arc::clone(&both), Arc::clone(&runs));
            storage.transact(async move |tx| {
                let run = runs.fetch_add(1, Ordering::SeqCst);
                tx.tenants().find_for_update(first).await?;
                if run < 2 {
                    both.wait().await;
                }
                tx.tenants().find_for_update(second).await?.ok_or(StorageError::Stale)
            })
        };
        let (one, other) = join(unit(a, b), unit(b, a)).await;
        assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
        assert!(AtomicUsize::load(&runs, Ordering::SeqCst) >= 3, "there was a deadlock");
    });
}

#[test]
fn serialisation_failures_are_run_again() {
    block_on(async {
        let database = TestDatabase::postgres().await;
        let database_name = database.sql("SELECT current_database()").await.remove(0);
        let strict = "SET default_transaction_isolation = 'serializable'";
        database.sql(&format!("ALTER DATABASE {database_name} {strict}")).await;
        let storage = open(database.location()).await.unwrap().storage();
        let id = create(&storage, "acme").await.unwrap().id;
        let results = join_all((0..6).map(|_| {
            storage.transact(async move |tx| {
                let mut tenant = tx.tenants().find(id).await?.unwrap();
                tenant.settings.session_lifetime += 1;
                tx.tenants().save(&tenant).await
            })
        }))
        .await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        let tenant = storage.read(async move |read| read.tenants().find(id).await).await;
        assert_eq!(tenant.unwrap().unwrap().version, 7);
    });
}

#[test]
fn a_lock_that_is_not_given_up_makes_callers_busy() {
    block_on(async {
        let database = TestDatabase::postgres().await;
        let storage = database.storage();
        let id = create(&storage, "acme").await.unwrap().id;
        let (started, gate) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
        let (starting, waiting) = (Arc::clone(&started), Arc::clone(&gate));
        let holding = tokio::spawn(storage.transact(async move |tx| {
            tx.tenants().find_for_update(id).await?;
            starting.notify_one();
            waiting.acquire().await.unwrap().forget();
            Ok::<_, Error>(())
        }));
        started.notified().await;
        let refused =
            storage.transact(async move |tx| tx.tenants().find_for_update(id).await).await;
        assert!(matches!(refused, Err(StorageError::Busy)), "{refused:?}");
        gate.add_permits(1);
        holding.await.unwrap().unwrap();
        assert_eq!(database.sql(IDLE).await, ["0"]);
    });
}

#[test]
fn two_processes_may_migrate_at_once() {
    block_on(async {
        let database = TestDatabase::empty_postgres().await;
        let other = open(database.location()).await.unwrap();
        let (one, two) = join(database.database().migrate(), other.migrate()).await;
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(one.is_empty() != two.is_empty(), "one does it all: {one:?} {two:?}");
        create(&other.storage(), "acme").await.unwrap();
    });
}

#[test]
fn a_server_that_does_not_answer_is_told_without_the_password() {
    block_on(async {
        let url = "postgres://somebody:hunter2@127.0.0.1:1/nowhere".into();
        let error =
            open(&Location::Postgres { url, pool_size: 1 }).await.expect_err("nobody there");
        assert_eq!(error.to_string(), "the database cannot be opened");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    });
}

#[test]
fn the_host_that_may_write_is_found_again() {
    block_on(async {
        let database = TestDatabase::postgres().await;
        let Location::Postgres { url, pool_size } = database.location().clone() else {
            unreachable!()
        };
        // The first of the two hosts is down.
        let url = url.expose_secret().replacen("postgres@", "postgres@127.0.0.1:1,", 1);
        let location = Location::Postgres { url: url.into(), pool_size };
        let open = open(&location).await.unwrap();
        let storage = open.storage();
        create(&storage, "before").await.unwrap();

        // The host steps down: it ends its sessions, and what connects again may not write.
        let name = database.sql("SELECT current_database()").await.remove(0);
        let read_only = format!("ALTER DATABASE {name} SET default_transaction_read_only = on");
        database.sql(&format!("{read_only}; {KILL}")).await;
        let refused = create(&storage, "refused").await;
        assert!(matches!(refused, Err(Error::Unavailable)), "{refused:?}");

        database
            .sql(&format!(
                "SET transaction_read_only = off; \
                 ALTER DATABASE {name} RESET default_transaction_read_only"
            ))
            .await;
        create(&storage, "after").await.unwrap();
        assert_eq!(names(&storage).await, ["after", "before"]);
    });
}

#[test]
fn closing_waits_for_what_has_begun() {
    block_on(async {
        let database = TestDatabase::postgres().await;
        let other = open(database.location()).await.unwrap();
        let (started, gate) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
        let (starting, waiting) = (Arc::clone(&started), Arc::clone(&gate));
        let id = new_id();
        let unit = tokio::spawn(other.storage().transact(async move |tx| {
            starting.notify_one();
            waiting.acquire().await.unwrap().forget();
            insert(tx, id, "begun").await
        }));
        started.notified().await;
        let mut closing = Box::pin(other.close());
        assert!(closing.as_mut().now_or_never().is_none(), "a unit runs");
        gate.add_permits(1);
        closing.await;
        unit.await.unwrap().unwrap();
        assert_eq!(names(&database.storage()).await, ["begun"]);
    });
}

#[test]
fn a_role_that_may_set_little_is_enough() {
    block_on(async {
        let database = TestDatabase::postgres().await;
        let Location::Postgres { url, pool_size } = database.location().clone() else {
            unreachable!()
        };
        let name = database.sql("SELECT current_database()").await.remove(0);
        let role = format!("{name}_role");
        database
            .sql(&format!(
                "CREATE ROLE {role} LOGIN PASSWORD 'secret'; \
                 GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; \
                 GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}"
            ))
            .await;
        let config: tokio_postgres::Config = url.expose_secret().parse().unwrap();
        let user = format!("{}@", config.get_user().unwrap());
        let login = format!("{role}:secret@");
        let url = url.expose_secret().replacen(&user, &login, 1);
        let other = open(&Location::Postgres { url: url.into(), pool_size }).await.unwrap();
        create(&other.storage(), "acme").await.unwrap();
        assert_eq!(names(&database.storage()).await, ["acme"]);
        other.close().await;
        database.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
    });
}
