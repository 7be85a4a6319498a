//! What goes along with what is deleted, and what stays.

use citizenry_identity::{
    Actor, EventKind, Id as _, Kind, Listing, PasswordHash, PasswordStrength, PermissionRef, Scope,
    StoredPassword, UserId,
};
use citizenry_storage::{
    StorageError,
    ports::{EventFilter, UserFilter},
};
use citizenry_testkit::on_both_databases;

use crate::support::{World, at, client, event, grant, resource_server, role, scope};

on_both_databases! {
    async fn a_user_takes_all_that_hangs_on_him(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let user = world.full_user(1);
        let reader = role(tenant, "reader");
        let api = resource_server(tenant, "api", &["r:x"]);
        let happened = event(
            tenant,
            1,
            EventKind::USER_CREATED,
            Actor::User(user.id),
            (Kind::User, user.id.to_string()),
        );
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&user).await?;
                tx.roles().insert(&reader).await?;
                tx.resource_servers().insert(&api).await?;
                let password = StoredPassword::new(PasswordHash::new("$".to_owned()), PasswordStrength::Weak, at(0));
                tx.passwords().set(tenant, user.id, &password).await?;
                tx.assignments().add_roles(tenant, user.id, &[reader.id], at(0)).await?;
                let permission = PermissionRef { resource_server: api.id, scope: scope("r:x") };
                tx.assignments().add_user_permissions(tenant, user.id, &[permission]).await?;
                tx.events().append(&happened).await?;

                assert!(tx.users().delete(tenant, user.id).await?);
                assert_eq!(tx.passwords().find(tenant, user.id).await?, None);
                assert_eq!(tx.assignments().role_ids_of_user(tenant, user.id).await?, []);
                assert_eq!(tx.assignments().permissions_of_user(tenant, user.id).await?, []);
                let of_role = Listing { with_total: true, ..Listing::first(5) };
                let page = tx.assignments().users_of_role(tenant, reader.id, &of_role).await?;
                assert_eq!(page.total, Some(0));
                let filter = EventFilter { user: Some(user.id), ..EventFilter::default() };
                let page = tx.events().list(tenant, &filter, &Listing::first(5)).await?;
                assert_eq!(page.items, [happened], "the trail stays");
                // Identities and locks are gone, too: the same user can come again.
                tx.users().insert(&user).await?;
                assert_eq!(tx.users().find(tenant, user.id).await?, Some(user));
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn a_role_takes_what_is_assigned_by_it(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let user = world.user(1);
        let reader = role(tenant, "reader");
        let api = resource_server(tenant, "api", &["r:x"]);
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&user).await?;
                tx.roles().insert(&reader).await?;
                tx.resource_servers().insert(&api).await?;
                let permission = PermissionRef { resource_server: api.id, scope: scope("r:x") };
                tx.assignments().add_roles(tenant, user.id, &[reader.id], at(0)).await?;
                tx.assignments().add_role_permissions(tenant, reader.id, &[permission]).await?;
                assert!(!tx.roles().delete(world.other_tenant, reader.id).await?);
                assert!(tx.roles().delete(tenant, reader.id).await?);
                assert_eq!(tx.assignments().role_ids_of_user(tenant, user.id).await?, []);
                let found = tx.assignments().permissions_of_roles(tenant, &[reader.id]).await?;
                assert!(found.is_empty());
                assert!(tx.users().find(tenant, user.id).await?.is_some());
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn a_scope_that_stays_keeps_what_is_assigned_by_it(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let user = world.user(1);
        let reader = role(tenant, "reader");
        let app = client(tenant, "app");
        let api = resource_server(tenant, "api", &["a", "b", "c"]);
        let second = resource_server(tenant, "second", &["a"]);
        let grants = [grant(&app, &api, &["c", "b", "a"]), grant(&app, &second, &["a"])];
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&user).await?;
                tx.roles().insert(&reader).await?;
                tx.clients().insert(&app).await?;
                for (server, grant) in [&api, &second].into_iter().zip(&grants) {
                    tx.resource_servers().insert(server).await?;
                    tx.client_grants().insert(grant).await?;
                }
                let permission = |name: &str| PermissionRef {
                    resource_server: api.id,
                    scope: scope(name),
                };
                let given = ["a", "b", "c"].map(permission);
                tx.assignments().add_user_permissions(tenant, user.id, &given).await?;
                tx.assignments().add_role_permissions(tenant, reader.id, &given).await?;

                let mut changed = tx.resource_servers().find_for_update(tenant, api.id).await?
                    .unwrap();
                let new = Scope { name: scope("d"), description: None };
                changed.scopes = vec![new, changed.scopes[2].clone(), changed.scopes[0].clone()];
                tx.resource_servers().save(&changed).await?;
                let kept = ["a", "c"].map(permission);
                let found = tx.assignments().permissions_of_user(tenant, user.id).await?;
                assert_eq!(found, kept);
                let found = tx.assignments().permissions_of_roles(tenant, &[reader.id]).await?;
                assert_eq!(found[&reader.id], kept);
                let found = tx.client_grants().find(tenant, grants[0].id).await?.unwrap();
                assert_eq!(found.scopes, [scope("c"), scope("a")], "in their order");
                let found = tx.client_grants().find(tenant, grants[1].id).await?.unwrap();
                assert_eq!(found.scopes, [scope("a")], "of another resource server");

                assert!(tx.resource_servers().delete(tenant, api.id).await?);
                assert_eq!(tx.client_grants().find(tenant, grants[0].id).await?, None);
                assert_eq!(tx.assignments().permissions_of_user(tenant, user.id).await?, []);
                assert!(tx.clients().delete(tenant, app.id).await?);
                assert_eq!(tx.client_grants().find(tenant, grants[1].id).await?, None);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn a_client_leaves_the_connections(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let app = client(tenant, "app");
        world
            .storage
            .transact(async move |tx| {
                tx.clients().insert(&app).await?;
                let id = world.connection;
                let mut connection = tx.connections().find_for_update(tenant, id).await?.unwrap();
                connection.enabled_clients.insert(app.identifier.clone());
                tx.connections().save(&connection).await?;
                assert!(tx.clients().delete(tenant, app.id).await?);
                let found = tx.connections().find(tenant, id).await?.unwrap();
                assert!(found.enabled_clients.is_empty());
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn a_connection_with_users_stays(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, connection) = (world.tenant, world.connection);
        let user = world.full_user(1);
        let id = user.id;
        let storage = world.storage.clone();
        let second = world.second_connection;
        storage
            .transact(async move |tx| {
                tx.users().insert(&user).await?;
                // A linked identity goes with its connection, the user stays.
                assert!(tx.connections().delete(tenant, second).await?);
                let left = tx.users().find(tenant, user.id).await?.unwrap();
                assert_eq!(left.identities, user.identities[..1]);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
        let refused = storage
            .transact(async move |tx| tx.connections().delete(tenant, connection).await)
            .await;
        assert!(matches!(refused, Err(StorageError::Stale)), "{refused:?}");
        let found =
            storage.read(async move |read| read.users().find(tenant, id).await).await.unwrap();
        assert!(found.is_some());
    }

    async fn nothing_names_a_row_of_another_tenant(database: TestDatabase) {
        let world = World::new(&database).await;
        let mut stray = world.user(1);
        stray.tenant = world.other_tenant;
        let tenant = world.tenant;
        let refused =
            world.storage.transact(async move |tx| tx.users().insert(&stray).await).await;
        assert!(matches!(refused, Err(StorageError::Stale)), "{refused:?}");
        let nobody = UserId::from_ulid(ulid::Ulid::nil());
        let listing = Listing { with_total: true, ..Listing::first(1) };
        let page = world
            .storage
            .read(async move |read| {
                read.users().list(tenant, &UserFilter::default(), &listing).await
            })
            .await
            .unwrap();
        assert_eq!((page.items.len(), page.total), (0, Some(0)));
        let app = client(tenant, "app");
        let api = resource_server(world.other_tenant, "api", &["r:x"]);
        let refused = world
            .storage
            .transact(async move |tx| {
                tx.clients().insert(&app).await?;
                tx.resource_servers().insert(&api).await?;
                tx.client_grants().insert(&grant(&app, &api, &[])).await
            })
            .await;
        assert!(matches!(refused, Err(StorageError::Stale)), "{refused:?}");
        let gone = world
            .storage
            .transact(async move |tx| tx.users().delete(tenant, nobody).await)
            .await
            .unwrap();
        assert!(!gone);
    }
}
