//! What ends a user's access ends his sessions and refresh tokens with it, and nothing else does.

use citizenry_directory::{LoginKey, NewConnection, NewUser, UserChanges, UserRef};
use citizenry_identity::{
    ConnectionName, Email, Listing, LockWindow, Metadata, Patch, Strategy, UserId,
};
use citizenry_testkit::block_on;

use super::world::{World, new_user};

async fn signed_in(world: &World, name: &str) -> UserId {
    let id = world.user(name).await.user.id;
    world.sign_in(id).await;
    assert_eq!(world.access(id).await, (1, 1));
    id
}

async fn change(world: &World, id: UserId, changes: UserChanges) {
    let user = UserRef::Id(id);
    world.directory.update_user(&world.operator, &user, changes).await.unwrap();
}

#[test]
fn a_lock_that_holds_ends_access_and_one_that_begins_later_does_not_yet() {
    block_on(async {
        let world = World::new().await;
        let now = world.directory.now();
        let (later, at_once) = (signed_in(&world, "later").await, signed_in(&world, "now").await);
        let lock = async |id, from| {
            let window = LockWindow { from, until: None };
            world.directory.lock_user(&world.operator, &UserRef::Id(id), window).await.unwrap();
        };
        lock(later, now.plus_seconds(60)).await;
        lock(at_once, now).await;
        assert_eq!(world.access(later).await, (1, 1));
        assert_eq!(world.access(at_once).await, (0, 0));
    });
}

#[test]
fn blocking_a_new_password_and_deletion_end_access() {
    block_on(async {
        let world = World::new().await;
        let blocked = signed_in(&world, "blocked").await;
        change(&world, blocked, UserChanges { blocked: Some(true), ..Default::default() }).await;
        assert_eq!(world.access(blocked).await, (0, 0));
        let renewed = signed_in(&world, "renewed").await;
        let password = Some("a new password".into());
        change(&world, renewed, UserChanges { password, ..Default::default() }).await;
        assert_eq!(world.access(renewed).await, (0, 0));
        let deleted = signed_in(&world, "deleted").await;
        world.directory.delete_user(&world.operator, &deleted.into()).await.unwrap();
        assert_eq!(world.access(deleted).await, (0, 0));
        let named = signed_in(&world, "named").await;
        let default = world.directory.user(&world.operator, &named.into()).await.unwrap().user;
        let key = LoginKey::Username("named".to_owned());
        let gone =
            world.directory.delete_user_of_connection(&world.operator, default.connection, key);
        gone.await.unwrap();
        assert_eq!(world.access(named).await, (0, 0));
    });
}

#[test]
fn the_deletion_of_a_connection_ends_the_access_of_its_users() {
    block_on(async {
        let world = World::new().await;
        let connection = NewConnection {
            name: ConnectionName::parse("other").unwrap(),
            strategy: Strategy::parse("authok").unwrap(),
            display_name: None,
            options: Metadata::default(),
            metadata: Metadata::default(),
            enabled_clients: Vec::new(),
            is_domain_connection: false,
            realms: Vec::new(),
        };
        let made = world.directory.create_connection(&world.operator, connection).await.unwrap();
        let new = NewUser {
            connection: Some(ConnectionName::parse("other").unwrap()),
            ..new_user("fioman")
        };
        let id = world.directory.create_user(&world.operator, new).await.unwrap().user.id;
        world.sign_in(id).await;
        world.directory.delete_connection(&world.operator, made.id).await.unwrap();
        assert_eq!(world.access(id).await, (0, 0));
    });
}

#[test]
fn other_changes_leave_access_alone() {
    block_on(async {
        let world = World::new().await;
        let id = signed_in(&world, "fioman").await;
        let email = Patch::Set(Email::parse("new@example.com").unwrap());
        change(&world, id, UserChanges { email, ..Default::default() }).await;
        change(&world, id, UserChanges { blocked: Some(false), ..Default::default() }).await;
        let user = UserRef::Id(id);
        let admin = UserRef::Id(world.provisioned.administrator.id);
        let roles = world.directory.user_roles(&world.operator, &admin, Listing::first(1));
        let role = roles.await.unwrap().items[0].id;
        world.directory.add_user_roles(&world.operator, &user, vec![role]).await.unwrap();
        world.directory.remove_user_roles(&world.operator, &user, vec![role]).await.unwrap();
        assert_eq!(world.access(id).await, (1, 1));
    });
}

#[test]
fn a_verification_mail_is_sent_when_it_is_asked_for_and_of_use() {
    block_on(async {
        let world = World::new().await;
        let new = NewUser { verify_email: true, ..new_user("fioman") };
        let user = world.directory.create_user(&world.operator, new).await.unwrap().user;
        let mails = world.mails().await;
        assert_eq!((mails.len(), mails[0].to.as_str()), (1, "fioman@example.com"));
        assert!(mails[0].link.as_ref().unwrap().starts_with("https://id.example.com/u/verify/"));
        let verified = NewUser { verify_email: true, email_verified: true, ..new_user("verified") };
        world.directory.create_user(&world.operator, verified).await.unwrap();
        world.user("silent").await;
        assert!(world.mails().await.is_empty());
        let email = Patch::Set(Email::parse("new@example.com").unwrap());
        let changes = UserChanges { email, verify_email: true, ..Default::default() };
        change(&world, user.id, changes).await;
        let mails = world.mails().await;
        assert_eq!((mails.len(), mails[0].to.as_str()), (1, "new@example.com"));
    });
}
