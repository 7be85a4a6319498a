//! What happens when much happens at once, on both databases.

use citizenry_authz::Caller;
use citizenry_identity::KeyState::{Current, Next, Previous};
use citizenry_identity::{ManagementDoor, SigningAlgorithm, Text};
use citizenry_testkit::{ScriptedWeb, on_both_databases};
use futures_util::future::{join, join_all};
use serde_json::Value;

use crate::test_doors::{Doors, PASSWORD};
use crate::test_people::People;
use crate::test_tokens::{redeeming, refresh_token, refused, text};
use crate::test_world::{World, part};
use crate::{
    AccessKind, AccessRight, Jwks, NewPersonalToken, NewSystemToken, ResourceAccess, TokenAccess,
    TokenRequest,
};

async fn people(database: citizenry_testkit::TestDatabase) -> People {
    let web = std::sync::Arc::new(ScriptedWeb::default());
    // Boxed: what a test holds all along is large.
    let world = Box::pin(World::on(database)).await;
    Box::pin(People::of(world, web)).await
}

/// Whether a token was signed with a key of the set.
fn is_verified(jwks: &Jwks, token: &str) -> bool {
    let kid = part(token, 0)["kid"].clone();
    let Some(jwk) = jwks.keys.iter().find(|key| key["kid"] == kid) else { return false };
    let jwk = serde_json::from_value(Value::Object(jwk.clone())).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap();
    let algorithm = part(token, 0)["alg"].as_str().unwrap().parse().unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &key, algorithm).unwrap()
}

on_both_databases! {
    async fn refreshes_at_once_all_get_the_one_successor(database: TestDatabase) {
        let people = people(database).await;
        let client = people.own_client().await;
        let token = refresh_token(&people.offline_tokens(&client).await);
        let answers = join_all((0..50).map(|_| people.refresh(&client, &token))).await;
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        let successor = refresh_token(&answers[0]);
        assert!(answers.iter().all(|it| text(&refresh_token(it)) == text(&successor)));
        let mut tokens: Vec<&str> = answers.iter().map(|it| text(&it.access_token)).collect();
        tokens.sort_unstable();
        tokens.dedup();
        assert_eq!(tokens.len(), 50, "each has an access token of its own");
        for answer in &answers {
            assert!(people.is_active(&answer.access_token).await);
        }
        assert!(people.refresh(&client, &successor).await.is_ok());
    }

    // The requests cannot be told from a theft and the client's own: all but one are replays, and a
    // replay takes back what the code was exchanged for.
    async fn redemptions_at_once_end_with_nothing(database: TestDatabase) {
        let people = people(database).await;
        let client = people.own_client().await;
        let code = people.code(&client, &[("scope", "openid offline_access")]).await;
        let redeem = |_| people.oauth.token(redeeming(&client, &code));
        let answers = join_all((0..50).map(redeem)).await;
        let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!((good.len(), bad.len()), (1, 49));
        assert!(bad.into_iter().all(|answer| refused(answer) == "invalid_grant"));
        for answer in good.into_iter().map(Result::unwrap) {
            assert!(!people.is_active(&answer.access_token).await);
            let refreshed = people.refresh(&client, &refresh_token(&answer)).await;
            assert_eq!(refused(refreshed), "invalid_grant");
        }
    }

    // Whoever has fetched the key set before a rotation or after it verifies every token.
    async fn keys_rotate_under_load(database: TestDatabase) {
        let people = people(database).await;
        let operator = Caller::operator(&people.world.home.tenant);
        let algorithm = SigningAlgorithm::Es256;
        people.world.management_token().await;
        let servers = [people.oauth.clone(), people.world.another_server()];
        for round in 0..5 {
            let before = servers[0].jwks(None).await.unwrap();
            let tokens = join_all((0..20).map(|number| {
                let request: TokenRequest = people.world.home.request();
                servers[number % 2].token(request)
            }));
            let rotation = servers[round % 2].rotate_keys(&operator, algorithm);
            let (tokens, rotated) = join(tokens, rotation).await;
            rotated.unwrap();
            let after = servers[1].jwks(None).await.unwrap();
            for token in tokens {
                let token = token.unwrap().access_token;
                assert!(is_verified(&before, text(&token)), "by the set of before");
                assert!(is_verified(&after, text(&token)), "by the set of after");
                assert!(!people.world.refuses(text(&token)).await);
            }
        }
    }

    async fn rotations_at_once_leave_one_key_that_signs(database: TestDatabase) {
        let people = people(database).await;
        let operator = Caller::operator(&people.world.home.tenant);
        let algorithm = SigningAlgorithm::EdDsa;
        let tenant = &people.world.home.tenant;
        people.oauth.signing_key(tenant, algorithm).await.unwrap();
        let rotations =
            join_all((0..8).map(|_| people.oauth.rotate_keys(&operator, algorithm))).await;
        assert!(rotations.iter().all(Result::is_ok), "{rotations:?}");
        let keys = people.oauth.keys(&operator).await.unwrap();
        let of = |state| keys.iter().filter(|key| key.state == state).count();
        assert_eq!((of(Previous), of(Current), of(Next)), (8, 1, 1));
    }

    async fn a_lock_at_the_time_of_a_refresh_wins(database: TestDatabase) {
        let people = people(database).await;
        let client = people.own_client().await;
        let user = people.user.clone();
        let first = people.offline_tokens(&client).await;
        let code = people.code(&client, &[("scope", "openid offline_access")]).await;
        let token = refresh_token(&first);
        let refreshes = join_all((0..20).map(|_| people.refresh(&client, &token)));
        let redemption = people.oauth.token(redeeming(&client, &code));
        let (answers, (redeemed, ())) =
            join(refreshes, join(redemption, people.lock(&user))).await;
        // Whatever was given before the lock is worth nothing after it.
        let given = answers.into_iter().chain([redeemed]).filter_map(Result::ok).chain([first]);
        for answer in given {
            assert!(!people.is_active(&answer.access_token).await);
            let refreshed = people.refresh(&client, &refresh_token(&answer)).await;
            assert_eq!(refused(refreshed), "invalid_grant");
        }
    }

    // Nobody can tell a client that asks twice from a thief: the token is good once.
    async fn refreshes_at_once_without_grace_end_all(database: TestDatabase) {
        let doors = Box::pin(Doors::on(database)).await;
        let door = ManagementDoor::Angus;
        let client = doors.client(door);
        let first = doors.sign_in(door, doors.lilei()).await;
        let token = refresh_token(&first);
        let answers = join_all((0..20).map(|_| doors.people.refresh(client, &token))).await;
        let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!((good.len(), bad.len()), (1, 19));
        for answer in good.into_iter().map(Result::unwrap).chain([first]) {
            assert!(doors.refuses(door, &answer.access_token).await);
            let refreshed = doors.people.refresh(client, &refresh_token(&answer)).await;
            assert_eq!(refused(refreshed), "invalid_grant");
        }
    }

    async fn tokens_made_at_once_keep_the_quota(database: TestDatabase) {
        let doors = Box::pin(Doors::on(database)).await;
        let caller = doors.caller_of(ManagementDoor::Angus, &doors.administrator).await;
        let oauth = &doors.people.oauth;
        let personal = join_all((0..12).map(|number| {
            let new = NewPersonalToken {
                name: Text::parse("name", format!("p{number}")).unwrap(),
                expires_at: None,
                password: PASSWORD.into(),
                quotas: true,
            };
            oauth.create_personal_token(&caller, new)
        }))
        .await;
        assert_eq!(personal.into_iter().flatten().count(), 3);
        let resource = ResourceAccess {
            resource: "User".to_owned(),
            operations: Vec::new(),
            rights: vec![AccessRight::OnlyRead],
        };
        let access = TokenAccess { kind: AccessKind::Rights, resources: vec![resource] };
        let system = join_all((0..24).map(|number| {
            let new = NewSystemToken {
                name: Text::parse("name", format!("s{number}")).unwrap(),
                expires_at: None,
                access: access.clone(),
                quotas: true,
            };
            oauth.create_system_token(&caller, new)
        }))
        .await;
        assert_eq!(system.into_iter().flatten().count(), 10);
        assert_eq!(oauth.personal_tokens(&caller).await.unwrap().len(), 3);
        assert_eq!(oauth.system_tokens(&caller).await.unwrap().len(), 10);
    }

    async fn a_proof_counts_once(database: TestDatabase) {
        let people = people(database).await;
        let tenant = people.world.home.tenant.id;
        let until = people.world.environment.clock.now().plus_seconds(60);
        let uses =
            join_all((0..50).map(|_| people.oauth.use_identifier(tenant, "dpop:x:1", until))).await;
        let first = uses.into_iter().map(Result::unwrap).filter(|first| *first).count();
        assert_eq!(first, 1);
        assert!(people.oauth.use_identifier(tenant, "dpop:x:2", until).await.unwrap());
    }
}
