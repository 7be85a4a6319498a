//! What holds for all pages and mails, in all languages.

use citizenry_http_oidc::pages::{Branding, Locale, TextOverrideError};

use crate::samples::{self, CODE, TEMPORARY};

/// The texts between `before` and the next `after`.
fn between<'a>(html: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    html.split(before).skip(1).filter_map(|part| Some(part.split_once(after)?.0)).collect()
}

#[test]
fn every_page_says_its_language_and_has_one_heading() {
    for locale in Locale::ALL {
        for branding in samples::brandings() {
            for (name, page) in samples::pages(locale, &branding) {
                let html = &page.html;
                assert!(html.starts_with("<!DOCTYPE html>"), "{name}");
                assert!(html.trim_end().ends_with("</html>"), "{name}");
                assert!(html.contains(&format!("<html lang=\"{}\">", locale.tag())), "{name}");
                assert_eq!(html.matches("<h1>").count(), 1, "{name}");
                assert_eq!(between(html, "<title>", "</title>").len(), 1, "{name}");
                assert!(!html.contains("{{") && !html.contains("{%"), "{name}");
            }
        }
    }
}

#[test]
fn every_page_is_another_one_in_chinese() {
    let branding = Branding::named("Example Press");
    let english = samples::pages(Locale::En, &branding);
    let chinese = samples::pages(Locale::ZhCn, &branding);
    for ((name, en), (_, zh)) in english.iter().zip(&chinese) {
        let heading = |html| between(html, "<h1>", "</h1>").concat();
        assert!(heading(&en.html).is_ascii() || *name == "form-post", "{name}");
        assert!(!heading(&zh.html).is_ascii(), "{name}");
    }
}

#[test]
fn every_value_of_a_text_is_filled_in() {
    let branding = Branding::named("Example Press");
    for locale in Locale::ALL {
        for (name, page) in samples::pages(locale, &branding) {
            let body = page.html.split_once("<body").unwrap().1;
            let body = body.split("<script>").next().unwrap().replace("data-response=\"{", "");
            assert!(!body.contains('{'), "{name}: {body}");
        }
        for (name, mail) in samples::mails(locale, &branding) {
            let body = mail.html.split_once("<body").unwrap().1;
            assert!(!body.contains('{'), "{name}");
            assert!(!mail.text.contains('{') && !mail.subject.contains('{'), "{name}");
        }
    }
}

#[test]
fn no_page_asks_anything_of_another_host() {
    let branding = Branding::named("Example Press");
    for (name, page) in samples::pages(Locale::En, &branding) {
        for asset in [" src=", "<link", "@import", "url(", "@font-face", "<iframe", " style="] {
            assert!(!page.html.contains(asset), "{name} holds {asset}");
        }
    }
    for (name, mail) in samples::mails(Locale::En, &branding) {
        for asset in [" src=", "<link", "@import", "url("] {
            assert!(!mail.html.contains(asset), "{name} holds {asset}");
        }
    }
}

#[test]
fn every_form_carries_its_hidden_inputs_and_every_input_has_a_label() {
    let branding = Branding::named("Example Press");
    for (name, page) in samples::pages(Locale::ZhCn, &branding) {
        let html = &page.html;
        for form in between(html, "<form", "</form>") {
            assert!(form.starts_with(" method=\"post\""), "{name}");
            if name == "form-post" {
                continue;
            }
            for hidden in [
                "name=\"request\" value=\"c2VhbGVk\"",
                "name=\"csrf\" value=\"bm9uY2U\"",
                "name=\"ui_locales\" value=\"zh-CN\"",
            ] {
                assert!(form.contains(hidden), "{name} lacks {hidden}");
            }
        }
        for input in between(html, "<input", ">") {
            if input.contains("type=\"hidden\"") || input.contains("aria-hidden") {
                continue;
            }
            let id = *between(input, " id=\"", "\"").first().unwrap();
            assert!(html.contains(&format!("<label for=\"{id}\">")), "{name}: {id}");
            assert!(input.contains(" autocomplete=\""), "{name}: {id}");
            for described_by in between(input, "aria-describedby=\"", "\"") {
                for id in described_by.split(' ') {
                    assert!(html.contains(&format!("id=\"{id}\"")), "{name}: {id}");
                }
            }
        }
    }
}

#[test]
fn a_broken_field_says_so_to_everybody() {
    let branding = Branding::named("Example Press");
    let pages = samples::pages(Locale::En, &branding);
    let (_, page) = pages.iter().find(|(name, _)| *name == "sign-up-failed").unwrap();
    let html = &page.html;
    assert!(html.contains("<title>Error: Create your account"));
    assert!(html.contains("role=\"alert\""));
    let alert = between(html, "role=\"alert\"", "</div>").concat();
    assert_eq!(alert.matches("href=\"#password\"").count(), 3, "all violations are listed");
    assert_eq!(html.matches("aria-invalid=\"true\"").count(), 3);
    assert!(html.contains("aria-describedby=\"password-error password-rules\""));
    assert_eq!(html.matches("class=\"broken\"").count(), 3);
}

#[test]
fn a_mail_holds_its_link_or_secret_in_both_forms() {
    let branding = Branding::named("Example Press");
    for locale in Locale::ALL {
        for (name, mail) in samples::mails(locale, &branding) {
            if let Some(link) = between(&mail.text, "https://", "\n").first() {
                assert!(mail.html.contains(&format!("href=\"https://{link}\"")), "{name}");
            } else {
                let secret = match name {
                    "one-time-code" => CODE,
                    "import-completed" => "9120",
                    _ => TEMPORARY,
                };
                assert!(mail.text.contains(secret), "{name}");
                assert!(mail.html.contains(&secret.replace('&', "&#38;")), "{name}");
                assert!(!mail.subject.contains(secret), "{name}");
            }
            assert!(mail.subject.contains("Example Press"), "{name}");
        }
    }
}

#[test]
fn a_tenant_speaks_in_its_own_words_and_only_as_text() {
    let mut branding = Branding::named("Example Press");
    let texts = &mut branding.texts;
    texts.set(Locale::En, "sign_in_title", "Come <b>in</b>").unwrap();
    texts.set(Locale::ZhCn, "sign_in_title", "欢迎").unwrap();
    assert_eq!(texts.set(Locale::En, "no_such_text", "x"), Err(TextOverrideError::UnknownName));
    assert_eq!(texts.set(Locale::En, "sign_in_title", " "), Err(TextOverrideError::Length));

    let page = |locale| samples::pages(locale, &branding).remove(0).1.html;
    assert!(page(Locale::En).contains("<h1>Come &#60;b&#62;in&#60;/b&#62;</h1>"));
    assert!(page(Locale::ZhCn).contains("<h1>欢迎</h1>"));
}
