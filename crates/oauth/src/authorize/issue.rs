//! The code for an authorization that has been decided.

use citizenry_identity::{Authorized, Client, Error, EventKind, Moment, Origin, Session, User};
use citizenry_storage::{Sealer, Tx};
use secrecy::SecretString;

use super::ValidatedRequest;
use crate::audit;
use crate::authorization_code::{self, CodeDetails, CodeOwner};

/// What was asked, and who answers it.
pub(super) struct By<'a> {
    pub(super) request: &'a ValidatedRequest,
    pub(super) session: &'a Session,
    pub(super) user: &'a User,
    pub(super) origin: &'a Origin,
}

/// What is granted.
pub(super) struct Granted<'a> {
    pub(super) client: &'a Client,
    pub(super) scopes: Vec<String>,
    pub(super) audiences: Vec<String>,
}

/// Issues the code, and notes in the audit trail that the client was authorized.
pub(super) async fn code(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    moment: &Moment,
    by: &By<'_>,
    granted: Granted<'_>,
) -> Result<SecretString, Error> {
    let By { request, session, user, origin } = by;
    let client = granted.client.id;
    let details = CodeDetails {
        redirect_uri: request.redirect_uri.clone(),
        redirect_uri_was_sent: request.redirect_uri_was_sent,
        code_challenge: request.code_challenge.clone(),
        code_challenge_method: request.code_challenge.as_ref().map(|_| "S256".to_owned()),
        authorized: Authorized {
            scopes: granted.scopes,
            audiences: granted.audiences,
            claims: request.claims.clone(),
            nonce: request.nonce.clone(),
            auth_time: session.authenticated_at.unix_seconds(),
            factors: session.factors.clone(),
            acr: None,
            wants_auth_time: request.wants_auth_time,
            dpop_thumbprint: request.dpop_thumbprint.clone(),
            locale: request.ui_locales.first().cloned(),
        },
        session: Some(session.id.to_string()),
    };
    let owner = CodeOwner { tenant: request.tenant, client, user: user.id };
    let code = authorization_code::issue(tx, sealer, moment, owner, &details).await?;
    let event = audit::by_user(user, moment, EventKind::CLIENT_AUTHORIZED, client, origin);
    tx.events().append(&event).await?;
    Ok(code)
}
