//! Who has which role, and who may what.

use std::collections::BTreeMap;

use citizenry_identity::{
    Direction, Listing, LockReason, PermissionRef, ResourceServer, SortKey, Start, Status,
};
use citizenry_storage::{
    StorageError,
    ports::{ByAge, ByName},
};
use citizenry_testkit::on_both_databases;

use crate::support::{World, at, lock, resource_server, role, scope};

fn permission(server: &ResourceServer, name: &str) -> PermissionRef {
    PermissionRef { resource_server: server.id, scope: scope(name) }
}

on_both_databases! {
    async fn roles_are_given_and_taken(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let [a, b] = [world.user(1), world.user(2)];
        let roles = ["r1", "r2", "r3"].map(|name| role(tenant, name));
        world
            .storage
            .transact(async move |tx| {
                for user in [&a, &b] {
                    tx.users().insert(user).await?;
                }
                for role in &roles {
                    tx.roles().insert(role).await?;
                }
                let [r1, r2, r3] = roles.each_ref().map(|role| role.id);
                for _twice in 0..2 {
                    tx.assignments().add_roles(tenant, a.id, &[r1, r2], at(0)).await?;
                    tx.assignments().add_users(tenant, r2, &[a.id, b.id], at(0)).await?;
                }
                tx.assignments().add_roles(tenant, a.id, &[], at(0)).await?;
                let mut ids = tx.assignments().role_ids_of_user(tenant, a.id).await?;
                ids.sort();
                let mut expected = vec![r1, r2];
                expected.sort();
                assert_eq!(ids, expected);
                assert_eq!(tx.assignments().role_ids_of_user(other, a.id).await?, []);
                let by_name = Listing {
                    order: vec![SortKey { field: ByName::Name, direction: Direction::Descending }],
                    with_total: true,
                    ..Listing::first(1)
                };
                let page = tx.assignments().roles_of_user(tenant, a.id, &by_name).await?;
                assert_eq!((page.items, page.total), (vec![roles[1].clone()], Some(2)));
                let after = Listing { start: Start::After(page.next.unwrap()), ..by_name };
                let page = tx.assignments().roles_of_user(tenant, a.id, &after).await?;
                assert_eq!((page.items, page.next), (vec![roles[0].clone()], None));
                let listing = Listing { with_total: true, ..Listing::first(10) };
                let page = tx.assignments().users_of_role(tenant, r2, &listing).await?;
                assert_eq!((page.items.len(), page.total), (2, Some(2)));
                let page = tx.assignments().users_of_role(other, r2, &listing).await?;
                assert_eq!((page.items.len(), page.total), (0, Some(0)));
                let asked = [a.id, b.id];
                let have = tx.assignments().which_have_role(tenant, r1, &asked).await?;
                assert_eq!(have, [a.id]);
                assert_eq!(tx.assignments().which_have_role(tenant, r3, &asked).await?, []);
                tx.assignments().remove_roles(tenant, a.id, &[r1, r3]).await?;
                tx.assignments().remove_users(tenant, r2, &[b.id]).await?;
                assert_eq!(tx.assignments().role_ids_of_user(tenant, a.id).await?, [r2]);
                assert_eq!(tx.assignments().role_ids_of_user(tenant, b.id).await?, []);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn permissions_are_given_and_taken(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let user = world.user(1);
        let [reader, writer] = ["reader", "writer"].map(|name| role(tenant, name));
        let one = resource_server(tenant, "one", &["a", "b", "c"]);
        let two = resource_server(tenant, "two", &["a", "z"]);
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&user).await?;
                for role in [&reader, &writer] {
                    tx.roles().insert(role).await?;
                }
                for server in [&one, &two] {
                    tx.resource_servers().insert(server).await?;
                }
                let mut wanted = vec![
                    permission(&two, "z"),
                    permission(&one, "b"),
                    permission(&one, "a"),
                    permission(&two, "a"),
                ];
                let mut asked = wanted.clone();
                asked.push(permission(&one, "unknown"));
                for _twice in 0..2 {
                    tx.assignments().add_user_permissions(tenant, user.id, &asked).await?;
                    tx.assignments().add_role_permissions(tenant, reader.id, &asked).await?;
                }
                wanted.sort();
                let found = tx.assignments().permissions_of_user(tenant, user.id).await?;
                assert_eq!(found, wanted);
                assert_eq!(tx.assignments().permissions_of_user(other, user.id).await?, []);
                let mut paged = Vec::new();
                let mut listing = Listing::<ByAge> { with_total: true, ..Listing::first(3) };
                loop {
                    let page =
                        tx.assignments().permissions_of_role(tenant, reader.id, &listing).await?;
                    assert_eq!(page.total, Some(4));
                    paged.extend(page.items);
                    let Some(next) = page.next else { break };
                    listing.start = Start::After(next);
                }
                assert_eq!(paged, wanted, "by resource server and scope");
                let skipped = Listing { start: Start::Skip(3), ..Listing::first(3) };
                let page = tx.assignments().permissions_of_role(tenant, reader.id, &skipped).await?;
                assert_eq!(page.items, wanted[3..]);
                let roles = [reader.id, writer.id];
                let found = tx.assignments().permissions_of_roles(tenant, &roles).await?;
                assert_eq!(found, BTreeMap::from([(reader.id, wanted.clone())]));

                let taken = [permission(&one, "a"), permission(&two, "z"), permission(&one, "c")];
                tx.assignments().remove_user_permissions(tenant, user.id, &taken).await?;
                tx.assignments().remove_role_permissions(tenant, reader.id, &taken).await?;
                wanted.retain(|permission| !taken.contains(permission));
                let found = tx.assignments().permissions_of_user(tenant, user.id).await?;
                assert_eq!(found, wanted);
                let found = tx.assignments().permissions_of_roles(tenant, &roles).await?;
                assert_eq!(found, BTreeMap::from([(reader.id, wanted)]));
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn whoever_is_locked_or_not_active_is_not_able(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let mut users = [1, 2, 3].map(|number| world.user(number));
        users[1].status = Status::Suspended;
        users[2].locks = [
            lock(LockReason::Admin, 100, Some(200)),
            lock(LockReason::Suspicious, 300, None),
        ]
        .into_iter()
        .collect();
        let administrator = role(tenant, "administrator");
        world
            .storage
            .transact(async move |tx| {
                tx.roles().insert(&administrator).await?;
                let role = administrator.id;
                for user in &users {
                    tx.users().insert(user).await?;
                }
                let [able, suspended, locked] = users.each_ref().map(|user| user.id);
                let given = [suspended, locked];
                tx.assignments().add_users(tenant, role, &given, at(0)).await?;
                let seconds = [0, 99, 100, 199, 200, 299, 300, 9_999];
                let mut found = Vec::new();
                for second in seconds {
                    let now = at(second);
                    found.push(tx.assignments().has_able_user(tenant, role, &[], now).await?);
                }
                assert_eq!(found, [true, true, false, false, true, true, false, false]);
                let without = [locked];
                assert!(!tx.assignments().has_able_user(tenant, role, &without, at(0)).await?);
                tx.assignments().add_users(tenant, role, &[able], at(0)).await?;
                assert!(tx.assignments().has_able_user(tenant, role, &without, at(150)).await?);
                let other = world.other_tenant;
                assert!(!tx.assignments().has_able_user(other, role, &[], at(0)).await?);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }
}
