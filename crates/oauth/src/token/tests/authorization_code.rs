use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use citizenry_identity::{Email, KeyState, Text};
use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::test_people::{CALLBACK, People};
use crate::test_tokens::{VERIFIER, redeeming, refresh_token, refreshing, refused, text};
use crate::test_world::part;
use crate::{OAuth, TokenRequest, TokenType};

/// The claims of an ID token, verified with the published keys.
async fn id_claims(oauth: &OAuth, token: &str) -> Value {
    let kid = part(token, 0)["kid"].clone();
    let keys = serde_json::to_value(oauth.jwks(None).await.unwrap()).unwrap();
    let jwk = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid).unwrap();
    let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(jwk.clone()).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let algorithm = part(token, 0)["alg"].as_str().unwrap().parse().unwrap();
    assert!(jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &key, algorithm).unwrap());
    part(token, 1)
}

#[test]
fn a_code_gets_an_access_token_and_an_id_token() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let who = people.lilei().await;
        let code = people.code_by(&client, &who, &[("scope", "openid"), ("nonce", "n-1")]).await;
        let answer = people.oauth.token(redeeming(&client, &code)).await.unwrap();
        assert_eq!(answer.token_type, TokenType::Bearer);
        assert_eq!(answer.expires_in, 36_000);
        assert_eq!(answer.scope, "openid");
        assert!(answer.refresh_token.is_none());
        // For userinfo alone: nothing that anybody could read.
        assert!(!text(&answer.access_token).contains('.'));
        assert!(text(&answer.access_token).len() >= 43);

        let id_token = answer.id_token.unwrap();
        let header = part(text(&id_token), 0);
        assert_eq!((&header["alg"], &header["typ"]), (&json!("RS256"), &json!("JWT")));
        let mut claims = id_claims(&people.oauth, text(&id_token)).await;
        assert_eq!(claims["at_hash"].take().as_str().map(str::len), Some(22));
        let now = 1_773_304_200;
        let expected = json!({
            "iss": "https://id.example.com/",
            "sub": "authok|lilei",
            "aud": client.identifier.as_str(),
            "azp": client.identifier.as_str(),
            "iat": now,
            "exp": now + 36_000,
            "auth_time": now,
            "nonce": "n-1",
            "sid": who.0.id.to_string(),
            "amr": ["pwd"],
            "at_hash": null,
        });
        assert_eq!(claims, expected);
    });
}

/// OpenID Connect Core 1.0, appendix A.3: the hash of an access token.
#[test]
fn at_hash_is_the_left_half_of_the_hash() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let answer = people.tokens(&client, &[]).await;
        let hash = aws_lc_rs::digest::digest(
            &aws_lc_rs::digest::SHA256,
            text(&answer.access_token).as_bytes(),
        );
        let half = URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]);
        assert_eq!(part(text(&answer.id_token.unwrap()), 1)["at_hash"], half);
    });
}

#[test]
fn an_id_token_is_signed_as_its_client_registered() {
    block_on(async {
        let people = People::new().await;
        for algorithm in ["RS256", "ES256", "EdDSA", "HS256", "none"] {
            let mut client = people.own_client().await;
            client.settings.id_token_signed_response_alg = Some(algorithm.to_owned());
            people.world.save_client(client.clone()).await;
            let answer = people.tokens(&client, &[]).await;
            let id_token = answer.id_token.unwrap();
            assert_eq!(part(text(&id_token), 0)["alg"], algorithm);
            assert_eq!(
                part(text(&id_token), 0).get("kid").is_some(),
                !matches!(algorithm, "HS256" | "none")
            );
            match algorithm {
                "none" => assert!(text(&id_token).ends_with('.')),
                "HS256" => {
                    let key = jsonwebtoken::DecodingKey::from_secret(
                        crate::test_people::SECRET.as_bytes(),
                    );
                    let (signed, signature) = text(&id_token).rsplit_once('.').unwrap();
                    let algorithm = jsonwebtoken::Algorithm::HS256;
                    let signed = signed.as_bytes();
                    assert!(
                        jsonwebtoken::crypto::verify(signature, signed, &key, algorithm).unwrap()
                    );
                }
                _ => {
                    let claims = id_claims(&people.oauth, text(&id_token)).await;
                    assert_eq!(claims["sub"], "authok|lilei");
                }
            }
        }
    });
}

#[test]
fn an_id_token_says_of_the_user_what_was_asked_for() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let mut user = people.another_user("hanmeimei").await;
        user.profile.name = Some(Text::parse("name", "韩梅梅").unwrap());
        user.email = Some(Email::parse("hanmeimei@qq.com").unwrap());
        let stored = user.clone();
        let save = people.world.storage.transact(async move |tx| {
            tx.users().save(&stored).await?;
            Ok::<_, citizenry_identity::Error>(())
        });
        save.await.unwrap();
        let who = people.signed_in(&user).await;
        for (scope, claims, said) in [
            ("openid", "", &[][..]),
            ("openid profile", "", &["name", "updated_at"]),
            ("openid email", "", &["email", "email_verified"]),
            ("openid", r#"{"id_token": {"name": {"essential": true}, "iss": null}}"#, &["name"]),
            ("openid", r#"{"userinfo": {"name": null}}"#, &[]),
        ] {
            let code = people.code_by(&client, &who, &[("scope", scope), ("claims", claims)]).await;
            let answer = people.oauth.token(redeeming(&client, &code)).await.unwrap();
            let claims = part(text(&answer.id_token.unwrap()), 1);
            let protocol =
                ["iss", "sub", "aud", "azp", "iat", "exp", "auth_time", "sid", "amr", "at_hash"];
            let others: BTreeSet<&str> = claims
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .filter(|name| !protocol.contains(name))
                .collect();
            assert_eq!(others, said.iter().copied().collect::<BTreeSet<_>>(), "{scope}");
            assert_eq!(claims["iss"], "https://id.example.com/");
        }
    });
}

#[test]
fn a_token_for_a_resource_server_is_as_it_says() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let identifier = "https://things.example.com/";
        people.server(identifier, |server| server.token_lifetime = 600).await;
        let asked =
            [("audience", identifier), ("scope", "openid read:things write:things delete:things")];
        let answer = people.tokens(&client, &asked).await;
        assert_eq!(answer.expires_in, 600);
        assert_eq!(answer.scope, "openid read:things write:things");
        let header = part(text(&answer.access_token), 0);
        assert_eq!((&header["alg"], &header["typ"]), (&json!("ES256"), &json!("at+jwt")));
        let claims = id_claims(&people.oauth, text(&answer.access_token)).await;
        assert_eq!(claims["aud"], json!([identifier, "https://id.example.com/userinfo"]));
        assert_eq!(claims["sub"], "authok|lilei");
        assert_eq!(claims["client_id"], client.identifier.as_str());
        assert_eq!(claims["scope"], "openid read:things write:things");
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
        let (family, random) = claims["jti"].as_str().unwrap().split_once('.').unwrap();
        assert_eq!((family.len(), random.len()), (26, 24));
        assert_eq!(claims.get("permissions"), None);
        assert_eq!(claims.get("cnf"), None);

        // Without OpenID Connect it is for the resource server alone, and there is no ID token.
        let answer =
            people.tokens(&client, &[("audience", identifier), ("scope", "read:things")]).await;
        assert_eq!(part(text(&answer.access_token), 1)["aud"], identifier);
        assert!(answer.id_token.is_none());
    });
}

#[test]
fn an_opaque_token_is_of_use_to_who_asks_what_it_means() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let identifier = "https://things.example.com/";
        people
            .server(identifier, |server| {
                server.token_format = citizenry_identity::TokenFormat::Opaque;
            })
            .await;
        let asked = [("audience", identifier), ("scope", "openid read:things")];
        let token = people.tokens(&client, &asked).await.access_token;
        assert!(!text(&token).contains('.'));
        let meaning = people.introspect(&client, &token).await;
        assert_eq!(meaning["active"], true);
        assert_eq!(meaning["aud"], identifier);
        assert_eq!(meaning["scope"], "openid read:things");
        assert_eq!(meaning["sub"], "authok|lilei");
        assert_eq!(people.userinfo(&token).await.unwrap(), json!({"sub": "authok|lilei"}));
    });
}

/// A code is good for the client, the redirect URI and the browser that it was issued for.
#[test]
fn code_mix_up() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let other = people.own_client().await;
        let public = people.own_spa().await;
        let code = people.code(&client, &[]).await;
        for thief in [&other, &public] {
            let stolen = people.oauth.token(redeeming(thief, &code)).await;
            assert_eq!(refused(stolen), "invalid_grant");
        }
        for uri in [None, Some("https://app.example.com/cb/"), Some("https://evil.example/cb")] {
            let request =
                TokenRequest { redirect_uri: uri.map(str::to_owned), ..redeeming(&client, &code) };
            assert_eq!(refused(people.oauth.token(request).await), "invalid_grant", "{uri:?}");
        }
        let none = TokenRequest { code: None, ..redeeming(&client, &code) };
        assert_eq!(refused(people.oauth.token(none).await), "invalid_request");
        for made_up in ["", "x", &"x".repeat(10_000), "' OR 1=1 --", "\0"] {
            let made_up = people.oauth.token(redeeming(&client, made_up)).await;
            assert!(["invalid_grant", "invalid_request"].contains(&refused(made_up)));
        }
        // None of this has used it up.
        assert!(people.oauth.token(redeeming(&client, &code)).await.is_ok());
    });
}

/// A challenge needs its verifier, and a verifier its challenge.
#[test]
fn pkce_mix_up() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let code = people.code(&client, &[]).await;
        let other = "a".repeat(43);
        for verifier in [None, Some(""), Some(crate::test_people::CHALLENGE), Some(&other)] {
            let request = TokenRequest {
                code_verifier: verifier.map(Into::into),
                ..redeeming(&client, &code)
            };
            assert_eq!(refused(people.oauth.token(request).await), "invalid_grant");
        }
        assert!(people.oauth.token(redeeming(&client, &code)).await.is_ok());

        let without = [("code_challenge", ""), ("code_challenge_method", "")];
        let code = people.code(&client, &without).await;
        let request = redeeming(&client, &code);
        assert_eq!(refused(people.oauth.token(request).await), "invalid_grant", "a downgrade");
        let request = TokenRequest { code_verifier: None, ..redeeming(&client, &code) };
        assert!(people.oauth.token(request).await.is_ok());
    });
}

#[test]
fn replayed_code_revokes_tokens() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let identifier = "https://things.example.com/";
        people.server(identifier, |server| server.allow_offline_access = true).await;
        let scope = "openid offline_access read:things";
        for asked in [&[("scope", scope), ("audience", identifier)][..], &[("scope", scope)]] {
            let code = people.code(&client, asked).await;
            let first = people.oauth.token(redeeming(&client, &code)).await.unwrap();
            let refreshed = people.refresh(&client, &refresh_token(&first)).await.unwrap();
            assert!(people.is_active(&first.access_token).await);
            people.wait(30);
            let again = people.oauth.token(redeeming(&client, &code)).await;
            assert_eq!(refused(again), "invalid_grant");
            for answer in [&first, &refreshed] {
                assert!(!people.is_active(&answer.access_token).await);
                assert!(people.userinfo(&answer.access_token).await.is_err());
                let refreshed = people.refresh(&client, &refresh_token(answer)).await;
                assert_eq!(refused(refreshed), "invalid_grant");
            }
        }
    });
}

#[test]
fn a_code_expires() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let code = people.code(&client, &[]).await;
        people.wait(60);
        assert_eq!(refused(people.oauth.token(redeeming(&client, &code)).await), "invalid_grant");
    });
}

#[test]
fn who_was_locked_or_has_signed_out_gets_nothing() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let who = people.lilei().await;
        let code = people.code_by(&client, &who, &[]).await;
        let (tenant, session) = (who.0.tenant, who.0.id);
        let end = people.world.storage.transact(async move |tx| {
            Ok::<_, citizenry_identity::Error>(tx.sessions().delete(tenant, session).await?)
        });
        assert!(end.await.unwrap());
        assert_eq!(refused(people.oauth.token(redeeming(&client, &code)).await), "invalid_grant");

        let user = people.another_user("hanmeimei").await;
        let who = people.signed_in(&user).await;
        let code = people.code_by(&client, &who, &[]).await;
        people.lock(&user).await;
        assert_eq!(refused(people.oauth.token(redeeming(&client, &code)).await), "invalid_grant");
    });
}

#[test]
fn only_clients_that_may_redeem_codes() {
    block_on(async {
        let people = People::new().await;
        let mut client = people.own_client().await;
        let code = people.code(&client, &[]).await;
        client.settings.grant_types = Some(vec!["refresh_token".to_owned()]);
        people.world.save_client(client.clone()).await;
        let answer = people.oauth.token(redeeming(&client, &code)).await;
        assert_eq!(refused(answer), "unauthorized_client");
    });
}

#[test]
fn oversized_parameters() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let long = "x".repeat(9_000);
        let good = || redeeming(&client, "x");
        for request in [
            TokenRequest { code: Some(long.as_str().into()), ..good() },
            TokenRequest { redirect_uri: Some(long.clone()), ..good() },
            TokenRequest { code_verifier: Some(long.as_str().into()), ..good() },
            TokenRequest { scope: Some(long.clone()), ..good() },
            TokenRequest { audience: Some(long.clone()), ..good() },
            TokenRequest { resources: vec![long.clone()], ..good() },
            TokenRequest { resources: vec!["https://a.example/".to_owned(); 11], ..good() },
            TokenRequest { username: Some(long.clone()), ..good() },
            TokenRequest { password: Some(long.as_str().into()), ..good() },
        ] {
            assert_eq!(refused(people.oauth.token(request).await), "invalid_request");
        }
        let refresh = refreshing(&client, &long.as_str().into());
        assert_eq!(refused(people.oauth.token(refresh).await), "invalid_request");
    });
}

#[test]
fn a_token_tells_the_permissions_that_its_resource_server_wants_to_know() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let identifier = "https://things.example.com/";
        let server = people
            .server(identifier, |server| {
                server.token_dialect = citizenry_identity::TokenDialect::AccessTokenAuthz;
                server.enforce_policies = true;
            })
            .await;
        let user = people.user.clone();
        let permission = citizenry_identity::PermissionRef {
            resource_server: server.id,
            scope: crate::test_people::scope("read:things"),
        };
        let give = people.world.storage.transact(async move |tx| {
            let permissions = [permission.clone()];
            tx.assignments().add_user_permissions(user.tenant, user.id, &permissions).await?;
            Ok::<_, citizenry_identity::Error>(())
        });
        give.await.unwrap();
        let asked = [("audience", identifier), ("scope", "openid read:things write:things")];
        let answer = people.tokens(&client, &asked).await;
        assert_eq!(answer.scope, "openid read:things");
        let claims = part(text(&answer.access_token), 1);
        assert_eq!(claims["permissions"], json!(["read:things"]));
        assert_eq!(claims["scope"], "openid read:things");
    });
}

#[test]
fn nothing_secret_is_printed() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let code = people.code(&client, &[("scope", "openid offline_access")]).await;
        let request = redeeming(&client, &code);
        let shown = format!("{request:?}");
        assert!(!shown.contains(&code) && !shown.contains(VERIFIER));
        let answer = people.oauth.token(request).await.unwrap();
        let shown = format!("{answer:?}");
        for secret in
            [&answer.access_token, &refresh_token(&answer), answer.id_token.as_ref().unwrap()]
        {
            assert!(!shown.contains(text(secret)));
        }
    });
}

#[test]
fn a_redirect_uri_that_was_not_sent_need_not_be_repeated() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let asked = [("redirect_uri", ""), ("scope", "")];
        let code = people.code(&client, &asked).await;
        let request = TokenRequest { redirect_uri: None, ..redeeming(&client, &code) };
        assert!(people.oauth.token(request).await.is_ok());
        let code = people.code(&client, &asked).await;
        let request = redeeming(&client, &code);
        assert_eq!(request.redirect_uri.as_deref(), Some(CALLBACK));
        assert!(people.oauth.token(request).await.is_ok());
    });
}

#[test]
fn a_revoked_key_ends_access_tokens() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let identifier = "https://things.example.com/";
        people.server(identifier, |_| ()).await;
        let asked = [("audience", identifier), ("scope", "openid")];
        let token = people.tokens(&client, &asked).await.access_token;
        let mut key = people.world.key(&people.world.home).await;
        for (state, good) in [
            (KeyState::Previous, true),
            (KeyState::Revoked, false),
            (KeyState::Next, false),
            (KeyState::Current, true),
        ] {
            key.state = state;
            people.world.save_key(key.clone()).await;
            assert_eq!(people.is_active(&token).await, good, "{state:?}");
        }
    });
}
