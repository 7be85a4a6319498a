//! Verification of an email address, and links that no longer work.

use askama::Template;

use super::{
    components::{Alert, Hidden},
    layout::{Form, Frame, Layout},
    message::{Mark, Message},
    page::Page,
    texts::fill,
};

/// The page behind a verification mail's link. Mail scanners follow links, so it takes a button to
/// verify. Posts `action`: `continue`.
#[derive(Debug, Clone)]
pub struct Verify<'a> {
    /// Where the form goes: the ticket's own path.
    pub form: Form<'a>,
    /// The address.
    pub email: &'a str,
    /// The form was too old or not ours.
    pub form_expired: bool,
}

#[derive(Template)]
#[template(path = "verify.html")]
struct VerifyTemplate<'a> {
    p: Layout<'a>,
    lead: String,
    alert: Alert<'a>,
    hidden: Hidden<'a>,
}

impl Verify<'_> {
    /// The page. Status 200.
    pub fn render(&self, frame: &Frame<'_>) -> Page {
        let t = frame.texts();
        let template = VerifyTemplate {
            p: Layout::with_form(frame, t.verify_title, &self.form).error_if(self.form_expired),
            lead: fill(t.verify_lead, &[("email", self.email)]),
            alert: Alert {
                heading: t.problem_heading,
                message: self.form_expired.then(|| t.form_expired.to_owned()),
                fields: Vec::new(),
            },
            hidden: self.form.hidden(frame.locale),
        };
        template.p.page(&template)
    }
}

/// The answer after an email address was verified.
#[derive(Debug, Clone)]
pub struct VerifyDone<'a> {
    /// Where to go on, if anywhere.
    pub continue_url: Option<&'a str>,
}

impl VerifyDone<'_> {
    /// The page. Status 200.
    pub fn render(&self, frame: &Frame<'_>) -> Page {
        let t = frame.texts();
        Message {
            title: t.verify_done_title,
            body: t.verify_done_body,
            mark: Mark::Done,
            button: self.continue_url.map(|url| (t.continue_label.to_owned(), url.to_owned())),
            link: None,
        }
        .render(frame)
    }
}

/// The answer to a ticket that is unknown, used or too old: which of the three is not told.
#[derive(Debug, Clone)]
pub struct LinkExpired<'a> {
    /// Where to ask for a new one.
    pub again_url: Option<&'a str>,
    /// The way back.
    pub sign_in_url: Option<&'a str>,
}

impl LinkExpired<'_> {
    /// The page. Status 410.
    pub fn render(&self, frame: &Frame<'_>) -> Page {
        let t = frame.texts();
        Message {
            title: t.link_expired_title,
            body: t.link_expired_body,
            mark: Mark::Stopped,
            button: self.again_url.map(|url| (t.ask_again.to_owned(), url.to_owned())),
            link: self.sign_in_url.map(|url| (t.back_to_sign_in.to_owned(), url.to_owned())),
        }
        .render(frame)
    }
}
