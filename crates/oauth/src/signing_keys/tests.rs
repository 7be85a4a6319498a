use citizenry_authz::{Credential, Permissions, Subject};
use citizenry_identity::{EventKind, Origin};
use citizenry_storage::ports::{ByAge, EventFilter};
use citizenry_testkit::{block_on, block_on_threads};

use super::*;
use crate::test_world::World;

/// How often a signing key was made, by the audit trail.
async fn keys_made(world: &World) -> usize {
    let tenant = world.home.tenant.id;
    let filter =
        EventFilter { kinds: Some(vec![EventKind::SIGNING_KEY_CREATED]), ..EventFilter::default() };
    let listing = citizenry_identity::Listing::<ByAge>::first(10);
    let page = world
        .storage
        .read(async move |ports| {
            Ok::<_, Error>(ports.events().list(tenant, &filter, &listing).await?)
        })
        .await
        .unwrap();
    page.items.len()
}

#[test]
fn a_key_is_made_when_first_needed_and_once() {
    block_on(async {
        let world = World::new().await;
        assert_eq!(keys_made(&world).await, 0);
        let first = world.oauth.signing_key(&world.home.tenant, SigningAlgorithm::Es256).await;
        let second = world.oauth.signing_key(&world.home.tenant, SigningAlgorithm::Es256).await;
        assert_eq!(first.unwrap().id, second.unwrap().id);
        // The one that signs, and the next one, which is published from the first.
        assert_eq!(keys_made(&world).await, 2);
    });
}

#[test]
fn servers_that_make_a_key_at_the_same_time_end_with_one() {
    block_on_threads(async {
        let world = World::new().await;
        for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::Es256] {
            let servers: Vec<_> = (0..4).map(|_| world.another_server()).collect();
            let tenant = &world.home.tenant;
            let made = futures_util::future::join_all(
                servers.iter().map(|it| it.signing_key(tenant, algorithm)),
            )
            .await;
            let ids: Vec<_> = made.into_iter().map(|key| key.unwrap().id).collect();
            assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        }
        assert_eq!(keys_made(&world).await, 4);
        assert_eq!(world.oauth.jwks(None).await.unwrap().keys.len(), 4);
    });
}

#[test]
fn the_key_set_shows_public_members_alone() {
    block_on(async {
        let world = World::new().await;
        for algorithm in SigningAlgorithm::WITH_KEY_PAIRS {
            world.oauth.signing_key(&world.home.tenant, algorithm).await.unwrap();
        }
        let keys = world.oauth.jwks(Some("default")).await.unwrap().keys;
        let members: Vec<Vec<&str>> =
            keys.iter().map(|key| key.keys().map(String::as_str).collect()).collect();
        let mut members: Vec<Vec<&str>> = members
            .into_iter()
            .map(|mut names| {
                names.sort_unstable();
                names
            })
            .collect();
        members.sort();
        members.dedup();
        assert_eq!(
            members,
            [
                vec!["alg", "crv", "kid", "kty", "use", "x"],
                vec!["alg", "crv", "kid", "kty", "use", "x", "y"],
                vec!["alg", "e", "kid", "kty", "n", "use"]
            ]
        );
        // Relying parties may always count on a key for RS256, used or not.
        let foreign = world.oauth.jwks(Some("acme")).await.unwrap().keys;
        assert_eq!(foreign.len(), 2);
        assert!(foreign.iter().all(|key| key["alg"] == "RS256" && !keys.contains(key)));
    });
}

#[test]
fn a_private_key_is_never_stored_in_the_open() {
    block_on(async {
        let world = World::new().await;
        let key = world.key(&world.home).await;
        let sealer = &*world.environment.sealer;
        let opened = sealer.open(&sealing::signing_key(key.id), &key.sealed_private_key).unwrap();
        assert!(Signer::es256(&opened).is_ok());
        assert!(Signer::es256(&key.sealed_private_key).is_err());
        let other = world.key(&world.foreign).await;
        assert!(sealer.open(&sealing::signing_key(other.id), &key.sealed_private_key).is_err());
        assert!(!format!("{key:?}").contains("sealed"));
    });
}

#[test]
fn a_revoked_key_is_not_published() {
    block_on(async {
        let world = World::new().await;
        let mut key = world.key(&world.home).await;
        for (state, published) in
            [(KeyState::Previous, 2), (KeyState::Revoked, 1), (KeyState::Next, 2)]
        {
            key.state = state;
            world.save_key(key.clone()).await;
            let keys = world.oauth.jwks(None).await.unwrap().keys;
            let is_es256 = |key: &&Map<String, Value>| key["alg"] == "ES256";
            assert_eq!(keys.iter().filter(is_es256).count(), published, "{state:?}");
        }
    });
}

#[test]
fn a_tenant_that_is_not_served_has_no_documents() {
    block_on(async {
        let world = World::new().await;
        assert!(world.oauth.discovery(Some("acme")).await.is_ok());
        world.disable(&world.foreign).await;
        for name in ["acme", "nobody", "", "../default", "DEFAULT"] {
            for error in [
                world.oauth.discovery(Some(name)).await.unwrap_err(),
                world.oauth.jwks(Some(name)).await.unwrap_err(),
            ] {
                assert!(matches!(error, Error::NotFound { kind: Kind::Tenant, .. }), "{name}");
            }
        }
    });
}

#[test]
fn a_key_is_added_by_who_may_and_to_his_own_tenant() {
    block_on(async {
        let world = World::new().await;
        let moment = world.environment.moment();
        let sealer = &*world.environment.sealer;
        let tenant = world.home.tenant.id;
        let key = generate(sealer, tenant, SigningAlgorithm::Es256, &moment).unwrap();
        let as_operator = Caller::operator(&world.home.tenant);
        let stranger = Caller::operator(&world.foreign.tenant);
        let powerless = Caller::new(
            (&world.home.tenant).into(),
            Subject::Client(world.home.client.id),
            Credential::AccessToken,
            Permissions::from_scope("read:signing_keys"),
            Origin::default(),
        );
        let mut outcomes = Vec::new();
        for caller in [powerless, stranger, as_operator] {
            let (key, moment) = (key.clone(), moment.clone());
            let adding =
                world.storage.transact(async move |tx| add(tx, &caller, &key, &moment).await);
            outcomes.push(adding.await);
        }
        assert!(matches!(outcomes[0], Err(Error::Forbidden { .. })));
        assert!(matches!(outcomes[1], Err(Error::NotFound { .. })));
        assert!(outcomes[2].is_ok());
        assert_eq!(keys_made(&world).await, 1);
        let symmetric = generate(sealer, tenant, SigningAlgorithm::Hs256, &moment);
        assert!(matches!(symmetric, Err(Error::Invalid { .. })));
    });
}

/// The states of the published keys of one algorithm: previous, current, next.
async fn states(world: &World, algorithm: SigningAlgorithm) -> Vec<KeyState> {
    let keys = world.oauth.keys(&Caller::operator(&world.home.tenant)).await.unwrap();
    let of = |state| {
        let of_state = |key: &&SigningKey| key.algorithm == algorithm && key.state == state;
        keys.iter().filter(of_state).map(|key| key.state).collect::<Vec<_>>()
    };
    [KeyState::Previous, KeyState::Current, KeyState::Next].into_iter().flat_map(of).collect()
}

#[test]
fn a_key_is_published_before_it_signs_and_after() {
    block_on(async {
        let world = World::new().await;
        let operator = Caller::operator(&world.home.tenant);
        for algorithm in SigningAlgorithm::WITH_KEY_PAIRS {
            let first = world.oauth.signing_key(&world.home.tenant, algorithm).await.unwrap();
            assert_eq!(states(&world, algorithm).await, [KeyState::Current, KeyState::Next]);
            let before = world.oauth.jwks(None).await.unwrap();
            let second = world.oauth.rotate_keys(&operator, algorithm).await.unwrap();
            assert_ne!(first.id, second.id);
            let expected = [KeyState::Previous, KeyState::Current, KeyState::Next];
            assert_eq!(states(&world, algorithm).await, expected);
            let kid = second.id.to_string();
            assert!(before.keys.iter().any(|key| key["kid"] == *kid), "published ahead");
            let now = world.oauth.signing_key(&world.home.tenant, algorithm).await.unwrap();
            assert_eq!(now.id, second.id);
        }
        let symmetric = world.oauth.rotate_keys(&operator, SigningAlgorithm::Hs256).await;
        assert!(matches!(symmetric, Err(Error::Invalid { .. })));
        assert_eq!(world.oauth.keys(&Caller::operator(&world.foreign.tenant)).await.unwrap(), []);
    });
}

#[test]
fn keys_rotate_on_schedule_and_are_dropped_when_their_tokens_have_expired() {
    block_on(async {
        let world = World::new().await;
        let algorithm = SigningAlgorithm::Es256;
        let day = 86_400;
        world.key(&world.home).await;
        assert_eq!(world.oauth.rotate_due(day).await.unwrap(), 0);
        world.clock.advance(time::Duration::seconds(day));
        // Both servers of an installation do what is due; it is done once.
        let other = world.another_server();
        let (here, there) =
            futures_util::future::join(world.oauth.rotate_due(day), other.rotate_due(day)).await;
        assert_eq!(here.unwrap() + there.unwrap(), 1);
        let expected = [KeyState::Previous, KeyState::Current, KeyState::Next];
        assert_eq!(states(&world, algorithm).await, expected);
        assert_eq!(world.oauth.rotate_due(day).await.unwrap(), 0);

        world.clock.advance(time::Duration::days(30));
        assert_eq!(world.oauth.rotate_due(i64::MAX).await.unwrap(), 0);
        assert_eq!(states(&world, algorithm).await, expected, "a token may still be good");
        world.clock.advance(time::Duration::hours(1));
        assert_eq!(world.oauth.rotate_due(i64::MAX).await.unwrap(), 0);
        assert_eq!(states(&world, algorithm).await, [KeyState::Current, KeyState::Next]);
    });
}

#[test]
fn a_key_that_was_made_alone_gets_a_successor_before_it_is_rotated() {
    block_on(async {
        let world = World::new().await;
        let moment = world.environment.moment();
        let tenant = world.home.tenant.id;
        let sealer = &*world.environment.sealer;
        let key = generate(sealer, tenant, SigningAlgorithm::EdDsa, &moment).unwrap();
        let operator = Caller::operator(&world.home.tenant);
        let by = operator.clone();
        let adding = world.storage.transact(async move |tx| add(tx, &by, &key, &moment).await);
        adding.await.unwrap();
        world.clock.advance(time::Duration::days(365));
        assert_eq!(world.oauth.rotate_due(86_400).await.unwrap(), 0);
        let expected = [KeyState::Current, KeyState::Next];
        assert_eq!(states(&world, SigningAlgorithm::EdDsa).await, expected);
        assert_eq!(world.oauth.rotate_due(86_400).await.unwrap(), 0, "not known for long enough");
        world.clock.advance(time::Duration::hours(1));
        assert_eq!(world.oauth.rotate_due(86_400).await.unwrap(), 1);
    });
}

#[test]
fn what_a_revoked_key_has_signed_is_refused_and_the_next_one_signs() {
    block_on(async {
        let world = World::new().await;
        let token = world.management_token().await;
        let key = world.key(&world.home).await;
        let operator = Caller::operator(&world.home.tenant);
        let foreign = Caller::operator(&world.foreign.tenant);
        let refused = world.oauth.revoke_key(&foreign, key.id).await;
        assert!(matches!(refused, Err(Error::NotFound { .. })));
        world.oauth.revoke_key(&operator, key.id).await.unwrap();
        world.oauth.revoke_key(&operator, key.id).await.unwrap();
        assert!(world.refuses(secrecy::ExposeSecret::expose_secret(&token)).await);
        let expected = [KeyState::Current, KeyState::Next];
        assert_eq!(states(&world, SigningAlgorithm::Es256).await, expected);
        let token = world.management_token().await;
        assert!(!world.refuses(secrecy::ExposeSecret::expose_secret(&token)).await);
    });
}

#[test]
fn only_who_may_sees_and_turns_keys() {
    block_on(async {
        let world = World::new().await;
        let key = world.key(&world.home).await;
        let with = |scope: &str| {
            Caller::new(
                (&world.home.tenant).into(),
                Subject::Client(world.home.client.id),
                Credential::AccessToken,
                Permissions::from_scope(scope),
                Origin::default(),
            )
        };
        let (reader, nobody) = (with("read:signing_keys"), with("read:users"));
        assert_eq!(world.oauth.keys(&reader).await.unwrap().len(), 2);
        let seen = world.oauth.keys(&nobody).await;
        let rotated = world.oauth.rotate_keys(&reader, SigningAlgorithm::Es256).await;
        let revoked = world.oauth.revoke_key(&reader, key.id).await;
        assert!(matches!(seen, Err(Error::Forbidden { .. })));
        assert!(matches!(rotated, Err(Error::Forbidden { .. })));
        assert!(matches!(revoked, Err(Error::Forbidden { .. })));
        let writer = with("update:signing_keys read:signing_keys");
        assert!(world.oauth.rotate_keys(&writer, SigningAlgorithm::Es256).await.is_ok());
    });
}
