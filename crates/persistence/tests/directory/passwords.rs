//! Passwords that users have had, and new hashes of the same.

use citizenry_identity::{PasswordHash, PasswordStrength, StoredPassword};
use citizenry_storage::StorageError;
use citizenry_testkit::on_both_databases;

use crate::support::{World, at};

fn hashed(text: &str) -> PasswordHash {
    PasswordHash::new(text.to_owned())
}

fn password(text: &str) -> StoredPassword {
    let password = StoredPassword::new(hashed(text), PasswordStrength::Medium, at(1));
    StoredPassword { must_change: true, ..password }
}

on_both_databases! {
    async fn the_latest_passwords_are_remembered(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let users = [world.user(1), world.user(2)];
        world
            .storage
            .transact(async move |tx| {
                let [one, another] = [users[0].id, users[1].id];
                for user in &users {
                    tx.users().insert(user).await?;
                    tx.passwords().set(tenant, user.id, &password("$now")).await?;
                }
                assert_eq!(tx.passwords().history(tenant, one, 9).await?, []);
                for text in ["$1", "$2", "$3", "$4"] {
                    tx.passwords().remember(tenant, one, &password(text), 3).await?;
                }
                tx.passwords().remember(tenant, another, &password("$x"), 3).await?;
                let history = tx.passwords().history(tenant, one, 9).await?;
                assert_eq!(history, ["$4", "$3", "$2"].map(hashed), "the latest first");
                let history = tx.passwords().history(tenant, one, 2).await?;
                assert_eq!(history, ["$4", "$3"].map(hashed));
                assert_eq!(tx.passwords().history(other, one, 9).await?, []);
                // One that comes back, and fewer to keep.
                tx.passwords().remember(tenant, one, &password("$4"), 2).await?;
                let history = tx.passwords().history(tenant, one, 9).await?;
                assert_eq!(history, ["$4", "$4"].map(hashed));
                tx.passwords().remember(tenant, one, &password("$5"), 0).await?;
                assert_eq!(tx.passwords().history(tenant, one, 9).await?, []);
                assert_eq!(tx.passwords().history(tenant, another, 9).await?, [hashed("$x")]);
                assert!(tx.users().delete(tenant, another).await?);
                assert_eq!(tx.passwords().history(tenant, another, 9).await?, []);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn a_new_hash_of_the_same_password_yields_to_a_new_password(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let user = world.user(1);
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&user).await?;
                tx.passwords().set(tenant, user.id, &password("$old")).await?;
                let [old, new] = [hashed("$old"), hashed("$new")];
                assert!(!tx.passwords().rehash(other, user.id, &old, &new).await?);
                assert!(!tx.passwords().rehash(tenant, user.id, &new, &old).await?);
                assert!(tx.passwords().rehash(tenant, user.id, &old, &new).await?);
                let found = tx.passwords().find(tenant, user.id).await?;
                assert_eq!(found, Some(password("$new")), "with its age and its mark");
                tx.passwords().set(tenant, user.id, &password("$other")).await?;
                assert!(!tx.passwords().rehash(tenant, user.id, &new, &old).await?);
                let found = tx.passwords().find(tenant, user.id).await?;
                assert_eq!(found, Some(password("$other")));
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }
}
