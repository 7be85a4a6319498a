use citizenry_identity::{ClientId, SessionId, SigningAlgorithm};
use citizenry_storage::LogoutNotice;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::*;
use crate::jws::{PublicKey, Token};
use crate::signing_keys::public_key;
use crate::test_people::{People, on_page};
use crate::test_world::{PUBLIC_URL, part};

const AFTER: &str = "https://app.example.com/bye";

async fn people() -> People {
    let mut people = People::new().await;
    people.change(|it| it.settings.allowed_logout_urls = vec![AFTER.to_owned()]).await;
    people
}

/// An ID token of 李雷 for `aud`.
async fn hint(people: &People, aud: &Value) -> String {
    let claims = json!({
        "iss": format!("{PUBLIC_URL}/"), "sub": "authok|lilei", "aud": aud, "exp": 1, "sid": "s",
    });
    let tenant = &people.world.home.tenant;
    let key = people.oauth.signing_key(tenant, SigningAlgorithm::Es256).await.unwrap();
    let signer = people.oauth.shared.signers.get(&*people.world.environment.sealer, &key).unwrap();
    signer.sign("JWT", Some(&key.id.to_string()), &claims).unwrap()
}

async fn logout(
    people: &People,
    session: Option<&(Session, User)>,
    parameters: &[(&str, &str)],
) -> Result<LogoutStep, AuthorizationError> {
    let parameters =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let request =
        LogoutRequest { parameters: parameters.collect(), session, ..LogoutRequest::default() };
    people.oauth.logout(request).await
}

fn out(redirect_to: Option<&str>) -> LogoutStep {
    LogoutStep::SignOut { redirect_to: redirect_to.map(str::to_owned) }
}

fn asks(step: &LogoutStep) -> bool {
    matches!(step, LogoutStep::Confirm { .. })
}

#[tokio::test]
async fn who_shows_an_id_token_of_the_user_signs_him_out_at_once() {
    let people = people().await;
    let who = people.lilei().await;
    let hint = hint(&people, &json!(people.client.identifier.as_str())).await;
    let hint = ("id_token_hint", hint.as_str());
    let after = ("post_logout_redirect_uri", AFTER);
    let session = Some(&who);
    assert_eq!(logout(&people, session, &[hint]).await.unwrap(), out(None));
    assert_eq!(logout(&people, session, &[hint, after]).await.unwrap(), out(Some(AFTER)));
    let with_state = logout(&people, session, &[hint, after, ("state", "a b&c")]).await.unwrap();
    assert_eq!(with_state, out(Some("https://app.example.com/bye?state=a+b%26c")));
    // Nobody is signed in: nothing to end, and nothing to ask.
    assert_eq!(logout(&people, None, &[hint, after]).await.unwrap(), out(Some(AFTER)));
    assert_eq!(logout(&people, None, &[]).await.unwrap(), out(None));
}

#[tokio::test]
async fn whoever_else_is_asked() {
    let people = people().await;
    let who = people.lilei().await;
    let session = Some(&who);
    let client = ("client_id", people.client.identifier.as_str());
    let after = ("post_logout_redirect_uri", AFTER);
    for parameters in [vec![], vec![("state", "x")], vec![client], vec![client, after]] {
        assert!(asks(&logout(&people, session, &parameters).await.unwrap()), "{parameters:?}");
    }
    // The ID token is another user's.
    let other = people.signed_in(&people.another_user("meimei").await).await;
    let hint = hint(&people, &json!(people.client.identifier.as_str())).await;
    let parameters = [("id_token_hint", hint.as_str()), after];
    let LogoutStep::Confirm { client: asking } =
        logout(&people, Some(&other), &parameters).await.unwrap()
    else {
        panic!()
    };
    assert_eq!(asking.unwrap().id, people.client.id);
    // He says yes.
    let confirmed = LogoutRequest {
        parameters: [client, after].map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec(),
        session,
        confirmed: true,
        ..LogoutRequest::default()
    };
    assert_eq!(people.oauth.logout(confirmed).await.unwrap(), out(Some(AFTER)));
}

#[tokio::test]
async fn post_logout_redirect_uri_must_be_registered() {
    let people = people().await;
    let who = people.lilei().await;
    let hint = hint(&people, &json!(people.client.identifier.as_str())).await;
    for session in [None, Some(&who)] {
        for wanted in [
            "https://evil.example/",
            "https://app.example.com/bye?x=1",
            "https://app.example.com/bye/",
            "https://app.example.com/bye#x",
            "https://app.example.com/by",
            "https://app.example.com:444/bye",
            "https://app.example.com@evil.example/bye",
            "javascript:alert(1)",
        ] {
            let wanted = ("post_logout_redirect_uri", wanted);
            let known = [("id_token_hint", hint.as_str()), wanted];
            assert_eq!(on_page(logout(&people, session, &known).await), "invalid_request");
        }
        // Without a client there is nothing that it could be registered for.
        let alone = [("post_logout_redirect_uri", AFTER)];
        assert_eq!(on_page(logout(&people, session, &alone).await), "invalid_request");
    }
}

#[tokio::test]
async fn bad_hints_and_clients() {
    let people = people().await;
    let who = people.lilei().await;
    let id = people.client.identifier.as_str();
    let good = hint(&people, &json!([id])).await;
    let several = hint(&people, &json!([id, "another"])).await;
    let foreign = hint(&people, &json!("another")).await;
    let changed = good.replace('.', ".e30");
    let after = ("post_logout_redirect_uri", AFTER);
    for parameters in [
        vec![("id_token_hint", "x.y.z"), after],
        vec![("id_token_hint", changed.as_str())],
        vec![("id_token_hint", foreign.as_str()), after],
        vec![("id_token_hint", foreign.as_str()), ("client_id", id), after],
        vec![("client_id", "unknown"), after],
        vec![("id_token_hint", good.as_str()), ("id_token_hint", good.as_str())],
        // It does not say which client sends the browser.
        vec![("id_token_hint", several.as_str()), after],
    ] {
        let result = logout(&people, Some(&who), &parameters).await;
        assert_eq!(on_page(result), "invalid_request", "{parameters:?}");
    }
    let named = [("id_token_hint", several.as_str()), ("client_id", id), after];
    assert_eq!(logout(&people, Some(&who), &named).await.unwrap(), out(Some(AFTER)));
    let unknown = LogoutRequest { tenant: Some("nobody".to_owned()), ..LogoutRequest::default() };
    assert_eq!(on_page(people.oauth.logout(unknown).await), "invalid_request");
}

#[tokio::test]
async fn the_vendors_logout_leads_to_registered_addresses_alone() {
    let people = people().await;
    let mut tenant = people.world.home.tenant.clone();
    let home = "https://www.example.com/";
    tenant.settings.allowed_logout_urls = vec![home.to_owned()];
    people.world.save_tenant(tenant).await;
    let id = people.client.identifier.as_str();
    let vendor = async |client: Option<&str>, return_to: Option<&str>| {
        people.oauth.vendor_logout(None, client, return_to).await
    };
    assert_eq!(vendor(None, None).await.unwrap(), out(None));
    assert_eq!(vendor(Some(id), Some("")).await.unwrap(), out(None));
    assert_eq!(vendor(Some(id), Some(AFTER)).await.unwrap(), out(Some(AFTER)));
    assert_eq!(vendor(None, Some(home)).await.unwrap(), out(Some(home)));
    for (client, return_to) in [
        (Some(id), home),
        (None, AFTER),
        (Some(id), "https://evil.example/"),
        (Some(id), "//evil.example"),
        (Some(id), "https://app.example.com/bye?x"),
        (Some("unknown"), AFTER),
    ] {
        let result = vendor(client, Some(return_to)).await;
        assert_eq!(on_page(result), "invalid_request", "{client:?} {return_to}");
    }
}

#[tokio::test]
async fn logout_tokens() {
    let mut people = people().await;
    let session: SessionId = "01j00000000000000000000000".parse().unwrap();
    let user = &people.user;
    let notice = LogoutNotice::new(people.client.id, user.id, user.subject.as_str(), Some(session));
    let tenant = people.world.home.tenant.id;
    assert_eq!(people.oauth.logout_token(tenant, &notice).await.unwrap().map(|it| it.0), None);
    let uri = "https://app.example.com/backchannel";
    people
        .change(|it| {
            it.settings.oidc.backchannel_logout_uri = Some(uri.to_owned());
            it.settings.id_token_signed_response_alg = Some("ES256".to_owned());
        })
        .await;
    let (to, token) = people.oauth.logout_token(tenant, &notice).await.unwrap().unwrap();
    assert_eq!(to, uri);
    let token = token.expose_secret();
    let header = part(token, 0);
    assert_eq!((&header["typ"], &header["alg"]), (&json!("logout+jwt"), &json!("ES256")));
    let mut claims = part(token, 1);
    let jti = claims.as_object_mut().unwrap().remove("jti").unwrap();
    assert_eq!(jti.as_str().map(str::len), Some(24));
    let now = people.world.environment.moment().now().unix_seconds();
    assert_eq!(
        claims,
        json!({
            "iss": format!("{PUBLIC_URL}/"),
            "aud": people.client.identifier.as_str(),
            "iat": now,
            "exp": now + 120,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            "sub": "authok|lilei",
            "sid": session.to_string(),
        })
    );
    let home = &people.world.home.tenant;
    let key = people.oauth.signing_key(home, SigningAlgorithm::Es256).await.unwrap();
    let key: PublicKey = public_key(&key).unwrap();
    assert!(key.verifies(&Token::read(token).unwrap()).unwrap());
    // Two notices are two tokens; and one for a client that has gone is none.
    let again = people.oauth.logout_token(tenant, &notice).await.unwrap().unwrap().1;
    assert_ne!(again.expose_secret(), token);
    let gone: ClientId = "01j00000000000000000000000".parse().unwrap();
    let gone = LogoutNotice::new(gone, people.user.id, "authok|lilei", None);
    assert!(people.oauth.logout_token(tenant, &gone).await.unwrap().is_none());
}
