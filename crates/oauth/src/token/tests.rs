mod authorization_code;
mod device_code;
mod doors;
mod jwt_exchange;
mod password;
mod proofs;
mod refresh_token;

use citizenry_identity::SigningAlgorithm;
use citizenry_testkit::block_on;
use serde_json::json;

use super::*;
use crate::BasicClient;
use crate::test_world::{HOST, SIGNING_SECRET, World, part};

/// The code of the answer to `request`.
async fn refusal(world: &World, request: TokenRequest) -> &'static str {
    match world.oauth.token(request).await {
        Ok(_) => "a token",
        Err(error) => error.code(),
    }
}

#[test]
fn a_client_gets_a_token_for_all_that_it_is_granted() {
    block_on(async {
        let world = World::new().await;
        let answer = world.oauth.token(world.home.request()).await.unwrap();
        assert_eq!(answer.expires_in, 86_400);
        assert_eq!(answer.scope, "read:users create:users update:users");

        let token = answer.access_token.expose_secret();
        let kid = world.key(&world.home).await.id.to_string();
        assert_eq!(part(token, 0), json!({"alg": "ES256", "typ": "at+jwt", "kid": kid}));
        let client = world.home.client.identifier.as_str();
        let mut claims = part(token, 1);
        let jti = claims["jti"].take();
        assert_eq!(jti.as_str().map(str::len), Some(24));
        let expected = json!({
            "iss": "https://id.example.com/",
            "sub": format!("{client}@clients"),
            "aud": "https://default.example.com/api/v1",
            "iat": 1_773_304_200,
            "exp": 1_773_304_200 + 86_400,
            "jti": null,
            "scope": "read:users create:users update:users",
            "client_id": client,
            "azp": client,
            "gty": "client-credentials",
        });
        assert_eq!(claims, expected);
    });
}

#[test]
fn two_tokens_are_never_the_same() {
    block_on(async {
        let world = World::new().await;
        let first = world.claims(world.home.request()).await.unwrap();
        let second = world.claims(world.home.request()).await.unwrap();
        assert_ne!(first["jti"], second["jti"]);
    });
}

#[test]
fn the_tenant_is_the_clients() {
    block_on(async {
        let world = World::new().await;
        let claims = world.claims(world.foreign.request()).await.unwrap();
        assert_eq!(claims["iss"], "https://id.example.com/t/acme/");
        assert_eq!(claims["aud"], "https://acme.example.com/api/v1");

        let at = |tenant: &str| TokenRequest {
            tenant: Some(tenant.to_owned()),
            ..world.foreign.request()
        };
        assert_eq!(refusal(&world, at("acme")).await, "a token");
        assert_eq!(refusal(&world, at("default")).await, "invalid_client");
        assert_eq!(refusal(&world, at("nowhere")).await, "invalid_client");
    });
}

#[test]
fn a_secret_in_the_header_is_as_good_as_one_in_the_body() {
    block_on(async {
        let world = World::new().await;
        let mut client = world.home.client.clone();
        for method in
            [AuthenticationMethod::ClientSecretPost, AuthenticationMethod::ClientSecretBasic]
        {
            client.authentication_method = method;
            world.save_client(client.clone()).await;
            client.version += 1;
            assert_eq!(refusal(&world, world.home.request()).await, "a token");
            assert_eq!(refusal(&world, by_header(&world)).await, "a token");
        }
        let mut named_twice = by_header(&world);
        named_twice.client.client_id = world.home.request().client.client_id;
        assert_eq!(refusal(&world, named_twice).await, "a token");
    });
}

fn by_header(world: &World) -> TokenRequest {
    TokenRequest {
        client: ClientCredentials {
            basic: Some(BasicClient {
                client_id: world.home.client.identifier.as_str().to_owned(),
                client_secret: world.home.secret.as_str().into(),
            }),
            ..ClientCredentials::default()
        },
        ..world.home.request()
    }
}

#[test]
fn proving_oneself_in_two_ways_is_refused() {
    block_on(async {
        let world = World::new().await;
        let mut both = world.home.request();
        both.client.basic = by_header(&world).client.basic;
        assert_eq!(refusal(&world, both).await, "invalid_request");
        let mut two_names = by_header(&world);
        two_names.client.client_id = world.foreign.request().client.client_id;
        assert_eq!(refusal(&world, two_names).await, "invalid_request");
    });
}

#[test]
fn who_is_not_proved_is_refused_alike() {
    block_on(async {
        let world = World::new().await;
        let good = || world.home.request().client;
        let named = |name: &str| ClientCredentials {
            client_id: Some(name.to_owned()),
            ..world.home.request().client
        };
        let clients = [
            ClientCredentials { client_secret: Some("wrong".into()), ..good() },
            ClientCredentials { client_secret: Some("".into()), ..good() },
            ClientCredentials { client_secret: None, ..good() },
            ClientCredentials {
                client_secret: world.foreign.request().client.client_secret,
                ..good()
            },
            ClientCredentials { client_id: None, ..good() },
            named("unknown"),
            named("' OR 1=1 --\0"),
            named(&"x".repeat(100_000)),
        ];
        let requests = clients.map(|client| TokenRequest { client, ..world.home.request() });
        for request in requests {
            assert_eq!(refusal(&world, request.clone()).await, "invalid_client", "{request:?}");
        }
    });
}

#[test]
fn a_client_that_proves_itself_otherwise_has_no_use_of_its_secret() {
    block_on(async {
        let world = World::new().await;
        let mut client = world.home.client.clone();
        for method in [
            AuthenticationMethod::None,
            AuthenticationMethod::ClientSecretJwt,
            AuthenticationMethod::PrivateKeyJwt,
        ] {
            client.authentication_method = method;
            world.save_client(client.clone()).await;
            client.version += 1;
            assert_eq!(refusal(&world, world.home.request()).await, "invalid_client");
        }
    });
}

#[test]
fn a_disabled_tenants_clients_are_refused() {
    block_on(async {
        let world = World::new().await;
        world.disable(&world.home).await;
        assert_eq!(refusal(&world, world.home.request()).await, "invalid_client");
        assert_eq!(refusal(&world, world.foreign.request()).await, "a token");
    });
}

#[test]
fn only_the_grant_that_is_served_and_allowed() {
    block_on(async {
        let world = World::new().await;
        let of = |grant_type: Option<&str>| TokenRequest {
            grant_type: grant_type.map(str::to_owned),
            ..world.home.request()
        };
        assert_eq!(refusal(&world, of(None)).await, "invalid_request");
        for grant_type in ["", "implicit", "Client_Credentials"] {
            assert_eq!(refusal(&world, of(Some(grant_type))).await, "unsupported_grant_type");
        }
        let mut client = world.home.client.clone();
        client.settings.grant_types = Some(vec!["authorization_code".to_owned()]);
        world.save_client(client).await;
        assert_eq!(refusal(&world, world.home.request()).await, "unauthorized_client");
    });
}

#[test]
fn the_management_api_has_many_names_and_one_audience() {
    block_on(async {
        let world = World::new().await;
        for audience in [
            "https://default.example.com/api/v1",
            "https://default.example.com/api/v1/",
            "https://id.example.com/api/v1",
            "https://id.example.com/api/v1/",
            "https://id.example.com/api/v2",
            "http://id.example.com/api/v2/",
        ] {
            let request =
                TokenRequest { audience: Some(audience.to_owned()), ..world.home.request() };
            let claims = world.claims(request).await.unwrap();
            assert_eq!(claims["aud"], "https://default.example.com/api/v1", "{audience}");
        }
    });
}

#[test]
fn an_audience_that_nothing_has_is_refused() {
    block_on(async {
        let world = World::new().await;
        for audience in [
            "",
            "https://example.org/api/v1",
            "https://id.example.com/api/v3",
            "https://acme.example.com/api/v1",
            "https://default.example.com/api/v1//",
        ] {
            let request =
                TokenRequest { audience: Some(audience.to_owned()), ..world.home.request() };
            assert_eq!(refusal(&world, request).await, "invalid_target", "{audience}");
        }
        let elsewhere = TokenRequest {
            audience: Some(format!("https://{HOST}/api/v2/")),
            host: Some("localhost:8080".to_owned()),
            ..world.home.request()
        };
        assert_eq!(refusal(&world, elsewhere).await, "invalid_target");
    });
}

#[test]
fn without_an_audience_the_tenants_own_counts() {
    block_on(async {
        let world = World::new().await;
        let request = TokenRequest { audience: None, ..world.home.request() };
        assert_eq!(refusal(&world, request.clone()).await, "invalid_request");
        let mut tenant = world.home.tenant.clone();
        tenant.settings.default_audience = Some("https://default.example.com/api/v1/".to_owned());
        world.save_tenant(tenant).await;
        assert_eq!(refusal(&world, request).await, "a token");
    });
}

#[test]
fn a_scope_is_what_was_asked_for_and_never_more_than_is_granted() {
    block_on(async {
        let world = World::new().await;
        let with =
            |scope: &str| TokenRequest { scope: Some(scope.to_owned()), ..world.home.request() };
        for (asked, given) in [
            ("read:users", "read:users"),
            ("update:users read:users", "update:users read:users"),
            (" read:users  read:users ", "read:users"),
            ("", "read:users create:users update:users"),
            ("  ", "read:users create:users update:users"),
        ] {
            let answer = world.oauth.token(with(asked)).await.unwrap();
            assert_eq!(answer.scope, given, "{asked:?}");
            let claims = part(answer.access_token.expose_secret(), 1);
            assert_eq!(claims["scope"], given);
        }
        for asked in ["delete:users", "read:users delete:users", "read:users\tcreate:users", "*"] {
            assert_eq!(refusal(&world, with(asked)).await, "invalid_scope", "{asked:?}");
        }
    });
}

#[test]
fn without_a_grant_there_is_no_token() {
    block_on(async {
        let world = World::new().await;
        let grant = world.home.grant.clone();
        world
            .storage
            .transact(async move |tx| {
                tx.client_grants().delete(grant.tenant, grant.id).await?;
                Ok::<_, citizenry_identity::Error>(())
            })
            .await
            .unwrap();
        assert_eq!(refusal(&world, world.home.request()).await, "access_denied");
    });
}

#[test]
fn a_resource_servers_tokens_are_signed_as_it_says() {
    block_on(async {
        let world = World::new().await;
        for algorithm in [
            SigningAlgorithm::Es256,
            SigningAlgorithm::Rs256,
            SigningAlgorithm::EdDsa,
            SigningAlgorithm::Hs256,
        ] {
            let audience = format!("https://things.example.com/{}", algorithm.as_str());
            let server = world.resource_server(&audience, algorithm).await;
            let request = TokenRequest { audience: Some(audience), ..world.home.request() };
            let answer = world.oauth.token(request).await.unwrap();
            assert_eq!(answer.scope, "read:things");
            let token = answer.access_token.expose_secret();
            assert_eq!(part(token, 0)["alg"], algorithm.as_str());
            assert_eq!(part(token, 1)["aud"], server.identifier.as_str());
            let (signed, signature) = token.rsplit_once('.').unwrap();
            let (key, algorithm) = match algorithm {
                SigningAlgorithm::Hs256 => {
                    assert_eq!(part(token, 0).get("kid"), None);
                    let key = jsonwebtoken::DecodingKey::from_secret(SIGNING_SECRET);
                    (key, jsonwebtoken::Algorithm::HS256)
                }
                pair => {
                    let jwk = published_key(&world, &part(token, 0)["kid"]).await;
                    assert_eq!(jwk["alg"], pair.as_str());
                    let jwk = serde_json::from_value(jwk).unwrap();
                    let key = jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap();
                    let algorithm = pair.as_str().parse().unwrap();
                    (key, algorithm)
                }
            };
            let signed = signed.as_bytes();
            assert!(jsonwebtoken::crypto::verify(signature, signed, &key, algorithm).unwrap());
        }
    });
}

/// The key of that identifier in the published set.
async fn published_key(world: &World, kid: &serde_json::Value) -> serde_json::Value {
    let keys = serde_json::to_value(world.oauth.jwks(None).await.unwrap()).unwrap();
    let keys = keys["keys"].as_array().unwrap().clone();
    keys.into_iter().find(|key| key["kid"] == *kid).expect("the key is published")
}

#[test]
fn a_token_lasts_as_long_as_its_resource_server_says() {
    block_on(async {
        let world = World::new().await;
        let audience = "https://things.example.com/";
        let mut server = world.resource_server(audience, SigningAlgorithm::Es256).await;
        server.token_lifetime = 60;
        let saved = server.clone();
        world
            .storage
            .transact(async move |tx| {
                tx.resource_servers().save(&saved).await?;
                Ok::<_, citizenry_identity::Error>(())
            })
            .await
            .unwrap();
        let request = TokenRequest { audience: Some(audience.to_owned()), ..world.home.request() };
        let answer = world.oauth.token(request).await.unwrap();
        assert_eq!(answer.expires_in, 60);
        let claims = part(answer.access_token.expose_secret(), 1);
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 60);
    });
}

#[test]
fn nothing_prints_a_secret() {
    block_on(async {
        let world = World::new().await;
        let request = by_header(&world);
        assert!(!format!("{request:?}").contains(&world.home.secret));
        let answer = world.oauth.token(world.home.request()).await.unwrap();
        assert!(!format!("{answer:?}").contains(answer.access_token.expose_secret()));
    });
}
