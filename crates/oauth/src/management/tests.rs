use citizenry_authz::Credential;
use citizenry_identity::ScopeName;
use citizenry_testkit::block_on;
use serde_json::{Value, json};

use super::*;
use crate::jws::{ACCESS_TOKEN_TYPE, Signer};
use crate::test_world::{Tenancy, World, part};

/// The names of what the caller may do.
fn names(caller: &Caller) -> Vec<&'static str> {
    caller.permissions().iter().map(ManagementPermission::as_str).collect()
}

/// The claims of a good management token of `tenancy`.
async fn good_claims(world: &World, tenancy: &Tenancy) -> Value {
    let token = world.oauth.token(tenancy.request()).await.unwrap().access_token;
    part(token.expose_secret(), 1)
}

/// A token with these claims, signed by the home tenant's own key: what only an attacker who has
/// stolen the key, or a mistake of ours, could make.
async fn signed(world: &World, claims: &Value) -> String {
    let kid = world.key(&world.home).await.id.to_string();
    let signer = world.signer(&world.home).await;
    signer.sign(ACCESS_TOKEN_TYPE, Some(&kid), claims).unwrap()
}

#[test]
fn a_good_token_is_its_client() {
    block_on(async {
        let world = World::in_file().await;
        for tenancy in [&world.home, &world.foreign] {
            let token = world.oauth.token(tenancy.request()).await.unwrap().access_token;
            let origin = Origin { request_id: Some("r1".to_owned()), ..Origin::default() };
            let caller = world.oauth.authenticate(&token, &origin).await.unwrap();
            assert_eq!(caller.tenant(), tenancy.tenant.id);
            assert_eq!(caller.subject(), Subject::Client(tenancy.client.id));
            assert_eq!(caller.credential(), Credential::AccessToken);
            assert_eq!(names(&caller), ["create:users", "read:users", "update:users"]);
            assert_eq!(caller.origin(), &origin);
        }
    });
}

#[test]
fn a_token_permits_what_it_carries_and_no_more() {
    block_on(async {
        let world = World::in_file().await;
        let request =
            crate::TokenRequest { scope: Some("read:users".to_owned()), ..world.home.request() };
        let token = world.oauth.token(request).await.unwrap().access_token;
        let caller = world.authenticate(token.expose_secret()).await.unwrap();
        assert_eq!(names(&caller), ["read:users"]);

        // Not even a token of our own making goes beyond the grant.
        let mut claims = good_claims(&world, &world.home).await;
        claims["scope"] = json!("read:users delete:users delete:clients nonsense");
        let caller = world.authenticate(&signed(&world, &claims).await).await.unwrap();
        assert_eq!(names(&caller), ["read:users"]);
    });
}

#[test]
fn another_server_of_the_installation_takes_the_token() {
    block_on(async {
        let world = World::in_file().await;
        let token = world.management_token().await;
        let caller = world.another_server().authenticate(&token, &Origin::default()).await;
        assert_eq!(names(&caller.unwrap()), ["create:users", "read:users", "update:users"]);
    });
}

#[test]
fn a_narrowed_grant_counts_at_the_next_request() {
    block_on(async {
        let world = World::in_file().await;
        let token = world.management_token().await;
        let mut grant = world.home.grant.clone();
        grant.scopes = vec![ScopeName::parse("scope", "update:users").unwrap()];
        world.save_grant(grant).await;
        let caller = world.authenticate(token.expose_secret()).await.unwrap();
        assert_eq!(names(&caller), ["update:users"]);
    });
}

#[test]
fn a_widened_grant_does_not_widen_the_token() {
    block_on(async {
        let world = World::in_file().await;
        let token = world.management_token().await;
        let mut grant = world.home.grant.clone();
        grant.scopes.push(ScopeName::parse("scope", "delete:users").unwrap());
        world.save_grant(grant).await;
        let caller = world.authenticate(token.expose_secret()).await.unwrap();
        assert_eq!(names(&caller), ["create:users", "read:users", "update:users"]);
    });
}

#[test]
fn a_deleted_grant_ends_the_token() {
    block_on(async {
        let world = World::in_file().await;
        let token = world.management_token().await;
        assert!(!world.refuses(token.expose_secret()).await);
        let grant = world.home.grant.clone();
        let delete = world.storage.transact(async move |tx| {
            Ok::<_, Error>(tx.client_grants().delete(grant.tenant, grant.id).await?)
        });
        assert!(delete.await.unwrap());
        assert!(world.refuses(token.expose_secret()).await);
    });
}

#[test]
fn a_deleted_client_ends_the_token() {
    block_on(async {
        let world = World::in_file().await;
        let token = world.management_token().await;
        assert!(!world.refuses(token.expose_secret()).await);
        let client = world.home.client.clone();
        let delete = world.storage.transact(async move |tx| {
            Ok::<_, Error>(tx.clients().delete(client.tenant, client.id).await?)
        });
        assert!(delete.await.unwrap());
        assert!(world.refuses(token.expose_secret()).await);
    });
}

#[test]
fn a_disabled_tenant_ends_its_tokens_alone() {
    block_on(async {
        let world = World::in_file().await;
        let token = world.management_token().await;
        let other = world.oauth.token(world.foreign.request()).await.unwrap().access_token;
        assert!(!world.refuses(token.expose_secret()).await);
        world.disable(&world.home).await;
        assert!(world.refuses(token.expose_secret()).await);
        assert!(!world.refuses(other.expose_secret()).await);
    });
}

#[test]
fn a_key_that_signs_no_more_still_proves_until_it_is_revoked() {
    block_on(async {
        let world = World::in_file().await;
        let token = world.management_token().await;
        let mut key = world.key(&world.home).await;
        for (state, refused) in [
            (KeyState::Previous, false),
            (KeyState::Revoked, true),
            (KeyState::Next, true),
            (KeyState::Current, false),
        ] {
            key.state = state;
            world.save_key(key.clone()).await;
            assert_eq!(world.refuses(token.expose_secret()).await, refused, "{state:?}");
        }
    });
}

#[test]
fn expired() {
    block_on(async {
        let world = World::in_file().await;
        let token = world.management_token().await;
        world.clock.advance(time::Duration::seconds(86_399));
        assert!(!world.refuses(token.expose_secret()).await);
        world.clock.advance(time::Duration::seconds(1));
        assert!(world.refuses(token.expose_secret()).await);

        let mut claims = good_claims(&world, &world.home).await;
        for exp in [json!(0), json!(-1), json!(null), json!("9999999999"), json!(9e99)] {
            claims["exp"] = exp;
            assert!(world.refuses(&signed(&world, &claims).await).await, "{claims}");
        }
    });
}

#[test]
fn foreign_issuer() {
    block_on(async {
        let world = World::in_file().await;
        let mut claims = good_claims(&world, &world.home).await;
        for iss in [
            "https://id.example.com",
            "https://id.example.com/t/acme/",
            "https://id.example.com.evil.example/",
            "https://evil.example/",
            "",
        ] {
            claims["iss"] = json!(iss);
            assert!(world.refuses(&signed(&world, &claims).await).await, "{iss}");
        }
    });
}

#[test]
fn foreign_audience() {
    block_on(async {
        let world = World::in_file().await;
        // A real token for another API, with a scope that the management API knows as well.
        let server = "https://things.example.com/";
        let algorithm = citizenry_identity::SigningAlgorithm::Es256;
        world.resource_server(server, algorithm).await;
        let request =
            crate::TokenRequest { audience: Some(server.to_owned()), ..world.home.request() };
        let token = world.oauth.token(request).await.unwrap().access_token;
        assert!(world.refuses(token.expose_secret()).await);

        let mut claims = good_claims(&world, &world.home).await;
        for aud in [
            json!("https://acme.example.com/api/v1"),
            json!("https://id.example.com/api/v1"),
            json!(""),
            json!(null),
            json!([]),
        ] {
            claims["aud"] = aud;
            assert!(world.refuses(&signed(&world, &claims).await).await, "{claims}");
        }
    });
}

#[test]
fn foreign_tenants_key() {
    block_on(async {
        let world = World::in_file().await;
        world.management_token().await;
        // The home tenant's claims under the other tenant's perfectly good key.
        let claims = good_claims(&world, &world.home).await;
        world.oauth.token(world.foreign.request()).await.unwrap();
        let signer = world.signer(&world.foreign).await;
        for owner in [&world.foreign, &world.home] {
            let kid = world.key(owner).await.id.to_string();
            let token = signer.sign(ACCESS_TOKEN_TYPE, Some(&kid), &claims).unwrap();
            assert!(world.refuses(&token).await);
        }
    });
}

#[test]
fn foreign_client() {
    block_on(async {
        let world = World::in_file().await;
        let mut claims = good_claims(&world, &world.home).await;
        let other = world.foreign.client.identifier.as_str();
        claims["client_id"] = json!(other);
        assert!(world.refuses(&signed(&world, &claims).await).await, "subject and client differ");
        claims["sub"] = json!(format!("{other}@clients"));
        assert!(world.refuses(&signed(&world, &claims).await).await, "client of another tenant");
        claims["sub"] = json!("01j0000000000000000000000");
        assert!(world.refuses(&signed(&world, &claims).await).await, "no client at all");
    });
}

#[test]
fn alg_none() {
    block_on(async {
        let world = World::in_file().await;
        let token = world.management_token().await;
        let kid = part(token.expose_secret(), 0)["kid"].clone();
        let payload = token.expose_secret().split('.').nth(1).unwrap();
        for alg in ["none", "None", "nOnE", ""] {
            let header = json!({"alg": alg, "typ": ACCESS_TOKEN_TYPE, "kid": kid});
            for signature in ["", "AA"] {
                let forged = format!("{}.{payload}.{signature}", encode(&header));
                assert!(world.refuses(&forged).await, "{alg} {signature}");
            }
        }
    });
}

fn encode(value: &Value) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string())
}

#[test]
fn hs256_with_public_key() {
    block_on(async {
        let world = World::in_file().await;
        let claims = good_claims(&world, &world.home).await;
        let key = world.key(&world.home).await;
        let published = world.oauth.jwks(None).await.unwrap();
        let secrets = [
            serde_json::to_vec(&published).unwrap(),
            serde_json::to_vec(&published.keys[0]).unwrap(),
            serde_json::to_vec(&key.public_jwk).unwrap(),
            Vec::new(),
        ];
        for secret in secrets {
            let kid = key.id.to_string();
            let forged = Signer::hs256(&secret).sign(ACCESS_TOKEN_TYPE, Some(&kid), &claims);
            assert!(world.refuses(&forged.unwrap()).await);
        }
    });
}

#[test]
fn kid_injection() {
    block_on(async {
        let world = World::in_file().await;
        let claims = good_claims(&world, &world.home).await;
        let (attacker, _) = Signer::generate_es256().unwrap();
        let own = world.signer(&world.home).await;
        for kid in [
            "../../../../dev/null",
            "' UNION SELECT 'key' --",
            "",
            "\u{0}",
            "01j0000000000000000000000z",
            "7zzzzzzzzzzzzzzzzzzzzzzzzz",
            "https://evil.example/jwks.json",
        ] {
            for signer in [&attacker, &*own] {
                let forged = signer.sign(ACCESS_TOKEN_TYPE, Some(kid), &claims).unwrap();
                assert!(world.refuses(&forged).await, "{kid}");
            }
        }
        let without = own.sign(ACCESS_TOKEN_TYPE, None, &claims).unwrap();
        assert!(world.refuses(&without).await);
        let right = world.key(&world.home).await.id.to_string();
        let forged = attacker.sign(ACCESS_TOKEN_TYPE, Some(&right), &claims).unwrap();
        assert!(world.refuses(&forged).await);
    });
}

#[test]
fn headers_that_bring_a_key() {
    block_on(async {
        let world = World::in_file().await;
        let token = world.management_token().await;
        let header = part(token.expose_secret(), 0);
        let payload = token.expose_secret().split('.').nth(1).unwrap();
        let (attacker, _) = Signer::generate_es256().unwrap();
        let jwk = serde_json::to_value(attacker.public_key().unwrap()).unwrap();
        for (member, value) in [
            ("jwk", jwk),
            ("jku", json!("https://evil.example/jwks.json")),
            ("x5u", json!("https://evil.example/cert.pem")),
            ("x5c", json!(["MIIB"])),
        ] {
            let mut header = header.clone();
            header[member] = value;
            let signed = format!("{}.{payload}", encode(&header));
            for signer in [&attacker, &*world.signer(&world.home).await] {
                let forged = signer.append_signature(&signed);
                assert!(world.refuses(&forged).await, "{member}");
            }
        }
    });
}

#[test]
fn another_kind_of_token() {
    block_on(async {
        let world = World::in_file().await;
        let claims = good_claims(&world, &world.home).await;
        let kid = world.key(&world.home).await.id.to_string();
        let signer = world.signer(&world.home).await;
        for typ in ["JWT", "", "logout+jwt", "dpop+jwt"] {
            let token = signer.sign(typ, Some(&kid), &claims).unwrap();
            assert!(world.refuses(&token).await, "{typ}");
        }
        let token = signer.sign("application/AT+jwt", Some(&kid), &claims).unwrap();
        assert!(!world.refuses(&token).await);
    });
}

#[test]
fn every_changed_character_is_noticed() {
    block_on(async {
        let world = World::in_file().await;
        let token = world.management_token().await;
        let good = token.expose_secret();
        // The very last character of a 64 byte signature holds two unused bits, which the reader
        // wants to be zero, so that one token has one spelling.
        for position in (0..good.len()).step_by(7).chain([good.len() - 1]) {
            let mut changed: Vec<char> = good.chars().collect();
            changed[position] = if changed[position] == 'A' { 'B' } else { 'A' };
            let changed: String = changed.into_iter().collect();
            if changed != good {
                assert!(world.refuses(&changed).await, "{position}");
            }
        }
        assert!(world.refuses(&format!("{good}=")).await);
        assert!(world.refuses("").await);
    });
}

#[test]
fn futures_can_move_between_threads() {
    fn assert_send<T: Send>(_: &T) {}
    block_on(async {
        let world = World::in_file().await;
        let (bearer, origin) = ("".into(), Origin::default());
        assert_send(&world.oauth.authenticate(&bearer, &origin));
        assert_send(&world.oauth.token(crate::TokenRequest::default()));
        assert_send(&world.oauth.discovery(None));
        assert_send(&world.oauth.jwks(None));
        let algorithm = citizenry_identity::SigningAlgorithm::Es256;
        assert_send(&world.oauth.signing_key(&world.home.tenant, algorithm));
    });
}

#[test]
fn a_token_that_its_client_has_ended_is_refused() {
    block_on(async {
        let world = World::in_file().await;
        let token = world.management_token().await;
        assert!(!world.refuses(token.expose_secret()).await);
        let request = crate::RevokeRequest {
            tenant: None,
            client: world.home.request().client,
            token: token.clone(),
            origin: Origin::default(),
        };
        world.oauth.revoke(request).await.unwrap();
        assert!(world.refuses(token.expose_secret()).await);
        let another = world.management_token().await;
        assert!(!world.refuses(another.expose_secret()).await);
    });
}

#[test]
fn an_opaque_token_is_its_client_too() {
    block_on(async {
        let world = World::in_file().await;
        let mut server = world.home.management.clone();
        server.token_format = citizenry_identity::TokenFormat::Opaque;
        let save = world
            .storage
            .transact(async move |tx| Ok::<_, Error>(tx.resource_servers().save(&server).await?));
        save.await.unwrap();
        let token = world.management_token().await;
        assert!(!token.expose_secret().contains('.'));
        let caller = world.authenticate(token.expose_secret()).await.unwrap();
        assert_eq!(caller.subject(), Subject::Client(world.home.client.id));
        assert_eq!(names(&caller), ["create:users", "read:users", "update:users"]);
        assert!(world.refuses("x").await);
        let mut grant = world.home.grant.clone();
        grant.scopes = vec![ScopeName::parse("scope", "update:users").unwrap()];
        world.save_grant(grant).await;
        let caller = world.authenticate(token.expose_secret()).await.unwrap();
        assert_eq!(names(&caller), ["update:users"]);

        // One for another API is not good here.
        let audience = "https://things.example.com/";
        let algorithm = citizenry_identity::SigningAlgorithm::Es256;
        let mut server = world.resource_server(audience, algorithm).await;
        server.token_format = citizenry_identity::TokenFormat::Opaque;
        let save = world
            .storage
            .transact(async move |tx| Ok::<_, Error>(tx.resource_servers().save(&server).await?));
        save.await.unwrap();
        let request =
            crate::TokenRequest { audience: Some(audience.to_owned()), ..world.home.request() };
        let token = world.oauth.token(request).await.unwrap().access_token;
        assert!(world.refuses(token.expose_secret()).await);
    });
}
