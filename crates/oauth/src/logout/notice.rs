//! Logout tokens: what a client is told when a session has ended (OpenID Connect Back-Channel
//! Logout 1.0, section 2.4).

use citizenry_identity::{Client, ClientId, Error, Moment, SigningAlgorithm, Tenant, TenantId};
use citizenry_storage::LogoutNotice;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::{Value, json};

use crate::OAuth;

/// The type of logout tokens: nothing else that we sign can be passed off as one.
const TYPE: &str = "logout+jwt";
/// The one event of a logout token.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// For how long a logout token is good, seconds.
const LIFETIME: i64 = 120;

/// The claims of a logout token. It has no nonce, so that it cannot be taken for an ID token.
#[derive(Debug, Serialize)]
struct Claims<'n> {
    iss: String,
    aud: &'n str,
    iat: i64,
    exp: i64,
    jti: String,
    events: Value,
    sub: &'n str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'n str>,
}

impl OAuth {
    /// Where to send a notice of the outbox, and the token to send (the form's `logout_token`).
    /// `None` when nobody is to be told any more: the client or its tenant has gone, or does not
    /// want notices now.
    ///
    /// # Errors
    /// `Unavailable`; `Internal`.
    pub async fn logout_token(
        &self,
        tenant: TenantId,
        notice: &LogoutNotice,
    ) -> Result<Option<(String, SecretString)>, Error> {
        let Ok(client) = notice.client.parse::<ClientId>() else { return Ok(None) };
        let found = self
            .shared
            .storage
            .read(async move |ports| {
                let tenant = ports.tenants().find(tenant).await?;
                let Some(tenant) = tenant else { return Ok(None) };
                let client = ports.clients().find(tenant.id, client).await?;
                Ok::<_, Error>(client.map(|client| (tenant, client)))
            })
            .await?;
        let Some((tenant, client)) = found else { return Ok(None) };
        let Some(uri) = client.settings.oidc.backchannel_logout_uri.clone() else {
            return Ok(None);
        };
        let moment = self.shared.environment.moment();
        let token = self.sign_notice(&tenant, &client, notice, &moment).await?;
        Ok(Some((uri, token)))
    }

    async fn sign_notice(
        &self,
        tenant: &Tenant,
        client: &Client,
        notice: &LogoutNotice,
        moment: &Moment,
    ) -> Result<SecretString, Error> {
        let now = moment.now().unix_seconds();
        let claims = Claims {
            iss: self.shared.issuers.issuer(&tenant.name),
            aud: client.identifier.as_str(),
            iat: now,
            exp: now.saturating_add(LIFETIME),
            jti: moment.alphanumeric(24),
            events: json!({ EVENT: {} }),
            sub: &notice.subject,
            sid: notice.session.as_deref(),
        };
        let key = self.signing_key(tenant, algorithm(client)).await?;
        let signer = self.shared.signers.get(&*self.shared.environment.sealer, &key)?;
        let token = signer.sign(TYPE, Some(&key.id.to_string()), &claims);
        Ok(token.map_err(Error::internal)?.into())
    }
}

/// Signed as the client's ID tokens are, but always by a key pair: RS256 where they are not.
fn algorithm(client: &Client) -> SigningAlgorithm {
    let named = client.settings.id_token_signed_response_alg.as_deref();
    named
        .and_then(SigningAlgorithm::parse)
        .filter(|named| SigningAlgorithm::WITH_KEY_PAIRS.contains(named))
        .unwrap_or(SigningAlgorithm::Rs256)
}
