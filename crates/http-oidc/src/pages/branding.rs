//! How a tenant's pages look and what they say in its own words.

use std::fmt::Write;

use url::Url;

use super::{
    colour::Colour,
    locale::Locale,
    texts::{self, Texts},
};

/// The ground of the card by day.
const SURFACE_LIGHT: Colour = Colour::WHITE;
/// The ground of the card by night.
const SURFACE_DARK: Colour = Colour::rgb(0x17, 0x19, 0x1f);
/// The ground of a field by night.
const FIELD_DARK: Colour = Colour::rgb(0x1e, 0x21, 0x29);
/// The page behind the card by night.
const PAGE_DARK: Colour = Colour::rgb(0x0c, 0x0d, 0x11);
/// How much of the tenant's colour the page behind the card takes on.
const TINT: f64 = 0.06;
/// How far a button moves away from its text under the pointer.
const HOVER: f64 = 0.12;

/// The look and the words of a tenant's pages.
///
/// ```
/// use citizenry_http_oidc::pages::{Branding, Colour};
///
/// let branding = Branding {
///     primary_colour: Colour::parse("#0f766e").unwrap_or(Branding::DEFAULT_PRIMARY),
///     ..Branding::named("Example Press")
/// };
/// assert_eq!(branding.display_name, "Example Press");
/// ```
#[derive(Debug, Clone)]
pub struct Branding {
    /// The tenant's name, as people know it.
    pub display_name: String,
    /// The logo's URL. Anything but `http` and `https` is not shown.
    pub logo_url: Option<String>,
    /// The colour of buttons, links and marks. Text on it and in it is adjusted so that it can be
    /// read.
    pub primary_colour: Colour,
    /// The page behind the card by day; without one, white with a touch of the primary colour. By
    /// night the page is dark, whatever stands here.
    pub background_colour: Option<Colour>,
    /// A gradient instead of the background's one colour.
    pub page_background: Option<Gradient>,
    /// The tenant's own words.
    pub texts: TextOverrides,
}

impl Branding {
    /// The primary colour of a tenant that has chosen none.
    pub const DEFAULT_PRIMARY: Colour = Colour::rgb(0x3b, 0x5b, 0xdb);

    /// The look of a tenant that has chosen nothing.
    pub fn named(display_name: impl Into<String>) -> Self {
        Self {
            display_name: display_name.into(),
            logo_url: None,
            primary_colour: Self::DEFAULT_PRIMARY,
            background_colour: None,
            page_background: None,
            texts: TextOverrides::default(),
        }
    }

    /// The logo's URL, if a page may show it.
    pub(super) fn logo(&self) -> Option<Url> {
        self.logo_url.as_deref().and_then(super::security::web_url)
    }

    /// What stands for the tenant where it has no logo: its name's first character.
    pub(super) fn monogram(&self) -> String {
        self.display_name.trim().chars().take(1).flat_map(char::to_uppercase).collect()
    }

    /// The words of the pages in `locale`, the tenant's own before ours.
    pub(super) fn texts(&self, locale: Locale) -> Texts<'_> {
        let mut texts = *texts::of(locale);
        for (_, name, text) in self.texts.entries.iter().filter(|entry| entry.0 == locale) {
            texts.set(name, text);
        }
        texts
    }

    /// The tenant's colours as a style sheet of custom properties.
    pub(super) fn style_sheet(&self) -> String {
        let mut css = String::with_capacity(512);
        let primary = self.primary_colour;
        let light = primary.readable_on(&[SURFACE_LIGHT, SURFACE_LIGHT.mix(primary, TINT)]);
        let dark = primary.readable_on(&[FIELD_DARK, SURFACE_DARK]);
        let text = primary.text();
        let away = if text == Colour::WHITE { Colour::BLACK } else { Colour::WHITE };
        let hover = primary.mix(away, HOVER);
        let page = self.background_colour.unwrap_or(Colour::WHITE.mix(primary, TINT));
        let night = PAGE_DARK.mix(primary, TINT);
        let _ = write!(
            css,
            ":root{{--primary:{primary};--primary-hover:{hover};--on-primary:{text};\
             --accent:{light};--page:{page}"
        );
        if let Some(Gradient { start, end, angle }) = self.page_background {
            let angle = angle % 360;
            let _ = write!(css, ";--page-image:linear-gradient({angle}deg,{start},{end})");
        }
        let _ = write!(
            css,
            "}}@media(prefers-color-scheme:dark){{:root{{--accent:{dark};--page:{night};\
             --page-image:none}}}}"
        );
        css
    }
}

/// A background that goes from one colour to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gradient {
    /// Where it begins.
    pub start: Colour,
    /// Where it ends.
    pub end: Colour,
    /// Its direction in degrees: 0 upwards, 90 to the right.
    pub angle: u16,
}

/// A tenant's own words instead of ours.
#[derive(Debug, Clone, Default)]
pub struct TextOverrides {
    entries: Vec<(Locale, String, String)>,
}

/// Why a tenant's own words are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextOverrideError {
    /// No page has a text of that name.
    #[error("no page has a text of that name")]
    UnknownName,
    /// The text is empty or longer than 1000 bytes.
    #[error("must have 1 to 1000 bytes")]
    Length,
}

impl TextOverrides {
    /// Puts `text` in the place of the text called `name` (a field of
    /// [`Texts`](super::texts::Texts), for example `sign_in_title`) in one language. The text is
    /// shown as text: markup in it is not obeyed.
    pub fn set(&mut self, locale: Locale, name: &str, text: &str) -> Result<(), TextOverrideError> {
        if text.trim().is_empty() || text.len() > 1000 {
            return Err(TextOverrideError::Length);
        }
        if !Texts::names().contains(&name) {
            return Err(TextOverrideError::UnknownName);
        }
        self.entries.retain(|entry| (entry.0, entry.1.as_str()) != (locale, name));
        self.entries.push((locale, name.to_owned(), text.to_owned()));
        Ok(())
    }
}
