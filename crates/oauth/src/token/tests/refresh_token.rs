use citizenry_identity::{Client, EventKind, Listing};
use citizenry_storage::ports::EventFilter;
use citizenry_testkit::block_on;

use crate::test_people::People;
use crate::test_tokens::{credentials, refresh_token, refreshing, refused, text};
use crate::test_world::part;
use crate::{RevokeRequest, TokenRequest};

/// How often something has happened, by the audit trail.
async fn happened(people: &People, kind: EventKind) -> usize {
    let tenant = people.world.home.tenant.id;
    let filter = EventFilter { kinds: Some(vec![kind]), ..EventFilter::default() };
    let list = people.world.storage.read(async move |ports| {
        let listing = Listing::first(50);
        Ok::<_, citizenry_identity::Error>(ports.events().list(tenant, &filter, &listing).await?)
    });
    list.await.unwrap().items.len()
}

async fn changed(people: &People, change: impl FnOnce(&mut Client)) -> Client {
    let mut client = people.own_client().await;
    change(&mut client);
    people.world.save_client(client.clone()).await;
    client.version += 1;
    client
}

#[test]
fn a_refresh_token_gets_new_tokens_and_a_successor() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let asked = [("scope", "openid email offline_access"), ("nonce", "n-1")];
        let first = people.tokens(&client, &asked).await;
        people.wait(10);
        let second = people.refresh(&client, &refresh_token(&first)).await.unwrap();
        assert_ne!(text(&first.access_token), text(&second.access_token));
        assert_ne!(text(&refresh_token(&first)), text(&refresh_token(&second)));
        assert_eq!(second.scope, "openid email offline_access");
        let before = part(text(&first.id_token.unwrap()), 1);
        let after = part(text(&second.id_token.clone().unwrap()), 1);
        for same in ["iss", "sub", "aud", "azp", "auth_time", "sid", "amr"] {
            assert_eq!(before[same], after[same], "{same}");
        }
        assert_eq!(after["iat"].as_i64().unwrap() - before["iat"].as_i64().unwrap(), 10);
        assert_eq!((&before["nonce"], after.get("nonce")), (&"n-1".into(), None));
        let third = people.refresh(&client, &refresh_token(&second)).await.unwrap();
        assert!(people.is_active(&third.access_token).await);
        assert!(people.is_active(&first.access_token).await, "until it expires");
    });
}

#[test]
fn within_the_grace_a_rotated_token_gets_the_same_successor() {
    block_on(async {
        let people = People::new().await;
        for (grace, seconds) in [(None, 30), (Some(5), 5), (Some(9_999), 300)] {
            let client = changed(&people, |it| it.settings.oidc.refresh_token_grace = grace).await;
            let token = refresh_token(&people.offline_tokens(&client).await);
            let successor = refresh_token(&people.refresh(&client, &token).await.unwrap());
            people.wait(seconds - 1);
            let again = people.refresh(&client, &token).await.unwrap();
            assert_eq!(text(&refresh_token(&again)), text(&successor));
            assert!(people.refresh(&client, &successor).await.is_ok());
            people.wait(1);
            assert_eq!(refused(people.refresh(&client, &token).await), "invalid_grant");
        }
    });
}

#[test]
fn stolen_refresh_token() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let other = people.own_client().await;
        let public = people.own_spa().await;
        let first = people.offline_tokens(&client).await;
        let stolen = refresh_token(&first);
        // Another client has no use of it, and cannot spoil it either.
        for thief in [&other, &public] {
            assert_eq!(refused(people.refresh(thief, &stolen).await), "invalid_grant");
        }
        let second = people.refresh(&client, &stolen).await.unwrap();
        let third = people.refresh(&client, &refresh_token(&second)).await.unwrap();
        assert_eq!(happened(&people, EventKind::TOKEN_REUSED).await, 0);
        people.wait(31);
        // Who of the two is the client cannot be known: everything ends.
        assert_eq!(refused(people.refresh(&client, &stolen).await), "invalid_grant");
        assert_eq!(happened(&people, EventKind::TOKEN_REUSED).await, 1);
        for answer in [&first, &second, &third] {
            assert!(!people.is_active(&answer.access_token).await);
            let token = refresh_token(answer);
            assert_eq!(refused(people.refresh(&client, &token).await), "invalid_grant");
        }
        assert_eq!(happened(&people, EventKind::TOKEN_REUSED).await, 1, "said once");
        // Other authorizations go on.
        let others = people.offline_tokens(&client).await;
        assert!(people.refresh(&client, &refresh_token(&others)).await.is_ok());
    });
}

#[test]
fn a_refresh_token_is_for_what_was_authorized_or_less() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let (here, there) = ("https://things.example.com/", "https://others.example.com/");
        for identifier in [here, there] {
            people.server(identifier, |server| server.allow_offline_access = true).await;
        }
        let scope = "openid offline_access read:things";
        let token =
            refresh_token(&people.tokens(&client, &[("scope", scope), ("audience", here)]).await);
        let asking = |scope: Option<&str>, audience: Option<&str>| TokenRequest {
            scope: scope.map(str::to_owned),
            audience: audience.map(str::to_owned),
            ..refreshing(&client, &token)
        };
        let narrow = people.oauth.token(asking(Some("openid"), Some(here))).await.unwrap();
        assert_eq!(narrow.scope, "openid");
        assert_eq!(part(text(&narrow.access_token), 1)["scope"], "openid");
        // The successor has all that was authorized.
        let whole = people.oauth.token(asking(None, None)).await.unwrap();
        assert_eq!(whole.scope, scope);
        for (scope, audience, code) in [
            (Some("openid write:things"), None, "invalid_scope"),
            (Some("openid profile"), None, "invalid_scope"),
            (None, Some(there), "invalid_target"),
            (None, Some("https://nobody.example.com/"), "invalid_target"),
        ] {
            assert_eq!(refused(people.oauth.token(asking(scope, audience)).await), code);
        }
    });
}

#[test]
fn a_refresh_token_ends_unused_and_at_last() {
    block_on(async {
        let people = People::new().await;
        let client = changed(&people, |client| {
            client.settings.oidc.refresh_token_idle_lifetime = Some(100);
            client.settings.oidc.refresh_token_lifetime = Some(250);
        })
        .await;
        let unused = refresh_token(&people.offline_tokens(&client).await);
        let mut used = refresh_token(&people.offline_tokens(&client).await);
        for _ in 0..2 {
            people.wait(99);
            used = refresh_token(&people.refresh(&client, &used).await.unwrap());
        }
        assert_eq!(refused(people.refresh(&client, &unused).await), "invalid_grant");
        people.wait(51);
        assert!(people.is_active(&used).await);
        people.wait(1);
        assert!(!people.is_active(&used).await);
        assert_eq!(refused(people.refresh(&client, &used).await), "invalid_grant");
    });
}

#[test]
fn a_client_with_a_secret_may_keep_its_refresh_token() {
    block_on(async {
        let people = People::new().await;
        let client = changed(&people, |it| it.settings.oidc.refresh_token_reusable = true).await;
        let token = refresh_token(&people.offline_tokens(&client).await);
        for _ in 0..3 {
            people.wait(100);
            let answer = people.refresh(&client, &token).await.unwrap();
            assert_eq!(text(&refresh_token(&answer)), text(&token));
        }
        let mut public = people.own_spa().await;
        public.settings.oidc.refresh_token_reusable = true;
        people.world.save_client(public.clone()).await;
        let token = refresh_token(&people.offline_tokens(&public).await);
        let answer = people.refresh(&public, &token).await.unwrap();
        assert_ne!(text(&refresh_token(&answer)), text(&token), "public clients' are rotated");
    });
}

#[test]
fn a_lock_ends_refresh_tokens_at_once() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let answer = people.offline_tokens(&client).await;
        people.lock(&people.user.clone()).await;
        assert!(!people.is_active(&answer.access_token).await);
        let refreshed = people.refresh(&client, &refresh_token(&answer)).await;
        assert_eq!(refused(refreshed), "invalid_grant");
    });
}

#[test]
fn a_client_ends_its_own_tokens() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let other = people.own_client().await;
        let identifier = "https://things.example.com/";
        people.server(identifier, |server| server.allow_offline_access = true).await;
        let revoke = |client: &Client, token: &secrecy::SecretString| {
            let oauth = people.oauth.clone();
            let request = RevokeRequest {
                tenant: None,
                client: credentials(client),
                token: token.clone(),
                origin: citizenry_identity::Origin::default(),
            };
            async move { oauth.revoke(request).await }
        };
        let scope = ("scope", "openid offline_access");
        for asked in [&[scope][..], &[scope, ("audience", identifier)]] {
            // An access token goes by itself.
            let answer = people.tokens(&client, asked).await;
            assert_eq!(refused(revoke(&other, &answer.access_token).await), "invalid_grant");
            assert!(people.is_active(&answer.access_token).await);
            revoke(&client, &answer.access_token).await.unwrap();
            revoke(&client, &answer.access_token).await.unwrap();
            assert!(!people.is_active(&answer.access_token).await);
            assert!(people.userinfo(&answer.access_token).await.is_err());
            let answer = people.refresh(&client, &refresh_token(&answer)).await.unwrap();
            // A refresh token takes along what came from the same authorization.
            revoke(&client, &refresh_token(&answer)).await.unwrap();
            assert!(!people.is_active(&answer.access_token).await);
            let refreshed = people.refresh(&client, &refresh_token(&answer)).await;
            assert_eq!(refused(refreshed), "invalid_grant");
        }
        assert_eq!(happened(&people, EventKind::TOKENS_REVOKED).await, 2);
        revoke(&client, &"nobody's".into()).await.unwrap();
    });
}

#[test]
fn a_public_client_ends_its_own_tokens() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_spa().await;
        let answer = people.offline_tokens(&client).await;
        let request = RevokeRequest {
            tenant: None,
            client: credentials(&client),
            token: refresh_token(&answer),
            origin: citizenry_identity::Origin::default(),
        };
        people.oauth.revoke(request).await.unwrap();
        assert!(!people.is_active(&answer.access_token).await);
    });
}

#[test]
fn a_refresh_token_is_never_stored_in_the_open() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let token = refresh_token(&people.offline_tokens(&client).await);
        assert!(people.is_stored(&token).await);
        let successor = refresh_token(&people.refresh(&client, &token).await.unwrap());
        assert!(people.is_stored(&successor).await);
        assert!(!text(&successor).contains(text(&token)));
        assert!(!people.is_stored(&"another".into()).await);
    });
}
