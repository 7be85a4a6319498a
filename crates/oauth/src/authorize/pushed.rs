//! Pushed authorization requests (RFC 9126): a client sends its request beforehand, proves itself,
//! and the browser carries a reference.

use citizenry_identity::{Error, Moment, Ticket, TicketKind};
use citizenry_storage::Sealer;
use serde_json::{Map, Value, json};

use super::validate::Asking;
use super::{AuthorizationError, AuthorizationResponse, Parameters};
use crate::{ClientCredentials, OAuth, PUSH_PATH, TokenError};

/// What every reference begins with.
pub(super) const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// For how long a pushed request is good, seconds.
const LIFETIME: u32 = 90;
/// Letters and digits of a reference: 256 bits.
const LENGTH: usize = 43;

/// A request that a client sends beforehand.
#[derive(Debug, Clone, Default)]
pub struct PushRequest {
    /// The tenant that the endpoint's path names; none at the installation's own.
    pub tenant: Option<String>,
    /// The host, and the port if there was one, that the request was sent to.
    pub host: Option<String>,
    /// What the client proves itself with.
    pub credentials: ClientCredentials,
    /// All parameters as they were sent, decoded, in their order; those of the credentials may be
    /// among them.
    pub parameters: Vec<(String, String)>,
}

/// What a client gets for a request that it has pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// The reference, for `request_uri`; good once.
    pub request_uri: String,
    /// For how long it is good, seconds.
    pub expires_in: u32,
}

impl OAuth {
    /// Keeps a request that a client sends beforehand. It is checked now as it will be when it is
    /// used.
    ///
    /// # Errors
    /// Those of client authentication; `InvalidRequest`, and `Refused` for whatever the
    /// authorization endpoint would refuse.
    pub async fn push(&self, request: PushRequest) -> Result<Pushed, TokenError> {
        let tenant = request.tenant.as_deref();
        let (client, tenant) =
            self.authenticate_client(&request.credentials, tenant, PUSH_PATH).await?.parts();
        let parameters = Parameters::read(request.parameters)
            .map_err(TokenError::InvalidRequest)?
            .without(&["client_secret", "client_assertion", "client_assertion_type"]);
        let identifier = client.identifier.as_str();
        if parameters.get("client_id").is_some_and(|named| named != identifier) {
            return Err(TokenError::InvalidRequest("client_id names another client"));
        }
        let moment = self.shared.environment.moment();
        let issuer = self.shared.issuers.issuer(&tenant.name);
        let asking = Asking { tenant, client, issuer, host: request.host, now: moment.now() };
        let checked = self.pushed_request(&asking, parameters).await;
        let (parameters, _validated) = checked.map_err(as_token_error)?;
        let secret = moment.alphanumeric(LENGTH);
        let ticket =
            ticket(&*self.shared.environment.sealer, &asking, parameters, &secret, &moment);
        self.shared
            .storage
            .transact(async move |tx| Ok::<_, TokenError>(tx.tickets().insert(&ticket).await?))
            .await?;
        Ok(Pushed { request_uri: format!("{PREFIX}{secret}"), expires_in: LIFETIME })
    }

    /// The parameters of a request that `asking`'s client has pushed. The reference is used up.
    pub(super) async fn take_pushed(
        &self,
        asking: &Asking,
        uri: &str,
    ) -> Result<Parameters, AuthorizationError> {
        let secret = uri.strip_prefix(PREFIX).unwrap_or_default();
        let hash = hash(&*self.shared.environment.sealer, secret);
        let (client, now) = (asking.client.id, asking.now);
        let details = self
            .shared
            .storage
            .transact(async move |tx| {
                let kind = TicketKind::PushedRequest;
                let found = tx.tickets().find_for_update(kind, &hash).await?;
                let Some(mut ticket) =
                    found.filter(|it| it.client == Some(client) && it.is_good(now))
                else {
                    return Ok(None);
                };
                ticket.used_at = Some(now);
                tx.tickets().save(&ticket).await?;
                Ok::<_, Error>(Some(ticket.details))
            })
            .await?;
        // Nothing outside the pushed request counts: there is no address to answer to.
        let gone = || {
            let reason = "the request_uri is unknown, was used already, or has expired";
            AuthorizationError::page("invalid_request_uri", reason)
        };
        Parameters::of_page(pairs(&details.ok_or_else(gone)?))
    }
}

fn ticket(
    sealer: &dyn Sealer,
    asking: &Asking,
    parameters: Parameters,
    secret: &str,
    moment: &Moment,
) -> Ticket {
    let details = Map::from_iter([("parameters".to_owned(), json!(parameters.into_pairs()))]);
    Ticket {
        kind: TicketKind::PushedRequest,
        hash: hash(sealer, secret),
        second_hash: None,
        tenant: asking.tenant.id,
        user: None,
        client: Some(asking.client.id),
        family: None,
        details,
        created_at: moment.now(),
        expires_at: moment.now().plus_seconds(LIFETIME.into()),
        used_at: None,
    }
}

fn pairs(details: &Map<String, Value>) -> Vec<(String, String)> {
    let pairs = details.get("parameters").cloned().unwrap_or_default();
    serde_json::from_value(pairs).unwrap_or_default()
}

fn hash(sealer: &dyn Sealer, secret: &str) -> [u8; 32] {
    sealer.keyed_hash(TicketKind::PushedRequest.as_str(), secret.as_bytes())
}

/// What the authorization endpoint would answer, for the client itself.
fn as_token_error(error: AuthorizationError) -> TokenError {
    let code = known_code(error.code());
    match error {
        AuthorizationError::Page { description, .. } => TokenError::Refused { code, description },
        AuthorizationError::Answer(answer) => {
            TokenError::Refused { code, description: description_of(&answer) }
        }
        AuthorizationError::Other(error) => error.into(),
    }
}

fn description_of(answer: &AuthorizationResponse) -> String {
    answer.parameter("error_description").unwrap_or_default().to_owned()
}

/// The codes that a pushed request may be refused with. An unregistered redirect URI or origin is
/// `invalid_request` as everywhere.
fn known_code(code: &str) -> &'static str {
    const KNOWN: [&str; 11] = [
        "unmet_authentication_requirements",
        "invalid_client",
        "unauthorized_client",
        "unsupported_response_type",
        "invalid_scope",
        "invalid_target",
        "invalid_request_object",
        "request_not_supported",
        "request_uri_not_supported",
        "registration_not_supported",
        "invalid_request_uri",
    ];
    KNOWN.into_iter().find(|known| *known == code).unwrap_or("invalid_request")
}
