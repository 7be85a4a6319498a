//! What a unit of work promises, on both databases.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod postgres;
mod sqlite;
mod support;

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use citizenry_identity::{Error, Kind, TenantStatus};
use citizenry_persistence::open;
use citizenry_storage::StorageError;
use citizenry_testkit::{TestDatabase, on_both_databases};
use futures_util::{
    FutureExt as _,
    future::{Either, join_all, select},
};
use support::{backend_message, create, insert, name, names, new_id, now, status_of};
use tokio::sync::oneshot;

on_both_databases! {
    async fn a_commit_keeps_everything(database: TestDatabase) {
        let storage = database.storage();
        let [a, b] = [new_id(), new_id()];
        let made = storage
            .transact(async move |tx| {
                let first = insert(tx, a, "first").await?;
                let second = insert(tx, b, "second").await?;
                Ok::<_, Error>((first, second))
            })
            .await
            .unwrap();
        let read = storage
            .read(async move |read| {
                let first = read.tenants().find(a).await?;
                let second = read.tenants().find_by_name(&name("second")).await?;
                Ok::<_, StorageError>((first.unwrap(), second.unwrap()))
            })
            .await
            .unwrap();
        assert_eq!(read, made, "what is read is what was written, to the microsecond");
    }

    async fn an_error_undoes_everything(database: TestDatabase) {
        let storage = database.storage();
        let id = new_id();
        let refused = storage
            .transact(async move |tx| {
                insert(tx, id, "first").await?;
                Err::<(), _>(Error::Forbidden { permission: "create:tenants" })
            })
            .await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })), "the unit's own error");
        assert_eq!(names(&storage).await, Vec::<String>::new());
    }

    async fn a_taken_name_is_a_conflict(database: TestDatabase) {
        let storage = database.storage();
        create(&storage, "taken").await.unwrap();
        let refused = create(&storage, "taken").await;
        assert!(
            matches!(refused, Err(Error::Conflict { kind: Kind::Tenant, field: "name" })),
            "{refused:?}"
        );
    }

    async fn a_swallowed_failure_is_refused(database: TestDatabase) {
        let storage = database.storage();
        create(&storage, "taken").await.unwrap();
        let [a, b] = [new_id(), new_id()];
        let refused = storage
            .transact(async move |tx| {
                insert(tx, a, "before").await?;
                let swallowed = insert(tx, b, "taken").await;
                assert!(swallowed.is_err());
                Ok::<_, Error>(())
            })
            .await;
        assert_eq!(
            backend_message(refused),
            "a unit of work went on after a failed statement"
        );
        assert_eq!(names(&storage).await, ["taken"]);
    }

    async fn a_nested_unit_may_fail_alone(database: TestDatabase) {
        let storage = database.storage();
        create(&storage, "taken").await.unwrap();
        let ids = [new_id(), new_id(), new_id(), new_id()];
        storage
            .transact(async move |tx| {
                insert(tx, ids[0], "before").await?;
                let failed = tx
                    .nested(async |tx| {
                        insert(tx, ids[1], "inside").await?;
                        insert(tx, ids[2], "taken").await
                    })
                    .await;
                assert!(matches!(failed, Err(Error::Conflict { .. })), "{failed:?}");
                insert(tx, ids[3], "after").await
            })
            .await
            .unwrap();
        assert_eq!(names(&storage).await, ["after", "before", "taken"]);
    }

    async fn nested_units_nest(database: TestDatabase) {
        let storage = database.storage();
        let ids = [new_id(), new_id(), new_id(), new_id()];
        storage
            .transact(async move |tx| {
                tx.nested(async |tx| {
                    insert(tx, ids[0], "outer").await?;
                    let undone = tx
                        .nested(async |tx| {
                            insert(tx, ids[1], "inner-undone").await?;
                            Err::<(), _>(Error::Stale)
                        })
                        .await;
                    assert!(matches!(undone, Err(Error::Stale)), "{undone:?}");
                    tx.nested(async |tx| insert(tx, ids[2], "inner-kept").await).await
                })
                .await?;
                let undone = tx
                    .nested(async |tx| {
                        tx.nested(async |tx| insert(tx, ids[3], "kept-in-undone").await).await?;
                        Err::<(), _>(Error::Stale)
                    })
                    .await;
                assert!(undone.is_err());
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
        assert_eq!(names(&storage).await, ["inner-kept", "outer"]);
    }

    async fn a_nested_unit_must_not_swallow_either(database: TestDatabase) {
        let storage = database.storage();
        create(&storage, "taken").await.unwrap();
        let ids = [new_id(), new_id(), new_id()];
        let kept = storage
            .transact(async move |tx| {
                let refused = tx
                    .nested(async |tx| {
                        insert(tx, ids[0], "inside").await?;
                        let _swallowed = insert(tx, ids[1], "taken").await;
                        Ok::<_, Error>(())
                    })
                    .await;
                let message = backend_message(refused);
                insert(tx, ids[2], "after").await?;
                Ok::<_, Error>(message)
            })
            .await
            .unwrap();
        assert_eq!(kept, "a unit of work went on after a failed statement");
        assert_eq!(names(&storage).await, ["after", "taken"]);
    }

    async fn a_nested_unit_must_not_be_left_open(database: TestDatabase) {
        let storage = database.storage();
        let id = new_id();
        let refused = storage
            .transact(async move |tx| {
                let (inside, reached) = oneshot::channel();
                let nested = tx.nested(async move |tx| {
                    insert(tx, id, "inside").await?;
                    inside.send(()).unwrap();
                    std::future::pending::<()>().await;
                    Ok::<_, Error>(())
                });
                match select(pin!(nested), reached).await {
                    Either::Left(_) => panic!("it never ends"),
                    Either::Right(_) => Ok::<_, Error>(()),
                }
            })
            .await;
        assert_eq!(backend_message(refused), "a unit of work left a nested unit unfinished");
        assert_eq!(names(&storage).await, Vec::<String>::new());
    }

    async fn a_changed_row_is_stale(database: TestDatabase) {
        let storage = database.storage();
        let loaded = create(&storage, "acme").await.unwrap();
        let save = |mut tenant: citizenry_identity::Tenant, status| {
            tenant.set_status(status, now());
            storage.transact(async move |tx| tx.tenants().save(&tenant).await)
        };
        save(loaded.clone(), TenantStatus::Disabled).await.unwrap();
        let refused = save(loaded, TenantStatus::Enabled).await;
        assert!(matches!(refused, Err(StorageError::Stale)), "{refused:?}");
        assert_eq!(status_of(&storage, "acme").await, TenantStatus::Disabled);
    }

    async fn sixteen_changes_of_one_row_all_succeed(database: TestDatabase) {
        let storage = database.storage();
        let id = create(&storage, "acme").await.unwrap().id;
        let changes = (0..16).map(|_| {
            storage.transact(async move |tx| {
                let mut tenant = tx.tenants().find_for_update(id).await?.unwrap();
                tenant.settings.session_lifetime += 1;
                tx.tenants().save(&tenant).await
            })
        });
        let results = join_all(changes).await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        let tenant = storage.read(async move |read| read.tenants().find(id).await).await;
        let tenant = tenant.unwrap().unwrap();
        assert_eq!((tenant.version, tenant.settings.session_lifetime), (17, 168 + 16));
    }

    async fn of_two_that_want_a_name_one_gets_it(database: TestDatabase) {
        let storage = database.storage();
        let creates = (0..100).map(|n| {
            let storage = storage.clone();
            async move { create(&storage, &format!("tenant-{:02}", n % 50)).await }
        });
        let results = join_all(creates).await;
        let made = results.iter().filter(|result| result.is_ok()).count();
        let conflicts = results
            .iter()
            .filter(|result| {
                matches!(result, Err(Error::Conflict { kind: Kind::Tenant, field: "name" }))
            })
            .count();
        assert_eq!((made, conflicts), (50, 50), "{results:?}");
        assert_eq!(names(&storage).await.len(), 50);
    }

    async fn panics_reach_the_caller_and_hurt_nobody_else(database: TestDatabase) {
        let storage = database.storage();
        let locked = create(&storage, "acme").await.unwrap().id;
        for round in 0..20 {
            let id = new_id();
            let unit = storage.transact(async move |tx| {
                tx.tenants().find_for_update(locked).await?;
                insert(tx, id, "never").await?;
                assert!(round < 0, "round {round}");
                Ok::<_, Error>(())
            });
            let payload = std::panic::AssertUnwindSafe(unit).catch_unwind().await.unwrap_err();
            let message = payload.downcast_ref::<String>().cloned();
            assert_eq!(message, Some(format!("round {round}")));
            let read = storage.read(async move |_read| {
                assert!(round < 0, "reading {round}");
                Ok::<_, Error>(())
            });
            let payload = std::panic::AssertUnwindSafe(read).catch_unwind().await.unwrap_err();
            let message = payload.downcast_ref::<String>().cloned();
            assert_eq!(message, Some(format!("reading {round}")));
        }
        let found = storage
            .transact(async move |tx| tx.tenants().find_for_update(locked).await)
            .await
            .unwrap();
        assert!(found.is_some(), "no lock stays behind");
        create(&storage, "next").await.unwrap();
        assert_eq!(names(&storage).await, ["acme", "next"]);
    }

    async fn callers_who_go_away_leave_nothing_half_done(database: TestDatabase) {
        let storage = database.storage();
        let ran = Arc::new(AtomicUsize::new(0));
        let mut answered = 0;
        for n in 0..60 {
            let (id, counter) = (new_id(), Arc::clone(&ran));
            let mut unit = Box::pin(storage.transact(async move |tx| {
                insert(tx, id, &format!("tenant-{n:02}")).await?;
                counter.fetch_add(1, Ordering::SeqCst);
                Ok::<_, Error>(())
            }));
            // Some go at once, some after the runtime has come round a few times, some stay.
            let mut done = false;
            for _ in 0..n % 4 {
                if unit.as_mut().now_or_never().is_some() {
                    done = true;
                    break;
                }
                tokio::task::yield_now().await;
            }
            if !done && n % 4 == 3 {
                unit.await.unwrap();
                done = true;
            }
            answered += usize::from(done);
        }
        // What was begun runs to its end; this one waits behind all of it.
        create(&storage, "last").await.unwrap();
        let settled = names(&storage).await.len();
        assert!(settled > answered, "all who were answered, and the last");
        drop(storage);
        database.database().close().await;
    }

    async fn every_commit_through_any_server_moves_the_generation_of_all(database: TestDatabase) {
        let other = open(database.location()).await.unwrap();
        let (first, second) = (database.storage(), other.storage());
        for round in 0..20 {
            let before = [first.generation().await, second.generation().await];
            assert!(before.iter().all(Option::is_some), "{before:?}");
            let writer = if round % 2 == 0 { &first } else { &second };
            let made = create(writer, &format!("tenant-{round:02}")).await.unwrap();
            for (storage, before) in [&first, &second].into_iter().zip(before) {
                let after = storage.generation().await;
                assert_ne!(after, before, "after commit {round}");
                // And what is read now is what was committed.
                let id = made.id;
                let found = storage.read_few(async move |read| read.tenants().find(id).await);
                assert_eq!(found.await.unwrap().map(|found| found.name), Some(made.name.clone()));
            }
        }
        other.close().await;
    }

    async fn the_generation_stands_still_while_nobody_commits(database: TestDatabase) {
        let storage = database.storage();
        create(&storage, "acme").await.unwrap();
        // Other databases of one PostgreSQL move it too, needlessly but harmlessly.
        let mut last = storage.generation().await;
        for _ in 0..10_000 {
            names(&storage).await;
            let next = storage.generation().await;
            if next.is_some() && next == last {
                return;
            }
            last = next;
        }
        panic!("it never stood still");
    }

    async fn a_read_of_few_rows_may_fail_and_panic_by_itself(database: TestDatabase) {
        let storage = database.storage();
        let made = create(&storage, "acme").await.unwrap();
        let failed = storage.read_few(async |_read| Err::<(), _>(Error::Unavailable)).await;
        assert!(matches!(failed, Err(Error::Unavailable)), "{failed:?}");
        let panics = storage.read_few(async |_read| -> Result<(), Error> { panic!("on purpose") });
        assert!(std::panic::AssertUnwindSafe(panics).catch_unwind().await.is_err());
        let id = made.id;
        let found = storage.read_few(async move |read| read.tenants().find(id).await);
        assert_eq!(found.await.unwrap().map(|found| found.id), Some(id));
        database.database().close().await;
        let refused = storage.read_few(async move |read| read.tenants().find(id).await).await;
        assert!(refused.is_err(), "{refused:?}");
    }

    async fn a_closed_database_is_busy(database: TestDatabase) {
        let storage = database.storage();
        create(&storage, "acme").await.unwrap();
        database.database().close().await;
        let refused = create(&storage, "next").await;
        assert!(matches!(refused, Err(Error::Unavailable)), "{refused:?}");
    }

    async fn numbers_are_never_given_twice(database: TestDatabase) {
        let storage = database.storage();
        let draws = (0..40).map(|_| storage.transact(async move |tx| tx.numbers().next().await));
        let mut numbers: Vec<_> =
            join_all(draws).await.into_iter().map(|number| number.unwrap().get()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 40);
    }

    async fn migrations_go_down_and_up_again(database: TestDatabase) {
        let database = database.database();
        assert_eq!(database.pending().await.unwrap(), Vec::<String>::new());
        assert!(!database.is_blank().await.unwrap());
        let mut reverted = Vec::new();
        while let Some(version) = database.revert().await.unwrap() {
            reverted.push(version);
        }
        assert!(database.is_blank().await.unwrap());
        let pending = database.pending().await.unwrap();
        assert!(!pending.is_empty());
        assert_eq!(pending.len(), reverted.len());
        assert_eq!(database.migrate().await.unwrap(), pending);
        create(&database.storage(), "acme").await.unwrap();
    }
}

/// What a use case returns must be able to move between threads.
#[test]
fn the_futures_are_send() {
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    citizenry_testkit::block_on(async {
        let storage = TestDatabase::memory().await.storage();
        let id = new_id();
        assert_send(
            storage
                .transact(async move |tx| tx.nested(async |tx| insert(tx, id, "acme").await).await),
        )
        .await
        .unwrap();
        let found =
            assert_send(storage.read(async move |read| read.tenants().find(id).await)).await;
        assert!(found.unwrap().is_some());
    });
}
