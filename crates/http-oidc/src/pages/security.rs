//! The headers that keep a page to itself.

use std::fmt::Write;

use actix_web::http::header::{self, HeaderName, HeaderValue};
use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use url::Url;

/// What a page may do (Content Security Policy Level 3). Everything else is forbidden.
#[derive(Debug, Clone, Default)]
pub(super) struct Policy {
    styles: Vec<String>,
    scripts: Vec<String>,
    images: Vec<String>,
    form_action: Vec<String>,
    ancestor: Option<String>,
}

impl Policy {
    /// Allows the inline style sheet with exactly this text.
    pub(super) fn style(mut self, text: &str) -> Self {
        self.styles.push(hash_source(text));
        self
    }

    /// Allows the inline script with exactly this text.
    pub(super) fn script(mut self, text: &str) -> Self {
        self.scripts.push(hash_source(text));
        self
    }

    /// Allows images from the origin of `url`.
    pub(super) fn image(mut self, url: &Url) -> Self {
        let source = source_of(url);
        if !self.images.contains(&source) {
            self.images.push(source);
        }
        self
    }

    /// Allows forms to be sent to this server, and the answer to lead to `url`: to its scheme, as
    /// [`Policy::form_to_scheme`] says.
    pub(super) fn form(mut self, url: Option<&str>) -> Self {
        self.form_action.push("'self'".to_owned());
        match url.and_then(|url| Url::parse(url).ok()) {
            Some(url) => self.form_to_scheme(&url),
            None => self,
        }
    }

    /// Allows forms to be sent to every address with the scheme of `url`. Browsers hold the whole
    /// chain of redirects after a form to this rule, and nobody but the client knows to which
    /// origins its callback redirects onwards. Where the form itself is sent and where the chain
    /// begins is decided by this server, not by the rule.
    pub(super) fn form_to_scheme(mut self, url: &Url) -> Self {
        self.form_action.push(format!("{}:", url.scheme()));
        self
    }

    /// Allows one origin to show the page in a frame.
    pub(super) fn framed_by(mut self, origin: &Url) -> Self {
        self.ancestor = Some(source_of(origin));
        self
    }

    fn text(&self) -> String {
        let mut text = String::from("default-src 'none'");
        for (directive, sources) in
            [("style-src", &self.styles), ("script-src", &self.scripts), ("img-src", &self.images)]
        {
            if !sources.is_empty() {
                let _ = write!(text, "; {directive} {}", sources.join(" "));
            }
        }
        let form_action = match self.form_action.as_slice() {
            [] => "'none'".to_owned(),
            sources => sources.join(" "),
        };
        let ancestor = self.ancestor.as_deref().unwrap_or("'none'");
        let _ = write!(
            text,
            "; form-action {form_action}; frame-ancestors {ancestor}; base-uri 'none'"
        );
        text
    }

    /// All headers of a page under this policy.
    pub(super) fn headers(&self, language: &'static str) -> Vec<(HeaderName, HeaderValue)> {
        let mut headers = vec![
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CONTENT_LANGUAGE, HeaderValue::from_static(language)),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::PRAGMA, HeaderValue::from_static("no-cache")),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ];
        if self.ancestor.is_none() {
            headers.push((header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")));
        }
        // A policy that does not fit a header would be one with a foreign character in it: then
        // nothing at all is allowed.
        let policy = HeaderValue::from_str(&self.text()).unwrap_or(HeaderValue::from_static(
            "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
        ));
        headers.push((header::CONTENT_SECURITY_POLICY, policy));
        headers
    }
}

fn hash_source(text: &str) -> String {
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    format!("'sha256-{}'", STANDARD.encode(hash))
}

/// The source expression for the origin of `url`. A scheme without origins (an app's own) and an
/// address that a source expression cannot write (IPv6) are allowed by scheme.
fn source_of(url: &Url) -> String {
    let origin = url.origin();
    let written_by_scheme = !origin.is_tuple() || matches!(url.host(), Some(url::Host::Ipv6(_)));
    if written_by_scheme { format!("{}:", url.scheme()) } else { origin.ascii_serialization() }
}

/// `text` as a URL that a page may link to or show: `http` or `https`.
pub(super) fn web_url(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}
