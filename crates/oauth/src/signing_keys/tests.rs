use citizenry_identity::EventKind;
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
        assert!(world.oauth.jwks(None).await.unwrap().keys.is_empty());
        let first = world.oauth.signing_key(&world.home.tenant, SigningAlgorithm::Es256).await;
        let second = world.oauth.signing_key(&world.home.tenant, SigningAlgorithm::Es256).await;
        assert_eq!(first.unwrap().id, second.unwrap().id);
        assert_eq!(keys_made(&world).await, 1);
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
        assert_eq!(keys_made(&world).await, 2);
        assert_eq!(world.oauth.jwks(None).await.unwrap().keys.len(), 2);
    });
}

#[test]
fn the_key_set_shows_public_members_alone() {
    block_on(async {
        let world = World::new().await;
        for algorithm in [SigningAlgorithm::Es256, SigningAlgorithm::Rs256] {
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
        assert_eq!(
            members,
            [
                vec!["alg", "crv", "kid", "kty", "use", "x", "y"],
                vec!["alg", "e", "kid", "kty", "n", "use"]
            ]
        );
        assert!(world.oauth.jwks(Some("acme")).await.unwrap().keys.is_empty());
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
            [(KeyState::Previous, 1), (KeyState::Revoked, 0), (KeyState::Next, 1)]
        {
            key.state = state;
            world.save_key(key.clone()).await;
            assert_eq!(world.oauth.jwks(None).await.unwrap().keys.len(), published, "{state:?}");
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
