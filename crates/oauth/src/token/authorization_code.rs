//! The authorization code grant (RFC 6749, section 4.1.3), with PKCE (RFC 7636).

use std::sync::Arc;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use citizenry_identity::{EventKind, Ticket, TokenFamilyId};
use citizenry_storage::Tx;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::{Asked, Issuance, Outcome, TokenResponse, issue, new_family};
use crate::authorization_code::{CodeDetails, find_for_update};
use crate::{OAuth, TokenError, families};

/// For how long a second use of a code is noticed, seconds.
const REMEMBERED: i64 = 600;

/// A code that was never issued, has expired, or is another client's: one answer.
const BAD_CODE: TokenError = TokenError::InvalidGrant("the code is not good");

impl OAuth {
    /// Redeems a code. A second redemption, also one at the same time, takes back what the first
    /// one gave (RFC 6749, section 4.1.2): who of the two was the client cannot be known.
    pub(super) async fn redeem_code(&self, asked: Arc<Asked>) -> Result<TokenResponse, TokenError> {
        let code = asked.request.code.clone();
        let code = code.ok_or(TokenError::InvalidRequest("code is missing"))?;
        let service = self.clone();
        let outcome = self
            .shared
            .storage
            .transact(async move |tx| redeem(tx, &service, &asked, &code).await)
            .await?;
        self.finish(outcome?).await
    }
}

async fn redeem(
    tx: &mut dyn Tx,
    service: &OAuth,
    asked: &Asked,
    code: &SecretString,
) -> Result<Outcome, TokenError> {
    let sealer = &*service.shared.environment.sealer;
    let now = asked.moment.now();
    let Some((mut ticket, details)) = find_for_update(tx, sealer, code).await? else {
        return Ok(Err(BAD_CODE));
    };
    if ticket.client != Some(asked.client.id) || ticket.tenant != asked.tenant.id {
        return Ok(Err(BAD_CODE));
    }
    if ticket.used_at.is_some() {
        revoke_all(tx, asked, &ticket).await?;
        return Ok(Err(TokenError::InvalidGrant("the code was used before")));
    }
    if now >= ticket.expires_at {
        return Ok(Err(BAD_CODE));
    }
    if let Err(refused) = check(asked, &details) {
        return Ok(Err(refused));
    }
    let session = details.session();
    if let Some(session) = session {
        let session = tx.sessions().find(ticket.tenant, session).await?;
        if !session.is_some_and(|session| session.is_alive(now)) {
            return Ok(Err(TokenError::InvalidGrant("the session has ended")));
        }
    }
    let user = match ticket.user {
        // Kept from changes: a lock at the same time finds the family, or this finds the lock.
        Some(user) => tx.users().find_for_update(ticket.tenant, user).await?,
        None => None,
    };
    let Some(user) = user.filter(|user| user.keeps_access(now)) else {
        return Ok(Err(TokenError::InvalidGrant("the user may not sign in")));
    };
    ticket.used_at = Some(now);
    ticket.expires_at = now.plus_seconds(REMEMBERED);
    tx.tickets().save(&ticket).await?;
    let id = ticket.family.unwrap_or_else(|| TokenFamilyId::generate(&asked.moment));
    let authorized = details.authorized;
    let family = new_family(id, &asked.client, &user, session, authorized, now);
    let issuance = Issuance::first(asked, user, family);
    Ok(Ok(issue(tx, service, &asked.moment, issuance).await?))
}

/// Whether the request is from where the code was sent to.
fn check(asked: &Asked, details: &CodeDetails) -> Result<(), TokenError> {
    let redirect_uri = asked.request.redirect_uri.as_deref();
    let is_repeated = match redirect_uri {
        Some(sent) => sent == details.redirect_uri,
        None => !details.redirect_uri_was_sent,
    };
    if !is_repeated {
        return Err(TokenError::InvalidGrant("redirect_uri is not that of the authorization"));
    }
    let verifier = asked.request.code_verifier.as_ref();
    if !pkce_holds(details.code_challenge.as_deref(), verifier) {
        return Err(TokenError::InvalidGrant("code_verifier does not fit"));
    }
    let bound = details.authorized.dpop_thumbprint.as_deref();
    if bound.is_some_and(|bound| asked.thumbprint.as_deref() != Some(bound)) {
        return Err(TokenError::InvalidGrant("the code is bound to another key"));
    }
    Ok(())
}

/// Whether `verifier` fits `challenge` (RFC 7636, section 4.6). One without the other never does:
/// who leaves the challenge out of a stolen request must not get by (RFC 9700, section 4.8).
fn pkce_holds(challenge: Option<&str>, verifier: Option<&SecretString>) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            let verifier = verifier.expose_secret();
            let hash = digest::digest(&digest::SHA256, verifier.as_bytes());
            let made = URL_SAFE_NO_PAD.encode(hash);
            (43..=128).contains(&verifier.len())
                && verifier.bytes().all(legal)
                && made.as_bytes().ct_eq(challenge.as_bytes()).into()
        }
        _ => false,
    }
}

/// Takes back what the code was exchanged for.
pub(super) async fn revoke_all(
    tx: &mut dyn Tx,
    asked: &Asked,
    ticket: &Ticket,
) -> Result<(), TokenError> {
    let Some(family) = ticket.family else { return Ok(()) };
    if let Some(mut family) = tx.token_families().find_for_update(ticket.tenant, family).await? {
        let (kind, origin) = (EventKind::TOKEN_REUSED, &asked.request.origin);
        families::revoke(tx, &asked.moment, &mut family, kind, origin).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    #[test]
    fn pkce_of_rfc_7636() {
        let verifier = SecretString::from("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(pkce_holds(Some(challenge), Some(&verifier)));
        assert!(pkce_holds(None, None));
        assert!(!pkce_holds(None, Some(&verifier)));
        assert!(!pkce_holds(Some(challenge), None));
        assert!(!pkce_holds(Some(""), Some(&verifier)));
        // The challenge itself, as `plain` would have it.
        assert!(!pkce_holds(Some(verifier.expose_secret()), Some(&verifier)));
        for verifier in ["", "a", &"a".repeat(129), &"é".repeat(30)] {
            let verifier = SecretString::from(verifier);
            let hash = digest::digest(&digest::SHA256, verifier.expose_secret().as_bytes());
            let challenge = URL_SAFE_NO_PAD.encode(hash);
            assert!(!pkce_holds(Some(&challenge), Some(&verifier)), "of another form");
        }
    }
}
