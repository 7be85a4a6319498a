//! Every use case's future can move between threads, as servers need.

use citizenry_directory::{
    Conditions, Deletion, Directory, LockDates, NewCustomer, NewUser, OwnChanges, TenantChanges,
    UserChanges, UserQuery, UserRef,
};
use citizenry_identity::{Listing, ManagementDoor, TenantKind, Text};
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
        drop(send(directory.user_detail(caller, &user)));
        drop(send(directory.user_rows(caller, UserQuery::default(), Listing::first(1))));
        drop(send(directory.own_user(caller)));
        drop(send(directory.update_own_user(caller, OwnChanges::default())));
        drop(send(directory.technical_user(caller)));
        drop(send(directory.set_users_enabled(caller, Vec::new())));
        drop(send(directory.set_administrator(caller, &user, true)));
        drop(send(directory.able_administrators(caller)));
        drop(send(directory.set_password(caller, &user, "x".into(), None, true)));
        drop(send(directory.username_owner(caller, "x")));
        drop(send(directory.lock_user_between(caller, &user, LockDates::default())));
        drop(send(directory.lift_admin_lock(caller, &user)));
        drop(send(directory.set_operator(caller, &user, true)));
        drop(send(directory.operators(caller)));
        drop(send(directory.door_client(caller, ManagementDoor::Angus)));
        drop(send(directory.create_door_client(caller, ManagementDoor::Angus, None)));
        let number = world.provisioned.tenant.number;
        drop(send(directory.tenant_view(caller, number)));
        drop(send(directory.tenant_views(caller, Conditions::default(), Listing::first(1))));
        drop(send(directory.update_tenant_of(caller, number, TenantChanges::default())));
        drop(send(directory.set_tenant_enabled(caller, number, true)));
        drop(send(directory.set_tenant_lock(caller, number, None)));
        let customer = NewCustomer {
            display_name: Text::parse("name", "x").unwrap(),
            kind: TenantKind::Unknown,
            address: None,
            remark: None,
            administrator: NewUser::default(),
            name: None,
        };
        drop(send(directory.create_customer_tenant(caller, customer)));
        drop(send(directory.user_permissions(caller, &user, None, Listing::first(1))));
        drop(send(directory.add_user_roles(caller, &user, Vec::new())));
        drop(send(directory.management_client(caller)));
        drop(send(directory.tenant(caller)));
        drop(send(directory.events(caller, None, Listing::first(1))));
    });
}
