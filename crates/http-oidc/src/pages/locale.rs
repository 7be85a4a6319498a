//! Which language a page speaks.

use actix_web::http::header::{AcceptLanguage, Preference, Quality, QualityItem};

/// How many of a caller's wishes are read; real browsers send fewer.
const WISHES_READ: usize = 32;

/// A language of the hosted pages and mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// Chinese as written in mainland China and Singapore.
    ZhCn,
}

impl Locale {
    /// Every language, in the order of the language switch.
    pub const ALL: [Self; 2] = [Self::En, Self::ZhCn];

    /// The language tag (RFC 5646), as `lang` and `ui_locales` carry it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }

    /// The language's name in itself.
    pub fn native_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::ZhCn => "简体中文",
        }
    }

    /// The language for a caller.
    ///
    /// `ui_locales`: lists of tags separated by spaces (OpenID Connect Core 1.0, section 3.1.2.1),
    /// the strongest list first: what the person chose on the page, then what the client asked for.
    /// `accept_language`: the browser's header. The first wish that is spoken here wins; a reader of
    /// traditional characters gets simplified ones rather than the `fallback`. What cannot be read
    /// is passed over.
    pub fn negotiate(ui_locales: &[&str], accept_language: Option<&str>, fallback: Self) -> Self {
        let explicit = ui_locales.iter().flat_map(|list| list.split_ascii_whitespace());
        let header = accept_language.unwrap_or_default().split(',').map(str::trim);
        let mut wishes = ranked(explicit);
        wishes.extend(ranked(header));
        let spoken = wishes.iter().find_map(|wish| match wish {
            Wish::Spoken(locale) => Some(*locale),
            Wish::Near(_) | Wish::Foreign => None,
        });
        let near = wishes.iter().find_map(|wish| match wish {
            Wish::Near(locale) => Some(*locale),
            Wish::Spoken(_) | Wish::Foreign => None,
        });
        spoken.or(near).unwrap_or(fallback)
    }
}

enum Wish {
    Spoken(Locale),
    Near(Locale),
    Foreign,
}

/// The wishes that can be read, the dearest first.
fn ranked<'a>(ranges: impl Iterator<Item = &'a str>) -> Vec<Wish> {
    let items = ranges
        .take(WISHES_READ)
        .filter_map(|range| range.parse::<QualityItem<_>>().ok())
        .filter(|item| item.quality > Quality::ZERO)
        .collect();
    AcceptLanguage(items)
        .ranked()
        .iter()
        .map(|range| match range {
            Preference::Any => Wish::Foreign,
            Preference::Specific(tag) => wish(tag.primary_language(), tag.script(), tag.region()),
        })
        .collect()
}

fn wish(language: &str, script: Option<&str>, region: Option<&str>) -> Wish {
    let is = |subtag: Option<&str>, known: &[&str]| {
        subtag.is_some_and(|subtag| known.iter().any(|k| k.eq_ignore_ascii_case(subtag)))
    };
    if language.eq_ignore_ascii_case("en") {
        return Wish::Spoken(Locale::En);
    }
    if !language.eq_ignore_ascii_case("zh") && !language.eq_ignore_ascii_case("cmn") {
        return Wish::Foreign;
    }
    let simplified = is(script, &["Hans"]);
    let traditional = is(script, &["Hant"]) || is(region, &["TW", "HK", "MO"]);
    if traditional && !simplified { Wish::Near(Locale::ZhCn) } else { Wish::Spoken(Locale::ZhCn) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(ui_locales: &str, accept_language: &str) -> Locale {
        Locale::negotiate(&[ui_locales], Some(accept_language), Locale::En)
    }

    #[test]
    fn languages_are_negotiated_by_this_table() {
        use Locale::{En, ZhCn};
        let table = [
            ("", "", En),
            ("", "zh", ZhCn),
            ("", "zh-CN,zh;q=0.9,en;q=0.8", ZhCn),
            ("", "zh-Hans", ZhCn),
            ("", "zh-Hans-SG", ZhCn),
            ("", "zh-SG", ZhCn),
            ("", "ZH-cn", ZhCn),
            ("", "cmn-Hans-CN", ZhCn),
            ("", "en;q=0.3, zh;q=0.7", ZhCn),
            ("", "zh;q=0.3, en-GB;q=0.7", En),
            ("", "zh;q=0, *", En),
            ("", "fr, de;q=0.9, zh-CN;q=0.2", ZhCn),
            ("", "zh-TW, en;q=0.5", En),
            ("", "zh-Hant-HK, fr", ZhCn),
            ("", "zh-Hans-HK, en", ZhCn),
            ("", "*", En),
            ("", ";;;,q=,\u{0},zh_CN", En),
            ("zh-CN", "en", ZhCn),
            ("en", "zh-CN", En),
            ("fr zh", "en", ZhCn),
            ("fr", "zh-CN", ZhCn),
            ("<script>", "zh-CN", ZhCn),
        ];
        for (ui_locales, accept_language, expected) in table {
            assert_eq!(
                choose(ui_locales, accept_language),
                expected,
                "ui_locales {ui_locales:?}, Accept-Language {accept_language:?}"
            );
        }
    }

    #[test]
    fn the_stronger_list_and_the_fallback_count() {
        assert_eq!(Locale::negotiate(&["zh-CN", "en"], None, Locale::En), Locale::ZhCn);
        assert_eq!(Locale::negotiate(&["", "fr"], None, Locale::ZhCn), Locale::ZhCn);
    }
}
