//! Every use case's future can move between threads, as servers need.

use citizenry_directory::{Deletion, Directory, NewUser, UserChanges, UserQuery, UserRef};
use citizenry_identity::Listing;
use citizenry_testkit::block_on;

use super::world::World;

fn send<F: Future + Send>(future: F) -> F {
    future
}

#[test]
fn every_use_cases_future_is_send() {
    block_on(async {
        let world = World::new().await;
        let (directory, caller): (&Directory, _) = (&world.directory, &world.operator);
        let user = UserRef::Id(world.provisioned.administrator.id);
        let made = send(directory.create_user(caller, NewUser::default())).await;
        assert!(made.is_ok());
        drop(send(directory.user(caller, &user)));
        drop(send(directory.users(caller, UserQuery::default(), Listing::first(1))));
        drop(send(directory.update_user(caller, &user, UserChanges::default())));
        drop(send(directory.delete_user(caller, &user)));
        drop(send(directory.delete_users(caller, Vec::new(), Deletion::default())));
        drop(send(directory.user_permissions(caller, &user, None, Listing::first(1))));
        drop(send(directory.add_user_roles(caller, &user, Vec::new())));
        drop(send(directory.management_client(caller)));
        drop(send(directory.tenant(caller)));
        drop(send(directory.events(caller, None, Listing::first(1))));
    });
}
