//! Authorization responses that are pages: `form_post` and `web_message`.

use askama::Template;
use serde_json::{Map, Value};
use url::Url;

use super::{
    layout::{Frame, Layout, to_text},
    page::Page,
    security::Policy,
};

/// Sends the one form of the page. Taken from the prototype, since a field may be named `submit`.
const SUBMIT: &str = "HTMLFormElement.prototype.submit.call(document.forms[0])";

/// Hands the response to the window that asked for it, and to no other origin.
const POST_MESSAGE: &str = "(function(){var d=document.body.dataset;\
(window.opener||window.parent).postMessage(\
{type:'authorization_response',response:JSON.parse(d.response)},d.origin)})()";

/// An authorization response by form (OAuth 2.0 Form Post Response Mode). The form sends itself;
/// where scripts do not run, there is a button.
#[derive(Debug, Clone)]
pub struct FormPost<'a> {
    /// The client's redirect URI, validated.
    pub redirect_uri: &'a Url,
    /// The response's parameters.
    pub parameters: &'a [(&'a str, &'a str)],
}

#[derive(Template)]
#[template(path = "form_post.html")]
struct FormPostTemplate<'a> {
    p: Layout<'a>,
    view: &'a FormPost<'a>,
    script: &'static str,
}

impl FormPost<'_> {
    /// The page. Status 200.
    pub fn render(&self, frame: &Frame<'_>) -> Page {
        let t = frame.texts();
        let template = FormPostTemplate {
            p: Layout::new(frame, t.form_post_title)
                .allow(|policy| policy.script(SUBMIT).form_to_scheme(self.redirect_uri)),
            view: self,
            script: SUBMIT,
        };
        template.p.page(&template)
    }
}

/// An authorization response by message to the window around the page or the one that opened it
/// (OAuth 2.0 Web Message Response Mode): `{type: "authorization_response", response: {…}}`. The
/// only page that may be framed, and by one origin alone.
#[derive(Debug, Clone)]
pub struct WebMessage<'a> {
    /// The origin that the message goes to: one of the client's registered ones.
    pub origin: &'a Url,
    /// The response's parameters: `code` and `state`, or `error`, `error_description` and `state`.
    pub parameters: &'a [(&'a str, &'a str)],
}

#[derive(Template)]
#[template(path = "web_message.html")]
struct WebMessageTemplate<'a> {
    lang: &'static str,
    title: &'a str,
    origin: String,
    response: String,
    script: &'static str,
}

impl WebMessage<'_> {
    /// The page. Status 200.
    pub fn render(&self, frame: &Frame<'_>) -> Page {
        let response: Map<String, Value> = self
            .parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
            .collect();
        let template = WebMessageTemplate {
            lang: frame.locale.tag(),
            title: frame.texts().web_message_title,
            origin: self.origin.origin().ascii_serialization(),
            response: Value::from(response).to_string(),
            script: POST_MESSAGE,
        };
        let policy = Policy::default().script(POST_MESSAGE).framed_by(self.origin);
        Page { html: to_text(&template), headers: policy.headers(template.lang) }
    }
}
