//! Pushed authorization requests (RFC 9126).

use super::*;
use crate::test_people::SECRET;
use crate::{ClientCredentials, TokenError};

impl People {
    /// A client with a secret, of the tenant itself.
    async fn pushing(&self, must: bool) -> Client {
        self.client(|client| {
            client.is_first_party = true;
            client.authentication_method = AuthenticationMethod::ClientSecretPost;
            client.settings.oidc.require_pushed_authorization_requests = must;
        })
        .await
    }

    async fn push(&self, client: &Client, others: &[(&str, &str)]) -> Result<Pushed, TokenError> {
        let id = client.identifier.as_str();
        let mut parameters = self.parameters(others);
        parameters.retain(|(name, _)| name != "client_id");
        parameters.push(("client_id".to_owned(), id.to_owned()));
        parameters.push(("client_secret".to_owned(), SECRET.to_owned()));
        let credentials = ClientCredentials {
            client_id: Some(id.to_owned()),
            client_secret: Some(SECRET.into()),
            ..ClientCredentials::default()
        };
        self.oauth.push(PushRequest { credentials, parameters, ..PushRequest::default() }).await
    }

    async fn use_pushed(
        &self,
        client: &Client,
        uri: &str,
        others: &[(&str, &str)],
    ) -> Result<ValidatedRequest, AuthorizationError> {
        let mut sent = vec![("client_id", client.identifier.as_str()), ("request_uri", uri)];
        sent.extend(others);
        let sent = sent.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.validate_all(sent.collect()).await
    }
}

#[track_caller]
fn refused(result: Result<Pushed, TokenError>) -> &'static str {
    result.unwrap_err().code()
}

#[tokio::test]
async fn a_pushed_request_is_good_once_for_its_client_and_for_a_while() {
    let people = People::new().await;
    let client = people.pushing(true).await;
    let pushed = people.push(&client, &[("state", "pushed")]).await.unwrap();
    assert!(pushed.request_uri.starts_with("urn:ietf:params:oauth:request_uri:"));
    assert_eq!(pushed.expires_in, 90);
    // Another client has nothing of it, and does not use it up.
    let other = people.pushing(false).await;
    let foreign = people.use_pushed(&other, &pushed.request_uri, &[]).await;
    assert_eq!(on_page(foreign), "invalid_request_uri");
    // What stands beside it does not count.
    let beside = [("state", "outside"), ("redirect_uri", "https://evil.example/"), ("x", "y")];
    let request = people.use_pushed(&client, &pushed.request_uri, &beside).await.unwrap();
    assert_eq!(
        (request.state.as_deref(), request.redirect_uri.as_str()),
        (Some("pushed"), CALLBACK)
    );
    let again = people.use_pushed(&client, &pushed.request_uri, &[]).await;
    assert_eq!(on_page(again), "invalid_request_uri");
    let late = people.push(&client, &[]).await.unwrap();
    people.advance(90);
    let late = people.use_pushed(&client, &late.request_uri, &[]).await;
    assert_eq!(on_page(late), "invalid_request_uri");
    for made_up in ["urn:ietf:params:oauth:request_uri:", "urn:ietf:params:oauth:request_uri:x"] {
        let made_up = people.use_pushed(&client, made_up, &[]).await;
        assert_eq!(on_page(made_up), "invalid_request_uri");
    }
}

#[tokio::test]
async fn who_must_push_must() {
    let people = People::new().await;
    let client = people.pushing(true).await;
    let direct = people.validate(&[("client_id", client.identifier.as_str())]).await;
    assert_eq!(answered(direct), "invalid_request");
    let public = &people.client;
    let credentials = ClientCredentials {
        client_id: Some(public.identifier.to_string()),
        ..ClientCredentials::default()
    };
    let parameters = people.parameters(&[]);
    let push = PushRequest { credentials, parameters, ..PushRequest::default() };
    assert!(people.oauth.push(push).await.is_ok());
}

#[tokio::test]
async fn what_would_be_refused_is_refused_when_it_is_pushed() {
    let people = People::new().await;
    let client = people.pushing(false).await;
    for (others, code) in [
        ([("redirect_uri", "https://evil.example/")], "invalid_request"),
        ([("response_type", "token")], "unsupported_response_type"),
        ([("code_challenge_method", "plain")], "invalid_request"),
        ([("audience", "https://unknown.example/")], "invalid_target"),
        ([("scope", "openid \\")], "invalid_scope"),
        ([("request_uri", "https://app.example.com/object")], "invalid_request"),
        ([("request", "x.y.z")], "invalid_request_object"),
        ([("state", "a\r\nb")], "invalid_request"),
    ] {
        assert_eq!(refused(people.push(&client, &others).await), code, "{others:?}");
    }
    let credentials = ClientCredentials {
        client_id: Some(client.identifier.to_string()),
        client_secret: Some("wrong".into()),
        ..ClientCredentials::default()
    };
    let parameters = people.parameters(&[("client_id", client.identifier.as_str())]);
    let wrong =
        PushRequest { credentials: credentials.clone(), parameters, ..PushRequest::default() };
    assert_eq!(refused(people.oauth.push(wrong).await), "invalid_client");
    let credentials = ClientCredentials { client_secret: Some(SECRET.into()), ..credentials };
    let parameters = people.parameters(&[("client_id", people.client.identifier.as_str())]);
    let foreign = PushRequest { credentials, parameters, ..PushRequest::default() };
    assert_eq!(refused(people.oauth.push(foreign).await), "invalid_request");
}
