//! The OAuth 2 provider: tokens for clients, the keys that sign them, and what a token proves.
//!
//! - [`OAuth::token`] is the token endpoint: it authenticates a client, decides which resource
//!   server and which scopes, and signs a token (RFC 6749, RFC 9068);
//! - [`OAuth::authenticate`] turns a bearer token of the management API into the
//!   [`Caller`](citizenry_authz::Caller) of every use case, and asks the database what is still
//!   true of it;
//! - [`OAuth::authenticate_for`] does the same for the doors whose people manage the directory with
//!   tokens of their own;
//! - [`OAuth::create_personal_token`] and its siblings keep the tokens that people and administrators
//!   make by hand;
//! - [`OAuth::discovery`] and [`OAuth::jwks`] say who signs and with which keys;
//! - [`signing_keys`] makes those keys.
//!
//! Place in the picture: builds on `identity`, `authz` and the ports of `storage`; the doors build
//! on it. It knows neither HTTP nor SQL.
//!
//! ```
//! use citizenry_identity::TenantName;
//! use citizenry_oauth::{Discovery, Issuers, OAuthSettings};
//!
//! let issuers = Issuers::new("https://id.example.com", true);
//! let document = Discovery::of(
//!     &issuers,
//!     &TenantName::parse("acme")?,
//!     &OAuthSettings::default(),
//! );
//! assert_eq!(document.issuer, "https://id.example.com/t/acme/");
//! assert_eq!(document.jwks_uri, "https://id.example.com/t/acme/.well-known/jwks.json");
//! # Ok::<(), citizenry_identity::Error>(())
//! ```
#![deny(missing_docs)]

mod access_token;
mod active_token;
mod api_tokens;
mod audience;
mod audit;
mod authorization_code;
mod authorize;
mod claims;
mod client_authentication;
mod client_keys;
mod clients;
pub mod consents;
mod device;
mod discovery;
mod dpop;
mod families;
mod form_token;
mod id_token;
pub mod ims;
mod introspection;
mod issuers;
mod jws;
mod known_callers;
mod lifetimes;
mod logout;
mod management;
mod management_doors;
mod one_or_many;
mod opaque;
mod origins;
mod per_tenant;
mod ports;
mod published;
#[cfg(test)]
mod races;
mod redirect_uri;
mod registration;
mod revocation;
mod scopes;
mod service;
mod settings;
pub mod signing_keys;
#[cfg(test)]
mod test_doors;
#[cfg(test)]
mod test_people;
#[cfg(test)]
mod test_tokens;
#[cfg(test)]
mod test_world;
mod token;
mod token_error;
mod used_identifiers;
mod userinfo;

pub use access_token::TokenType;
pub use api_tokens::{
    AccessKind, AccessRight, ApiTokenView, NewPersonalToken, NewSystemToken, ResourceAccess,
    TokenAccess,
};
pub use authorize::{
    AuthorizationError, AuthorizationRequest, AuthorizationResponse, ConsentScope, ConsentScreen,
    Prompt, PushRequest, Pushed, ResponseMode, Step, ValidatedRequest,
};
pub use client_authentication::{BasicClient, ClientCredentials};
pub use device::{DeviceAuthorization, DeviceCodeError, DeviceRequest, DeviceScreen};
pub use discovery::{
    ACTIVATE_PATH, AUTHORIZE_PATH, DEVICE_PATH, DISCOVERY_PATH, Discovery, INTROSPECT_PATH,
    JWKS_PATH, LOGOUT_PATH, PUSH_PATH, REVOKE_PATH, TOKEN_PATH, USERINFO_PATH,
};
pub use dpop::DpopHeader;
pub use introspection::IntrospectRequest;
pub use issuers::Issuers;
pub use logout::{LogoutRequest, LogoutStep};
pub use ports::{
    AttemptProof, AttemptedUser, PasswordAttempt, PasswordGrantError, PasswordVerifier,
};
pub use published::{Document, Published};
pub use registration::{REGISTRATION_PATH, Registered, RegistrationAccess, RegistrationError};
pub use revocation::RevokeRequest;
pub use service::OAuth;
pub use settings::OAuthSettings;
pub use signing_keys::Jwks;
pub use token::{JwtExchange, TokenRequest, TokenResponse};
pub use token_error::{ClientProblem, TokenError};
pub use userinfo::{ResourceError, Userinfo, UserinfoRequest};
