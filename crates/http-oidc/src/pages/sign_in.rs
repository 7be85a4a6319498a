//! Sign-in.

use askama::Template;

use super::{
    client::Client,
    components::{Alert, Field, Hidden},
    layout::{Form, Frame, Layout},
    page::Page,
    texts::{self, Texts},
};

/// The sign-in page.
///
/// Posts `username` and `password`. Which ways there are is the caller's to say; the page shows
/// them in the given order.
#[derive(Debug, Clone)]
pub struct SignIn<'a> {
    /// Where the form goes.
    pub form: Form<'a>,
    /// The application that asks for the sign-in.
    pub client: Option<Client<'a>>,
    /// What stands in the field `username`: the `login_hint`, or what was typed before.
    pub username: &'a str,
    /// The ways to sign in. Without a [`Way::Password`] there is no form.
    pub ways: Vec<Way<'a>>,
    /// What went wrong.
    pub error: Option<SignInError>,
    /// What went well before.
    pub notice: Option<SignInNotice>,
    /// Where to ask for a new password.
    pub forgot_url: Option<&'a str>,
    /// Where to sign up, if the connection allows it.
    pub sign_up_url: Option<&'a str>,
}

/// A way to sign in.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Way<'a> {
    /// A name and a password.
    Password {
        /// What the name may be.
        identifiers: Identifiers,
    },
    /// Another connection or factor, behind a link of its own.
    Elsewhere {
        /// What the link says.
        label: &'a str,
        /// The path of this server that begins it.
        url: &'a str,
    },
}

/// An email address or a username, and a password.
impl Default for Way<'_> {
    fn default() -> Self {
        Self::Password {
            identifiers: Identifiers { email: true, username: true, phone_number: false },
        }
    }
}

/// Which names a connection knows people by. None at all counts as a username.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identifiers {
    /// Email addresses.
    pub email: bool,
    /// Usernames.
    pub username: bool,
    /// Phone numbers.
    pub phone_number: bool,
}

impl Identifiers {
    fn label<'a>(self, texts: &Texts<'a>) -> &'a str {
        match (self.email, self.username, self.phone_number) {
            (true, true, true) => texts.email_username_or_phone,
            (true, true, false) => texts.email_or_username,
            (true, false, true) => texts.email_or_phone,
            (false, true, true) => texts.username_or_phone,
            (true, false, false) => texts.email,
            (false, false, true) => texts.phone_number,
            (false, _, false) => texts.username,
        }
    }
}

/// Why somebody was not signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInError {
    /// The name is unknown or the password is wrong: which of the two is not told.
    WrongCredentials,
    /// The account or the address is held back after too many attempts.
    TooManyAttempts {
        /// The seconds to wait, if they may be told.
        retry_after: Option<u64>,
    },
    /// The server cannot check a password right now.
    Busy,
    /// The form was too old or not ours.
    FormExpired,
    /// The password was right, but the account is locked, suspended or has left.
    AccountUnavailable,
    /// The password was right, but the email address has to be verified first.
    EmailUnverified,
}

impl SignInError {
    fn words(self, texts: &Texts<'_>) -> String {
        match self {
            Self::WrongCredentials => texts.wrong_credentials.to_owned(),
            Self::TooManyAttempts { retry_after } => too_many_attempts(texts, retry_after),
            Self::Busy => texts.busy.to_owned(),
            Self::FormExpired => texts.form_expired.to_owned(),
            Self::AccountUnavailable => texts.account_unavailable.to_owned(),
            Self::EmailUnverified => texts.email_unverified.to_owned(),
        }
    }
}

/// Asks to wait, for a given number of seconds if it may be told.
pub(super) fn too_many_attempts(texts: &Texts<'_>, retry_after: Option<u64>) -> String {
    retry_after.map_or_else(
        || texts.too_many_attempts.to_owned(),
        |seconds| {
            let time = texts::time_in_words(texts, seconds);
            texts::fill(texts.too_many_attempts_wait, &[("time", &time)])
        },
    )
}

/// What happened before the sign-in page came up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInNotice {
    /// A new password was set.
    PasswordChanged,
    /// An email address was verified.
    EmailVerified,
    /// The client wants the person to prove themselves once more.
    SignInAgain,
}

impl SignInNotice {
    fn words<'a>(self, texts: &Texts<'a>) -> &'a str {
        match self {
            Self::PasswordChanged => texts.notice_password_changed,
            Self::EmailVerified => texts.notice_email_verified,
            Self::SignInAgain => texts.notice_sign_in_again,
        }
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInTemplate<'a> {
    p: Layout<'a>,
    view: &'a SignIn<'a>,
    lead: Option<String>,
    notice: Option<&'a str>,
    alert: Alert<'a>,
    hidden: Hidden<'a>,
    password_form: Option<[Field<'a>; 2]>,
    elsewhere: Vec<(&'a str, &'a str)>,
}

impl SignIn<'_> {
    /// The page. Status 200, or 401, 429 and 503 with an error.
    pub fn render(&self, frame: &Frame<'_>) -> Page {
        let t = frame.texts();
        let template = SignInTemplate {
            p: Layout::with_form(frame, t.sign_in_title, &self.form)
                .error_if(self.error.is_some())
                .allow_client(self.client.as_ref()),
            view: self,
            lead: self.client.map(|client| texts::fill(t.sign_in_lead, &[("client", client.name)])),
            notice: self.notice.map(|notice| notice.words(&t)),
            alert: Alert {
                heading: t.problem_heading,
                message: self.error.map(|error| error.words(&t)),
                fields: Vec::new(),
            },
            hidden: self.form.hidden(frame.locale),
            password_form: self.ways.iter().find_map(|way| match way {
                Way::Password { identifiers } => Some(self.fields(*identifiers, &t)),
                Way::Elsewhere { .. } => None,
            }),
            elsewhere: self
                .ways
                .iter()
                .filter_map(|way| match way {
                    Way::Password { .. } => None,
                    Way::Elsewhere { label, url } => Some((*label, *url)),
                })
                .collect(),
        };
        template.p.page(&template)
    }

    fn fields<'a>(&'a self, identifiers: Identifiers, t: &Texts<'a>) -> [Field<'a>; 2] {
        let username = Field {
            name: "username",
            kind: "text",
            label: identifiers.label(t).to_owned(),
            value: self.username,
            autocomplete: "username",
            inputmode: match identifiers {
                Identifiers { email: true, username: false, phone_number: false } => Some("email"),
                Identifiers { email: false, username: false, phone_number: true } => Some("tel"),
                _ => None,
            },
            autofocus: self.username.is_empty(),
            ..Field::default()
        };
        let password = Field {
            name: "password",
            kind: "password",
            label: t.password.to_owned(),
            autocomplete: "current-password",
            autofocus: !self.username.is_empty(),
            aside: self.forgot_url.map(|url| (t.forgot_password, url)),
            ..Field::default()
        };
        [username, password]
    }
}
