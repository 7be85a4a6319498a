use citizenry_identity::{Client, ClientIdentifier, Connection, Strategy, User};
use citizenry_storage::StorageError;
use citizenry_testkit::block_on;

use super::world::{PASSWORD, World, word};

async fn add(world: &World, name: &str, connection: &Connection, password: &str) -> User {
    let user = world.unsaved(name, connection);
    world.add(user, &format!("$plain${password}"), false).await
}

#[test]
fn the_default_connection_comes_first_and_a_named_one_alone() {
    block_on(async {
        let world = World::new().await;
        let other = world.connection("other").await;
        let first = add(&world, "fioman", &world.connection, "the first").await;
        let second = add(&world, "fioman", &other, "the second").await;
        assert_eq!(world.try_in("fioman", "the first").await.unwrap().user.id, first.id);
        assert_eq!(word(&world.try_in("fioman", "the second").await), "wrong");
        let named = |connection: &str, password: &str| {
            let mut request = world.attempt("fioman", password);
            request.connection = Some(connection.to_owned());
            world.authn.sign_in(request)
        };
        assert_eq!(named("other", "the second").await.unwrap().user.id, second.id);
        assert_eq!(word(&named("other", "the first").await), "wrong");
        assert_eq!(named("database", "the first").await.unwrap().user.id, first.id);
        assert_eq!(word(&named("no-such", "the first").await), "wrong");
        assert_eq!(word(&named("no such", "the first").await), "wrong");
    });
}

#[test]
fn a_name_that_several_other_connections_have_is_nobodys() {
    block_on(async {
        let world = World::new().await;
        let (second, third) = (world.connection("second").await, world.connection("third").await);
        let alone = add(&world, "fioman", &second, PASSWORD).await;
        assert_eq!(world.signed_in("fioman").await.user.id, alone.id);
        add(&world, "fioman", &third, PASSWORD).await;
        assert_eq!(word(&world.try_in("fioman", PASSWORD).await), "wrong");
        assert_eq!(word(&world.try_in("fioman@example.com", PASSWORD).await), "wrong");
    });
}

#[test]
fn a_client_signs_in_through_connections_that_are_enabled_for_it() {
    block_on(async {
        let world = World::new().await;
        let other = world.connection("other").await;
        add(&world, "fioman", &other, PASSWORD).await;
        let client = |name: &str| ClientIdentifier::parse(name).unwrap();
        let enter = |name: &str| {
            let mut request = world.attempt("fioman", PASSWORD);
            request.client = Some(client(name));
            world.authn.sign_in(request)
        };
        assert_eq!(word(&enter("books").await), "wrong");
        enable(&world, &other, "books").await;
        assert_eq!(word(&enter("books").await), "in");
        assert_eq!(word(&enter("films").await), "wrong");
        // The default connection is open until it names a client.
        add(&world, "lilei", &world.connection, PASSWORD).await;
        let enter = |name: &str| {
            let mut request = world.attempt("lilei", PASSWORD);
            request.client = Some(client(name));
            world.authn.sign_in(request)
        };
        assert_eq!(word(&enter("films").await), "in");
        enable(&world, &world.connection, "books").await;
        assert_eq!(word(&enter("films").await), "wrong");
        assert_eq!(word(&enter("books").await), "in");
    });
}

async fn enable(world: &World, connection: &Connection, client: &str) {
    let (tenant, id, moment) = (connection.tenant, connection.id, world.moment());
    let identifier = ClientIdentifier::parse(client).unwrap();
    world
        .storage
        .transact::<_, StorageError, _>(async move |tx| {
            if tx.clients().find_by_identifier(tenant, &identifier).await?.is_none() {
                let client: Client = super::world::client(tenant, &identifier, &moment);
                tx.clients().insert(&client).await?;
            }
            let mut connection = tx.connections().find_for_update(tenant, id).await?.unwrap();
            connection.enabled_clients.insert(identifier.clone());
            tx.connections().save(&connection).await
        })
        .await
        .unwrap();
}

#[test]
fn users_of_other_strategies_have_no_password_here() {
    block_on(async {
        let world = World::new().await;
        let id = world.connection.id;
        let tenant = world.tenant.id;
        world.user("fioman").await;
        world
            .storage
            .transact::<_, StorageError, _>(async move |tx| {
                let mut connection = tx.connections().find_for_update(tenant, id).await?.unwrap();
                connection.strategy = Strategy::parse("samlp").unwrap();
                tx.connections().save(&connection).await
            })
            .await
            .unwrap();
        assert_eq!(word(&world.try_in("fioman", PASSWORD).await), "wrong");
    });
}

#[test]
fn a_username_does_not_stand_in_the_way_of_an_email_address() {
    block_on(async {
        let world = World::new().await;
        let owner = world.user("fioman").await;
        let mut squatter = world.unsaved("squatter", &world.connection);
        squatter.username =
            Some(citizenry_identity::Username::parse("fioman@example.com").unwrap());
        world.add(squatter, "$plain$squatter", false).await;
        assert_eq!(world.signed_in("fioman@example.com").await.user.id, owner.id);
        assert_eq!(word(&world.try_in("fioman@example.com", "squatter").await), "wrong");
    });
}
