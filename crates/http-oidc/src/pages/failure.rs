//! The error page.

use askama::Template;

use super::{
    client::Link,
    layout::{Frame, Layout},
    page::Page,
    texts::fill,
};

/// The page for a request that cannot be answered at the client, because it is not known to be the
/// client's, and for everything else that went wrong in a browser.
#[derive(Debug, Clone)]
pub struct ErrorPage<'a> {
    /// The error code (RFC 6749, section 4.1.2.1), for the client's developer.
    pub code: &'a str,
    /// What it is about, in English, for the client's developer.
    pub description: &'a str,
    /// The request's id, as the logs carry it.
    pub request_id: Option<&'a str>,
    /// The client and its registered address, if there is a way back.
    pub back: Option<Link<'a>>,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorTemplate<'a> {
    p: Layout<'a>,
    view: &'a ErrorPage<'a>,
    back: Option<(String, String)>,
}

impl ErrorPage<'_> {
    /// The page, with the status of the error.
    pub fn render(&self, frame: &Frame<'_>) -> Page {
        let t = frame.texts();
        let template = ErrorTemplate {
            p: Layout::new(frame, t.error_title),
            view: self,
            back: self.back.and_then(|link| {
                Some((fill(t.back_to, &[("client", link.label)]), link.target()?))
            }),
        };
        template.p.page(&template)
    }
}
