use citizenry_authz::{Permissions, Subject};
use citizenry_identity::{Client, ManagementDoor};
use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::jws::Signer;
use crate::test_doors::Doors;
use crate::test_people::SECRET;
use crate::test_tokens::{refused, text};
use crate::{JwtExchange, TokenError, TokenResponse, ims};

const DOOR: ManagementDoor = ManagementDoor::AudienceManager;
const METASCOPE: &str = "https://ims-na1.adobelogin.com/s/ent_audiencemanagerplatform_sdk";

/// A technical account that signs with a key of its client's registration.
struct Signing {
    doors: Doors,
    client: Client,
    signer: Signer,
}

impl Signing {
    async fn new() -> Self {
        let doors = Box::pin(Doors::new()).await;
        let (signer, _) = Signer::generate_rs256().unwrap();
        let mut client = doors.client(DOOR).clone();
        let jwk = serde_json::to_value(signer.public_key()).unwrap();
        client.settings.oidc.jwks = Some(json!({ "keys": [jwk] }));
        doors.people.world.save_client(client.clone()).await;
        client.version += 1;
        Self { doors, client, signer }
    }

    fn now(&self) -> i64 {
        self.doors.people.world.environment.clock.now().unix_seconds()
    }

    /// Good claims as the Python client writes them, with others in their place; `null` takes one
    /// out.
    fn claims(&self, others: &Value) -> Value {
        let client = self.client.identifier.as_str();
        let mut claims = json!({
            "exp": self.now() + 3_600,
            "iss": ims::organization_id(&self.doors.people.world.home.tenant),
            "sub": ims::technical_account_id(&self.client),
            METASCOPE: true,
            "aud": format!("https://ims-na1.adobelogin.com/c/{client}"),
        });
        let claims = claims.as_object_mut().unwrap();
        claims.extend(others.as_object().unwrap().clone());
        claims.retain(|_, value| !value.is_null());
        json!(claims)
    }

    fn jwt(&self, others: &Value) -> String {
        self.signer.sign("JWT", None, &self.claims(others)).unwrap()
    }

    fn request(&self, jwt: &str) -> JwtExchange {
        JwtExchange {
            tenant: None,
            client_id: self.client.identifier.to_string(),
            client_secret: SECRET.into(),
            jwt_token: jwt.into(),
            origin: citizenry_identity::Origin::default(),
        }
    }

    async fn exchange(&self, jwt: &str) -> Result<TokenResponse, TokenError> {
        self.doors.people.oauth.exchange_jwt(self.request(jwt)).await
    }
}

#[test]
fn a_signed_jwt_gets_a_token_of_the_client() {
    block_on(async {
        let signing = Signing::new().await;
        let jwt = signing.jwt(&json!({}));
        let answer = signing.exchange(&jwt).await.unwrap();
        assert_eq!(answer.expires_in, 86_399);
        assert!(answer.refresh_token.is_none());
        assert_eq!(text(&answer.access_token).len(), 36);
        let caller = signing.doors.caller(DOOR, &answer.access_token).await.unwrap();
        assert_eq!(caller.subject(), Subject::Client(signing.client.id));
        assert_eq!(*caller.permissions(), Permissions::all());
        // Once more, and written otherwise.
        let other_place = format!("https://id.example.com/c/{}", signing.client.identifier);
        for others in [
            json!({}),
            json!({ "aud": other_place }),
            json!({ "aud": ["https://elsewhere.example/", other_place] }),
            json!({ "exp": signing.now() + 86_400 }),
            json!({ METASCOPE: null, "ent_audiencemanagerplatform_sdk": true }),
            json!({ "nbf": signing.now(), "iat": signing.now() }),
        ] {
            assert!(signing.exchange(&signing.jwt(&others)).await.is_ok(), "{others}");
        }
    });
}

#[test]
fn the_names_of_tenant_and_client_are_derived() {
    block_on(async {
        let signing = Signing::new().await;
        let tenant = &signing.doors.people.world.home.tenant;
        let organization = ims::organization_id(tenant);
        assert_eq!(organization, format!("{}@AdobeOrg", tenant.id.to_string().to_uppercase()));
        assert_eq!(organization.len(), 26 + "@AdobeOrg".len());
        let account = ims::technical_account_id(&signing.client);
        assert_eq!(account, format!("{}@techacct.adobe.com", signing.client.identifier));
    });
}

#[test]
fn claims_of_somebody_else_or_of_another_time_get_nothing() {
    block_on(async {
        let signing = Signing::new().await;
        let foreign = ims::organization_id(&signing.doors.people.world.foreign.tenant);
        let other = signing.doors.client(ManagementDoor::Angus);
        let now = signing.now();
        for others in [
            json!({ "iss": foreign }),
            json!({ "iss": null }),
            json!({ "sub": ims::technical_account_id(other) }),
            json!({ "sub": signing.client.identifier.as_str() }),
            json!({ "aud": format!("https://ims-na1.adobelogin.com/c/{}", other.identifier) }),
            json!({ "aud": signing.client.identifier.as_str() }),
            json!({ "aud": [] }),
            json!({ "aud": null }),
            json!({ "exp": now }),
            json!({ "exp": now - 1 }),
            json!({ "exp": now + 86_401 }),
            json!({ "exp": i64::MAX }),
            json!({ "exp": "soon" }),
            json!({ "exp": null }),
            json!({ "nbf": now + 1 }),
            json!({ METASCOPE: null }),
            json!({ METASCOPE: false }),
            json!({ METASCOPE: "true" }),
            json!({ METASCOPE: null, "not_ent_audiencemanagerplatform_sdk": true }),
        ] {
            let answer = signing.exchange(&signing.jwt(&others)).await;
            assert_eq!(refused(answer), "invalid_grant", "{others}");
        }
    });
}

#[test]
fn what_is_not_signed_with_the_registered_key_gets_nothing() {
    block_on(async {
        let signing = Signing::new().await;
        let claims = signing.claims(&json!({}));
        let (another, _) = Signer::generate_rs256().unwrap();
        let (elliptic, _) = Signer::generate_es256().unwrap();
        let by = |signer: &Signer| signer.sign("JWT", None, &claims).unwrap();
        let good = signing.jwt(&json!({}));
        let (signed, _) = good.rsplit_once('.').unwrap();
        for jwt in [
            by(&another),
            by(&elliptic),
            by(&Signer::hs256(SECRET.as_bytes())),
            format!("{signed}."),
            format!("{good}x"),
            signed.to_owned(),
            "a.b.c".to_owned(),
            String::new(),
        ] {
            assert_eq!(refused(signing.exchange(&jwt).await), "invalid_grant", "{jwt}");
        }
        let long = "x".repeat(8_193);
        assert_eq!(refused(signing.exchange(&long).await), "invalid_request");
        let mut client = signing.client.clone();
        client.settings.oidc.jwks = None;
        signing.doors.people.world.save_client(client).await;
        assert_eq!(refused(signing.exchange(&good).await), "invalid_grant", "no key any more");
    });
}

#[test]
fn the_client_has_to_prove_itself_and_to_be_of_the_door() {
    block_on(async {
        let signing = Signing::new().await;
        let good = signing.jwt(&json!({}));
        let oauth = &signing.doors.people.oauth;
        let wrong = JwtExchange { client_secret: "x".into(), ..signing.request(&good) };
        assert_eq!(refused(oauth.exchange_jwt(wrong).await), "invalid_client");
        let elsewhere = JwtExchange { tenant: Some("acme".to_owned()), ..signing.request(&good) };
        assert_eq!(refused(oauth.exchange_jwt(elsewhere).await), "invalid_client");
        let mut client = signing.client.clone();
        for door in [Some(ManagementDoor::Angus), None] {
            client.settings.door = door;
            signing.doors.people.world.save_client(client.clone()).await;
            client.version += 1;
            assert_eq!(refused(signing.exchange(&good).await), "unauthorized_client");
        }
        client.settings.door = Some(DOOR);
        client.settings.grant_types = Some(vec!["password".to_owned()]);
        signing.doors.people.world.save_client(client).await;
        assert_eq!(refused(signing.exchange(&good).await), "unauthorized_client");
    });
}
