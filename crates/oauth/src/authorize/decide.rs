//! What comes next: an answer, the sign-in page, or the consent page.

use std::sync::Arc;

use citizenry_identity::{
    Client, Error, Moment, Origin, ResourceServer, Session, Tenant, Timestamp, User,
};
use citizenry_storage::{Sealer, Tx};

use super::{
    AuthorizationError, AuthorizationResponse, ConsentScreen, Prompt, ValidatedRequest, consent,
    issue,
};
use crate::{OAuth, redirect_uri, scopes};

/// What comes next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// The client is answered.
    Answer(AuthorizationResponse),
    /// The user is to sign in, again if he has.
    SignIn,
    /// The user is to be asked.
    Consent(Box<ConsentScreen>),
}

/// Whether the one who is signed in will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SignedIn {
    Fits,
    /// He must prove himself again.
    TooOld,
    /// The client means another one, and the sign-in page was shown already.
    IsAnother,
}

impl OAuth {
    /// What comes next for the one who is signed in, or for nobody.
    ///
    /// # Errors
    /// `Page` when the client has gone since the request was validated; `Other` when a part failed.
    /// What the client is to be told is a [`Step::Answer`].
    pub async fn authorize(
        &self,
        request: &ValidatedRequest,
        signed_in: Option<&(Session, User)>,
        origin: &Origin,
    ) -> Result<Step, AuthorizationError> {
        self.step(request, signed_in, origin, false).await
    }

    /// The same after the consent page: what was asked for is allowed, and remembered.
    ///
    /// # Errors
    /// As [`OAuth::authorize`].
    pub async fn allow(
        &self,
        request: &ValidatedRequest,
        signed_in: Option<&(Session, User)>,
        origin: &Origin,
    ) -> Result<Step, AuthorizationError> {
        self.step(request, signed_in, origin, true).await
    }

    /// The answer after the consent page when the user does not allow it.
    pub fn deny(&self, request: &ValidatedRequest) -> AuthorizationResponse {
        request.return_address().failure("access_denied", "the user has refused")
    }

    async fn step(
        &self,
        request: &ValidatedRequest,
        signed_in: Option<&(Session, User)>,
        origin: &Origin,
        allowed: bool,
    ) -> Result<Step, AuthorizationError> {
        let moment = self.shared.environment.moment();
        let is_signed_in = |(session, user): &&(Session, User)| {
            session.tenant == request.tenant
                && user.tenant == request.tenant
                && session.user == user.id
                && session.is_alive(moment.now())
        };
        let Some((session, user)) = signed_in.filter(is_signed_in) else {
            return Ok(sign_in(request));
        };
        match fitness(request, session, user, moment.now()) {
            SignedIn::Fits => {}
            SignedIn::TooOld => return Ok(sign_in(request)),
            SignedIn::IsAnother => {
                let reason = "another user than the expected one has signed in";
                return Ok(Step::Answer(
                    request.return_address().failure("login_required", reason),
                ));
            }
        }
        let unit = Unit {
            request: request.clone(),
            session: session.clone(),
            user: user.clone(),
            origin: origin.clone(),
            allowed,
            sealer: Arc::clone(&self.shared.environment.sealer),
            moment,
        };
        self.shared.storage.transact(async move |tx| unit.run(tx).await).await
    }
}

/// What follows when nobody is signed in, or not well enough.
fn sign_in(request: &ValidatedRequest) -> Step {
    if request.has_prompt(Prompt::None) {
        let reason = "the user must sign in";
        Step::Answer(request.return_address().failure("login_required", reason))
    } else {
        Step::SignIn
    }
}

/// Whether the one who is signed in will do for the request. A sign-in that is younger than the
/// request was made for it: whatever age was asked for, it is not asked for again.
fn fitness(request: &ValidatedRequest, session: &Session, user: &User, now: Timestamp) -> SignedIn {
    let is_for_this = request.is_older_than(session.authenticated_at);
    let subject = user.subject.as_str();
    if request.expected_subject.as_deref().is_some_and(|expected| expected != subject) {
        return if is_for_this { SignedIn::IsAnother } else { SignedIn::TooOld };
    }
    let age = now.unix_micros().saturating_sub(session.authenticated_at.unix_micros());
    let too_old = request.max_age.is_some_and(|most| age > most.saturating_mul(1_000_000));
    let asked_for = request.prompts.iter().any(|prompt| prompt.wants_sign_in());
    if (too_old || asked_for) && !is_for_this { SignedIn::TooOld } else { SignedIn::Fits }
}

/// What a unit of work that decides a request needs.
#[derive(Clone)]
struct Unit {
    request: ValidatedRequest,
    session: Session,
    user: User,
    origin: Origin,
    /// Whether the user has just allowed it.
    allowed: bool,
    sealer: Arc<dyn Sealer>,
    moment: Moment,
}

/// Who asks and what for, as it is stored now.
struct Asked {
    client: Client,
    servers: Vec<ResourceServer>,
    scopes: Vec<String>,
}

impl Unit {
    async fn run(self, tx: &mut dyn Tx) -> Result<Step, AuthorizationError> {
        if !self.is_still_signed_in(tx).await? {
            return Ok(sign_in(&self.request));
        }
        let asked = self.asked(tx).await?;
        let client = &asked.client;
        let allowed = tx.consents().list_for(self.request.tenant, self.user.id, client.id).await?;
        let groups = consent::groups(&asked.scopes, &asked.servers);
        let wants_page = self.request.has_prompt(Prompt::Consent);
        let must_ask = wants_page || consent::is_needed(client, &groups, &allowed);
        if must_ask && !self.allowed {
            return Ok(self.ask(&asked));
        }
        if must_ask {
            let pair = (&self.user, client);
            consent::remember(tx, &self.moment, pair, &groups, &allowed, &self.origin).await?;
        }
        let audiences = asked.servers.iter().map(|server| server.identifier.to_string()).collect();
        let granted = issue::Granted { client, scopes: asked.scopes.clone(), audiences };
        let code = issue::code(tx, &*self.sealer, &self.moment, &self.by(), granted).await?;
        Ok(Step::Answer(self.request.return_address().success(&code)))
    }

    fn by(&self) -> issue::By<'_> {
        issue::By {
            request: &self.request,
            session: &self.session,
            user: &self.user,
            origin: &self.origin,
        }
    }

    fn ask(&self, asked: &Asked) -> Step {
        if self.request.has_prompt(Prompt::None) {
            let reason = "the user must allow it first";
            Step::Answer(self.request.return_address().failure("consent_required", reason))
        } else {
            let screen = consent::screen(&asked.client, &asked.scopes, &asked.servers);
            Step::Consent(Box::new(screen))
        }
    }

    /// Whether session and user are good now, in the transaction: either may have ended since they
    /// were read.
    async fn is_still_signed_in(&self, tx: &mut dyn Tx) -> Result<bool, Error> {
        let (tenant, now) = (self.request.tenant, self.moment.now());
        let session = tx.sessions().find(tenant, self.session.id).await?;
        let user = tx.users().find(tenant, self.user.id).await?;
        let session = session.filter(|it| it.user == self.user.id && it.is_alive(now));
        Ok(session.is_some() && user.is_some_and(|user| user.keeps_access(now)))
    }

    async fn asked(&self, tx: &mut dyn Tx) -> Result<Asked, AuthorizationError> {
        let request = &self.request;
        let gone = || AuthorizationError::page("invalid_client", "the client is unknown");
        let tenant: Option<Tenant> = tx.tenants().find(request.tenant).await?;
        tenant.filter(|tenant| tenant.is_open(self.moment.now())).ok_or_else(gone)?;
        let client = tx.clients().find_by_identifier(request.tenant, &request.client).await?;
        // Nor may the redirect URI have been taken from the client since.
        let client = client
            .filter(|client| redirect_uri::is_registered(client, &request.redirect_uri))
            .ok_or_else(gone)?;
        let mut servers =
            tx.resource_servers().find_by_identifiers(request.tenant, &request.audiences).await?;
        // In the order they were asked for.
        let position = |server: &ResourceServer| {
            request.audiences.iter().position(|it| *it == *server.identifier.as_str())
        };
        servers.sort_by_key(position);
        let mut scopes = request.scopes.clone();
        if servers.iter().any(scopes::limits_users) {
            let permissions = scopes::permissions_of(tx, request.tenant, self.user.id).await?;
            scopes::limit(&mut scopes, &servers, &permissions);
        }
        Ok(Asked { client, servers, scopes })
    }
}
