use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use citizenry_identity::AuthenticationMethod::{ClientSecretJwt, PrivateKeyJwt};
use citizenry_identity::ClientId;
use citizenry_testkit::block_on;
use serde_json::{Value, json};

use super::*;
use crate::TokenRequest;
use crate::jws::Signer;
use crate::test_people::People;
use crate::test_people::SECRET;
use crate::test_tokens::{credentials, redeeming, refused};

/// A client that signs assertions, and what it signs with.
struct Signing {
    people: People,
    client: Client,
    signer: Signer,
}

impl Signing {
    async fn new(method: AuthenticationMethod) -> Self {
        let people = People::new().await;
        let mut client = people.own_client().await;
        client.authentication_method = method;
        let signer = if method == PrivateKeyJwt {
            let (signer, _) = Signer::generate_es256().unwrap();
            let mut jwk = serde_json::to_value(signer.public_key()).unwrap();
            jwk["kid"] = json!("mine");
            client.settings.oidc.jwks = Some(json!({ "keys": [jwk] }));
            signer
        } else {
            Signer::hs256(SECRET.as_bytes())
        };
        people.world.save_client(client.clone()).await;
        client.version += 1;
        Self { people, client, signer }
    }

    /// Good claims, with others in their place; `null` takes one out.
    fn claims(&self, others: &Value) -> Value {
        let name = self.client.identifier.as_str();
        let moment = self.people.world.environment.moment();
        let now = moment.now().unix_seconds();
        let mut claims = json!({
            "iss": name, "sub": name, "aud": "https://id.example.com/oauth/token",
            "iat": now, "exp": now + 60, "jti": moment.alphanumeric(20),
        });
        let claims = claims.as_object_mut().unwrap();
        claims.extend(others.as_object().unwrap().clone());
        claims.retain(|_, value| !value.is_null());
        json!(claims)
    }

    fn assertion(&self, others: &Value) -> String {
        self.signer.sign("JWT", None, &self.claims(others)).unwrap()
    }

    fn by(assertion: &str) -> ClientCredentials {
        ClientCredentials {
            client_assertion_type: Some(ASSERTION_TYPE.to_owned()),
            client_assertion: Some(assertion.into()),
            ..ClientCredentials::default()
        }
    }

    async fn is_proved(&self, client: &ClientCredentials) -> Result<ClientId, &'static str> {
        let proved = self.people.oauth.authenticate_client(client, None, "/oauth/par").await;
        proved.map(|proved| proved.client().id).map_err(|error| error.code())
    }

    async fn proves(&self, assertion: &str) -> Result<ClientId, &'static str> {
        self.is_proved(&Self::by(assertion)).await
    }
}

#[test]
fn an_assertion_proves_a_client_once() {
    block_on(async {
        for method in [ClientSecretJwt, PrivateKeyJwt] {
            let signing = Box::pin(Signing::new(method)).await;
            let id = signing.client.id;
            for audience in [
                json!("https://id.example.com/oauth/token"),
                json!("https://id.example.com/"),
                json!("https://id.example.com"),
                json!(["https://other.example/", "https://id.example.com/oauth/par"]),
            ] {
                let assertion = signing.assertion(&json!({ "aud": audience }));
                assert_eq!(signing.proves(&assertion).await, Ok(id), "{audience}");
                assert_eq!(signing.proves(&assertion).await, Err("invalid_client"), "a replay");
            }
            let mut named = Signing::by(&signing.assertion(&json!({})));
            named.client_id = Some(signing.client.identifier.as_str().to_owned());
            assert_eq!(signing.is_proved(&named).await, Ok(id));
        }
    });
}

#[test]
fn an_assertion_is_of_the_client_for_us_and_of_now() {
    block_on(async {
        for method in [ClientSecretJwt, PrivateKeyJwt] {
            let signing = Box::pin(Signing::new(method)).await;
            let other = signing.people.own_client().await;
            let now = signing.people.world.environment.clock.now().unix_seconds();
            for others in [
                json!({"iss": other.identifier.as_str()}),
                json!({"sub": other.identifier.as_str()}),
                json!({"iss": other.identifier.as_str(), "sub": other.identifier.as_str()}),
                json!({"iss": "nobody", "sub": "nobody"}),
                json!({"aud": "https://evil.example/"}),
                json!({"aud": "https://id.example.com/t/acme/"}),
                json!({"aud": []}),
                json!({"aud": null}),
                json!({"exp": now}),
                json!({"exp": now - 1}),
                json!({"exp": now + 3_661}),
                json!({"exp": null}),
                json!({"exp": "soon"}),
                json!({"iat": now + 61}),
                json!({"nbf": now + 61}),
                json!({"jti": null}),
                json!({"jti": ""}),
                json!({"jti": "x".repeat(257)}),
            ] {
                let proved = signing.proves(&signing.assertion(&others)).await;
                assert_eq!(proved, Err("invalid_client"), "{others}");
            }
            let mut named = Signing::by(&signing.assertion(&json!({})));
            named.client_id = Some(other.identifier.as_str().to_owned());
            assert_eq!(signing.is_proved(&named).await, Err("invalid_client"));
            let mut named = Signing::by(&signing.assertion(&json!({})));
            named.client_assertion_type = Some("urn:something:else".to_owned());
            assert_eq!(signing.is_proved(&named).await, Err("invalid_client"));
            named.client_assertion_type = None;
            assert_eq!(signing.is_proved(&named).await, Err("invalid_request"));
            for text in ["", "a.b.c", "..", &"x".repeat(20_000)] {
                assert_eq!(signing.proves(text).await, Err("invalid_client"));
            }
        }
    });
}

/// A header with members of one's own choosing.
fn forge(signing: &Signing, header: &Value, signer: &Signer) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    signer.append_signature(&format!("{}.{}", encode(header), encode(&signing.claims(&json!({})))))
}

#[test]
fn algorithm_confusion() {
    block_on(async {
        let signing = Box::pin(Signing::new(PrivateKeyJwt)).await;
        let public = serde_json::to_vec(&signing.signer.public_key()).unwrap();
        let secrets = [public.as_slice(), SECRET.as_bytes(), b""];
        for secret in secrets {
            for alg in ["HS256", "ES256", "none"] {
                let forged = forge(&signing, &json!({"alg": alg}), &Signer::hs256(secret));
                assert_eq!(signing.proves(&forged).await, Err("invalid_client"), "{alg}");
            }
        }
        for alg in ["none", "None", "RS256", "PS256", "EdDSA", "HS256", ""] {
            let forged = forge(&signing, &json!({"alg": alg}), &signing.signer);
            assert_eq!(signing.proves(&forged).await, Err("invalid_client"), "{alg}");
        }
        // The client's secret is of no use to a client that signs, in whichever way.
        let by_secret = ClientCredentials {
            client_secret: Some(SECRET.into()),
            ..credentials(&signing.client)
        };
        assert_eq!(signing.is_proved(&by_secret).await, Err("invalid_client"));
        let redeemed = signing
            .people
            .oauth
            .token(TokenRequest { client: by_secret, ..redeeming(&signing.client, "x") });
        assert_eq!(refused(redeemed.await), "invalid_client");

        // A client that has registered one algorithm is bound to it.
        let mut client = signing.client.clone();
        client.settings.oidc.token_endpoint_auth_signing_alg = Some("RS256".to_owned());
        signing.people.world.save_client(client).await;
        let assertion = signing.assertion(&json!({}));
        assert_eq!(signing.proves(&assertion).await, Err("invalid_client"));
    });
}

#[test]
fn kid_injection() {
    block_on(async {
        let signing = Box::pin(Signing::new(PrivateKeyJwt)).await;
        let (attacker, _) = Signer::generate_es256().unwrap();
        for kid in ["mine", "../../../../dev/null", "' UNION SELECT 'key' --", "", "\u{0}"] {
            let forged = forge(&signing, &json!({"alg": "ES256", "kid": kid}), &attacker);
            assert_eq!(signing.proves(&forged).await, Err("invalid_client"), "{kid}");
            let own = forge(&signing, &json!({"alg": "ES256", "kid": kid}), &signing.signer);
            assert_eq!(signing.proves(&own).await.is_ok(), kid == "mine", "{kid}");
        }
    });
}

#[test]
fn embedded_jwk_and_jku_are_ignored() {
    block_on(async {
        let signing = Box::pin(Signing::new(PrivateKeyJwt)).await;
        let (attacker, _) = Signer::generate_es256().unwrap();
        for (member, value) in [
            ("jwk", serde_json::to_value(attacker.public_key()).unwrap()),
            ("jku", json!("https://evil.example/jwks.json")),
            ("x5u", json!("https://evil.example/cert.pem")),
            ("x5c", json!(["MIIB"])),
            ("crit", json!(["exp"])),
        ] {
            let forged = forge(&signing, &json!({"alg": "ES256", member: value}), &attacker);
            assert_eq!(signing.proves(&forged).await, Err("invalid_client"), "{member}");
        }
    });
}

#[test]
fn a_client_proves_itself_in_one_way() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let good = credentials(&client);
        let prove = async |client: ClientCredentials| {
            people.oauth.authenticate_client(&client, None, "/oauth/token").await
        };
        assert!(prove(good.clone()).await.is_ok());
        let mut twice = good.clone();
        twice.client_assertion = Some("a.b.c".into());
        assert_eq!(refused(prove(twice).await), "invalid_request");
        let nothing = ClientCredentials { client_secret: None, ..good.clone() };
        assert_eq!(refused(prove(nothing).await), "invalid_client");
        assert_eq!(refused(prove(ClientCredentials::default()).await), "invalid_client");

        // A public client sends its name, and has no secret to send.
        let public = people.own_spa().await;
        assert!(prove(credentials(&public)).await.is_ok());
        let with_secret =
            ClientCredentials { client_secret: Some(SECRET.into()), ..credentials(&public) };
        assert_eq!(refused(prove(with_secret).await), "invalid_client");
        let shown = format!("{good:?}");
        assert!(!shown.contains(SECRET));
        // What signs for HS256 here is what everybody else means by it.
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let tag = hmac::sign(&key, b"x");
        let made = Signer::hs256(SECRET.as_bytes()).append_signature("x");
        assert_eq!(made, format!("x.{}", URL_SAFE_NO_PAD.encode(tag)));
    });
}
