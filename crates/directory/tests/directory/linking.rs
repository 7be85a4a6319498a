use citizenry_directory::{IdentitySelector, NewConnection, NewIdentity, UserRef};
use citizenry_identity::{ConnectionName, Error, Metadata, Strategy};
use citizenry_testkit::block_on;
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::world::World;

fn new_connection(name: &str, strategy: &str) -> NewConnection {
    NewConnection {
        name: ConnectionName::parse(name).unwrap(),
        strategy: Strategy::parse(strategy).unwrap(),
        display_name: None,
        options: Metadata::default(),
        metadata: Metadata::default(),
        enabled_clients: Vec::new(),
        is_domain_connection: false,
        realms: Vec::new(),
    }
}

fn new_identity(connection: &str, id: &str, profile: serde_json::Value) -> NewIdentity {
    let serde_json::Value::Object(profile) = profile else { panic!("no object") };
    NewIdentity {
        connection: ConnectionName::parse(connection).unwrap(),
        provider_user_id: id.to_owned(),
        is_social: None,
        access_token: Some("provider token".into()),
        refresh_token: None,
        expires_in: Some(60),
        profile_data: Metadata::new("profile_data", profile).unwrap(),
    }
}

#[test]
fn a_linked_user_moves_and_comes_back_as_a_user_of_its_own() {
    block_on(async {
        let world = World::new().await;
        let (directory, operator) = (&world.directory, &world.operator);
        let connection = new_connection("wechat", "wechat:pc");
        directory.create_connection(operator, connection).await.unwrap();
        let profile = json!({"name": "李雷", "email": "li.lei@example.com"});
        let identity = new_identity("wechat", "26", profile);
        let social = directory.create_user_by_identity(operator, identity).await.unwrap().user;
        assert_eq!(social.subject.as_str(), "wechat:pc|26");
        let primary = UserRef::Id(world.user("fioman").await.user.id);

        let secondary = UserRef::from(social.subject.clone());
        let linked = directory
            .link_user(operator, &primary, &secondary, IdentitySelector::Any)
            .await
            .unwrap();
        let moved = linked.user.identities.last().unwrap();
        assert_eq!(linked.connection_name(moved.connection), "wechat");
        assert_eq!(moved.profile_data.as_object().get("name"), Some(&json!("李雷")));
        let gone = directory.user(operator, &secondary).await.unwrap_err();
        assert!(matches!(gone, Error::NotFound { .. }));

        let itself = linked.user.identities.first().unwrap().provider_user_id.clone();
        let error = directory.unlink_user(operator, &primary, "authok", &itself).await.unwrap_err();
        assert!(matches!(error, Error::Invalid { field, .. } if field == "user_id"));
        let left = directory.unlink_user(operator, &primary, "wechat", "26").await.unwrap().user;
        assert_eq!(left.identities.len(), 1);
        let back = directory.user(operator, &secondary).await.unwrap().user;
        assert_eq!(back.profile.name.as_deref(), Some("李雷"));
        assert_eq!(back.email.unwrap().as_str(), "li.lei@example.com");
    });
}

#[test]
fn an_identity_that_comes_again_is_brought_up_to_date() {
    block_on(async {
        let world = World::new().await;
        let (directory, operator) = (&world.directory, &world.operator);
        let connection = new_connection("github", "github");
        directory.create_connection(operator, connection).await.unwrap();
        let identity = new_identity("github", "1", json!({"name": "old"}));
        let first = directory.create_user_by_identity(operator, identity).await.unwrap().user;
        let identity = new_identity("github", "1", json!({"name": "new"}));
        let second = directory.create_user_by_identity(operator, identity).await.unwrap().user;
        assert_eq!(first.id, second.id);
        let identity = second.identities.first().unwrap();
        assert_eq!(identity.profile_data.as_object().get("name"), Some(&json!("new")));
        let reader = world.client("read:users");
        assert!(directory.provider_access_token(&reader, identity).unwrap().is_none());
        let token = directory.provider_access_token(operator, identity).unwrap().unwrap();
        assert_eq!(token.expose_secret(), "provider token");
    });
}

#[test]
fn one_id_at_two_enterprise_connections_is_two_people() {
    block_on(async {
        let world = World::new().await;
        let (directory, operator) = (&world.directory, &world.operator);
        let mut subjects = Vec::new();
        for name in ["acme", "globex"] {
            let connection = new_connection(name, "samlp");
            directory.create_connection(operator, connection).await.unwrap();
            let identity = new_identity(name, "1", json!({}));
            let made = directory.create_user_by_identity(operator, identity).await.unwrap().user;
            subjects.push(made.subject.to_string());
        }
        assert_eq!(subjects, ["samlp|acme|1", "samlp|globex|1"]);
    });
}

#[test]
fn a_user_cannot_be_linked_to_himself_or_to_nobody() {
    block_on(async {
        let world = World::new().await;
        let user = UserRef::Id(world.user("fioman").await.user.id);
        let nobody = UserRef::Subject(citizenry_identity::Subject::from_stored("authok|nobody"));
        for secondary in [&user, &nobody] {
            let linked = world
                .directory
                .link_user(&world.operator, &user, secondary, IdentitySelector::Any)
                .await;
            assert!(matches!(linked, Err(Error::Invalid { field, .. }) if field == "user_id"));
        }
    });
}

#[test]
fn a_connection_goes_with_its_users_and_with_identities_linked_elsewhere() {
    block_on(async {
        let world = World::new().await;
        let (directory, operator) = (&world.directory, &world.operator);
        let connection = new_connection("github", "github");
        let connection = directory.create_connection(operator, connection).await.unwrap();
        let made = |id: &str| new_identity("github", id, json!({}));
        let linked = directory.create_user_by_identity(operator, made("1")).await.unwrap().user;
        let alone = directory.create_user_by_identity(operator, made("2")).await.unwrap().user;
        let primary = UserRef::Id(world.user("fioman").await.user.id);
        let any = IdentitySelector::Any;
        directory.link_user(operator, &primary, &UserRef::Id(linked.id), any).await.unwrap();
        directory.delete_connection(operator, connection.id).await.unwrap();
        let gone = directory.user(operator, &UserRef::Id(alone.id)).await.unwrap_err();
        assert!(matches!(gone, Error::NotFound { .. }));
        assert_eq!(directory.user(operator, &primary).await.unwrap().user.identities.len(), 1);
        let gone = directory.connection(operator, connection.id).await.unwrap_err();
        assert!(matches!(gone, Error::NotFound { .. }));
    });
}
