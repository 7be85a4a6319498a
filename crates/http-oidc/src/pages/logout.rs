//! Logout.

use askama::Template;

use super::{
    client::Link,
    components::Hidden,
    layout::{Form, Frame, Layout},
    message::{Mark, Message},
    page::Page,
    texts::fill,
};

/// The page that asks before a logout that nobody proved to come from a client (OpenID Connect
/// RP-Initiated Logout 1.0, section 2). Posts `action`: `logout`.
#[derive(Debug, Clone)]
pub struct LogoutConfirm<'a> {
    /// Where the form goes. Its `request` holds what the client asked for.
    pub form: Form<'a>,
    /// Who is signed in.
    pub account: Option<&'a str>,
    /// Where to go instead.
    pub stay: Option<Link<'a>>,
}

#[derive(Template)]
#[template(path = "logout_confirm.html")]
struct LogoutConfirmTemplate<'a> {
    p: Layout<'a>,
    lead: String,
    account: Option<String>,
    stay: Option<(&'a str, String)>,
    hidden: Hidden<'a>,
}

impl LogoutConfirm<'_> {
    /// The page. Status 200. An empty label of `stay` stands for our own words.
    pub fn render(&self, frame: &Frame<'_>) -> Page {
        let t = frame.texts();
        let template = LogoutConfirmTemplate {
            p: Layout::with_form(frame, t.logout_title, &self.form),
            lead: fill(t.logout_lead, &[("tenant", &frame.branding.display_name)]),
            account: self.account.map(|account| fill(t.signed_in_as, &[("account", account)])),
            stay: self.stay.and_then(|link| {
                let label = if link.label.is_empty() { t.stay } else { link.label };
                Some((label, link.target()?))
            }),
            hidden: self.form.hidden(frame.locale),
        };
        template.p.page(&template)
    }
}

/// The answer to a logout that leads nowhere else.
#[derive(Debug, Clone)]
pub struct LoggedOut<'a> {
    /// The client and its registered address, if there is a way back.
    pub back: Option<Link<'a>>,
    /// Where to sign in again.
    pub sign_in_url: Option<&'a str>,
}

impl LoggedOut<'_> {
    /// The page. Status 200.
    pub fn render(&self, frame: &Frame<'_>) -> Page {
        let t = frame.texts();
        let back = self
            .back
            .and_then(|link| Some((fill(t.back_to, &[("client", link.label)]), link.target()?)));
        Message {
            title: t.logged_out_title,
            body: t.logged_out_body,
            mark: Mark::Done,
            button: back,
            link: self.sign_in_url.map(|url| (t.back_to_sign_in.to_owned(), url.to_owned())),
        }
        .render(frame)
    }
}
