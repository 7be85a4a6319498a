//! Introspection (RFC 7662): what a token means, for resource servers that cannot or do not want
//! to read it.

use citizenry_identity::{AuthenticationMethod, Origin, TokenKind, Username};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use crate::access_token::CLIENT_SUBJECT;
use crate::active_token::{ActiveToken, Handle};
use crate::discovery::INTROSPECT_PATH;
use crate::one_or_many::OneOrMany;
use crate::{ClientCredentials, OAuth, TokenError, TokenType};

/// What a client asks about a token.
#[derive(Debug, Clone)]
pub struct IntrospectRequest {
    /// The tenant that the endpoint's path names; none at the installation's own.
    pub tenant: Option<String>,
    /// What the client proves itself by.
    pub client: ClientCredentials,
    /// The token. Which kind it is is found out.
    pub token: SecretString,
    /// Where the request came from.
    pub origin: Origin,
}

impl OAuth {
    /// What a token means. Only clients that prove themselves may ask, and only about tokens of
    /// their tenant: whatever else they show is not active, and that is all they learn.
    ///
    /// # Errors
    /// Those of client authentication; those of a server that fails.
    pub async fn introspect(
        &self,
        request: IntrospectRequest,
    ) -> Result<Map<String, Value>, TokenError> {
        let named = request.tenant.as_deref();
        let asking = self.authenticate_client(&request.client, named, INTROSPECT_PATH).await?;
        if asking.client().authentication_method == AuthenticationMethod::None {
            return Err(TokenError::WRONG_CREDENTIALS);
        }
        let token = self.active_token_in(asking.generation, &request.token).await?;
        let mut answer = Map::new();
        match token.filter(|token| token.tenant.id == asking.client().tenant) {
            Some(token) => self.describe(&token, &mut answer),
            None => {
                answer.insert("active".to_owned(), json!(false));
            }
        }
        Ok(answer)
    }

    fn describe(&self, token: &ActiveToken, answer: &mut Map<String, Value>) {
        let client = token.client.identifier.as_str();
        let subject = match &token.user {
            Some(user) => user.subject.as_str().to_owned(),
            None => format!("{client}{CLIENT_SUBJECT}"),
        };
        let username = token.user.as_ref().and_then(|user| user.username.as_ref());
        let is_access = token.kind == TokenKind::Access;
        let token_type = TokenType::of(token.thumbprint.as_deref()).as_str();
        let members = [
            ("active", Some(json!(true))),
            ("scope", Some(json!(token.scopes.join(" ")))),
            ("client_id", Some(json!(client))),
            ("username", username.map(Username::as_str).map(|name| json!(name))),
            ("token_type", is_access.then(|| json!(token_type))),
            ("exp", Some(json!(token.expires_at))),
            ("iat", Some(json!(token.issued_at))),
            ("sub", Some(json!(subject))),
            ("iss", Some(json!(self.shared.issuers.issuer(&token.tenant.name)))),
            (
                "aud",
                (!token.audiences.is_empty())
                    .then(|| json!(OneOrMany::of(token.audiences.clone()))),
            ),
            (
                "jti",
                match &token.handle {
                    Handle::Jwt(jti) => Some(json!(jti)),
                    Handle::Stored(_) => None,
                },
            ),
            ("auth_time", token.family.as_ref().map(|it| json!(it.authorized.auth_time))),
            ("cnf", token.thumbprint.as_ref().map(|jkt| json!({ "jkt": jkt }))),
        ];
        for (name, value) in members {
            if let Some(value) = value {
                answer.insert(name.to_owned(), value);
            }
        }
    }
}
