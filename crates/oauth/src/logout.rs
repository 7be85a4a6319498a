//! Ending a session: by the client's wish (OpenID Connect RP-Initiated Logout 1.0, and the vendors'
//! own endpoints), and what other clients are told of it (Back-Channel Logout 1.0).

mod notice;
mod vendor;

use citizenry_identity::{Client, ClientIdentifier, Error, Session, Tenant, User};

use crate::authorize::{IdTokenHint, Parameters};
use crate::{AuthorizationError, OAuth, redirect_uri};

/// A request to the logout endpoint.
#[derive(Debug, Clone, Default)]
pub struct LogoutRequest<'s> {
    /// The tenant that the endpoint's path names; none at the installation's own.
    pub tenant: Option<String>,
    /// The parameters as they were sent, decoded.
    pub parameters: Vec<(String, String)>,
    /// Who is signed in.
    pub session: Option<&'s (Session, User)>,
    /// Whether the user has said yes on the page that [`LogoutStep::Confirm`] asked for.
    pub confirmed: bool,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq)]
pub enum LogoutStep {
    /// The user is to be asked whether he wants to sign out: anybody may have sent him here.
    Confirm {
        /// The client that sent him, if it is known.
        client: Option<Box<Client>>,
    },
    /// The session, if there is one, is to be ended.
    SignOut {
        /// Where to send the browser then: registered for that. None: show that it is done.
        redirect_to: Option<String>,
    },
}

impl OAuth {
    /// What comes next when a client sends a browser here to sign out.
    ///
    /// An ID token of ours that was issued for who is signed in (it may have expired) shows that
    /// the client means him, and he is not asked. The browser goes on to
    /// `post_logout_redirect_uri` only if it is registered, character by character, for the client
    /// that the ID token or `client_id` names.
    ///
    /// # Errors
    /// `Page` for a bad hint, an unknown client or an address that is not registered; `Other`.
    pub async fn logout(
        &self,
        request: LogoutRequest<'_>,
    ) -> Result<LogoutStep, AuthorizationError> {
        let parameters = Parameters::of_page(request.parameters)?;
        let tenant = self.logout_tenant(request.tenant.as_deref()).await?;
        let hint = self.logout_hint(&tenant, &parameters).await?;
        let client = self.logout_client(&tenant, &parameters, hint.as_ref()).await?;
        let redirect_to = post_logout_redirect(client.as_ref(), &parameters)?;
        let is_meant = match (&hint, request.session) {
            // Nobody is signed in: there is nothing to ask.
            (_, None) => true,
            (Some(hint), Some((_, user))) => hint.sub == user.subject.as_str(),
            (None, Some(_)) => false,
        };
        if is_meant || request.confirmed {
            Ok(LogoutStep::SignOut { redirect_to })
        } else {
            Ok(LogoutStep::Confirm { client: client.map(Box::new) })
        }
    }

    pub(crate) async fn logout_tenant(
        &self,
        tenant: Option<&str>,
    ) -> Result<Tenant, AuthorizationError> {
        self.tenant(tenant).await.map_err(|error| match error {
            Error::NotFound { .. } => {
                AuthorizationError::page("invalid_request", "the tenant is unknown")
            }
            other => other.into(),
        })
    }

    async fn logout_hint(
        &self,
        tenant: &Tenant,
        parameters: &Parameters,
    ) -> Result<Option<IdTokenHint>, AuthorizationError> {
        let Some(hint) = parameters.get("id_token_hint") else { return Ok(None) };
        let bad = || page("id_token_hint is no ID token of this server");
        Ok(Some(self.id_token_hint(tenant, hint).await?.ok_or_else(bad)?))
    }

    /// The client that the request names, or for which the hint was issued. Both must agree.
    async fn logout_client(
        &self,
        tenant: &Tenant,
        parameters: &Parameters,
        hint: Option<&IdTokenHint>,
    ) -> Result<Option<Client>, AuthorizationError> {
        let named = match (parameters.get("client_id"), hint) {
            (Some(named), Some(hint)) if !hint.is_for(named) => {
                return Err(page("id_token_hint was issued for another client"));
            }
            (Some(named), _) => Some(named),
            (None, hint) => hint.and_then(IdTokenHint::only_audience),
        };
        let Some(named) = named else { return Ok(None) };
        let client = self.client_of_tenant(tenant, named).await?;
        Ok(Some(client.ok_or_else(|| page("the client is unknown"))?))
    }

    pub(crate) async fn client_of_tenant(
        &self,
        tenant: &Tenant,
        identifier: &str,
    ) -> Result<Option<Client>, Error> {
        let Ok(identifier) = ClientIdentifier::parse(identifier) else { return Ok(None) };
        let tenant = tenant.id;
        self.shared
            .storage
            .read(async move |ports| {
                Ok::<_, Error>(ports.clients().find_by_identifier(tenant, &identifier).await?)
            })
            .await
    }
}

fn page(description: &str) -> AuthorizationError {
    AuthorizationError::page("invalid_request", description)
}

/// Where the browser goes afterwards, with the client's `state`.
fn post_logout_redirect(
    client: Option<&Client>,
    parameters: &Parameters,
) -> Result<Option<String>, AuthorizationError> {
    let Some(wanted) = parameters.get("post_logout_redirect_uri") else { return Ok(None) };
    let client = client.ok_or_else(|| {
        page("post_logout_redirect_uri needs id_token_hint or client_id beside it")
    })?;
    if !is_registered(&client.settings.allowed_logout_urls, wanted) {
        return Err(page("post_logout_redirect_uri is not registered for this client"));
    }
    let state = parameters.get("state").map(|state| ("state".to_owned(), state.to_owned()));
    Ok(Some(redirect_uri::with_query(wanted, state.as_slice())))
}

/// Whether `wanted` is one of `registered`, character by character, and a browser may be sent
/// there at all.
fn is_registered(registered: &[String], wanted: &str) -> bool {
    redirect_uri::is_safe(wanted) && registered.iter().any(|it| it == wanted)
}

#[cfg(test)]
mod tests;
