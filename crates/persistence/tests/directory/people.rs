//! Users by number, what they are called, and who of them is signed in; how many a tenant has.

use citizenry_identity::{Number, UserId};
use citizenry_storage::{StorageError, ports::UserName};
use citizenry_testkit::on_both_databases;

use crate::support::{World, at, client, family, text, user};

fn number(number: i64) -> Number {
    Number::new(number).unwrap()
}

on_both_databases! {
    async fn users_are_found_by_number_and_in_numbers(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let (full, mut plain) = (world.full_user(30), world.user(20));
        plain.profile.given_name = Some(text("Mei"));
        plain.profile.family_name = Some(text("Han"));
        let foreign = user(other, world.other_connection, 10);
        world
            .storage
            .transact(async move |tx| {
                for user in [&full, &plain, &foreign] {
                    tx.users().insert(user).await?;
                }
                let found = tx.users().find_by_number(tenant, number(30)).await?;
                assert_eq!(found.as_ref(), Some(&full));
                assert_eq!(tx.users().find_by_number(other, number(30)).await?, None);
                assert_eq!(tx.users().find_by_number(tenant, number(31)).await?, None);

                let asked = [number(30), number(10), number(30), number(20), number(1)];
                let ids = tx.users().ids_of_numbers(tenant, &asked).await?;
                assert_eq!(ids, [(number(20), plain.id), (number(30), full.id)]);
                assert_eq!(tx.users().ids_of_numbers(tenant, &[]).await?, []);

                let asked = [plain.id, foreign.id, full.id, plain.id];
                let mut many = tx.users().find_many(tenant, &asked).await?;
                many.sort_by_key(|user| user.number);
                assert_eq!(many, [plain.clone(), full.clone()]);
                assert_eq!(tx.users().find_many(tenant, &[]).await?, []);

                let mut names = tx.users().names(tenant, &asked).await?;
                names.sort_by_key(|name| name.number);
                let expected = [
                    UserName { id: plain.id, number: number(20), name: "Mei Han".to_owned() },
                    UserName { id: full.id, number: number(30), name: "李雷".to_owned() },
                ];
                assert_eq!(names, expected);
                assert_eq!(tx.users().names(other, &[full.id]).await?, []);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn who_has_a_living_family_is_signed_in(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let users: Vec<_> = (1..=5).map(|number| world.user(number)).collect();
        let app = client(tenant, "app");
        world
            .storage
            .transact(async move |tx| {
                tx.clients().insert(&app).await?;
                let ids: Vec<UserId> = users.iter().map(|user| user.id).collect();
                for user in &users {
                    tx.users().insert(user).await?;
                }
                // Two families of the first, one of the second that ends, one of the third that was
                // revoked, none of the fourth, one of the fifth, who is not asked for.
                let mut families = [
                    family(&users[0], &app, 1),
                    family(&users[0], &app, 2),
                    family(&users[1], &app, 3),
                    family(&users[2], &app, 4),
                    family(&users[4], &app, 5),
                ];
                families[2].expires_at = at(100);
                families[3].revoked_at = Some(at(5));
                for family in &families {
                    tx.token_families().insert(family).await?;
                }
                let signed_in = async |tx: &mut dyn citizenry_storage::Tx, tenant, now| {
                    let found =
                        tx.token_families().which_are_signed_in(tenant, &ids[..4], at(now)).await;
                    found.map(|mut found| {
                        found.sort_unstable();
                        found
                    })
                };
                let mut both = vec![ids[0], ids[1]];
                both.sort_unstable();
                assert_eq!(signed_in(tx, tenant, 99).await?, both);
                assert_eq!(signed_in(tx, tenant, 100).await?, [ids[0]]);
                assert_eq!(signed_in(tx, tenant, 2_000).await?, []);
                assert_eq!(signed_in(tx, other, 99).await?, []);
                let nobody = tx.token_families().which_are_signed_in(tenant, &[], at(0)).await?;
                assert_eq!(nobody, []);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn users_are_counted_for_many_tenants(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let users: Vec<_> = (1..=40).map(|number| world.user(number)).collect();
        world
            .storage
            .transact(async move |tx| {
                for user in &users {
                    tx.users().insert(user).await?;
                }
                tx.users().delete(tenant, users[7].id).await?;
                let mut counts = tx.tenants().user_counts(&[other, tenant]).await?;
                counts.sort_unstable();
                let mut expected = [(tenant, 39), (other, 0)];
                expected.sort_unstable();
                assert_eq!(counts, expected);
                assert_eq!(tx.tenants().user_counts(&[]).await?, []);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }
}
