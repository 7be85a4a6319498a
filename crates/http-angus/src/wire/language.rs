//! The two languages of `msg`.

use std::borrow::Cow;

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap},
};
use citizenry_http_kit::query;

/// A language that `msg` is written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Language {
    /// Simplified Chinese, the vendor's default.
    #[default]
    Chinese,
    /// English.
    English,
}

impl Language {
    /// The language's tag (BCP 47).
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// The language that the caller wants: the parameter `lang`, `locale` or `language`, else the
    /// header `X-Lang`, else `Accept-Language`.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let headers = request.headers();
        of_query(request.query_string())
            .or_else(|| of_header(headers, "x-lang").and_then(|tag| of_tag(&tag)))
            .or_else(|| {
                of_header(headers, header::ACCEPT_LANGUAGE.as_str()).and_then(|list| of_list(&list))
            })
            .unwrap_or_default()
    }
}

fn of_query(text: &str) -> Option<Language> {
    // Most requests name no language; their query is not read twice.
    if !text.contains("lang") && !text.contains("locale") {
        return None;
    }
    let pairs: std::collections::BTreeMap<String, Vec<String>> = query::parse(text).ok()?;
    ["lang", "locale", "language"]
        .iter()
        .find_map(|name| pairs.get(*name)?.first().and_then(|tag| of_tag(tag)))
}

fn of_header(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// The first language of the list, by its weights, that is spoken here.
fn of_list(list: &str) -> Option<Language> {
    let mut wishes: Vec<(f32, Language)> = list
        .split(',')
        .filter_map(|range| {
            let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            let weight = weight.trim().strip_prefix("q=")?.parse().ok()?;
            Some((weight, of_tag(tag)?))
        })
        .filter(|(weight, _)| *weight > 0.0)
        .collect();
    wishes.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    wishes.first().map(|(_, language)| *language)
}

fn of_tag(tag: &str) -> Option<Language> {
    let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
    match primary.to_ascii_lowercase().as_str() {
        "zh" => Some(Language::Chinese),
        "en" => Some(Language::English),
        _ => None,
    }
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    chinese: Cow<'static, str>,
    english: Cow<'static, str>,
}

impl Words {
    /// A text in both languages.
    pub(crate) const fn new(chinese: &'static str, english: &'static str) -> Self {
        Self { chinese: Cow::Borrowed(chinese), english: Cow::Borrowed(english) }
    }

    /// The same text about `name`, which is no word of a language.
    pub(crate) fn about(self, name: &str) -> Self {
        if name.is_empty() {
            return self;
        }
        Self {
            chinese: format!("{}：{name}", self.chinese).into(),
            english: format!("{}: {name}", self.english).into(),
        }
    }

    /// The same text about a thing that has a name in both languages.
    pub(crate) fn about_in(self, chinese: &str, english: &str) -> Self {
        Self {
            chinese: format!("{chinese}{}", self.chinese).into(),
            english: format!("{english} {}", self.english).into(),
        }
    }

    /// The text in one language.
    pub(crate) fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.chinese,
            Language::English => &self.english,
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_query_wins_over_x_lang_and_that_over_accept_language() {
        let language = |target: &str, x_lang: &str, accepted: &str| {
            let request = TestRequest::with_uri(target)
                .insert_header(("x-lang", x_lang.to_owned()))
                .insert_header(("accept-language", accepted.to_owned()));
            Language::of(&request.to_http_request())
        };
        assert_eq!(language("/", "", ""), Language::Chinese);
        assert_eq!(language("/", "", "fr, en;q=0.8, zh;q=0.9"), Language::Chinese);
        assert_eq!(language("/", "", "fr, en_US, zh;q=0.9"), Language::English);
        assert_eq!(language("/", "en", "zh-CN"), Language::English);
        assert_eq!(language("/?locale=zh_CN", "en", "en"), Language::Chinese);
        assert_eq!(language("/?lang=tlh", "en", ""), Language::English);
    }

    #[test]
    fn words_name_what_they_are_about() {
        let words = Words::new("缺少参数", "missing parameter").about("ids");
        assert_eq!(words.in_language(Language::Chinese), "缺少参数：ids");
        assert_eq!(words.in_language(Language::English), "missing parameter: ids");
    }
}
