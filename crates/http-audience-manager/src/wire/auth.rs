//! Who asks: the door's own tokens, and what every handler begins with.

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use async_trait::async_trait;
use citizenry_authn::Authn;
use citizenry_authz::Caller;
use citizenry_directory::Directory;
use citizenry_http_kit::{Authenticated, Authenticator, Refusal};
use citizenry_identity::{Error, ManagementDoor, Origin};
use citizenry_oauth::OAuth;
use futures_util::future::LocalBoxFuture;
use secrecy::SecretString;

/// Turns tokens of Audience Manager's own clients into callers.
#[derive(Debug, Clone)]
pub struct AudienceManagerAuthenticator {
    oauth: OAuth,
}

impl AudienceManagerAuthenticator {
    /// An authenticator that asks `oauth`.
    pub fn new(oauth: OAuth) -> Self {
        Self { oauth }
    }
}

#[async_trait]
impl Authenticator for AudienceManagerAuthenticator {
    async fn authenticate(
        &self,
        bearer: &SecretString,
        origin: &Origin,
        _host: &str,
    ) -> Result<Caller, Error> {
        self.oauth.authenticate_for(ManagementDoor::AudienceManager, bearer, origin).await
    }
}

/// A request that has been let in: the caller and the use cases.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) caller: Caller,
    pub(crate) directory: web::Data<Directory>,
    pub(crate) authn: web::Data<Authn>,
}

impl Call {
    /// The partner's number: `pid`.
    pub(crate) fn partner(&self) -> i64 {
        self.caller.tenant_context().number.get()
    }
}

impl FromRequest for Call {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Authenticated::from_request(request, payload);
        let directory = request.app_data::<web::Data<Directory>>().cloned();
        let authn = request.app_data::<web::Data<Authn>>().cloned();
        Box::pin(async move {
            let Authenticated(caller) = caller.await?;
            let (Some(directory), Some(authn)) = (directory, authn) else {
                return Err(Error::internal("no Directory or no Authn in the app data").into());
            };
            Ok(Self { caller, directory, authn })
        })
    }
}
