//! What all pages have in common.

use std::borrow::Cow;

use askama::Template;
use url::form_urlencoded;

use super::{
    branding::Branding,
    client::Client,
    components::Hidden,
    locale::Locale,
    page::Page,
    security::Policy,
    texts::{self, Texts},
};

/// The style sheet of every page.
const STYLE_SHEET: &str = include_str!("../../templates/style.css");

/// What surrounds a page.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Its language.
    pub locale: Locale,
    /// Its tenant's look and words.
    pub branding: &'a Branding,
    /// Path and query that show this page again by `GET`, with `request` if there is one, for
    /// example `/t/acme/u/login?request=…`. The language switch leads here, with `ui_locales`
    /// replaced.
    pub here: &'a str,
}

impl<'a> Frame<'a> {
    /// The page's words.
    pub(super) fn texts(&self) -> Texts<'a> {
        self.branding.texts(self.locale)
    }

    /// Where the page is shown in `locale`.
    fn here_in(&self, locale: Locale) -> String {
        let (path, query) = self.here.split_once('?').unwrap_or((self.here, ""));
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        pairs
            .extend_pairs(
                form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "ui_locales"),
            )
            .append_pair("ui_locales", locale.tag());
        format!("{path}?{}", pairs.finish())
    }
}

/// Where a form goes and what it carries unseen.
#[derive(Debug, Clone, Copy)]
pub struct Form<'a> {
    /// The path that it is posted to.
    pub action: &'a str,
    /// The hidden input `request`: the sealed authorization request, where there is one.
    pub request: Option<&'a str>,
    /// The hidden input `csrf`.
    pub csrf: &'a str,
    /// The client's redirect URI, if the answer to the form may lead there. Browsers hold every
    /// redirect after a form to what the page allows, the client's own onwards to other origins
    /// included, so the page allows the scheme.
    pub leads_to: Option<&'a str>,
}

impl<'a> Form<'a> {
    /// The hidden inputs of the form.
    pub(super) fn hidden(&self, locale: Locale) -> Hidden<'a> {
        Hidden { action: self.action, request: self.request, csrf: self.csrf, locale: locale.tag() }
    }
}

/// The parts of the document around a page's own.
pub(super) struct Layout<'a> {
    pub(super) frame: Frame<'a>,
    pub(super) t: Texts<'a>,
    pub(super) title: Cow<'a, str>,
    pub(super) has_error: bool,
    pub(super) style_sheet: &'static str,
    brand_style: String,
    policy: Policy,
}

impl<'a> Layout<'a> {
    /// The surroundings of a page with this heading and without a form.
    pub(super) fn new(frame: &Frame<'a>, title: impl Into<Cow<'a, str>>) -> Self {
        let brand_style = frame.branding.style_sheet();
        let mut policy = Policy::default().style(STYLE_SHEET).style(&brand_style);
        if let Some(logo) = frame.branding.logo() {
            policy = policy.image(&logo);
        }
        let t = frame.texts();
        Self {
            frame: *frame,
            t,
            title: title.into(),
            has_error: false,
            style_sheet: STYLE_SHEET,
            brand_style,
            policy,
        }
    }

    /// The surroundings of a page with a form.
    pub(super) fn with_form(
        frame: &Frame<'a>,
        title: impl Into<Cow<'a, str>>,
        form: &Form<'_>,
    ) -> Self {
        let mut layout = Self::new(frame, title);
        layout.policy = layout.policy.form(form.leads_to);
        layout
    }

    /// Says in the title that the page came back with errors.
    pub(super) fn error_if(mut self, has_error: bool) -> Self {
        self.has_error = has_error;
        self
    }

    /// Allows the client's logo.
    pub(super) fn allow_client(self, client: Option<&Client<'_>>) -> Self {
        match client.and_then(Client::logo) {
            Some(logo) => self.allow(|policy| policy.image(&logo)),
            None => self,
        }
    }

    /// Allows what else the page needs.
    pub(super) fn allow(mut self, change: impl FnOnce(Policy) -> Policy) -> Self {
        self.policy = change(self.policy);
        self
    }

    pub(super) fn brand_style(&self) -> &str {
        &self.brand_style
    }

    pub(super) fn lang(&self) -> &'static str {
        self.frame.locale.tag()
    }

    pub(super) fn tenant(&self) -> &'a str {
        &self.frame.branding.display_name
    }

    pub(super) fn monogram(&self) -> String {
        self.frame.branding.monogram()
    }

    pub(super) fn logo(&self) -> Option<String> {
        self.frame.branding.logo().map(String::from)
    }

    /// What the browser's tab says.
    pub(super) fn document_title(&self) -> String {
        let title = if self.has_error {
            Cow::Owned(texts::fill(self.t.error_prefix, &[("title", &self.title)]))
        } else {
            Cow::Borrowed(&*self.title)
        };
        format!("{title} · {}", self.tenant())
    }

    /// The languages of the switch: tag, name, link, and whether it is the page's own.
    pub(super) fn languages(&self) -> Vec<(&'static str, &'static str, String, bool)> {
        Locale::ALL
            .into_iter()
            .map(|locale| {
                let current = locale == self.frame.locale;
                (locale.tag(), locale.native_name(), self.frame.here_in(locale), current)
            })
            .collect()
    }

    /// The page of a template that contains this layout.
    pub(super) fn page(&self, template: &impl Template) -> Page {
        Page { html: to_text(template), headers: self.policy.headers(self.lang()) }
    }
}

/// A template's text.
#[expect(clippy::expect_used, reason = "writing into memory fails only if a value refuses to")]
pub(super) fn to_text(template: &impl Template) -> String {
    template.render().expect("all values of a template can be written")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_switch_keeps_everything_else() {
        let branding = Branding::named("Example Press");
        let frame = Frame {
            locale: Locale::En,
            branding: &branding,
            here: "/t/acme/u/login?request=a%2Bb&ui_locales=fr",
        };
        assert_eq!(frame.here_in(Locale::ZhCn), "/t/acme/u/login?request=a%2Bb&ui_locales=zh-CN");
    }
}
