//! The password grant (RFC 6749, section 4.3), for clients that were allowed it by name.

use std::sync::Arc;

use citizenry_identity::{Authorized, EventKind, Factor, TokenFamilyId, User};
use citizenry_storage::Tx;

use super::{Asked, Issuance, Outcome, TokenResponse, find_all, issue, new_family};
use crate::scopes::{OFFLINE_ACCESS, offered, split};
use crate::{OAuth, PasswordAttempt, PasswordGrantError, PasswordVerifier, TokenError, audit};

impl From<PasswordGrantError> for TokenError {
    fn from(error: PasswordGrantError) -> Self {
        match error {
            PasswordGrantError::Wrong => Self::WrongPassword,
            PasswordGrantError::Blocked => Self::InvalidGrant("the user is blocked"),
            PasswordGrantError::MustChange => {
                Self::InvalidGrant("the password must be changed first")
            }
            PasswordGrantError::TooMany { retry_after } => Self::TooMany { retry_after },
            PasswordGrantError::Other(error) => error.into(),
        }
    }
}

impl OAuth {
    /// Hands in what checks passwords for the password grant. Without it the grant is not served.
    /// Only the first call counts.
    pub fn set_password_verifier(&self, verifier: Arc<dyn PasswordVerifier>) {
        if self.shared.password_verifier.set(verifier).is_err() {
            tracing::warn!("passwords are checked already");
        }
    }

    /// Tokens for a user whose name and password the client sends.
    pub(super) async fn check_password(
        &self,
        asked: Arc<Asked>,
        realm: Option<String>,
    ) -> Result<TokenResponse, TokenError> {
        let verifier = self.shared.password_verifier.get();
        let verifier = verifier.ok_or(TokenError::UnsupportedGrantType)?;
        let request = &asked.request;
        let (Some(identifier), Some(password)) = (&request.username, &request.password) else {
            return Err(TokenError::InvalidRequest("username or password is missing"));
        };
        let attempt = PasswordAttempt {
            tenant: asked.tenant.id,
            identifier: identifier.clone(),
            password: password.clone(),
            realm,
            client: asked.client.identifier.clone(),
            origin: request.origin.clone(),
        };
        let user = verifier.check(attempt).await?;
        let service = self.clone();
        let outcome = self
            .shared
            .storage
            .transact(async move |tx| authorize(tx, &service, &asked, &user).await)
            .await?;
        self.finish(outcome?).await
    }
}

async fn authorize(
    tx: &mut dyn Tx,
    service: &OAuth,
    asked: &Asked,
    user: &User,
) -> Result<Outcome, TokenError> {
    let now = asked.moment.now();
    let servers = match find_all(tx.resource_servers(), asked.wanted(), &asked.tenant).await {
        Ok(servers) => servers,
        Err(refused @ TokenError::InvalidTarget) => return Ok(Err(refused)),
        Err(failed) => return Err(failed),
    };
    let user = tx.users().find_for_update(asked.tenant.id, user.id).await?;
    let Some(user) = user.filter(|user| user.can_sign_in(now)) else {
        return Ok(Err(TokenError::WrongPassword));
    };
    let wanted = split(asked.request.scope.as_deref().unwrap_or_default());
    let mut scopes = offered(wanted, &servers);
    let may_be_offline = asked.client.may_use_grant("refresh_token")
        && servers.iter().all(|server| server.allow_offline_access);
    scopes.retain(|scope| may_be_offline || scope != OFFLINE_ACCESS);
    let audiences: Vec<String> =
        servers.iter().map(|server| server.identifier.as_str().to_owned()).collect();
    let authorized = Authorized {
        scopes,
        audiences,
        auth_time: now.unix_seconds(),
        factors: vec![Factor::Password],
        ..Authorized::default()
    };
    let id = TokenFamilyId::generate(&asked.moment);
    let family = new_family(id, &asked.client, &user, None, authorized, now);
    let (kind, origin) = (EventKind::CLIENT_AUTHORIZED, &asked.request.origin);
    let event = audit::by_user(&user, &asked.moment, kind, asked.client.id, origin);
    tx.events().append(&event).await?;
    let issuance = Issuance::first(asked, user, family);
    Ok(Ok(issue(tx, service, &asked.moment, issuance).await?))
}
