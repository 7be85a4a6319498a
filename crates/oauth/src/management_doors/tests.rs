use std::pin::Pin;

use citizenry_authz::{Action, Credential, Resource};
use citizenry_identity::{ManagementPermission, Status, TenantStatus, TokenFormat};
use citizenry_testkit::block_on;

use super::*;
use crate::TokenRequest;
use crate::test_doors::Doors;
use crate::test_tokens::{credentials, text};

const AUDIENCE_MANAGER: ManagementDoor = ManagementDoor::AudienceManager;
const ANGUS: ManagementDoor = ManagementDoor::Angus;

fn names(caller: &Caller) -> Vec<&'static str> {
    caller.permissions().iter().map(ManagementPermission::as_str).collect()
}

#[test]
fn a_person_may_do_what_follows_from_who_he_is_now() {
    block_on(async {
        let doors = Doors::new().await;
        for door in ManagementDoor::ALL {
            let token = doors.sign_in(door, doors.lilei()).await.access_token;
            let origin = Origin { request_id: Some("r1".to_owned()), ..Origin::default() };
            let caller = doors.people.oauth.authenticate_for(door, &token, &origin).await.unwrap();
            assert_eq!(caller.tenant(), doors.lilei().tenant);
            assert_eq!(caller.subject(), Subject::User(doors.lilei().id));
            assert_eq!(caller.credential(), Credential::AccessToken);
            assert_eq!(caller.origin(), &origin);
            assert_eq!(*caller.permissions(), Permissions::of_person(door, false));
            doors.set_administrator(doors.lilei(), true).await;
            let caller = doors.caller(door, &token).await.unwrap();
            assert_eq!(*caller.permissions(), Permissions::all());
            assert!(!caller.is_above_tenants(), "an administrator is no operator by being one");
            doors.set_administrator(doors.lilei(), false).await;
            let caller = doors.caller(door, &token).await.unwrap();
            assert_eq!(*caller.permissions(), Permissions::of_person(door, false));
        }
    });
}

#[test]
fn an_operator_is_one_at_the_door_that_has_something_for_him() {
    block_on(async {
        let doors = Doors::new().await;
        doors.make_operator(doors.lilei()).await;
        let operator = doors.caller_of(ANGUS, doors.lilei()).await;
        assert!(operator.may(Action::Create, Resource::AllTenants).is_ok());
        assert!(operator.may(Action::Create, Resource::User).is_err(), "his tenant's people no");
        let person = doors.caller_of(AUDIENCE_MANAGER, doors.lilei()).await;
        assert!(person.may(Action::Read, Resource::AllTenants).is_err());
        let other = doors.caller_of(ANGUS, &doors.administrator).await;
        assert!(other.may(Action::Read, Resource::AllTenants).is_err());
    });
}

#[test]
fn a_token_opens_the_door_of_its_client_alone() {
    block_on(async {
        let doors = Doors::new().await;
        for (door, other) in [(ANGUS, AUDIENCE_MANAGER), (AUDIENCE_MANAGER, ANGUS)] {
            let person = doors.sign_in(door, &doors.administrator).await;
            let client = doors.client_token(door, None).await.unwrap();
            for token in [&person.access_token, &client.access_token] {
                assert!(doors.caller(door, token).await.is_ok());
                assert!(doors.refuses(other, token).await);
                assert!(doors.people.world.refuses(text(token)).await, "Authok's API");
            }
            let refresh = person.refresh_token.unwrap();
            assert!(doors.refuses(door, &refresh).await);
            assert!(doors.people.world.refuses(text(&refresh)).await);
        }
    });
}

#[test]
fn a_token_of_an_ordinary_client_opens_no_door() {
    block_on(async {
        let doors = Doors::new().await;
        let world = &doors.people.world;
        let mut management = world.home.management.clone();
        let mut client = doors.people.own_client().await;
        client.settings.grant_types = Some(vec!["password".to_owned()]);
        world.save_client(client.clone()).await;
        for format in [TokenFormat::Jwt, TokenFormat::Opaque] {
            management.token_format = format;
            let stored = management.clone();
            let save = world.storage.transact(async move |tx| {
                Ok::<_, Error>(tx.resource_servers().save(&stored).await?)
            });
            save.await.unwrap();
            management.version += 1;
            let request = TokenRequest {
                client: credentials(&client),
                audience: Some(management.identifier.to_string()),
                ..doors.asking(ANGUS, &doors.administrator)
            };
            let person = doors.people.oauth.token(request).await.unwrap().access_token;
            let own = doors.people.oauth.token(world.home.request()).await.unwrap().access_token;
            assert_eq!(text(&own).contains('.'), format == TokenFormat::Jwt);
            assert!(doors.people.is_active(&person).await);
            for door in ManagementDoor::ALL {
                assert!(doors.refuses(door, &person).await, "{door:?} {format:?}");
                assert!(doors.refuses(door, &own).await, "{door:?} {format:?}");
            }
            assert!(world.refuses(text(&person)).await);
            assert!(!world.refuses(text(&own)).await, "what it is for");
        }
    });
}

#[test]
fn a_token_for_another_api_opens_no_door() {
    block_on(async {
        let doors = Doors::new().await;
        let server = doors.people.server("https://things.example/", |_| ()).await;
        for door in ManagementDoor::ALL {
            let request = TokenRequest {
                audience: Some(server.identifier.to_string()),
                ..doors.asking(door, &doors.administrator)
            };
            let token = doors.people.oauth.token(request).await.unwrap().access_token;
            assert!(doors.people.is_active(&token).await);
            assert!(doors.refuses(door, &token).await);
        }
    });
}

#[test]
fn what_is_no_token_proves_nobody() {
    block_on(async {
        let doors = Doors::new().await;
        let long = "a".repeat(129);
        let longest = "a".repeat(128);
        for text in
            ["", " ", ".", "..", "a.b.c", "雷", "00000000-0000-4000-8000-000000000000", "\0"]
                .into_iter()
                .chain([long.as_str(), longest.as_str()])
        {
            for door in ManagementDoor::ALL {
                assert!(doors.refuses(door, &text.into()).await, "{text:?}");
            }
        }
    });
}

/// What `end` comes to for a person's tokens at every door.
fn ends(end: impl AsyncFn(&Doors, &SecretString)) -> Pin<Box<impl Future<Output = ()>>> {
    // Boxed: what a test holds all along is large.
    Box::pin(async move {
        for door in ManagementDoor::ALL {
            let doors = Doors::new().await;
            let token = doors.sign_in(door, doors.lilei()).await.access_token;
            assert!(doors.caller(door, &token).await.is_ok());
            end(&doors, &token).await;
            assert!(doors.refuses(door, &token).await, "{door:?}");
        }
    })
}

#[test]
fn what_has_ended_opens_nothing_at_the_next_request() {
    block_on(async {
        ends(async |doors, token| {
            let caller = doors.caller_of(ANGUS, doors.lilei()).await;
            assert!(doors.people.oauth.revoke_shown_token(&caller, token).await.unwrap());
        })
        .await;
        ends(async |doors, _| doors.people.wait(36_001)).await;
        ends(async |doors, _| doors.people.lock(doors.lilei()).await).await;
        ends(async |doors, _| {
            doors.change_user(doors.lilei(), |user| user.status = Status::Suspended).await;
        })
        .await;
        ends(async |doors, _| {
            let window = citizenry_identity::LockWindow {
                from: doors.people.world.environment.clock.now(),
                until: None,
            };
            let reason = citizenry_identity::LockReason::Admin;
            let lock = move |user: &mut citizenry_identity::User| {
                user.lock(reason, window, window.from);
            };
            doors.change_user(doors.lilei(), lock).await;
        })
        .await;
        ends(async |doors, _| {
            let mut tenant = doors.people.world.home.tenant.clone();
            tenant.set_status(TenantStatus::Disabled, tenant.updated_at);
            doors.people.world.save_tenant(tenant).await;
        })
        .await;
        ends(async |doors, _| {
            let mut tenant = doors.people.world.home.tenant.clone();
            let from = doors.people.world.environment.clock.now();
            let window = citizenry_identity::LockWindow { from, until: None };
            tenant.set_lock(Some(window), from);
            doors.people.world.save_tenant(tenant).await;
        })
        .await;
    });
}

#[test]
fn a_tenants_lock_that_is_still_to_come_closes_nothing_yet() {
    block_on(async {
        let doors = Doors::new().await;
        let token = doors.sign_in(ANGUS, doors.lilei()).await.access_token;
        let mut tenant = doors.people.world.home.tenant.clone();
        let now = doors.people.world.environment.clock.now();
        let window = citizenry_identity::LockWindow {
            from: now.plus_seconds(60),
            until: Some(now.plus_seconds(120)),
        };
        tenant.set_lock(Some(window), now);
        doors.people.world.save_tenant(tenant).await;
        assert!(doors.caller(ANGUS, &token).await.is_ok());
        doors.people.wait(60);
        assert!(doors.refuses(ANGUS, &token).await);
        assert!(doors.people.oauth.token(doors.asking(ANGUS, doors.lilei())).await.is_err());
        doors.people.wait(60);
        assert!(doors.caller(ANGUS, &token).await.is_ok());
    });
}

#[test]
fn a_client_may_do_what_it_is_granted() {
    block_on(async {
        let doors = Doors::new().await;
        // The words of the dialects' scopes are passed over.
        let words = Some("openid,AdobeID,read_organizations");
        let token = doors.client_token(AUDIENCE_MANAGER, words).await.unwrap();
        assert_eq!(token.expires_in, 86_399);
        assert!(token.refresh_token.is_none());
        let caller = doors.caller(AUDIENCE_MANAGER, &token.access_token).await.unwrap();
        let client = doors.client(AUDIENCE_MANAGER).id;
        assert_eq!(caller.subject(), Subject::Client(client));
        assert_eq!(*caller.permissions(), Permissions::all());
        let token = doors.client_token(AUDIENCE_MANAGER, Some("read:users user_trust")).await;
        let token = token.unwrap().access_token;
        let caller = doors.caller(AUDIENCE_MANAGER, &token).await.unwrap();
        assert_eq!(names(&caller), ["read:users"]);

        let token = doors.client_token(ANGUS, Some("sign")).await.unwrap();
        assert_eq!(token.expires_in, 36_000);
        let caller = doors.caller(ANGUS, &token.access_token).await.unwrap();
        assert_eq!(caller.subject(), Subject::Client(doors.client(ANGUS).id));
        assert!(names(&caller).is_empty(), "it has no grant");
    });
}

#[test]
fn another_server_of_the_installation_knows_the_same_people() {
    block_on(async {
        let doors = Doors::new().await;
        let server = doors.people.world.another_server();
        for door in ManagementDoor::ALL {
            let token = doors.sign_in(door, &doors.administrator).await.access_token;
            let caller = server.authenticate_for(door, &token, &Origin::default()).await.unwrap();
            assert_eq!(*caller.permissions(), Permissions::all());
        }
    });
}
