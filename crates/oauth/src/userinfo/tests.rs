use citizenry_identity::{AuthenticationMethod, Email, Gender, Origin, Phone, Text, Username};
use citizenry_testkit::block_on;

use super::*;
use crate::test_people::People;
use crate::test_tokens::{credentials, refresh_token, refused, text};
use crate::test_world::part;
use crate::{IntrospectRequest, TokenRequest};

/// 李雷 with all that can be said of him.
async fn described(people: &People) -> User {
    let mut user = people.user.clone();
    user.username = Some(Username::parse("lilei").unwrap());
    user.email = Some(Email::parse("fioman@qq.com").unwrap());
    user.email_verified = true;
    user.phone = Some(Phone::parse("13800138000", 86).unwrap());
    let profile = &mut user.profile;
    profile.name = Some(Text::parse("name", "李雷").unwrap());
    profile.given_name = Some(Text::parse("given_name", "雷").unwrap());
    profile.family_name = Some(Text::parse("family_name", "李").unwrap());
    profile.nickname = Some(Text::parse("nickname", "lei").unwrap());
    profile.gender = Some(Gender::Male);
    profile.birthdate = Some(Text::parse("birthdate", "1987-04-23").unwrap());
    profile.locale = Some(Text::parse("locale", "zh-CN").unwrap());
    profile.zoneinfo = Some(Text::parse("zoneinfo", "Asia/Shanghai").unwrap());
    profile.address.city = Some(Text::parse("city", "深圳").unwrap());
    profile.address.province = Some(Text::parse("province", "广东").unwrap());
    let stored = user.clone();
    let save = people.world.storage.transact(async move |tx| {
        tx.users().save(&stored).await?;
        Ok::<_, Error>(())
    });
    save.await.unwrap();
    user
}

#[test]
fn a_scope_opens_its_claims() {
    block_on(async {
        let people = People::new().await;
        let user = described(&people).await;
        let client = people.own_client().await;
        let updated_at = user.updated_at.unix_seconds();
        let profile = json!({
            "sub": "authok|lilei", "name": "李雷", "given_name": "雷", "family_name": "李",
            "nickname": "lei", "preferred_username": "lilei", "gender": "male",
            "birthdate": "1987-04-23", "locale": "zh-CN", "zoneinfo": "Asia/Shanghai",
            "updated_at": updated_at,
        });
        for (scope, expected) in [
            ("openid", json!({"sub": "authok|lilei"})),
            ("openid profile", profile),
            (
                "openid email",
                json!({"sub": "authok|lilei", "email": "fioman@qq.com", "email_verified": true}),
            ),
            (
                "openid phone",
                json!({"sub": "authok|lilei", "phone_number": "+8613800138000",
                    "phone_number_verified": false}),
            ),
            (
                "openid address",
                json!({"sub": "authok|lilei", "address": {"locality": "深圳", "region": "广东"}}),
            ),
        ] {
            let token = people.tokens(&client, &[("scope", scope)]).await.access_token;
            assert_eq!(people.userinfo(&token).await.unwrap(), expected, "{scope}");
        }
        let claims = r#"{"userinfo": {"name": {"essential": true}, "sub": null, "iss": null}}"#;
        let asked = [("scope", "openid"), ("claims", claims)];
        let token = people.tokens(&client, &asked).await.access_token;
        let said = people.userinfo(&token).await.unwrap();
        assert_eq!(said, json!({"sub": "authok|lilei", "name": "李雷"}));
    });
}

#[test]
fn the_answer_is_signed_for_clients_that_want_it() {
    block_on(async {
        let people = People::new().await;
        for algorithm in ["RS256", "ES256", "EdDSA", "HS256"] {
            let mut client = people.own_client().await;
            client.settings.oidc.userinfo_signed_response_alg = Some(algorithm.to_owned());
            people.world.save_client(client.clone()).await;
            let token = people.tokens(&client, &[]).await.access_token;
            let signed = people.userinfo(&token).await.unwrap();
            let signed = signed.as_str().unwrap();
            assert_eq!(part(signed, 0)["alg"], algorithm);
            let claims = part(signed, 1);
            assert_eq!(claims["iss"], "https://id.example.com/");
            assert_eq!(claims["aud"], client.identifier.as_str());
            assert_eq!(claims["sub"], "authok|lilei");
            // It cannot be passed off as an access token.
            assert!(!people.is_active(&signed.into()).await);
        }
    });
}

#[test]
fn a_token_opens_userinfo_only_with_openid() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let identifier = "https://things.example.com/";
        people.server(identifier, |server| server.allow_offline_access = true).await;
        for asked in
            [&[("scope", "email")][..], &[("scope", "read:things"), ("audience", identifier)]]
        {
            let token = people.tokens(&client, asked).await.access_token;
            let refused = people.userinfo(&token).await.unwrap_err();
            assert_eq!(refused.code(), "insufficient_scope");
            let expected = "Bearer error=\"insufficient_scope\", error_description=\"the token \
                lacks the scope openid\", scope=\"openid\"";
            assert_eq!(refused.challenges(), [expected]);
        }
        let of_client = people.world.management_token().await;
        assert_eq!(people.userinfo(&of_client).await.unwrap_err().code(), "insufficient_scope");
        let answer = people.offline_tokens(&client).await;
        for bad in [
            refresh_token(&answer),
            answer.id_token.unwrap(),
            "".into(),
            "x".into(),
            "a.b.c".into(),
            "x".repeat(100_000).into(),
            "\0' OR 1=1 --".into(),
        ] {
            let refused = people.userinfo(&bad).await.unwrap_err();
            assert_eq!(refused.code(), "invalid_token");
            assert!(refused.challenges()[0].starts_with("Bearer error=\"invalid_token\""));
        }
        assert_eq!(ResourceError::challenge_without_token(), "Bearer");
    });
}

#[test]
fn a_token_of_one_tenant_is_not_good_at_another() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let token = people.tokens(&client, &[]).await.access_token;
        let at = |tenant: &str| UserinfoRequest {
            tenant: Some(tenant.to_owned()),
            token: token.clone(),
            scheme: TokenType::Bearer,
            dpop: None,
        };
        assert!(people.oauth.userinfo(at("default")).await.is_ok());
        let refused = people.oauth.userinfo(at("acme")).await.unwrap_err();
        assert_eq!(refused.code(), "invalid_token");

        // Nor does a client of another tenant learn anything about it.
        let request = IntrospectRequest {
            tenant: None,
            client: people.world.foreign.request().client,
            token,
            origin: Origin::default(),
        };
        let meaning = people.oauth.introspect(request).await.unwrap();
        assert_eq!(Value::Object(meaning), json!({"active": false}));
    });
}

#[test]
fn a_token_ends_with_its_time_its_user_and_its_tenant() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let identifier = "https://things.example.com/";
        people.server(identifier, |_| ()).await;
        for asked in [&[("scope", "openid")][..], &[("scope", "openid"), ("audience", identifier)]]
        {
            let user = people.another_user(&format!("user{}", asked.len())).await;
            let who = people.signed_in(&user).await;
            let code = people.code_by(&client, &who, asked).await;
            let answer = people.oauth.token(crate::test_tokens::redeeming(&client, &code)).await;
            let token = answer.unwrap().access_token;
            assert!(people.userinfo(&token).await.is_ok());
            people.lock(&user).await;
            assert_eq!(people.userinfo(&token).await.unwrap_err().code(), "invalid_token");
        }
        let answer = people.tokens(&client, &[]).await;
        people.wait(i64::from(answer.expires_in) - 1);
        assert!(people.is_active(&answer.access_token).await);
        people.wait(1);
        assert!(!people.is_active(&answer.access_token).await);
        let answer = people.tokens(&client, &[]).await;
        people.world.disable(&people.world.home).await;
        assert!(!people.is_active(&answer.access_token).await);
    });
}

#[test]
fn introspection_tells_what_a_token_means() {
    block_on(async {
        let people = People::new().await;
        described(&people).await;
        let client = people.own_client().await;
        let answer = people.offline_tokens(&client).await;
        let now = 1_773_304_200;
        let meaning = people.introspect(&client, &answer.access_token).await;
        let expected = json!({
            "active": true, "scope": "openid email offline_access",
            "client_id": client.identifier.as_str(), "username": "lilei",
            "token_type": "Bearer", "iat": now, "exp": now + 36_000, "sub": "authok|lilei",
            "iss": "https://id.example.com/", "auth_time": now,
        });
        assert_eq!(meaning, expected);
        let token = refresh_token(&answer);
        let meaning = people.introspect(&client, &token).await;
        assert_eq!((&meaning["active"], meaning.get("token_type")), (&json!(true), None));
        people.refresh(&client, &token).await.unwrap();
        assert_eq!(people.introspect(&client, &token).await, json!({"active": false}));

        let of_client = people.world.management_token().await;
        let meaning = people.introspect(&client, &of_client).await;
        let name = people.world.home.client.identifier.as_str();
        assert_eq!(meaning["sub"], format!("{name}@clients"));
        assert_eq!(meaning["aud"], "https://default.example.com/api/v1");
        for nonsense in ["", "x", "a.b.c", text(&answer.id_token.unwrap())] {
            let meaning = people.introspect(&client, &nonsense.into()).await;
            assert_eq!(meaning, json!({"active": false}));
        }
    });
}

#[test]
fn who_proves_nothing_learns_nothing() {
    block_on(async {
        let people = People::new().await;
        let public = people.own_spa().await;
        assert_eq!(public.authentication_method, AuthenticationMethod::None);
        let answer = people.tokens(&public, &[]).await;
        let request = IntrospectRequest {
            tenant: None,
            client: credentials(&public),
            token: answer.access_token,
            origin: Origin::default(),
        };
        assert_eq!(refused(people.oauth.introspect(request).await), "invalid_client");
    });
}

#[test]
fn tokens_that_a_resource_server_signs_by_its_secret_are_known_again() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let identifier = "https://secret.example.com/";
        let algorithm = SigningAlgorithm::Hs256;
        people.world.resource_server(identifier, algorithm).await;
        let asked = [("scope", "openid read:things"), ("audience", identifier)];
        let token = people.tokens(&client, &asked).await.access_token;
        assert_eq!(part(text(&token), 0)["alg"], "HS256");
        assert_eq!(people.introspect(&client, &token).await["active"], true);
        assert!(people.userinfo(&token).await.is_ok());
        let forged = Signer::hs256(b"another secret");
        let forged = forged.sign("at+jwt", None, &part(text(&token), 1)).unwrap();
        assert!(!people.is_active(&forged.into()).await);
    });
}

#[test]
fn an_opaque_token_of_a_client_means_the_same() {
    block_on(async {
        let people = People::new().await;
        let identifier = "https://things.example.com/";
        let opaque = citizenry_identity::TokenFormat::Opaque;
        // The grant is that of the installation's machine.
        people.server(identifier, |server| server.token_format = opaque).await;
        let request =
            TokenRequest { audience: Some(identifier.to_owned()), ..people.world.home.request() };
        let answer = people.oauth.token(request).await.unwrap();
        assert!(!text(&answer.access_token).contains('.'));
        let client = people.own_client().await;
        let meaning = people.introspect(&client, &answer.access_token).await;
        assert_eq!(meaning["scope"], "read:things");
        assert_eq!(meaning["aud"], identifier);
        people.wait(i64::from(answer.expires_in));
        assert!(!people.is_active(&answer.access_token).await);
    });
}
