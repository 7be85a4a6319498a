//! Request objects, sent along and by reference.

use std::sync::Mutex;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use citizenry_storage::{Document, OutgoingError, WebClient};
use serde_json::Value;

use super::*;
use crate::jws::{Signer, unsigned};

/// A client that signs, and what it signs with.
struct Signing {
    people: People,
    signer: Signer,
}

const JWKS_URI: &str = "https://app.example.com/jwks.json";

fn jwk(signer: &Signer, kid: &str) -> Value {
    let mut jwk = serde_json::to_value(signer.public_key()).unwrap();
    jwk["kid"] = kid.into();
    jwk
}

impl Signing {
    async fn new() -> Self {
        let mut people = Box::pin(People::new()).await;
        let (signer, _) = Signer::generate_es256().unwrap();
        let jwks = json!({"keys": [jwk(&signer, "k1")]});
        people.change(|it| it.settings.oidc.jwks = Some(jwks)).await;
        Self { people, signer }
    }

    /// All parameters of a good request, as claims.
    fn claims(&self, others: &Value) -> Value {
        let mut claims = json!({
            "iss": self.people.client.identifier.as_str(),
            "aud": format!("{PUBLIC_URL}/"),
            "exp": self.people.world.environment.moment().now().unix_seconds() + 60,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid profile",
            "state": "inside",
            "max_age": 300,
            "claims": {"userinfo": {"email": null}},
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        });
        for (name, value) in others.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    fn signed(&self, others: &Value) -> String {
        self.signer.sign("oauth-authz-req+jwt", Some("k1"), &self.claims(others)).unwrap()
    }

    async fn ask(&self, object: &str) -> Result<ValidatedRequest, AuthorizationError> {
        self.people.validate(&[("request", object)]).await
    }

    /// A request object with any header, signed with the client's key.
    fn forged(&self, header: &Value) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(header), encode(&self.claims(&json!({}))));
        self.signer.append_signature(&signed)
    }
}

#[tokio::test]
async fn a_signed_request_object_counts_before_what_stands_beside_it() {
    let signing = Signing::new().await;
    let request = signing.ask(&signing.signed(&json!({}))).await.unwrap();
    assert_eq!((request.state.as_deref(), request.max_age), (Some("inside"), Some(300)));
    assert_eq!(request.scopes, ["openid", "profile"]);
    assert!(request.claims.unwrap().contains_key("userinfo"));
    // In OpenID Connect what it lacks may stand outside; elsewhere it is all there is.
    let ask = |scope| {
        let object = signing.signed(&json!({"state": null}));
        let people = &signing.people;
        async move { people.validate(&[("request", &object), ("scope", scope)]).await.unwrap() }
    };
    assert_eq!(ask("openid").await.state.as_deref(), Some("xyz"));
    assert_eq!(ask("profile").await.state, None);
    // The redirect URI may stand inside alone.
    let alone = [("request", signing.signed(&json!({}))), ("redirect_uri", String::new())];
    let alone: Vec<_> = alone.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(signing.people.validate(&alone).await.unwrap().redirect_uri, CALLBACK);
    let evil = signing.signed(&json!({"redirect_uri": "https://evil.example/"}));
    assert_eq!(on_page(signing.ask(&evil).await), "invalid_request");
}

#[tokio::test]
async fn request_objects_that_say_something_else() {
    let signing = Signing::new().await;
    let client = signing.people.client.identifier.as_str();
    for others in [
        json!({"iss": "another"}),
        json!({"client_id": "another"}),
        json!({"sub": client}),
        json!({"aud": "https://evil.example/"}),
        json!({"aud": ["https://evil.example/"]}),
        json!({"exp": 1}),
        json!({"exp": "soon"}),
        json!({"nbf": 99_999_999_999_i64}),
        json!({"request": "x.y.z"}),
        json!({"request_uri": "https://app.example.com/object"}),
        json!({"response_type": "token"}),
        json!({"resource": [1]}),
        json!({"state": "a\r\nb"}),
    ] {
        let result = signing.ask(&signing.signed(&others)).await;
        assert_eq!(answered(result), "invalid_request_object", "{others}");
    }
    let fine = json!({"client_id": client, "aud": [PUBLIC_URL, "x"], "resource": null});
    assert!(signing.ask(&signing.signed(&fine)).await.is_ok());
    let object = signing.signed(&json!({}));
    let both = [("request", object.as_str()), ("request_uri", "https://app.example.com/x")];
    assert_eq!(answered(signing.people.validate(&both).await), "invalid_request");
}

#[tokio::test]
async fn request_object_algorithm_confusion() {
    let signing = Signing::new().await;
    let (other, _) = Signer::generate_es256().unwrap();
    let claims = signing.claims(&json!({}));
    let public = serde_json::to_vec(&signing.signer.public_key()).unwrap();
    let header = |alg| json!({"alg": alg, "kid": "k1"});
    let typ = "oauth-authz-req+jwt";
    for (name, object) in [
        ("another key", other.sign(typ, Some("k1"), &claims).unwrap()),
        ("HS256 with the public key", Signer::hs256(&public).sign(typ, None, &claims).unwrap()),
        ("HS256 with its secret", {
            let secret = crate::test_people::SECRET.as_bytes();
            Signer::hs256(secret).sign(typ, None, &claims).unwrap()
        }),
        ("another algorithm", signing.forged(&header("RS256"))),
        ("none with a signature", signing.forged(&header("none"))),
        ("None", signing.forged(&header("None"))),
        ("no algorithm", signing.forged(&json!({"kid": "k1"}))),
        ("another type", signing.signer.sign("at+jwt", Some("k1"), &claims).unwrap()),
        ("no token", "x.y.z".to_owned()),
    ] {
        assert_eq!(answered(signing.ask(&object).await), "invalid_request_object", "{name}");
    }
}

#[tokio::test]
async fn kid_injection_and_embedded_keys() {
    let signing = Signing::new().await;
    let (attacker, _) = Signer::generate_es256().unwrap();
    for kid in ["../../../dev/null", "' OR 1=1 --", "https://evil.example/k", "k2", ""] {
        let claims = signing.claims(&json!({}));
        let object = attacker.sign("JWT", Some(kid), &claims).unwrap();
        assert_eq!(answered(signing.ask(&object).await), "invalid_request_object", "{kid}");
    }
    for (member, value) in [
        ("jwk", jwk(&signing.signer, "k1")),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["exp"])),
    ] {
        let mut header = json!({"alg": "ES256", "kid": "k1"});
        assert!(signing.ask(&signing.forged(&header)).await.is_ok());
        header[member] = value;
        let result = signing.ask(&signing.forged(&header)).await;
        assert_eq!(answered(result), "invalid_request_object", "{member}");
    }
}

#[tokio::test]
async fn unsigned_request_objects_need_a_registration() {
    let mut signing = Signing::new().await;
    let object = unsigned(&signing.claims(&json!({}))).unwrap();
    assert_eq!(answered(signing.ask(&object).await), "request_not_supported");
    let algorithm = |alg: &str| Some(alg.to_owned());
    signing
        .people
        .change(|it| it.settings.oidc.request_object_signing_alg = algorithm("none"))
        .await;
    let object = unsigned(&signing.claims(&json!({}))).unwrap();
    assert_eq!(signing.ask(&object).await.unwrap().state.as_deref(), Some("inside"));
    // And who has registered one algorithm uses that one.
    let signed = signing.signed(&json!({}));
    assert_eq!(answered(signing.ask(&signed).await), "invalid_request_object");
    signing
        .people
        .change(|it| it.settings.oidc.request_object_signing_alg = algorithm("ES256"))
        .await;
    assert!(signing.ask(&signing.signed(&json!({}))).await.is_ok());
    assert_eq!(answered(signing.ask(&object).await), "request_not_supported");
}

#[tokio::test]
async fn by_reference_only_from_registered_addresses() {
    let mut signing = Signing::new().await;
    let uri = "https://app.example.com/object.jwt";
    let object = signing.signed(&json!({}));
    signing.people.web.put(uri, 200, "application/oauth-authz-req+jwt", object.clone());
    let ask = [("request_uri", uri)];
    assert_eq!(answered(signing.people.validate(&ask).await), "request_uri_not_supported");
    signing.people.change(|it| it.settings.oidc.request_uris = vec![uri.to_owned()]).await;
    let request = signing.people.validate(&ask).await.unwrap();
    assert_eq!(request.state.as_deref(), Some("inside"));
    let versioned = format!("{uri}#v2");
    assert!(signing.people.validate(&[("request_uri", &versioned)]).await.is_ok());
    for other in ["https://app.example.com/object.jwt?x", "https://app.example.com/", "file:///x"] {
        let result = signing.people.validate(&[("request_uri", other)]).await;
        assert_eq!(answered(result), "request_uri_not_supported", "{other}");
    }
    signing.people.web.put(uri, 404, "text/plain", object);
    assert_eq!(answered(signing.people.validate(&ask).await), "invalid_request_uri");
    signing.people.web.put(uri, 200, "text/html", "<html>");
    assert_eq!(answered(signing.people.validate(&ask).await), "invalid_request_object");
    signing.people.web.put(uri, 200, "text/html", "a".repeat(17 * 1024));
    assert_eq!(answered(signing.people.validate(&ask).await), "invalid_request_uri");
    let unsigned = unsigned(&signing.claims(&json!({}))).unwrap();
    signing.people.web.put(uri, 200, "application/jwt", unsigned);
    assert_eq!(answered(signing.people.validate(&ask).await), "request_uri_not_supported");
}

/// A web in which addresses of the inside are refused, as the real one does; it notes what it was
/// asked for.
#[derive(Debug, Default)]
struct Guarded {
    asked: Mutex<Vec<String>>,
    jwks: Mutex<Option<Vec<u8>>>,
}

#[async_trait]
impl WebClient for Guarded {
    async fn get(&self, url: &str) -> Result<Document, OutgoingError> {
        self.asked.lock().unwrap().push(url.to_owned());
        match self.jwks.lock().unwrap().clone() {
            Some(body) if url == JWKS_URI => Ok(Document { status: 200, content_type: None, body }),
            _ => Err(OutgoingError::Refused("a private address".to_owned())),
        }
    }

    async fn post_form(&self, _: &str, _: &[(&str, &str)]) -> Result<Document, OutgoingError> {
        Err(OutgoingError::Refused("a private address".to_owned()))
    }
}

impl Guarded {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

async fn guarded() -> (Signing, std::sync::Arc<Guarded>) {
    let web = std::sync::Arc::new(Guarded::default());
    let people = People::with_web(std::sync::Arc::clone(&web) as _).await;
    let (signer, _) = Signer::generate_es256().unwrap();
    (Signing { people, signer }, web)
}

#[tokio::test]
async fn ssrf_through_request_uri() {
    let (mut signing, web) = guarded().await;
    let inside = "http://169.254.169.254/latest/meta-data";
    let ask = [("request_uri", inside)];
    // What is not registered is not even asked for.
    assert_eq!(answered(signing.people.validate(&ask).await), "request_uri_not_supported");
    assert!(web.take().is_empty());
    signing.people.change(|it| it.settings.oidc.request_uris = vec![inside.to_owned()]).await;
    assert_eq!(answered(signing.people.validate(&ask).await), "invalid_request_uri");
    assert_eq!(web.take(), [inside]);
}

#[tokio::test]
async fn ssrf_through_jwks_uri() {
    let (mut signing, web) = guarded().await;
    let inside = "http://127.0.0.1:8080/jwks.json";
    signing.people.change(|it| it.settings.oidc.jwks_uri = Some(inside.to_owned())).await;
    let object = signing.signed(&json!({}));
    for _ in 0..3 {
        assert_eq!(answered(signing.ask(&object).await), "invalid_request_object");
    }
    // What was refused is not asked for again at once.
    assert_eq!(web.take(), [inside]);
}

#[tokio::test]
async fn keys_are_fetched_once_again_when_one_is_unknown_and_not_without_end() {
    let (mut signing, web) = guarded().await;
    signing.people.change(|it| it.settings.oidc.jwks_uri = Some(JWKS_URI.to_owned())).await;
    let publish = |keys: &[Value]| {
        *web.jwks.lock().unwrap() = Some(json!({"keys": keys}).to_string().into_bytes());
    };
    publish(&[jwk(&signing.signer, "k1")]);
    for _ in 0..3 {
        assert!(signing.ask(&signing.signed(&json!({}))).await.is_ok());
    }
    assert_eq!(web.take().len(), 1);
    // The client changes its key: seen at once.
    let (new, _) = Signer::generate_es256().unwrap();
    publish(&[jwk(&new, "k2")]);
    let signed_anew = new.sign("JWT", Some("k2"), &signing.claims(&json!({}))).unwrap();
    assert!(signing.ask(&signed_anew).await.is_ok());
    assert_eq!(web.take().len(), 1);
    let old = signing.signed(&json!({}));
    assert_eq!(answered(signing.ask(&old).await), "invalid_request_object");
    // A known name with a wrong signature is no reason to fetch, and made-up names soon are not.
    web.take();
    let forged = signing.signer.sign("JWT", Some("k2"), &signing.claims(&json!({}))).unwrap();
    assert_eq!(answered(signing.ask(&forged).await), "invalid_request_object");
    assert!(web.take().is_empty());
    for number in 0..20 {
        let kid = format!("made-up-{number}");
        let made_up = signing.signer.sign("JWT", Some(&kid), &signing.claims(&json!({}))).unwrap();
        assert_eq!(answered(signing.ask(&made_up).await), "invalid_request_object");
    }
    assert!(web.take().len() <= 5);
    signing.people.advance(301);
    let signed_anew = new.sign("JWT", Some("k2"), &signing.claims(&json!({}))).unwrap();
    assert!(signing.ask(&signed_anew).await.is_ok());
    assert_eq!(web.take().len(), 1);
}
