use citizenry_identity::LockWindow;
use citizenry_testkit::block_on;

use super::*;
use crate::test_world::World;

/// Whether the caller of that token is remembered now.
async fn is_remembered(world: &World, token: &SecretString) -> bool {
    let shared = &world.oauth.shared;
    let key = CallerKey::new(&*shared.environment.sealer, None, token);
    shared.callers.get(shared.storage.generation().await, &key).is_some()
}

#[test]
fn a_caller_is_remembered_until_something_is_committed() {
    block_on(async {
        let world = World::in_file().await;
        let token = world.management_token().await;
        assert!(!is_remembered(&world, &token).await);
        let first = world.authenticate(token.expose_secret()).await.unwrap();
        assert!(is_remembered(&world, &token).await);
        let second = world.authenticate(token.expose_secret()).await.unwrap();
        assert_eq!(format!("{first:?}"), format!("{second:?}"));
        // Whatever it is, and whoever commits it.
        let mut grant = world.foreign.grant.clone();
        grant.scopes.pop();
        world.save_grant(grant).await;
        assert!(!is_remembered(&world, &token).await);
        world.authenticate(token.expose_secret()).await.unwrap();
        assert!(is_remembered(&world, &token).await);
    });
}

#[test]
fn nobody_is_remembered_where_the_database_does_not_tell() {
    block_on(async {
        let world = World::new().await;
        let token = world.management_token().await;
        world.authenticate(token.expose_secret()).await.unwrap();
        assert!(!is_remembered(&world, &token).await);
    });
}

#[test]
fn a_refused_token_is_not_remembered() {
    block_on(async {
        let world = World::in_file().await;
        let token = world.management_token().await;
        let wrong = SecretString::from(format!("{}x", token.expose_secret()));
        assert!(world.refuses(wrong.expose_secret()).await);
        assert!(!is_remembered(&world, &wrong).await);
    });
}

#[test]
fn time_ends_what_is_remembered() {
    block_on(async {
        let world = World::in_file().await;
        let now = world.oauth.shared.environment.clock.now();
        let mut tenant = world.home.tenant.clone();
        tenant.set_lock(
            Some(LockWindow { from: now.plus_seconds(60), until: Some(now.plus_seconds(120)) }),
            now,
        );
        let save = world.storage.transact(async move |tx| {
            tx.tenants().save(&tenant).await?;
            Ok::<_, citizenry_identity::Error>(())
        });
        save.await.unwrap();
        let token = world.management_token().await;
        for (seconds, refused) in [(0, false), (59, false), (1, true), (59, true), (1, false)] {
            world.clock.advance(time::Duration::seconds(seconds));
            assert_eq!(world.refuses(token.expose_secret()).await, refused, "after {seconds}");
            assert!(is_remembered(&world, &token).await);
        }
    });
}

#[test]
fn a_token_is_remembered_for_its_door_alone() {
    block_on(async {
        let world = World::in_file().await;
        let token = world.management_token().await;
        world.authenticate(token.expose_secret()).await.unwrap();
        let door = ManagementDoor::Angus;
        let asked = world.oauth.authenticate_for(door, &token, &Origin::default()).await;
        assert!(asked.is_err());
    });
}
