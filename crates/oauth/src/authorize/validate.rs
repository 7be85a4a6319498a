//! Checking a request: everything that does not depend on who is signed in.

use citizenry_identity::{Client, ClientIdentifier, Error, Tenant, Timestamp};
use serde_json::{Map, Value};

use super::{
    AuthorizationError, Parameters, Prompt, ReturnAddress, ValidatedRequest, pushed, targets,
};
use crate::{OAuth, USERINFO_PATH};

/// A request to the authorization endpoint.
#[derive(Debug, Clone, Default)]
pub struct AuthorizationRequest {
    /// The tenant that the endpoint's path names; none at the installation's own.
    pub tenant: Option<String>,
    /// The host, and the port if there was one, that the request was sent to.
    pub host: Option<String>,
    /// The parameters as they were sent, decoded, in their order, repeated ones included.
    pub parameters: Vec<(String, String)>,
}

/// Who asks, and where.
pub(super) struct Asking {
    pub(super) tenant: Tenant,
    pub(super) client: Client,
    pub(super) issuer: String,
    pub(super) host: Option<String>,
    pub(super) now: Timestamp,
}

impl Asking {
    /// A refusal that is sent to the client if `parameters` say where to, else shown to the user.
    pub(super) fn refuse(
        &self,
        parameters: &Parameters,
        code: &'static str,
        description: &str,
    ) -> AuthorizationError {
        match ReturnAddress::of(&self.client, &self.issuer, parameters) {
            Ok(address) => address.error(code, description),
            Err(AuthorizationError::Answer(answer)) => AuthorizationError::Answer(answer),
            Err(_) => AuthorizationError::page(code, description),
        }
    }
}

impl OAuth {
    /// Checks a request to the authorization endpoint as a whole.
    ///
    /// # Errors
    /// `Page` when the client or the redirect URI is not certain; `Answer` for what the client is
    /// to be told; `Other` when a part failed.
    pub async fn validate(
        &self,
        request: AuthorizationRequest,
    ) -> Result<ValidatedRequest, AuthorizationError> {
        let validated = self.validate_unlogged(request).await;
        if let Err(error) = &validated {
            tracing::info!(error = error.code(), "an authorization request was refused");
        }
        validated
    }

    async fn validate_unlogged(
        &self,
        request: AuthorizationRequest,
    ) -> Result<ValidatedRequest, AuthorizationError> {
        let parameters = Parameters::of_page(request.parameters)?;
        let asking = self.asking(request.tenant.as_deref(), request.host, &parameters).await?;
        let parameters = self.whole_request(&asking, parameters).await?;
        self.checked(&asking, &parameters).await
    }

    /// Who asks: the client of `client_id`, which is always a parameter of its own.
    async fn asking(
        &self,
        tenant: Option<&str>,
        host: Option<String>,
        parameters: &Parameters,
    ) -> Result<Asking, AuthorizationError> {
        let now = self.shared.environment.clock.now();
        let Some(named) = parameters.get("client_id") else {
            return Err(AuthorizationError::page("invalid_request", "client_id is missing"));
        };
        let unknown = || AuthorizationError::page("invalid_client", "the client is unknown");
        let identifier = ClientIdentifier::parse(named).map_err(|_malformed| unknown())?;
        let found = self
            .shared
            .storage
            .read(async move |ports| {
                let Some(client) = ports.clients().find_anywhere(&identifier).await? else {
                    return Ok(None);
                };
                let owner = ports.tenants().find(client.tenant).await?;
                Ok::<_, Error>(owner.map(|owner| (owner, client)))
            })
            .await?;
        let (owner, client) = found
            .filter(|(owner, _)| {
                owner.is_open(now) && tenant.is_none_or(|named| named == owner.name.as_str())
            })
            .ok_or_else(unknown)?;
        let issuer = self.shared.issuers.issuer(&owner.name);
        Ok(Asking { tenant: owner, client, issuer, host, now })
    }

    /// The parameters wherever they stand: in the request itself, in a request object (RFC 9101),
    /// or in a request that was pushed (RFC 9126).
    async fn whole_request(
        &self,
        asking: &Asking,
        sent: Parameters,
    ) -> Result<Parameters, AuthorizationError> {
        let refuse = |code, description| Err(asking.refuse(&sent, code, description));
        let must_be_pushed = asking.client.settings.oidc.require_pushed_authorization_requests;
        match (sent.get("request"), sent.get("request_uri")) {
            (Some(_), Some(_)) => {
                refuse("invalid_request", "request and request_uri exclude each other")
            }
            (None, Some(uri)) if uri.starts_with(pushed::PREFIX) => {
                self.take_pushed(asking, uri).await
            }
            _ if must_be_pushed => {
                refuse("invalid_request", "the request must be pushed (RFC 9126)")
            }
            (None, None) => Ok(sent),
            (Some(_), None) => self.with_request_object(asking, sent).await,
            (None, Some(_)) => self.with_request_reference(asking, sent).await,
        }
    }

    /// The same for what a client pushes: nothing may be taken from elsewhere.
    pub(super) async fn pushed_request(
        &self,
        asking: &Asking,
        sent: Parameters,
    ) -> Result<(Parameters, ValidatedRequest), AuthorizationError> {
        let parameters = match (sent.get("request"), sent.get("request_uri")) {
            (_, Some(_)) => {
                let reason = "request_uri cannot be pushed";
                return Err(AuthorizationError::page("invalid_request", reason));
            }
            (Some(_), None) => self.with_request_object(asking, sent).await?,
            (None, None) => sent,
        };
        let validated = self.checked(asking, &parameters).await?;
        Ok((parameters, validated))
    }

    async fn checked(
        &self,
        asking: &Asking,
        parameters: &Parameters,
    ) -> Result<ValidatedRequest, AuthorizationError> {
        let address = ReturnAddress::of(&asking.client, &asking.issuer, parameters)?;
        let fail = |(code, reason): Refusal| address.error(code, reason);
        may_ask(&asking.client, parameters).map_err(fail)?;
        let code_challenge = code_challenge(&asking.client, parameters).map_err(fail)?;
        let invalid = |reason| fail(("invalid_request", reason));
        let prompts = Prompt::read(parameters.words("prompt")).map_err(invalid)?;
        let max_age = max_age(&asking.client, parameters).map_err(invalid)?;
        let claims = claims(parameters).map_err(invalid)?;
        can_be_met(claims.as_ref()).map_err(fail)?;
        let dpop_thumbprint = thumbprint(parameters).map_err(invalid)?;
        let targets = self.targets(asking, parameters).await?.map_err(fail)?;
        let hinted = self.hinted_subject(asking, parameters).await?.map_err(fail)?;
        let claimed = requested_subject(claims.as_ref());
        let expected_subject = match (hinted, claimed) {
            (Some(hinted), Some(claimed)) if hinted != claimed => {
                return Err(invalid("id_token_hint and claims name different users"));
            }
            (hinted, claimed) => hinted.or(claimed),
        };
        let oidc = &asking.client.settings.oidc;
        let wants_auth_time = max_age.is_some()
            || oidc.require_auth_time
            || claim_of_id_token(claims.as_ref(), "auth_time").is_some();
        let mut acr_values: Vec<String> =
            parameters.words("acr_values").map(str::to_owned).collect();
        if acr_values.is_empty() {
            acr_values.clone_from(&oidc.default_acr_values);
        }
        Ok(ValidatedRequest {
            tenant: asking.tenant.id,
            client: asking.client.identifier.clone(),
            redirect_uri: address.redirect_uri,
            redirect_uri_was_sent: address.redirect_uri_was_sent,
            response_mode: address.mode,
            state: address.state,
            issuer: address.issuer,
            scopes: targets.scopes,
            audiences: targets.servers.iter().map(|it| it.identifier.to_string()).collect(),
            nonce: parameters.owned("nonce"),
            claims,
            prompts,
            max_age,
            wants_auth_time,
            expected_subject,
            code_challenge,
            dpop_thumbprint,
            login_hint: parameters.owned("login_hint"),
            ui_locales: parameters.words("ui_locales").take(20).map(str::to_owned).collect(),
            acr_values,
            display: parameters.owned("display"),
            screen_hint: parameters.owned("screen_hint"),
            connection: parameters.owned("connection").or_else(|| parameters.owned("realm")),
            started_at_micros: asking.now.unix_micros(),
        })
    }

    async fn targets(
        &self,
        asking: &Asking,
        parameters: &Parameters,
    ) -> Result<Result<targets::Targets, Refusal>, AuthorizationError> {
        let (tenant, client) = (asking.tenant.clone(), asking.client.clone());
        let (parameters, host) = (parameters.clone(), asking.host.clone());
        let userinfo = self.shared.issuers.endpoint(&tenant.name, USERINFO_PATH);
        let looked_up = self.shared.storage.read(async move |ports| {
            let host = host.as_deref();
            targets::look_up(ports, &tenant, &client, &parameters, host, &userinfo).await
        });
        Ok(looked_up.await?)
    }

    /// The user whom `id_token_hint` names.
    async fn hinted_subject(
        &self,
        asking: &Asking,
        parameters: &Parameters,
    ) -> Result<Result<Option<String>, Refusal>, AuthorizationError> {
        let Some(hint) = parameters.get("id_token_hint") else { return Ok(Ok(None)) };
        let hint = self.id_token_hint(&asking.tenant, hint).await?;
        let bad = ("invalid_request", "id_token_hint is no ID token of this server");
        Ok(hint.map(|hint| Some(hint.sub)).ok_or(bad))
    }
}

/// A code of the OAuth registry, and the reason.
type Refusal = (&'static str, &'static str);

/// Whether the client may ask in this way at all.
fn may_ask(client: &Client, parameters: &Parameters) -> Result<(), Refusal> {
    if parameters.get("registration").is_some() {
        return Err(("registration_not_supported", "clients do not register with a request"));
    }
    match parameters.get("response_type") {
        None => return Err(("invalid_request", "response_type is missing")),
        Some("code") => {}
        Some(_) => return Err(("unsupported_response_type", "the one response_type is code")),
    }
    let types = &client.settings.response_types;
    let registered = types.is_empty() || types.iter().any(|it| it == "code");
    if registered && client.may_use_grant("authorization_code") {
        Ok(())
    } else {
        Err(("unauthorized_client", "the client may not use authorization codes"))
    }
}

/// The PKCE challenge (RFC 7636): always S256, and required of whoever has no secret.
fn code_challenge(client: &Client, parameters: &Parameters) -> Result<Option<String>, Refusal> {
    let invalid = |reason| Err(("invalid_request", reason));
    let is_public = client.authentication_method == citizenry_identity::AuthenticationMethod::None;
    let Some(challenge) = parameters.get("code_challenge") else {
        if parameters.get("code_challenge_method").is_some() {
            return invalid("code_challenge is missing");
        }
        if is_public || client.settings.oidc.require_pkce {
            return invalid("code_challenge is missing: the client must use PKCE (RFC 7636)");
        }
        return Ok(None);
    };
    if parameters.get("code_challenge_method") != Some("S256") {
        return invalid("the one code_challenge_method is S256");
    }
    if !is_sha256_in_base64url(challenge) {
        return invalid("code_challenge is no SHA-256 in base64url");
    }
    Ok(Some(challenge.to_owned()))
}

fn is_sha256_in_base64url(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.len() == 43 && text.bytes().all(legal)
}

fn thumbprint(parameters: &Parameters) -> Result<Option<String>, &'static str> {
    match parameters.get("dpop_jkt") {
        Some(text) if !is_sha256_in_base64url(text) => Err("dpop_jkt is no thumbprint"),
        other => Ok(other.map(str::to_owned)),
    }
}

fn max_age(client: &Client, parameters: &Parameters) -> Result<Option<i64>, &'static str> {
    let Some(text) = parameters.get("max_age") else {
        return Ok(client.settings.oidc.default_max_age);
    };
    let seconds: u32 = text.parse().map_err(|_malformed| "max_age is no number of seconds")?;
    Ok(Some(seconds.into()))
}

/// The `claims` parameter (OpenID Connect Core, section 5.5): an object whose members `userinfo`
/// and `id_token` are objects of claims, each null or an object.
fn claims(parameters: &Parameters) -> Result<Option<Map<String, Value>>, &'static str> {
    const WRONG: &str = "claims is no request for claims";
    let Some(text) = parameters.get("claims") else { return Ok(None) };
    let mut claims: Map<String, Value> = serde_json::from_str(text).map_err(|_error| WRONG)?;
    // What else stands in it means nothing to us, and is not kept.
    claims.retain(|member, _| member == "userinfo" || member == "id_token");
    for requested in claims.values() {
        let Value::Object(requested) = requested else { return Err(WRONG) };
        if !requested.values().all(|claim| claim.is_null() || claim.is_object()) {
            return Err(WRONG);
        }
    }
    Ok(Some(claims))
}

fn claim_of_id_token<'c>(claims: Option<&'c Map<String, Value>>, name: &str) -> Option<&'c Value> {
    claims?.get("id_token")?.get(name)
}

/// Whether the request insists on an authentication context class: none is served, so that a
/// client would be told a lie (OpenID Connect Core, section 5.5.1.1).
fn can_be_met(claims: Option<&Map<String, Value>>) -> Result<(), Refusal> {
    let Some(acr) = claim_of_id_token(claims, "acr") else { return Ok(()) };
    let insists = acr.get("essential") == Some(&Value::Bool(true))
        && (acr.get("value").is_some() || acr.get("values").is_some());
    if insists {
        let code = "unmet_authentication_requirements";
        return Err((code, "no authentication context class is served"));
    }
    Ok(())
}

/// The one user whom the `claims` parameter asks for.
fn requested_subject(claims: Option<&Map<String, Value>>) -> Option<String> {
    let subject = claim_of_id_token(claims, "sub")?.get("value")?;
    subject.as_str().map(str::to_owned)
}
