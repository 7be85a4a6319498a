use std::sync::Arc;

use async_trait::async_trait;
use citizenry_authz::Caller;
use citizenry_identity::{Client, Error, User};
use citizenry_testkit::block_on;
use secrecy::{ExposeSecret, SecretString};

use crate::test_people::People;
use crate::test_tokens::{credentials, refused, text};
use crate::test_world::part;
use crate::{
    AttemptProof, AttemptedUser, PasswordAttempt, PasswordGrantError, PasswordVerifier,
    TokenRequest,
};

/// Knows one user.
#[derive(Debug)]
struct OneUser(User);

#[async_trait]
impl PasswordVerifier for OneUser {
    async fn check(&self, attempt: PasswordAttempt) -> Result<User, PasswordGrantError> {
        let (AttemptedUser::Named(name), AttemptProof::Password(password)) =
            (attempt.user, attempt.proof)
        else {
            return Err(PasswordGrantError::Wrong);
        };
        match (name.as_str(), password.expose_secret()) {
            ("fioman@qq.com", "right") => Ok(self.0.clone()),
            ("fioman@qq.com", "old") => Err(PasswordGrantError::MustChange),
            ("blocked", _) => Err(PasswordGrantError::Blocked),
            ("many", _) => Err(PasswordGrantError::TooMany { retry_after: 60 }),
            _ => Err(PasswordGrantError::Wrong),
        }
    }

    async fn confirm(&self, _caller: &Caller, _password: &SecretString) -> Result<(), Error> {
        Err(Error::invalid("password", "is wrong"))
    }
}

async fn world(grants: &[&str]) -> (People, Client) {
    let people = People::new().await;
    people.oauth.set_password_verifier(Arc::new(OneUser(people.user.clone())));
    let mut client = people.own_client().await;
    client.settings.grant_types = Some(grants.iter().map(|it| (*it).to_owned()).collect());
    people.world.save_client(client.clone()).await;
    (people, client)
}

fn asking(client: &Client, grant: &str, username: &str, password: &str) -> TokenRequest {
    TokenRequest {
        grant_type: Some(grant.to_owned()),
        client: credentials(client),
        username: Some(username.to_owned()),
        password: Some(password.into()),
        realm: Some("authok".to_owned()),
        scope: Some("openid offline_access nonsense".to_owned()),
        ..TokenRequest::default()
    }
}

const REALM: &str = "http://auth0.com/oauth/grant-type/password-realm";

#[test]
fn a_password_gets_tokens_for_clients_that_were_allowed_to_ask_for_it() {
    block_on(async {
        let (people, client) = world(&["password", "refresh_token"]).await;
        for grant in ["password", REALM] {
            let request = asking(&client, grant, "fioman@qq.com", "right");
            let answer = people.oauth.token(request).await.unwrap();
            assert_eq!(answer.scope, "openid offline_access");
            let claims = part(text(answer.id_token.as_ref().unwrap()), 1);
            assert_eq!(claims["sub"], "authok|lilei");
            assert_eq!(claims["amr"], serde_json::json!(["pwd"]));
            assert_eq!(claims.get("sid"), None);
            let token = answer.refresh_token.unwrap();
            assert!(people.refresh(&client, &token).await.is_ok());
        }
        for (username, password, code) in [
            ("fioman@qq.com", "wrong", "invalid_grant"),
            ("nobody", "right", "invalid_grant"),
            ("blocked", "right", "invalid_grant"),
            ("fioman@qq.com", "old", "invalid_grant"),
            ("many", "right", "too_many_attempts"),
        ] {
            let request = asking(&client, "password", username, password);
            assert_eq!(refused(people.oauth.token(request).await), code, "{username}");
        }
        let without =
            TokenRequest { password: None, ..asking(&client, "password", "fioman@qq.com", "") };
        assert_eq!(refused(people.oauth.token(without).await), "invalid_request");
        let without =
            TokenRequest { realm: None, ..asking(&client, REALM, "fioman@qq.com", "right") };
        assert_eq!(refused(people.oauth.token(without).await), "invalid_request");
    });
}

#[test]
fn no_client_may_ask_for_passwords_by_being_one() {
    block_on(async {
        let (people, client) = world(&["authorization_code", "client_credentials"]).await;
        for grant in ["password", REALM] {
            let request = asking(&client, grant, "fioman@qq.com", "right");
            assert_eq!(refused(people.oauth.token(request).await), "unauthorized_client");
        }
        let (people, client) = world(&[REALM]).await;
        let request = asking(&client, "password", "fioman@qq.com", "right");
        assert_eq!(refused(people.oauth.token(request).await), "unauthorized_client");
        let request = asking(&client, REALM, "fioman@qq.com", "right");
        assert!(people.oauth.token(request).await.is_ok());
    });
}

#[test]
fn without_a_verifier_the_grant_is_not_served() {
    block_on(async {
        let people = People::new().await;
        let mut client = people.own_client().await;
        client.settings.grant_types = Some(vec!["password".to_owned()]);
        people.world.save_client(client.clone()).await;
        let request = asking(&client, "password", "fioman@qq.com", "right");
        assert_eq!(refused(people.oauth.token(request).await), "unsupported_grant_type");
    });
}
