use citizenry_directory::{
    ClientChanges, NewClient, NewResourceServer, ResourceServerChanges, ResourceServerRef,
};
use citizenry_identity::{ClientKind, ClientSettings, Error, Scope, ScopeName, Text};
use citizenry_testkit::block_on;
use secrecy::ExposeSecret as _;

use super::world::{World, conflict};

fn new_client(name: &str) -> NewClient {
    NewClient {
        name: Text::parse("name", name).unwrap(),
        kind: ClientKind::NonInteractive,
        authentication_method: None,
        is_first_party: true,
        settings: ClientSettings::default(),
        identifier: None,
        secret: None,
    }
}

fn new_server(identifier: &str, scopes: &[&str]) -> NewResourceServer {
    let scope =
        |name: &&str| Scope { name: ScopeName::parse("scopes", name).unwrap(), description: None };
    NewResourceServer {
        identifier: Text::parse("identifier", identifier).unwrap(),
        name: Text::parse("name", "Books").unwrap(),
        scopes: scopes.iter().map(scope).collect(),
        signing_algorithm: None,
        signing_secret: None,
        allow_offline_access: false,
        skip_consent_for_verifiable_first_party_clients: false,
        token_lifetime: None,
        token_lifetime_for_web: None,
        enforce_policies: false,
        token_dialect: None,
        token_format: None,
    }
}

#[test]
fn a_secret_shows_to_its_maker_and_to_who_may_read_keys() {
    block_on(async {
        let world = World::new().await;
        let directory = &world.directory;
        let made = directory.create_client(&world.operator, new_client("Books")).await.unwrap();
        let secret = made.secret.unwrap().expose_secret().to_owned();
        assert_eq!(secret.len(), 64);
        let id = &made.client.identifier;
        let seen = async |scope| directory.client(&world.client(scope), id).await.unwrap().secret;
        assert!(seen("read:clients").await.is_none());
        let shown = seen("read:clients read:client_keys").await.unwrap();
        assert_eq!(shown.expose_secret(), secret);
        let rotated = directory.rotate_client_secret(&world.operator, id).await.unwrap();
        assert_ne!(rotated.secret.unwrap().expose_secret(), secret);
        assert_ne!(rotated.client.secret.hash, made.client.secret.hash);
    });
}

#[test]
fn a_client_keeps_what_is_not_named_and_a_taken_name_conflicts() {
    block_on(async {
        let world = World::new().await;
        let (directory, operator) = (&world.directory, &world.operator);
        directory.create_client(operator, new_client("Taken")).await.unwrap();
        let made = directory.create_client(operator, new_client("Books")).await.unwrap().client;
        let settings = serde_json::json!({"description": "shelves", "sso": true});
        let settings = settings.as_object().cloned();
        let changes = ClientChanges { settings, ..ClientChanges::default() };
        let changed = directory.update_client(operator, &made.identifier, changes).await.unwrap();
        assert_eq!(changed.client.name, made.name);
        assert_eq!(changed.client.settings.description.as_deref(), Some("shelves"));
        let name = Some(Text::parse("name", "Taken").unwrap());
        let changes = ClientChanges { name, ..ClientChanges::default() };
        let error = directory.update_client(operator, &made.identifier, changes).await.unwrap_err();
        assert_eq!(conflict(&error), Some("name"));
    });
}

#[test]
fn a_grant_holds_offered_scopes_only_and_nobody_grants_what_he_lacks() {
    block_on(async {
        let world = World::new().await;
        let (directory, operator) = (&world.directory, &world.operator);
        let client = directory.create_client(operator, new_client("Books")).await.unwrap().client;
        let audience = "https://books.example";
        let server = new_server(audience, &["read:books", "write:books"]);
        directory.create_resource_server(operator, server).await.unwrap();
        let grant = async |caller, audience: &str, scope: &str| {
            let scopes = vec![scope.to_owned()];
            directory.create_client_grant(caller, &client.identifier, audience, scopes).await
        };
        let unknown = grant(operator, audience, "burn:books").await.unwrap_err();
        assert!(matches!(unknown, Error::Invalid { field, .. } if field == "scope"));
        let made = grant(operator, audience, "read:books").await.unwrap();
        assert_eq!(made.audience, audience);
        let again = grant(operator, audience, "read:books").await.unwrap_err();
        assert_eq!(conflict(&again), Some("audience"));
        let granter = world.client("create:client_grants");
        let management = "https://default.example/api";
        let more = grant(&granter, management, "delete:users").await.unwrap_err();
        assert!(matches!(more, Error::Forbidden { permission: "delete:users" }));
    });
}

#[test]
fn a_scope_that_goes_leaves_the_grants_and_one_that_stays_keeps_them() {
    block_on(async {
        let world = World::new().await;
        let (directory, operator) = (&world.directory, &world.operator);
        let client = directory.create_client(operator, new_client("Books")).await.unwrap().client;
        let audience = "https://books.example";
        let server = new_server(audience, &["read:books", "write:books"]);
        directory.create_resource_server(operator, server).await.unwrap();
        let scopes = vec!["write:books".to_owned(), "read:books".to_owned()];
        let grant = directory
            .create_client_grant(operator, &client.identifier, audience, scopes)
            .await
            .unwrap();
        let kept = new_server(audience, &["read:books"]).scopes;
        let changes = ResourceServerChanges { scopes: Some(kept), ..Default::default() };
        let wanted = ResourceServerRef::Identifier(audience.to_owned());
        directory.update_resource_server(operator, &wanted, changes).await.unwrap();
        let left = directory.client_grant(operator, grant.grant.id).await.unwrap().grant.scopes;
        assert_eq!(left.iter().map(ScopeName::as_str).collect::<Vec<_>>(), ["read:books"]);
    });
}

#[test]
fn the_management_api_cannot_be_deleted_or_lose_scopes() {
    block_on(async {
        let world = World::new().await;
        let (directory, operator) = (&world.directory, &world.operator);
        let wanted = ResourceServerRef::Identifier("https://default.example/api".to_owned());
        let error = directory.delete_resource_server(operator, &wanted).await.unwrap_err();
        assert_eq!(conflict(&error), Some("is_system"));
        let changes = ResourceServerChanges { scopes: Some(Vec::new()), ..Default::default() };
        let error = directory.update_resource_server(operator, &wanted, changes).await.unwrap_err();
        assert_eq!(conflict(&error), Some("is_system"));
    });
}
