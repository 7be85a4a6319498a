//! What users have allowed clients.

use citizenry_identity::{Direction, Listing, SortKey, Start};
use citizenry_storage::{StorageError, ports::ByAge};
use citizenry_testkit::on_both_databases;

use crate::support::{World, at, client, consent, scope};

on_both_databases! {
    async fn a_consent_is_put_once_for_user_client_and_audience(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let (user, app) = (world.user(1), client(tenant, "app"));
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&user).await?;
                tx.clients().insert(&app).await?;
                let mut first = consent(&user, &app, "https://api.example/", 1);
                first.scopes = vec![scope("b"), scope("a")];
                tx.consents().put(&first).await?;
                assert_eq!(tx.consents().find(tenant, first.id).await?, Some(first.clone()));
                assert_eq!(tx.consents().find(other, first.id).await?, None);

                // The same consent, changed.
                first.allow([scope("a"), scope("c")].into_iter(), at(5));
                tx.consents().put(&first).await?;
                let found = tx.consents().list_for(tenant, user.id, app.id).await?;
                assert_eq!(found, [first.clone()]);
                // Another one of the same user, client and audience takes its place.
                let mut second = consent(&user, &app, "https://api.example/", 7);
                second.scopes = vec![scope("d")];
                tx.consents().put(&second).await?;
                first.scopes = second.scopes.clone();
                first.updated_at = at(7);
                let found = tx.consents().list_for(tenant, user.id, app.id).await?;
                assert_eq!(found, [first.clone()], "with its identifier and age");

                let openid = consent(&user, &app, "", 8);
                tx.consents().put(&openid).await?;
                let found = tx.consents().list_for(tenant, user.id, app.id).await?;
                assert_eq!(found, [openid, first.clone()], "by audience");
                assert_eq!(tx.consents().list_for(other, user.id, app.id).await?, []);
                assert!(!tx.consents().delete(other, first.id).await?);
                assert!(tx.consents().delete(tenant, first.id).await?);
                assert!(!tx.consents().delete(tenant, first.id).await?);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn the_consents_of_a_user_are_listed_in_pages(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let users = [world.user(1), world.user(2)];
        let app = client(tenant, "app");
        world
            .storage
            .transact(async move |tx| {
                tx.clients().insert(&app).await?;
                for user in &users {
                    tx.users().insert(user).await?;
                }
                let mut given = Vec::new();
                for second in 1..=3 {
                    given.push(consent(&users[0], &app, &format!("a{second}"), second));
                    tx.consents().put(&given[given.len() - 1]).await?;
                }
                tx.consents().put(&consent(&users[1], &app, "a1", 9)).await?;
                let mut listing = Listing { with_total: true, ..Listing::first(2) };
                let page = tx.consents().list_of_user(tenant, users[0].id, &listing).await?;
                assert_eq!(page.items, [given[2].clone(), given[1].clone()], "the newest first");
                assert_eq!(page.total, Some(3));
                listing.start = Start::After(page.next.unwrap());
                let page = tx.consents().list_of_user(tenant, users[0].id, &listing).await?;
                assert_eq!((page.items, page.next), (vec![given[0].clone()], None));
                let order = SortKey { field: ByAge::CreatedAt, direction: Direction::Ascending };
                let oldest = Listing { order: vec![order], ..Listing::first(1) };
                let page = tx.consents().list_of_user(tenant, users[0].id, &oldest).await?;
                assert_eq!(page.items, [given[0].clone()]);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn consents_are_taken_back_and_go_with_user_and_client(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let users = [world.user(1), world.user(2)];
        let apps = ["app", "second", "third"].map(|name| client(tenant, name));
        world
            .storage
            .transact(async move |tx| {
                for user in &users {
                    tx.users().insert(user).await?;
                }
                let mut second = 0;
                for app in &apps {
                    tx.clients().insert(app).await?;
                    for user in &users {
                        second += 1;
                        tx.consents().put(&consent(user, app, "a", second)).await?;
                    }
                }
                let [one, another] = [users[0].id, users[1].id];
                let consents = tx.consents();
                let app = Some(apps[0].id);
                assert_eq!(consents.delete_of_user(world.other_tenant, one, None).await?, 0);
                assert_eq!(consents.delete_of_user(tenant, one, app).await?, 1);
                assert_eq!(consents.delete_of_user(tenant, one, app).await?, 0);
                assert_eq!(consents.delete_of_user(tenant, one, None).await?, 2);
                let left = consents.list_of_user(tenant, another, &Listing::first(9)).await?;
                assert_eq!(left.items.len(), 3);
                assert!(tx.clients().delete(tenant, apps[0].id).await?);
                let left = tx.consents().list_of_user(tenant, another, &Listing::first(9)).await?;
                assert_eq!(left.items.len(), 2);
                assert!(tx.users().delete(tenant, another).await?);
                let left = tx.consents().list_of_user(tenant, another, &Listing::first(9)).await?;
                assert_eq!(left.items, []);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }
}
