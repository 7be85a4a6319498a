//! The hosted pages: what a person sees while signing in, and the mails that belong to it.
//!
//! Rendering only. A view model goes in, a [`Page`] with its text and all its headers comes out;
//! nothing is looked up, decided or remembered here. All pages are plain HTML that works without
//! scripts, ask nothing of other hosts but a logo, speak every [`Locale`] and take on a tenant's
//! [`Branding`].
//!
//! Forms post the inputs `username`, `password`, `email`, `phone_number`, `user_code`, `action`,
//! and the hidden `request`, `csrf` and `ui_locales`.
//!
//! The headers of a page forbid what the page does not need: styles and scripts are allowed by the
//! hash of their text, so no page holds anything that changes from request to request except the
//! form's own values.
//!
//! ```
//! use citizenry_http_oidc::pages::{Branding, Form, Frame, Locale, SignIn, Way};
//!
//! let branding = Branding::named("Example Press");
//! let frame = Frame {
//!     locale: Locale::ZhCn,
//!     branding: &branding,
//!     here: "/u/login?request=sealed",
//! };
//! let page = SignIn {
//!     form: Form { action: "/u/login", request: Some("sealed"), csrf: "token", leads_to: None },
//!     client: None,
//!     username: "li.lei@example.com",
//!     ways: vec![Way::default()],
//!     error: None,
//!     notice: None,
//!     forgot_url: Some("/u/reset?request=sealed"),
//!     sign_up_url: None,
//! }
//! .render(&frame);
//! assert!(page.html.contains("lang=\"zh-CN\""));
//! assert!(page.html.contains("name=\"password\""));
//! ```

mod branding;
mod client;
mod colour;
mod components;
mod consent;
mod device;
mod failure;
mod layout;
mod locale;
mod logout;
pub mod mail;
mod message;
mod page;
mod password;
mod responses;
mod security;
mod sign_in;
mod sign_up;
pub mod texts;
mod verification;

pub use branding::{Branding, Gradient, TextOverrideError, TextOverrides};
pub use client::{Client, Link, Scope, ScopeGroup};
pub use colour::{Colour, TEXT_CONTRAST};
pub use consent::Consent;
pub use device::{DeviceCode, DeviceCodeError, DeviceConfirm, DeviceDenied, DeviceDone};
pub use failure::ErrorPage;
pub use layout::{Form, Frame};
pub use locale::Locale;
pub use logout::{LoggedOut, LogoutConfirm};
pub use page::Page;
pub use password::{
    NewPassword, NewPasswordDone, PasswordRules, PasswordViolation, ResetRequest,
    ResetRequestError, ResetSent,
};
pub use responses::{FormPost, WebMessage};
pub use sign_in::{Identifiers, SignIn, SignInError, SignInNotice, Way};
pub use sign_up::{FieldProblem, SignUp, SignUpError, SignUpField};
pub use verification::{LinkExpired, Verify, VerifyDone};
