//! The last administrator who is active and unlocked stays, whichever way he is attacked.

use citizenry_directory::{Deletion, UserChanges, UserRef};
use citizenry_identity::{Error, LockWindow};
use citizenry_testkit::block_on;

use super::world::{World, conflict};

fn is_kept(result: &Result<(), Error>) -> bool {
    result.as_ref().is_err_and(|error| conflict(error) == Some("last_administrator"))
}

#[test]
fn the_last_administrator_cannot_be_deleted_demoted_locked_blocked_or_linked_away() {
    block_on(async {
        let world = World::new().await;
        let (directory, operator) = (&world.directory, &world.operator);
        let admin = UserRef::Id(world.provisioned.administrator.id);
        let role = directory.user_roles(operator, &admin, citizenry_identity::Listing::first(10));
        let role = role.await.unwrap().items.first().unwrap().id;
        let other = world.user("other").await.user;
        assert!(is_kept(&directory.delete_user(operator, &admin).await));
        assert!(is_kept(
            &directory.delete_users(operator, vec![admin.clone()], Deletion::default()).await
        ));
        assert!(is_kept(&directory.remove_user_roles(operator, &admin, vec![role]).await));
        assert!(is_kept(&directory.remove_role_users(operator, role, vec![admin.clone()]).await));
        let window = LockWindow { from: directory.now(), until: None };
        assert!(is_kept(&directory.lock_user(operator, &admin, window).await.map(drop)));
        let changes = UserChanges { blocked: Some(true), ..UserChanges::default() };
        assert!(is_kept(&directory.update_user(operator, &admin, changes).await.map(drop)));
        let selector = citizenry_directory::IdentitySelector::Any;
        let linked = directory.link_user(operator, &UserRef::Id(other.id), &admin, selector).await;
        assert!(is_kept(&linked.map(drop)));
        let found = directory.user(operator, &admin).await.unwrap().user;
        assert!(found.can_sign_in(directory.now()));
    });
}

#[test]
fn with_a_second_administrator_the_first_may_go_and_a_locked_one_does_not_count() {
    block_on(async {
        let world = World::new().await;
        let (directory, operator) = (&world.directory, &world.operator);
        let first = UserRef::Id(world.provisioned.administrator.id);
        let roles = directory.user_roles(operator, &first, citizenry_identity::Listing::first(10));
        let role = roles.await.unwrap().items.first().unwrap().id;
        let second = UserRef::Id(world.user("second").await.user.id);
        directory.add_user_roles(operator, &second, vec![role]).await.unwrap();
        let window = LockWindow { from: directory.now(), until: None };
        directory.lock_user(operator, &second, window).await.unwrap();
        assert!(is_kept(&directory.delete_user(operator, &first).await));
        directory.unlock_user(operator, &second).await.unwrap();
        directory.delete_user(operator, &first).await.unwrap();
        assert!(is_kept(&directory.delete_user(operator, &second).await));
    });
}

#[test]
fn the_role_of_administrators_is_fixed_and_given_only_by_who_holds_it_all() {
    block_on(async {
        let world = World::new().await;
        let (directory, operator) = (&world.directory, &world.operator);
        let admin = UserRef::Id(world.provisioned.administrator.id);
        let roles = directory.user_roles(operator, &admin, citizenry_identity::Listing::first(10));
        let role = roles.await.unwrap().items.first().unwrap().id;
        let deleted = directory.delete_role(operator, role).await.unwrap_err();
        assert_eq!(conflict(&deleted), Some("administrator"));
        let other = UserRef::Id(world.user("other").await.user.id);
        let half = world.client("update:users update:roles read:users");
        let given = directory.add_user_roles(&half, &other, vec![role]).await;
        assert!(matches!(given, Err(Error::Forbidden { .. })));
        let given = directory.add_role_users(&half, role, vec![other]).await;
        assert!(matches!(given, Err(Error::Forbidden { .. })));
    });
}
