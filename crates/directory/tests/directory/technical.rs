//! The users that stand for the clients of Audience Manager's door.

use citizenry_authz::{Caller, CallerTenant, Credential, Permissions, Subject};
use citizenry_directory::{OwnChanges, UserQuery};
use citizenry_identity::{Client, Error, Listing, ManagementDoor, Patch, ProfileChanges, Text};
use citizenry_testkit::{TestDatabase, block_on, block_on_threads};

use super::world::World;

fn caller(world: &World, client: &Client) -> Caller {
    Caller::new(
        CallerTenant::from(&world.provisioned.tenant),
        Subject::Client(client.id),
        Credential::AccessToken,
        Permissions::all(),
        citizenry_identity::Origin::default(),
    )
}

async fn client(world: &World, door: ManagementDoor) -> Client {
    world.directory.door_client(&world.operator, door).await.unwrap().client
}

#[test]
fn the_first_call_makes_it_and_every_further_one_finds_it() {
    block_on(async {
        let world = World::new().await;
        let client = client(&world, ManagementDoor::AudienceManager).await;
        let caller = caller(&world, &client);
        let made = world.directory.technical_user(&caller).await.unwrap();
        let username = made.user().username.as_ref().unwrap().as_str();
        assert_eq!(username, format!("{}@techacct", client.identifier));
        assert_eq!(made.user().profile.given_name.as_deref(), Some("Audience Manager"));
        assert!(made.password.is_none());
        assert_eq!(world.trail(1).await, ["user.created"]);
        let found = world.directory.own_user(&caller).await.unwrap();
        assert_eq!(found.user(), made.user());
        let title = Patch::Set(Text::parse("title", "Robot").unwrap());
        let profile = ProfileChanges { title, ..ProfileChanges::default() };
        let changes = OwnChanges { profile, ..OwnChanges::default() };
        let changed = world.directory.update_own_user(&caller, changes).await.unwrap();
        assert_eq!(changed.user().number, made.user().number);
        assert_eq!(changed.user().profile.title.as_deref(), Some("Robot"));
    });
}

#[test]
fn other_clients_and_people_have_none() {
    block_on(async {
        let world = World::new().await;
        let angus = client(&world, ManagementDoor::Angus).await;
        let administrator = world.administrator();
        let callers =
            [caller(&world, &angus), caller(&world, &world.provisioned.client), administrator];
        for caller in callers {
            let refused = world.directory.technical_user(&caller).await;
            assert!(matches!(refused, Err(Error::Forbidden { .. })));
        }
    });
}

async fn race(world: World) {
    let client = client(&world, ManagementDoor::AudienceManager).await;
    let calls = (0..8).map(|_| {
        let (directory, caller) = (world.directory.clone(), caller(&world, &client));
        tokio::spawn(async move { directory.technical_user(&caller).await })
    });
    let calls: Vec<_> = calls.collect();
    let mut numbers = Vec::new();
    for call in calls {
        numbers.push(call.await.unwrap().unwrap().user().number);
    }
    numbers.dedup();
    assert_eq!(numbers.len(), 1, "{numbers:?}");
    let users =
        world.directory.users(&world.operator, UserQuery::default(), Listing::first(10)).await;
    assert_eq!(users.unwrap().items.len(), 2);
}

#[test]
fn first_calls_at_once_end_in_one_user() {
    block_on_threads(async { race(World::on(TestDatabase::sqlite().await).await).await });
    block_on_threads(async { race(World::on(TestDatabase::postgres().await).await).await });
}
