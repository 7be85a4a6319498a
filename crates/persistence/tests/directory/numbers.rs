//! The installation's sequence of numbers.

use std::collections::BTreeSet;

use citizenry_storage::StorageError;
use citizenry_testkit::on_both_databases;
use futures_util::future::join_all;

use crate::support::World;

on_both_databases! {
    async fn reserved_numbers_follow_each_other_and_are_nobody_elses(database: TestDatabase) {
        let world = World::new(&database).await;
        let reserved = (1..=12_u32).map(|count| {
            let storage = world.storage.clone();
            async move {
                let drawn = storage.transact(async move |tx| {
                    let single = tx.numbers().next().await?.get();
                    let first = tx.numbers().reserve(count).await?.get();
                    Ok::<_, StorageError>((single, first))
                });
                let (single, first) = drawn.await.unwrap();
                let range = first..first + i64::from(count);
                assert!(first > single);
                range.chain([single]).collect::<Vec<i64>>()
            }
        });
        let numbers: Vec<i64> = join_all(reserved).await.into_iter().flatten().collect();
        let distinct: BTreeSet<i64> = numbers.iter().copied().collect();
        assert_eq!(distinct.len(), numbers.len(), "{numbers:?}");
        assert_eq!(numbers.len(), 78 + 12);
        let next = world
            .storage
            .transact(async move |tx| tx.numbers().next().await)
            .await
            .unwrap();
        assert!(distinct.iter().all(|number| *number < next.get()));
    }
}
