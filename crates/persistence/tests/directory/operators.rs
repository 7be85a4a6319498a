//! Who operates the installation.

use citizenry_storage::StorageError;
use citizenry_testkit::on_both_databases;

use crate::support::{World, at, user};

on_both_databases! {
    async fn operators_are_made_and_unmade(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let (first, second) = (world.user(1), world.user(2));
        let foreign = user(other, world.other_connection, 3);
        world
            .storage
            .transact(async move |tx| {
                for user in [&first, &second, &foreign] {
                    tx.users().insert(user).await?;
                }
                assert!(!tx.operators().is_operator(tenant, first.id).await?);
                assert!(tx.operators().set_operator(other, foreign.id, true, at(3)).await?);
                assert!(tx.operators().set_operator(tenant, first.id, true, at(2)).await?);
                assert!(!tx.operators().set_operator(tenant, first.id, true, at(9)).await?);
                assert!(tx.operators().set_operator(tenant, second.id, true, at(1)).await?);
                assert!(tx.operators().is_operator(tenant, first.id).await?);
                assert!(!tx.operators().is_operator(other, first.id).await?);
                let all = tx.operators().operators().await?;
                let expected =
                    [(tenant, second.id), (tenant, first.id), (other, foreign.id)];
                assert_eq!(all, expected, "the first first");
                assert!(tx.operators().set_operator(tenant, second.id, false, at(4)).await?);
                assert!(!tx.operators().set_operator(tenant, second.id, false, at(4)).await?);
                // A user who goes is no operator any more.
                assert!(tx.users().delete(tenant, first.id).await?);
                assert_eq!(tx.operators().operators().await?, [(other, foreign.id)]);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }
}
