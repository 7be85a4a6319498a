//! Signing in and out: requests for tokens and their answers, in the vendor's two forms.

use citizenry_authn::SignInError;
use citizenry_http_kit::{BasicCredentials, Credentials};
use citizenry_identity::Number;
use citizenry_oauth::{
    BasicClient, ClientCredentials, ClientProblem, TokenError, TokenRequest, TokenResponse,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{
    auth::Visit,
    body::required,
    error::{Fault, Own},
    ids,
    language::Words,
    secrets::Secret,
};

/// The scope of every person's token.
const USER_TRUST: &str = "user_trust";

/// How somebody signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum SigninType {
    AccountPassword,
    SmsCode,
    EmailCode,
    ThirdSocial,
}

/// An attempt to sign in.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignIn {
    #[validate(required, length(max = 80))]
    client_id: Option<String>,
    #[validate(required, length(max = 160))]
    client_secret: Option<Secret>,
    #[validate(required)]
    signin_type: Option<SigninType>,
    user_id: Option<i64>,
    #[validate(length(max = 80))]
    account: Option<String>,
    /// The password, or what a code was exchanged for.
    #[validate(required, length(max = 80))]
    password: Option<Secret>,
    #[validate(required, length(max = 400))]
    scope: Option<String>,
    #[validate(length(max = 80))]
    device_id: Option<String>,
}

impl SignIn {
    /// The request for tokens; `device` is what the header says, which wins.
    pub(crate) fn read(self, device: Option<String>, visit: &Visit) -> Result<TokenRequest, Fault> {
        let account = self.account.filter(|account| !account.trim().is_empty());
        if self.user_id.is_none() && account.is_none() {
            return Err(Own::missing("account").into());
        }
        if device.or(self.device_id).is_none_or(|device| device.trim().is_empty()) {
            return Err(Own::missing("deviceId").into());
        }
        let proof = Some(required("password", self.password)?.into_inner());
        let (password, link_secret) = match required("signinType", self.signin_type)? {
            SigninType::AccountPassword => (proof, None),
            SigninType::SmsCode | SigninType::EmailCode => (None, proof),
            SigninType::ThirdSocial => {
                let words = Words::new("不支持第三方登录", "third parties do not sign in here");
                return Err(Own::protocol(words).into());
            }
        };
        let secret = required("clientSecret", self.client_secret)?;
        Ok(TokenRequest {
            username: account,
            user_number: self.user_id.map(ids::number),
            password,
            link_secret,
            scope: self.scope.map(|scope| scope.replace(',', " ")),
            ..asked("password", self.client_id, secret, visit)
        })
    }
}

/// A request of `grant` by a client with its secret.
fn asked(
    grant: &str,
    client_id: Option<String>,
    client_secret: Secret,
    visit: &Visit,
) -> TokenRequest {
    TokenRequest {
        tenant: visit.tenant.clone(),
        host: Some(visit.host.clone()),
        grant_type: Some(grant.to_owned()),
        client: credentials(client_id, client_secret),
        origin: visit.origin.clone(),
        ..TokenRequest::default()
    }
}

fn credentials(client_id: Option<String>, client_secret: Secret) -> ClientCredentials {
    ClientCredentials {
        client_id,
        client_secret: Some(client_secret.into_inner()),
        ..ClientCredentials::default()
    }
}

/// New tokens for a refresh token.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Renew {
    #[validate(required, length(max = 80))]
    client_id: Option<String>,
    #[validate(required, length(max = 160))]
    client_secret: Option<Secret>,
    #[validate(required, length(max = 160))]
    refresh_token: Option<Secret>,
}

impl Renew {
    /// The request for tokens.
    pub(crate) fn read(self, visit: &Visit) -> Result<TokenRequest, Own> {
        let secret = required("clientSecret", self.client_secret)?;
        Ok(TokenRequest {
            refresh_token: self.refresh_token.map(Secret::into_inner),
            ..asked("refresh_token", self.client_id, secret, visit)
        })
    }
}

/// The end of a token.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignOut {
    #[validate(required, length(max = 80))]
    client_id: Option<String>,
    #[validate(required, length(max = 160))]
    client_secret: Option<Secret>,
    #[validate(required, length(max = 160))]
    access_token: Option<Secret>,
}

impl SignOut {
    /// The client, and the token.
    pub(crate) fn read(self) -> Result<(ClientCredentials, SecretString), Own> {
        let secret = required("clientSecret", self.client_secret)?;
        let token = required("accessToken", self.access_token)?.into_inner();
        Ok((credentials(self.client_id, secret), token))
    }
}

/// A client that signs in by itself.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClientSignIn {
    #[validate(required, length(max = 80))]
    client_id: Option<String>,
    #[validate(required, length(max = 160))]
    client_secret: Option<Secret>,
    #[validate(required, length(max = 400))]
    scope: Option<String>,
}

impl ClientSignIn {
    /// The request for a token.
    pub(crate) fn read(self, visit: &Visit) -> Result<TokenRequest, Own> {
        let secret = required("clientSecret", self.client_secret)?;
        Ok(TokenRequest {
            scope: self.scope.map(|scope| scope.replace(',', " ")),
            ..asked("client_credentials", self.client_id, secret, visit)
        })
    }
}

/// A way to sign up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum SignupType {
    Mobile,
    Email,
}

/// Somebody who wants an account.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignUp {
    #[validate(required)]
    pub(crate) signup_type: Option<SignupType>,
    #[validate(required, length(max = 100))]
    pub(crate) account: Option<String>,
    #[validate(length(max = 8))]
    pub(crate) itc: Option<String>,
    #[validate(length(max = 16))]
    pub(crate) country: Option<String>,
    #[validate(required, length(max = 8))]
    pub(crate) verification_code: Option<Secret>,
    #[validate(required, length(min = 6, max = 49))]
    pub(crate) password: Option<Secret>,
    #[validate(length(max = 80))]
    pub(crate) invitation_code: Option<Secret>,
}

/// A new password for somebody who has shown a code.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ForgetPassword {
    #[validate(required)]
    id: Option<i64>,
    #[validate(required, length(max = 80))]
    link_secret: Option<Secret>,
    #[validate(required, length(min = 6, max = 49))]
    new_password: Option<Secret>,
}

impl ForgetPassword {
    /// Whose, the link secret, and the password.
    pub(crate) fn read(self) -> Result<(Number, SecretString, SecretString), Own> {
        let user = ids::number(required("id", self.id)?);
        let secret = required("linkSecret", self.link_secret)?.into_inner();
        Ok((user, secret, required("newPassword", self.new_password)?.into_inner()))
    }
}

/// The form of the token endpoint. Whatever else is sent is passed over.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct TokenForm {
    grant_type: Option<String>,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    account: Option<String>,
    username: Option<String>,
    user_id: Option<i64>,
    password: Option<Secret>,
    refresh_token: Option<Secret>,
    scope: Option<String>,
    /// Of introspection.
    token: Option<Secret>,
}

impl TokenForm {
    fn client(&mut self, header: Option<Credentials>) -> ClientCredentials {
        ClientCredentials {
            basic: header.and_then(basic_client),
            client_id: self.client_id.take(),
            client_secret: self.client_secret.take().map(Secret::into_inner),
            ..ClientCredentials::default()
        }
    }

    /// The request for tokens.
    pub(crate) fn request(mut self, header: Option<Credentials>, visit: &Visit) -> TokenRequest {
        TokenRequest {
            tenant: visit.tenant.clone(),
            host: Some(visit.host.clone()),
            client: self.client(header),
            grant_type: self.grant_type,
            username: self.account.or(self.username),
            user_number: self.user_id.map(ids::number),
            password: self.password.map(Secret::into_inner),
            refresh_token: self.refresh_token.map(Secret::into_inner),
            scope: self.scope,
            origin: visit.origin.clone(),
            ..TokenRequest::default()
        }
    }

    /// The client that asks, and the token that it asks about.
    pub(crate) fn introspection(
        mut self,
        header: Option<Credentials>,
    ) -> Result<(ClientCredentials, SecretString), TokenError> {
        let client = self.client(header);
        let missing = TokenError::InvalidRequest("token is missing");
        let token = self.token.ok_or(missing)?;
        Ok((client, token.into_inner()))
    }
}

/// The client that a header names by HTTP Basic.
fn basic_client(credentials: Credentials) -> Option<BasicClient> {
    match credentials {
        Credentials::Bearer(_) => None,
        Credentials::Basic(basic) => {
            let BasicCredentials { name, password } = basic.form_decoded().unwrap_or(basic);
            Some(BasicClient { client_id: name, client_secret: password })
        }
    }
}

/// Tokens and what they are good for; the names are those of OAuth in the envelope, too.
#[derive(Serialize)]
pub(crate) struct Tokens {
    access_token: String,
    token_type: &'static str,
    expires_in: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    scope: String,
}

impl Tokens {
    /// Tokens of a person.
    pub(crate) fn of_user(token: &TokenResponse) -> Self {
        let scope = format!("{USER_TRUST} {}", token.scope);
        Self { scope: scope.trim_end().to_owned(), ..Self::of_client(token) }
    }

    /// Tokens of a client.
    pub(crate) fn of_client(token: &TokenResponse) -> Self {
        let show = |secret: &SecretString| secret.expose_secret().to_owned();
        Self {
            access_token: show(&token.access_token),
            token_type: token.token_type.as_str(),
            expires_in: token.expires_in,
            refresh_token: token.refresh_token.as_ref().map(show),
            scope: token.scope.clone(),
        }
    }
}

const NOT_SIGNED_IN: Words = Words::new(
    "账号或密码错误，或账号不可用",
    "wrong account or password, or an account out of use",
);

/// The answer to a sign-in after which no password is looked at for a while.
fn limit_reached() -> Own {
    Own::business("BAA405", Words::new("密码错误次数过多，已限制登录", "too many wrong passwords"))
}

/// The answer while none is looked at.
fn still_blocked(seconds: i64) -> Own {
    let minutes = seconds.max(1).div_euclid(60) + i64::from(seconds.max(1).rem_euclid(60) > 0);
    let words = Words::new("登录受限，剩余分钟数", "sign-in is blocked, minutes left");
    Own::business("BAA406", words.about(&minutes.to_string()))
}

/// Why there are no tokens, in the envelope's words.
pub(crate) fn no_tokens(error: TokenError) -> Fault {
    let refused = |error: &TokenError| {
        let words = Words::new("认证请求被拒绝", "the request for a token is refused");
        Own::protocol(words).because(error.to_string())
    };
    match error {
        TokenError::InvalidClient(ClientProblem::Unknown) => {
            Own::not_found(Words::new("客户端不存在", "client not found")).into()
        }
        TokenError::InvalidClient(ClientProblem::Credentials) => {
            Own::protocol(Words::new("客户端密钥不匹配", "wrong client secret")).into()
        }
        TokenError::WrongPassword | TokenError::UserBlocked | TokenError::PasswordMustChange => {
            Own::protocol(NOT_SIGNED_IN).into()
        }
        TokenError::LimitReached { .. } => limit_reached().into(),
        TokenError::TooMany { retry_after } => still_blocked(retry_after).into(),
        TokenError::InvalidRequest(_)
        | TokenError::InvalidGrant(_)
        | TokenError::UnauthorizedClient
        | TokenError::UnsupportedGrantType
        | TokenError::InvalidScope
        | TokenError::InvalidTarget
        | TokenError::AccessDenied
        | TokenError::InvalidDpopProof(_)
        | TokenError::UseDpopNonce { .. }
        | TokenError::AuthorizationPending
        | TokenError::SlowDown
        | TokenError::ExpiredToken
        | TokenError::Denied
        | TokenError::Refused { .. } => refused(&error).into(),
        TokenError::Unavailable => citizenry_identity::Error::Unavailable.into(),
        TokenError::Internal(source) => citizenry_identity::Error::Internal(source).into(),
    }
}

/// Why nobody is signed in, in the envelope's words.
pub(crate) fn not_signed_in(error: SignInError) -> Fault {
    match error {
        SignInError::Wrong | SignInError::Blocked | SignInError::MustChange { .. } => {
            Own::protocol(NOT_SIGNED_IN).into()
        }
        SignInError::LimitReached { .. } => limit_reached().into(),
        SignInError::Locked { retry_after } | SignInError::TooMany { retry_after } => {
            still_blocked(retry_after).into()
        }
        SignInError::Other(error) => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(error: TokenError) -> Own {
        match no_tokens(error) {
            Fault::Own(own) => *own,
            Fault::Refusal(refusal) => panic!("{refusal}"),
        }
    }

    #[test]
    fn a_blocked_sign_in_has_status_200_and_tells_the_minutes() {
        let reached = own(TokenError::LimitReached { retry_after: 7_200 });
        assert_eq!((reached.status.as_u16(), reached.code, reached.key), (200, "BAA405", "BAA405"));
        let blocked = own(TokenError::TooMany { retry_after: 61 });
        assert_eq!((blocked.status.as_u16(), blocked.code), (200, "BAA406"));
        let words = blocked.words.in_language(crate::wire::language::Language::English).to_owned();
        assert_eq!(words, "sign-in is blocked, minutes left: 2");
    }

    #[test]
    fn a_wrong_password_and_an_account_out_of_use_look_the_same() {
        let wrong = own(TokenError::WrongPassword);
        assert_eq!((wrong.status.as_u16(), wrong.key), (400, "protocol_error"));
        assert_eq!(own(TokenError::UserBlocked), wrong);
        assert_eq!(own(TokenError::PasswordMustChange), wrong);
    }
}
