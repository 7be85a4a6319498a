//! Counters of failed attempts.

use citizenry_storage::StorageError;
use citizenry_testkit::on_both_databases;

use crate::support::{World, at, attempts, hash};

on_both_databases! {
    async fn counters_are_put_replaced_and_forgotten(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        world
            .storage
            .transact(async move |tx| {
                let mut counter = attempts(tenant, 1);
                counter.blocked_until = Some(at(60));
                tx.attempts().put(&counter).await?;
                assert_eq!(tx.attempts().find(tenant, &hash(1)).await?, Some(counter.clone()));
                assert_eq!(tx.attempts().find(tenant, &hash(2)).await?, None);
                assert_eq!(tx.attempts().find(other, &hash(1)).await?, None);
                assert_eq!(tx.attempts().find_for_update(other, &hash(1)).await?, None);

                counter.count = i32::MAX;
                counter.last_at = at(3);
                counter.blocked_until = None;
                counter.expires_at = at(4);
                tx.attempts().put(&counter).await?;
                let found = tx.attempts().find_for_update(tenant, &hash(1)).await?;
                assert_eq!(found, Some(counter.clone()));

                // The same key in another tenant is another counter.
                tx.attempts().put(&attempts(other, 1)).await?;
                assert_eq!(tx.attempts().find(tenant, &hash(1)).await?, Some(counter));
                assert!(tx.attempts().delete(tenant, &hash(1)).await?);
                assert!(!tx.attempts().delete(tenant, &hash(1)).await?);
                assert!(tx.attempts().find(other, &hash(1)).await?.is_some());
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn expired_counters_are_cleared_away_in_steps(database: TestDatabase) {
        let world = World::new(&database).await;
        world
            .storage
            .transact(async move |tx| {
                let made = [(world.tenant, 30), (world.other_tenant, 10), (world.tenant, 20)];
                for (tenant, end) in made {
                    let mut expired = attempts(tenant, end);
                    expired.expires_at = at(i64::from(end));
                    tx.attempts().put(&expired).await?;
                }
                assert_eq!(tx.attempts().delete_expired(at(10), 9).await?, 0, "not before its end");
                assert_eq!(tx.attempts().delete_expired(at(31), 1).await?, 1);
                let mut left = Vec::new();
                for (tenant, end) in made {
                    left.push(tx.attempts().find(tenant, &hash(end)).await?.is_some());
                }
                assert_eq!(left, [true, false, true], "the first to end first");
                assert_eq!(tx.attempts().delete_expired(at(31), 9).await?, 2);
                assert_eq!(tx.attempts().delete_expired(at(31), 9).await?, 0);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }
}
