//! Tokens of people, for the tests of the token endpoint and of what it gives.

use citizenry_identity::{
    AuthenticationMethod, Client, ClientKind, Error, LockReason, LockWindow, Origin, Session,
    TokenKind, User,
};
use citizenry_storage::end_access;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::test_people::{CALLBACK, People, SECRET, answer};
use crate::token::hash_refresh;
use crate::{
    ClientCredentials, IntrospectRequest, ResourceError, TokenError, TokenRequest, TokenResponse,
    TokenType, Userinfo, UserinfoRequest,
};

/// The verifier of RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// The credentials of a client.
pub(crate) fn credentials(client: &Client) -> ClientCredentials {
    let has_secret = client.authentication_method != AuthenticationMethod::None;
    ClientCredentials {
        client_id: Some(client.identifier.as_str().to_owned()),
        client_secret: has_secret.then(|| SECRET.into()),
        ..ClientCredentials::default()
    }
}

/// A request that redeems a code.
pub(crate) fn redeeming(client: &Client, code: &str) -> TokenRequest {
    TokenRequest {
        grant_type: Some("authorization_code".to_owned()),
        client: credentials(client),
        code: Some(code.into()),
        redirect_uri: Some(CALLBACK.to_owned()),
        code_verifier: Some(VERIFIER.into()),
        ..TokenRequest::default()
    }
}

/// A request that exchanges a refresh token.
pub(crate) fn refreshing(client: &Client, token: &SecretString) -> TokenRequest {
    TokenRequest {
        grant_type: Some("refresh_token".to_owned()),
        client: credentials(client),
        refresh_token: Some(token.clone()),
        ..TokenRequest::default()
    }
}

/// The refresh token of an answer.
pub(crate) fn refresh_token(answer: &TokenResponse) -> SecretString {
    answer.refresh_token.clone().expect("a refresh token")
}

/// The code of a refusal.
#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T, TokenError>) -> &'static str {
    result.expect_err("a refusal").code()
}

impl People {
    /// A client of the tenant itself, on a web server, with a secret.
    pub(crate) async fn own_client(&self) -> Client {
        self.client(|client| {
            client.kind = ClientKind::Web;
            client.is_first_party = true;
            client.authentication_method = AuthenticationMethod::ClientSecretPost;
        })
        .await
    }

    /// The same in a browser, without a secret.
    pub(crate) async fn own_spa(&self) -> Client {
        self.client(|client| client.is_first_party = true).await
    }

    /// A code for `client` by somebody who has signed in.
    pub(crate) async fn code_by(
        &self,
        client: &Client,
        who: &(Session, User),
        others: &[(&str, &str)],
    ) -> String {
        let mut parameters = vec![("client_id", client.identifier.as_str())];
        parameters.extend_from_slice(others);
        let request = self.validate(&parameters).await.unwrap();
        let step = self.authorize(&request, Some(who)).await;
        answer(step).parameter("code").expect("a code").to_owned()
    }

    /// A code for `client` by 李雷.
    pub(crate) async fn code(&self, client: &Client, others: &[(&str, &str)]) -> String {
        self.code_by(client, &self.lilei().await, others).await
    }

    /// Tokens for `client` by 李雷.
    pub(crate) async fn tokens(&self, client: &Client, others: &[(&str, &str)]) -> TokenResponse {
        let code = self.code(client, others).await;
        self.oauth.token(redeeming(client, &code)).await.unwrap()
    }

    /// Tokens with a refresh token among them.
    pub(crate) async fn offline_tokens(&self, client: &Client) -> TokenResponse {
        self.tokens(client, &[("scope", "openid email offline_access")]).await
    }

    pub(crate) async fn refresh(
        &self,
        client: &Client,
        token: &SecretString,
    ) -> Result<TokenResponse, TokenError> {
        self.oauth.token(refreshing(client, token)).await
    }

    /// What a client that proves itself learns about a token.
    pub(crate) async fn introspect(&self, client: &Client, token: &SecretString) -> Value {
        let request = IntrospectRequest {
            tenant: None,
            client: credentials(client),
            token: token.clone(),
            origin: Origin::default(),
        };
        Value::Object(self.oauth.introspect(request).await.unwrap())
    }

    pub(crate) async fn is_active(&self, token: &SecretString) -> bool {
        self.oauth.active_token(token).await.unwrap().is_some()
    }

    pub(crate) async fn userinfo(&self, token: &SecretString) -> Result<Value, ResourceError> {
        let request = UserinfoRequest {
            tenant: None,
            token: token.clone(),
            scheme: TokenType::Bearer,
            dpop: None,
        };
        match self.oauth.userinfo(request).await? {
            Userinfo::Json(claims) => Ok(Value::Object(claims)),
            Userinfo::Jwt(token) => Ok(token.into()),
        }
    }

    /// Locks a user, as an administrator does.
    pub(crate) async fn lock(&self, user: &User) {
        let moment = self.world.environment.moment();
        let (tenant, id) = (user.tenant, user.id);
        let lock = self.world.storage.transact(async move |tx| {
            let mut user = tx.users().find_for_update(tenant, id).await?.unwrap();
            let window = LockWindow { from: moment.now(), until: None };
            user.lock(LockReason::Admin, window, moment.now());
            tx.users().save(&user).await?;
            end_access(tx, &user, &moment).await?;
            Ok::<_, Error>(())
        });
        lock.await.unwrap();
    }

    /// Whether a refresh token is stored.
    pub(crate) async fn is_stored(&self, token: &SecretString) -> bool {
        let hash = hash_refresh(&*self.world.environment.sealer, token);
        let found = self.world.storage.read(async move |ports| {
            Ok::<_, Error>(ports.tokens().find(TokenKind::Refresh, &hash).await?)
        });
        found.await.unwrap().is_some()
    }

    pub(crate) fn wait(&self, seconds: i64) {
        self.world.clock.advance(time::Duration::seconds(seconds));
    }
}

/// The text of a secret.
pub(crate) fn text(secret: &SecretString) -> &str {
    secret.expose_secret()
}
