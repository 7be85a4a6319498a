//! The authorization endpoint (RFC 6749, section 3.1; OpenID Connect Core, section 3.1.2).
//!
//! A request goes three steps, and between them nothing is stored:
//!
//! 1. [`OAuth::validate`] checks it as a whole: who asks, where the answer may go, what for.
//! 2. [`OAuth::authorize`] says what comes next for the one who is signed in, or for nobody: an
//!    answer, the sign-in page or the consent page. A page carries the request along, sealed
//!    ([`OAuth::seal_request`]), and asks again when it is done.
//! 3. [`OAuth::allow`] and [`OAuth::deny`] take the consent page's answer.
//!
//! What is wrong is told to the client by [`AuthorizationError::Answer`]; before the client and its
//! redirect URI are certain, to the user alone by [`AuthorizationError::Page`].

mod consent;
mod decide;
mod id_token_hint;
mod issue;
mod parameters;
mod prompt;
mod pushed;
mod request_object;
mod response;
mod sealed;
mod targets;
mod validate;
mod validated_request;

pub(crate) use consent::screen as consent_screen;
pub use consent::{ConsentScope, ConsentScreen};
pub use decide::Step;
pub(crate) use id_token_hint::IdTokenHint;
pub(crate) use parameters::Parameters;
pub use prompt::Prompt;
pub use pushed::{PushRequest, Pushed};
pub(crate) use response::ReturnAddress;
pub use response::{AuthorizationError, AuthorizationResponse, ResponseMode};
pub use validate::AuthorizationRequest;
pub use validated_request::ValidatedRequest;

#[cfg(doc)]
use crate::OAuth;

#[cfg(test)]
mod tests;
