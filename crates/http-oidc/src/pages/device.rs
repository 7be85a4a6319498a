//! Device authorization (RFC 8628): the part in the browser.

use askama::Template;

use super::{
    client::{Client, ScopeGroup},
    components::{Alert, Field, Hidden},
    layout::{Form, Frame, Layout},
    message::{Mark, Message},
    page::Page,
    sign_in::too_many_attempts,
    texts::fill,
};

/// The page where the code of a device is entered (RFC 8628, section 3.3). Posts `user_code`.
#[derive(Debug, Clone)]
pub struct DeviceCode<'a> {
    /// Where the form goes.
    pub form: Form<'a>,
    /// What stands in the field `user_code`: from the link on the device, or typed before.
    pub user_code: &'a str,
    /// What went wrong.
    pub error: Option<DeviceCodeError>,
}

/// Why a code was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceCodeError {
    /// It is unknown, used or too old.
    Unknown,
    /// Too many codes were tried.
    TooManyAttempts {
        /// The seconds to wait, if they may be told.
        retry_after: Option<u64>,
    },
    /// The form was too old or not ours.
    FormExpired,
}

#[derive(Template)]
#[template(path = "device_code.html")]
struct DeviceCodeTemplate<'a> {
    p: Layout<'a>,
    alert: Alert<'a>,
    hidden: Hidden<'a>,
    code: Field<'a>,
}

impl DeviceCode<'_> {
    /// The page. Status 200, or 422 and 429 with an error.
    pub fn render(&self, frame: &Frame<'_>) -> Page {
        let t = frame.texts();
        let (message, field_error) = match self.error {
            None => (None, None),
            Some(DeviceCodeError::Unknown) => (None, Some(t.device_unknown_code.to_owned())),
            Some(DeviceCodeError::FormExpired) => (Some(t.form_expired.to_owned()), None),
            Some(DeviceCodeError::TooManyAttempts { retry_after }) => {
                (Some(too_many_attempts(&t, retry_after)), None)
            }
        };
        let template = DeviceCodeTemplate {
            p: Layout::with_form(frame, t.device_title, &self.form).error_if(self.error.is_some()),
            alert: Alert {
                heading: t.problem_heading,
                message,
                fields: field_error.clone().map(|error| ("user_code", error)).into_iter().collect(),
            },
            hidden: self.form.hidden(frame.locale),
            code: Field {
                name: "user_code",
                kind: "text",
                label: t.device_code.to_owned(),
                value: self.user_code,
                autocomplete: "one-time-code",
                errors: field_error.into_iter().collect(),
                autofocus: true,
                code: true,
                ..Field::default()
            },
        };
        template.p.page(&template)
    }
}

/// The page that confirms that the device is the person's own. It shows the code once more, since a
/// link may have brought it here (RFC 8628, section 5.4). Posts `action`: `allow` or `deny`, and the
/// hidden `user_code`.
#[derive(Debug, Clone)]
pub struct DeviceConfirm<'a> {
    /// Where the form goes.
    pub form: Form<'a>,
    /// Who asks.
    pub client: Client<'a>,
    /// The code.
    pub user_code: &'a str,
    /// Who is signed in.
    pub account: &'a str,
    /// Where to sign in as somebody else.
    pub switch_account_url: Option<&'a str>,
    /// What is asked for, by resource server.
    pub groups: Vec<ScopeGroup<'a>>,
}

#[derive(Template)]
#[template(path = "device_confirm.html")]
struct DeviceConfirmTemplate<'a> {
    p: Layout<'a>,
    view: &'a DeviceConfirm<'a>,
    lead: String,
    request: String,
    account: String,
    hidden: Hidden<'a>,
}

impl DeviceConfirm<'_> {
    /// The page. Status 200.
    pub fn render(&self, frame: &Frame<'_>) -> Page {
        let t = frame.texts();
        let client = [("client", self.client.name)];
        let template = DeviceConfirmTemplate {
            p: Layout::with_form(frame, t.device_confirm_title, &self.form)
                .allow_client(Some(&self.client)),
            view: self,
            lead: fill(t.device_confirm_lead, &client),
            request: fill(t.consent_lead, &client),
            account: fill(t.signed_in_as, &[("account", self.account)]),
            hidden: self.form.hidden(frame.locale),
        };
        template.p.page(&template)
    }
}

/// The answer after a device was allowed.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeviceDone;

impl DeviceDone {
    /// The page. Status 200.
    pub fn render(&self, frame: &Frame<'_>) -> Page {
        let t = frame.texts();
        Message {
            title: t.device_done_title,
            body: t.device_done_body,
            mark: Mark::Done,
            button: None,
            link: None,
        }
        .render(frame)
    }
}

/// The answer after a device was denied.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeviceDenied;

impl DeviceDenied {
    /// The page. Status 200.
    pub fn render(&self, frame: &Frame<'_>) -> Page {
        let t = frame.texts();
        Message {
            title: t.device_denied_title,
            body: t.device_denied_body,
            mark: Mark::Stopped,
            button: None,
            link: None,
        }
        .render(frame)
    }
}
