//! The last administrator who is active and unlocked stays, whichever way he is attacked.

use citizenry_directory::{Deletion, LockDates, NewUser, OwnChanges, UserChanges, UserRef};
use citizenry_identity::{AccountState, Error, LockWindow};
use citizenry_testkit::{TestDatabase, block_on, block_on_threads};

use super::world::{World, conflict, new_user};

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

#[test]
fn the_last_administrator_cannot_be_put_out_by_the_words_of_other_doors() {
    block_on(async {
        let world = World::new().await;
        let (directory, operator) = (&world.directory, &world.operator);
        let id = world.provisioned.administrator.id;
        let admin = UserRef::Id(id);
        for changes in [
            UserChanges { state: Some(AccountState::Inactive), ..UserChanges::default() },
            UserChanges { state: Some(AccountState::Locked), ..UserChanges::default() },
            UserChanges { enabled: Some(false), ..UserChanges::default() },
            UserChanges { administrator: Some(false), ..UserChanges::default() },
        ] {
            assert!(is_kept(&directory.update_user(operator, &admin, changes).await.map(drop)));
        }
        assert!(is_kept(
            &directory.set_users_enabled(operator, vec![(admin.clone(), false)]).await
        ));
        assert!(is_kept(&directory.set_administrator(operator, &admin, false).await));
        for start in [None, Some(directory.now().plus_seconds(60))] {
            let dates = LockDates { start, end: None };
            let locked = directory.lock_user_between(operator, &admin, dates).await;
            assert!(is_kept(&locked.map(drop)));
        }
        let own = world.administrator();
        for state in [AccountState::Inactive, AccountState::Locked] {
            let changes = OwnChanges { state: Some(state), ..OwnChanges::default() };
            assert!(is_kept(&directory.update_own_user(&own, changes).await.map(drop)));
        }
        let found = directory.user(operator, &admin).await.unwrap().user;
        assert!(found.can_sign_in(directory.now()));
        let able = directory.able_administrators(operator).await.unwrap();
        assert_eq!(able.iter().map(|user| user.id).collect::<Vec<_>>(), [id]);
    });
}

#[test]
fn who_is_made_an_administrator_counts_until_he_is_put_out() {
    block_on(async {
        let world = World::new().await;
        let (directory, operator) = (&world.directory, &world.operator);
        let first = UserRef::Id(world.provisioned.administrator.id);
        world.tick();
        let second = UserRef::Id(world.user("second").await.user.id);
        let half = world.client("update:users read:users create:users");
        let given = directory.set_administrator(&half, &second, true).await;
        assert!(matches!(given, Err(Error::Forbidden { .. })));
        let changes = UserChanges { administrator: Some(true), ..UserChanges::default() };
        let given = directory.update_user(&half, &second, changes).await;
        assert!(matches!(given, Err(Error::Forbidden { .. })));
        let new = NewUser { administrator: true, ..new_user("third") };
        let given = directory.create_user(&half, new).await;
        assert!(matches!(given, Err(Error::Forbidden { .. })));
        world.tick();
        directory.set_administrator(operator, &second, true).await.unwrap();
        directory.set_administrator(operator, &second, true).await.unwrap();
        assert_eq!(world.trail(2).await, ["user.roles_added", "user.created"]);
        let both = vec![(first.clone(), false), (second.clone(), false)];
        assert!(is_kept(&directory.set_users_enabled(operator, both).await));
        directory.set_users_enabled(operator, vec![(first.clone(), false)]).await.unwrap();
        let able = directory.able_administrators(operator).await.unwrap();
        assert_eq!(able.len(), 1);
        assert!(is_kept(&directory.set_administrator(operator, &second, false).await));
        directory.set_users_enabled(operator, vec![(first, true)]).await.unwrap();
        world.tick();
        directory.set_administrator(operator, &second, false).await.unwrap();
        assert_eq!(world.trail(1).await, ["user.roles_removed"]);
    });
}

/// Two administrators, each put out by a call of its own at the same time.
async fn race(world: World) {
    let first = world.provisioned.administrator.id;
    let second = world.user("second").await.user.id;
    world.directory.set_administrator(&world.operator, &second.into(), true).await.unwrap();
    let calls = [first, second].map(|id| {
        let (directory, operator) = (world.directory.clone(), world.operator.clone());
        let changes = UserChanges { enabled: Some(false), ..UserChanges::default() };
        tokio::spawn(async move { directory.update_user(&operator, &id.into(), changes).await })
    });
    let mut kept = 0;
    for call in calls {
        kept += usize::from(is_kept(&call.await.unwrap().map(drop)));
    }
    assert_eq!(kept, 1);
    let able = world.directory.able_administrators(&world.operator).await.unwrap();
    assert_eq!(able.len(), 1);
}

#[test]
fn two_calls_cannot_each_put_out_the_others_last_one() {
    block_on_threads(async { race(World::on(TestDatabase::sqlite().await).await).await });
    block_on_threads(async { race(World::on(TestDatabase::postgres().await).await).await });
}
