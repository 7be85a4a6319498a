//! Consent.

use askama::Template;

use super::{
    client::{Client, ScopeGroup},
    components::Hidden,
    layout::{Form, Frame, Layout},
    page::Page,
    texts::fill,
};

/// The page that asks whether a client may have what it asks for.
///
/// Posts `action`: `allow` or `deny`.
#[derive(Debug, Clone)]
pub struct Consent<'a> {
    /// Where the form goes.
    pub form: Form<'a>,
    /// Who asks.
    pub client: Client<'a>,
    /// Who is signed in.
    pub account: &'a str,
    /// Where to sign in as somebody else.
    pub switch_account_url: Option<&'a str>,
    /// What is asked for, by resource server.
    pub groups: Vec<ScopeGroup<'a>>,
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentTemplate<'a> {
    p: Layout<'a>,
    view: &'a Consent<'a>,
    lead: String,
    account: String,
    hidden: Hidden<'a>,
}

impl Consent<'_> {
    /// The page. Status 200.
    pub fn render(&self, frame: &Frame<'_>) -> Page {
        let t = frame.texts();
        let template = ConsentTemplate {
            p: Layout::with_form(frame, t.consent_title, &self.form)
                .allow_client(Some(&self.client)),
            view: self,
            lead: fill(t.consent_lead, &[("client", self.client.name)]),
            account: fill(t.signed_in_as, &[("account", self.account)]),
            hidden: self.form.hidden(frame.locale),
        };
        template.p.page(&template)
    }
}
