//! The password grant (RFC 6749, section 4.3), for clients that were allowed it by name; and what a
//! management door sends in its place.

use std::sync::Arc;

use citizenry_identity::{Authorized, EventKind, Factor, TokenFamilyId, User};
use citizenry_storage::Tx;

use super::{Asked, Issuance, Outcome, TokenRequest, TokenResponse, find_all, issue, new_family};
use crate::scopes::{OFFLINE_ACCESS, may_be_offline, offered, split};
use crate::{
    AttemptProof, AttemptedUser, OAuth, PasswordAttempt, PasswordGrantError, PasswordVerifier,
    TokenError, audit,
};

impl From<PasswordGrantError> for TokenError {
    fn from(error: PasswordGrantError) -> Self {
        match error {
            PasswordGrantError::Wrong => Self::WrongPassword,
            PasswordGrantError::Blocked => Self::UserBlocked,
            PasswordGrantError::MustChange => Self::PasswordMustChange,
            PasswordGrantError::LimitReached { retry_after } => Self::LimitReached { retry_after },
            PasswordGrantError::TooMany { retry_after } => Self::TooMany { retry_after },
            PasswordGrantError::Other(error) => error.into(),
        }
    }
}

impl TokenRequest {
    /// The user whom the request names; the number goes before the name.
    fn attempted_user(&self) -> Option<AttemptedUser> {
        let named = self.username.clone().map(AttemptedUser::Named);
        self.user_number.map(AttemptedUser::Number).or(named)
    }

    /// What is to prove him.
    fn attempt_proof(&self) -> Option<AttemptProof> {
        let password = self.password.clone().map(AttemptProof::Password);
        self.link_secret.clone().map(AttemptProof::LinkSecret).or(password)
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
        let (Some(user), Some(proof)) = (request.attempted_user(), request.attempt_proof()) else {
            return Err(TokenError::InvalidRequest("username or password is missing"));
        };
        let attempt = PasswordAttempt {
            tenant: asked.tenant.id,
            user,
            proof,
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
    let may_be_offline = may_be_offline(&asked.client, &servers);
    scopes.retain(|scope| may_be_offline || scope != OFFLINE_ACCESS);
    let audiences: Vec<String> =
        servers.iter().map(|server| server.identifier.as_str().to_owned()).collect();
    let factor = match asked.request.link_secret {
        Some(_) => Factor::OneTimeCode,
        None => Factor::Password,
    };
    let authorized = Authorized {
        scopes,
        audiences,
        auth_time: now.unix_seconds(),
        factors: vec![factor],
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
