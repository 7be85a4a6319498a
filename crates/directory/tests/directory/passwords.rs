//! Every way to set a password keeps to the policy of tenant and connection.

use citizenry_directory::{ConnectionChanges, NewTenant, NewUser, UserChanges, UserRef};
use citizenry_identity::{Error, LockReason, LockWindow, TenantName, Text, UserId, Username};
use citizenry_storage::{StorageError, ports::ConnectionFilter};
use citizenry_testkit::block_on;
use serde_json::json;

use super::world::{World, new_user};

fn reason(error: &Error) -> &str {
    match error {
        Error::Invalid { field, reason } if field == "password" => reason,
        other => panic!("{other}"),
    }
}

async fn change(world: &World, id: UserId, password: &str) -> Result<(), Error> {
    let changes = UserChanges { password: Some(password.into()), ..UserChanges::default() };
    world.directory.update_user(&world.operator, &UserRef::Id(id), changes).await.map(drop)
}

#[test]
fn the_tenants_policy_holds_for_new_and_changed_users_and_first_administrators() {
    block_on(async {
        let world = World::new().await;
        let new =
            |password: &str| NewUser { password: Some(password.into()), ..new_user("fioman") };
        let refused = world.directory.create_user(&world.operator, new("short")).await.unwrap_err();
        assert!(reason(&refused).ends_with("at least 8 characters in length"), "{refused}");
        let user = world.directory.create_user(&world.operator, new("long enough")).await.unwrap();
        let id = user.user.id;
        assert!(reason(&change(&world, id, "short").await.unwrap_err()).contains("at least 8"));
        world.set(json!({"password_policy": {"min_length": 20}})).await;
        assert!(
            reason(&change(&world, id, "a longer one").await.unwrap_err()).contains("at least 20")
        );
        change(&world, id, "a very much longer one").await.unwrap();
        let tenant = NewTenant {
            name: TenantName::parse("acme").unwrap(),
            management_identifier: Text::parse("identifier", "https://acme.example/api").unwrap(),
            administrator: Username::parse("admin").unwrap(),
            administrator_password: Some("short".into()),
        };
        let refused = world.directory.create_tenant(tenant).await.unwrap_err();
        assert!(reason(&refused).contains("at least 8"));
    });
}

#[test]
fn a_connections_own_policy_holds_beside_the_tenants() {
    block_on(async {
        let world = World::new().await;
        let id = world.user("fioman").await.user;
        let options = |value: serde_json::Value| {
            let options = value.as_object().cloned();
            ConnectionChanges { options, ..ConnectionChanges::default() }
        };
        let filter = ConnectionFilter::default();
        let listing = citizenry_identity::Listing::first(10);
        let page = world.directory.connections(&world.operator, filter, listing).await.unwrap();
        let connection = page.items.iter().find(|it| it.id == id.connection).unwrap().id;
        let wrong = options(json!({"passwordPolicy": "superb"}));
        let refused = world.directory.update_connection(&world.operator, connection, wrong).await;
        assert!(
            matches!(refused, Err(Error::Invalid { field, .. }) if field == "options.passwordPolicy")
        );
        let stricter = options(json!({"password_complexity_options": {"min_length": 15}}));
        world.directory.update_connection(&world.operator, connection, stricter).await.unwrap();
        let refused = change(&world, id.id, "twelve chars").await.unwrap_err();
        assert!(reason(&refused).contains("at least 15"), "{refused}");
        change(&world, id.id, "fifteen characters").await.unwrap();
    });
}

#[test]
fn an_administrator_cannot_set_a_former_password_either() {
    block_on(async {
        let world = World::new().await;
        world.set(json!({"password_policy": {"history": 2}})).await;
        let id = world.user("fioman").await.user.id;
        for password in ["the first one", "the second one"] {
            world.tick();
            change(&world, id, password).await.unwrap();
        }
        for former in ["the first one", "the second one"] {
            let refused = change(&world, id, former).await.unwrap_err();
            assert!(reason(&refused).contains("none of the last 2 passwords"), "{refused}");
        }
        world.tick();
        change(&world, id, "the third one").await.unwrap();
        world.tick();
        change(&world, id, "the first one").await.unwrap();
    });
}

#[test]
fn a_new_password_lifts_a_lock_of_failed_attempts_and_no_other() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await.user;
        let (tenant, id, now) = (user.tenant, user.id, world.directory.now());
        world
            .storage
            .transact::<_, StorageError, _>(async move |tx| {
                let mut user = tx.users().find_for_update(tenant, id).await?.unwrap();
                for reason in [LockReason::Suspicious, LockReason::FailedAttempts] {
                    let window = LockWindow { from: now, until: Some(now.plus_seconds(60)) };
                    user.lock(reason, window, now);
                }
                tx.users().save(&user).await
            })
            .await
            .unwrap();
        change(&world, id, "a new password").await.unwrap();
        let user = world.directory.user(&world.operator, &UserRef::Id(id)).await.unwrap().user;
        assert!(user.locks.get(LockReason::FailedAttempts).is_none());
        assert!(user.locks.get(LockReason::Suspicious).is_some());
    });
}

#[test]
fn a_password_is_kept_when_only_its_change_is_ordered() {
    block_on(async {
        let world = World::new().await;
        let id = world.user("fioman").await.user.id;
        change(&world, id, "the first one").await.unwrap();
        let before = world.password(id).await.unwrap();
        world.tick();
        let changes = UserChanges { must_change_password: Some(true), ..UserChanges::default() };
        world.directory.update_user(&world.operator, &UserRef::Id(id), changes).await.unwrap();
        let after = world.password(id).await.unwrap();
        assert!(after.must_change);
        assert_eq!((after.hash, after.changed_at), (before.hash, before.changed_at));
    });
}
