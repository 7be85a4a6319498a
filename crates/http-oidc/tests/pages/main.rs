//! The hosted pages as a browser gets them.
#![expect(clippy::unwrap_used, reason = "a page without what is looked for has failed")]

#[path = "../../examples/pages/samples.rs"]
mod samples;

mod escaping;
mod every_page;
mod headers;
mod letters;

use citizenry_http_oidc::pages::{Branding, Form, Frame, Locale, Page};

/// The value of a page's header, which must occur once.
fn header<'a>(page: &'a Page, name: &str) -> Option<&'a str> {
    let mut values = page.headers.iter().filter(|(known, _)| known == name);
    let value = values.next().map(|(_, value)| value.to_str().unwrap());
    assert!(values.next().is_none(), "{name} occurs twice");
    value
}

fn policy(page: &Page) -> &str {
    header(page, "content-security-policy").unwrap()
}

fn frame(branding: &Branding) -> Frame<'_> {
    Frame { locale: Locale::En, branding, here: "/u/login?request=sealed" }
}

fn form(leads_to: Option<&str>) -> Form<'_> {
    Form { action: "/u/login", request: Some("sealed"), csrf: "token", leads_to }
}
