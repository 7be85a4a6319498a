//! The clients of the management doors.

use citizenry_directory::{ClientChanges, ClientGrantQuery, ClientView};
use citizenry_identity::{Error, Listing, ManagementDoor, ManagementPermission};
use citizenry_testkit::{TestDatabase, block_on, block_on_threads};
use secrecy::ExposeSecret as _;

use super::world::{World, caller, tenant};

async fn found(world: &World, door: ManagementDoor) -> ClientView {
    world.directory.door_client(&world.operator, door).await.unwrap()
}

#[test]
fn every_tenant_starts_with_one_client_for_each_door() {
    block_on(async {
        let world = World::new().await;
        let grants = world.directory.client_grants(
            &world.operator,
            ClientGrantQuery::default(),
            Listing::first(10),
        );
        let grants = grants.await.unwrap().items;
        for (door, name, seconds) in [
            (ManagementDoor::AudienceManager, "Audience Manager", 3_599),
            (ManagementDoor::Angus, "AngusGM", 36_000),
        ] {
            let view = found(&world, door).await;
            let client = &view.client;
            assert_eq!((client.name.as_str(), client.settings.door), (name, Some(door)));
            assert!(client.is_first_party && client.may_use_grant("password"));
            assert!(client.may_use_grant("refresh_token"));
            assert_eq!(client.settings.oidc.id_token_lifetime, Some(seconds));
            assert_eq!(view.secret.as_ref().unwrap().expose_secret().len(), 64);
            let own: Vec<_> = grants.iter().filter(|it| it.client == client.identifier).collect();
            match door {
                ManagementDoor::AudienceManager => {
                    assert_eq!(own[0].grant.scopes.len(), ManagementPermission::COUNT);
                }
                ManagementDoor::Angus => assert!(own.is_empty()),
            }
            assert_eq!(found(&world, door).await.client, view.client);
        }
        let other = tenant(&world.directory, "other").await.tenant;
        let other = citizenry_authz::Caller::operator(&other);
        let theirs = world.directory.door_client(&other, ManagementDoor::Angus).await.unwrap();
        assert_ne!(theirs.client.id, found(&world, ManagementDoor::Angus).await.client.id);
    });
}

#[test]
fn a_lost_one_is_made_anew_under_a_free_name() {
    block_on(async {
        let world = World::new().await;
        let (directory, operator) = (&world.directory, &world.operator);
        let door = ManagementDoor::AudienceManager;
        let first = found(&world, door).await.client;
        let second = directory.create_door_client(operator, door, None).await;
        assert!(matches!(second, Err(Error::Conflict { field: "name", .. })));
        directory.delete_client(operator, &first.identifier).await.unwrap();
        let anew = found(&world, door).await.client;
        assert_ne!(anew.identifier, first.identifier);
        let settings = serde_json::json!({ "door": null }).as_object().cloned();
        let changes = ClientChanges { settings, ..ClientChanges::default() };
        directory.update_client(operator, &anew.identifier, changes).await.unwrap();
        assert_eq!(found(&world, door).await.client.name.as_str(), "Audience Manager 2");
    });
}

#[test]
fn who_does_not_hold_everything_makes_none() {
    block_on(async {
        let world = World::new().await;
        let half = caller(&world.provisioned.tenant, "create:clients read:clients");
        let refused = world.directory.create_door_client(&half, ManagementDoor::Angus, None).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })));
    });
}

async fn race(world: World) {
    let door = ManagementDoor::Angus;
    let first = found(&world, door).await.client;
    world.directory.delete_client(&world.operator, &first.identifier).await.unwrap();
    let calls: Vec<_> = (0..6)
        .map(|_| {
            let (directory, caller) = (world.directory.clone(), world.operator.clone());
            tokio::spawn(async move { directory.door_client(&caller, door).await })
        })
        .collect();
    let mut identifiers = Vec::new();
    for call in calls {
        identifiers.push(call.await.unwrap().unwrap().client.identifier);
    }
    identifiers.dedup();
    assert_eq!(identifiers.len(), 1);
}

#[test]
fn who_miss_it_at_once_make_one() {
    block_on_threads(async { race(World::on(TestDatabase::sqlite().await).await).await });
    block_on_threads(async { race(World::on(TestDatabase::postgres().await).await).await });
}
