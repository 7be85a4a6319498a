use citizenry_identity::{Client, Origin};
use citizenry_testkit::block_on;

use crate::test_people::People;
use crate::test_tokens::{credentials, refused, text};
use crate::token::DEVICE_CODE;
use crate::{
    DeviceAuthorization, DeviceCodeError, DeviceRequest, TokenError, TokenRequest, TokenResponse,
};

async fn device(people: &People) -> Client {
    let mut client = people.own_spa().await;
    let grants = [DEVICE_CODE, "refresh_token"];
    client.settings.grant_types = Some(grants.map(str::to_owned).to_vec());
    people.world.save_client(client.clone()).await;
    client.version += 1;
    client
}

async fn begin(people: &People, client: &Client) -> DeviceAuthorization {
    let request = DeviceRequest {
        client: credentials(client),
        scope: Some("openid offline_access nonsense".to_owned()),
        ..DeviceRequest::default()
    };
    people.oauth.device_authorization(request).await.unwrap()
}

async fn poll(
    people: &People,
    client: &Client,
    begun: &DeviceAuthorization,
) -> Result<TokenResponse, TokenError> {
    let request = TokenRequest {
        grant_type: Some(DEVICE_CODE.to_owned()),
        client: credentials(client),
        device_code: Some(begun.device_code.clone()),
        ..TokenRequest::default()
    };
    people.oauth.token(request).await
}

async fn decide(people: &People, code: &str, allow: bool) -> bool {
    let who = people.lilei().await;
    let tenant = people.world.home.tenant.id;
    people.oauth.decide_device(tenant, code, &who, allow, &Origin::default()).await.unwrap()
}

#[test]
fn a_device_waits_for_its_user() {
    block_on(async {
        let people = People::new().await;
        let client = device(&people).await;
        let begun = begin(&people, &client).await;
        assert_eq!((begun.expires_in, begun.interval), (900, 5));
        assert_eq!(begun.verification_uri, "https://id.example.com/activate");
        let complete = format!("https://id.example.com/activate?user_code={}", begun.user_code);
        assert_eq!(begun.verification_uri_complete, complete);
        let (first, second) = begun.user_code.split_once('-').unwrap();
        for half in [first, second] {
            assert_eq!(half.len(), 4);
            assert!(half.chars().all(|letter| "BCDFGHJKLMNPQRSTVWXZ".contains(letter)));
        }
        assert_eq!(refused(poll(&people, &client, &begun).await), "authorization_pending");
        people.wait(4);
        assert_eq!(refused(poll(&people, &client, &begun).await), "slow_down");
        people.wait(9);
        assert_eq!(refused(poll(&people, &client, &begun).await), "slow_down", "ten from now on");
        people.wait(15);
        assert_eq!(refused(poll(&people, &client, &begun).await), "authorization_pending");

        // As people type.
        let typed = begun.user_code.to_lowercase().replace('-', " ");
        let tenant = people.world.home.tenant.id;
        let origin = Origin::default();
        let screen = people.oauth.device_by_user_code(tenant, &typed, &origin).await;
        let screen = screen.unwrap().unwrap();
        assert_eq!(screen.client.id, client.id);
        assert_eq!(screen.user_code, begun.user_code);
        let names: Vec<&str> = screen.scopes.iter().map(|scope| scope.name.as_str()).collect();
        assert_eq!(names, ["openid", "offline_access"]);

        assert!(decide(&people, &typed, true).await);
        assert!(!decide(&people, &typed, false).await, "decided");
        let answer = poll(&people, &client, &begun).await.unwrap();
        assert!(answer.id_token.is_some());
        let claims = people.userinfo(&answer.access_token).await.unwrap();
        assert_eq!(claims["sub"], "authok|lilei");
        let token = answer.refresh_token.as_ref().unwrap();
        assert!(people.refresh(&client, token).await.is_ok());

        // A second use ends what the first one got.
        assert_eq!(refused(poll(&people, &client, &begun).await), "invalid_grant");
        assert!(!people.is_active(&answer.access_token).await);
    });
}

#[test]
fn a_device_whose_user_says_no_gets_nothing() {
    block_on(async {
        let people = People::new().await;
        let client = device(&people).await;
        let begun = begin(&people, &client).await;
        assert!(decide(&people, &begun.user_code, false).await);
        assert_eq!(refused(poll(&people, &client, &begun).await), "access_denied");
        assert!(!decide(&people, &begun.user_code, true).await);
        assert_eq!(refused(poll(&people, &client, &begun).await), "access_denied");
    });
}

#[test]
fn a_device_code_expires() {
    block_on(async {
        let people = People::new().await;
        let client = device(&people).await;
        let begun = begin(&people, &client).await;
        people.wait(900);
        assert_eq!(refused(poll(&people, &client, &begun).await), "expired_token");
        assert!(!decide(&people, &begun.user_code, true).await);
    });
}

#[test]
fn a_device_code_is_for_its_client() {
    block_on(async {
        let people = People::new().await;
        let client = device(&people).await;
        let other = device(&people).await;
        let begun = begin(&people, &client).await;
        assert!(decide(&people, &begun.user_code, true).await);
        assert_eq!(refused(poll(&people, &other, &begun).await), "invalid_grant");
        for made_up in [
            "",
            "x",
            &"x".repeat(200),
            text(&begun.device_code).trim_end_matches(char::is_alphanumeric),
        ] {
            let begun = DeviceAuthorization { device_code: made_up.into(), ..begun.clone() };
            assert_eq!(refused(poll(&people, &client, &begun).await), "invalid_grant");
        }
        assert!(poll(&people, &client, &begun).await.is_ok());
        let others = people.own_client().await;
        let request = DeviceRequest { client: credentials(&others), ..DeviceRequest::default() };
        let answer = people.oauth.device_authorization(request).await;
        assert_eq!(refused(answer), "unauthorized_client");
    });
}

#[test]
fn a_user_code_is_of_its_tenant() {
    block_on(async {
        let people = People::new().await;
        let client = device(&people).await;
        let begun = begin(&people, &client).await;
        let foreign = people.world.foreign.tenant.id;
        let origin = Origin::default();
        let found = people.oauth.device_by_user_code(foreign, &begun.user_code, &origin).await;
        assert_eq!(found.unwrap(), None);
    });
}

#[test]
fn user_codes_cannot_be_guessed_for_long() {
    block_on(async {
        let people = People::new().await;
        let client = device(&people).await;
        let begun = begin(&people, &client).await;
        let tenant = people.world.home.tenant.id;
        let from =
            |address: &str| Origin { ip: Some(address.parse().unwrap()), ..Origin::default() };
        let (here, there) = (from("192.0.2.1"), from("192.0.2.2"));
        // What cannot be a code is no guess.
        for _ in 0..20 {
            let found = people.oauth.device_by_user_code(tenant, "AEIO-UAEI", &here).await;
            assert_eq!(found.unwrap(), None);
        }
        for guess in 0..10 {
            let letter = char::from(b"BCDFGHJKLM"[guess]);
            let code = format!("{letter}{letter}{letter}{letter}-BBBB");
            let found = people.oauth.device_by_user_code(tenant, &code, &here).await;
            assert_eq!(found.unwrap(), None);
        }
        let found = people.oauth.device_by_user_code(tenant, &begun.user_code, &here).await;
        assert!(matches!(found, Err(DeviceCodeError::TooMany { retry_after: 600 })), "{found:?}");
        let who = people.lilei().await;
        let decided = people.oauth.decide_device(tenant, &begun.user_code, &who, true, &here).await;
        assert!(matches!(decided, Err(citizenry_identity::Error::RateLimited { .. })));
        let found = people.oauth.device_by_user_code(tenant, &begun.user_code, &there).await;
        assert!(found.unwrap().is_some());
        people.wait(600);
        let found = people.oauth.device_by_user_code(tenant, &begun.user_code, &here).await;
        assert!(found.unwrap().is_some());
    });
}
