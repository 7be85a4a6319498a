//! What a page's headers forbid.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use citizenry_http_oidc::pages::{
    Branding, Client, Consent, FormPost, Locale, LoggedOut, Page, SignIn, Way, WebMessage,
};
use url::Url;

use crate::{form, frame, header, policy, samples};

/// The hashes of the elements called `name` without attributes, as a policy writes them.
fn hashes(page: &Page, name: &str) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let texts = page.html.split(&open).skip(1).map(|part| part.split_once(&close).unwrap().0);
    let hash = |text: &str| STANDARD.encode(digest(&SHA256, text.as_bytes()));
    texts.map(|text| format!("'sha256-{}'", hash(text))).collect::<Vec<_>>().join(" ")
}

fn sign_in(leads_to: Option<&str>) -> SignIn<'_> {
    SignIn {
        form: form(leads_to),
        client: None,
        username: "",
        ways: vec![Way::default()],
        error: None,
        notice: None,
        forgot_url: None,
        sign_up_url: None,
    }
}

#[test]
fn the_policy_of_a_form_is_exactly_this() {
    let branding = Branding::named("Example Press");
    let page = sign_in(Some("https://reader.example/callback?x=1")).render(&frame(&branding));
    let styles = hashes(&page, "style");
    assert_eq!(
        policy(&page),
        format!(
            "default-src 'none'; style-src {styles}; form-action 'self' https:; \
             frame-ancestors 'none'; base-uri 'none'"
        )
    );
    assert_eq!(header(&page, "x-frame-options"), Some("DENY"));
    assert_eq!(header(&page, "referrer-policy"), Some("no-referrer"));
    assert_eq!(header(&page, "cache-control"), Some("no-store"));
    assert_eq!(header(&page, "x-content-type-options"), Some("nosniff"));
    assert_eq!(header(&page, "content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(header(&page, "content-language"), Some("en"));
}

#[test]
fn a_form_leads_wherever_the_scheme_of_its_client_does() {
    let branding = Branding::named("Example Press");
    for (redirect_uri, source) in [
        (None, "'self'"),
        (Some("not a url"), "'self'"),
        (Some("http://127.0.0.1:8080/cb"), "'self' http:"),
        (Some("https://a.example:443/cb"), "'self' https:"),
        (Some("http://[::1]:8080/cb"), "'self' http:"),
        (Some("com.example.app:/cb"), "'self' com.example.app:"),
        (Some("https://雷.example/cb"), "'self' https:"),
    ] {
        let page = sign_in(redirect_uri).render(&frame(&branding));
        let form_action = policy(&page).split("; ").find(|d| d.starts_with("form-action")).unwrap();
        assert_eq!(form_action, format!("form-action {source}"), "{redirect_uri:?}");
    }
}

#[test]
fn no_page_allows_unsafe_inline_or_everything() {
    for branding in samples::brandings() {
        for (name, page) in samples::pages(Locale::En, &branding) {
            let policy = policy(&page);
            assert!(policy.starts_with("default-src 'none'; "), "{name}: {policy}");
            for word in ["unsafe", "*", "data:", "img-src"] {
                assert!(!policy.contains(word), "{name}: {policy}");
            }
            assert!(policy.ends_with("; base-uri 'none'"), "{name}: {policy}");
            let framed = policy.contains("frame-ancestors https://reader.example;");
            assert_eq!(framed, name == "web-message", "{name}: {policy}");
            assert_eq!(header(&page, "x-frame-options").is_none(), framed, "{name}");
            assert_eq!(policy.contains("script-src"), page.html.contains("<script"), "{name}");
            for attribute in [" onclick", " onload", " onsubmit", "javascript:"] {
                assert!(!page.html.contains(attribute), "{name}");
            }
        }
    }
}

#[test]
fn images_come_from_the_logos_origins_alone() {
    let branding = Branding {
        logo_url: Some("https://cdn.example/press/logo.svg".to_owned()),
        ..Branding::named("Example Press")
    };
    let client = |logo_url| Client {
        name: "Reader",
        logo_url: Some(logo_url),
        policy_url: None,
        terms_url: None,
    };
    let images = |logo_url| {
        let page = Consent {
            form: form(None),
            client: client(logo_url),
            account: "fioman@qq.com",
            switch_account_url: None,
            groups: Vec::new(),
        }
        .render(&frame(&branding));
        let images = policy(&page).split("; ").find(|d| d.starts_with("img-src")).unwrap();
        (images.to_owned(), page.html.matches("<img").count())
    };
    let both = "img-src https://cdn.example https://reader.example:8443".to_owned();
    assert_eq!(images("https://reader.example:8443/logo.png"), (both, 2));
    let own = "img-src https://cdn.example".to_owned();
    assert_eq!(images("https://cdn.example/reader.png"), (own.clone(), 2));
    for hostile in ["javascript:alert(1)", "data:image/svg+xml,<svg>", "//x.example", "; *"] {
        assert_eq!(images(hostile), (own.clone(), 1), "{hostile}");
    }
}

#[test]
fn the_answer_by_form_runs_one_script() {
    let branding = Branding::named("Example Press");
    let redirect_uri = Url::parse("https://reader.example/callback").unwrap();
    let page = FormPost { redirect_uri: &redirect_uri, parameters: &[("submit", "1")] }
        .render(&frame(&branding));
    let (styles, scripts) = (hashes(&page, "style"), hashes(&page, "script"));
    assert_eq!(
        policy(&page),
        format!(
            "default-src 'none'; style-src {styles}; script-src {scripts}; form-action https:; \
             frame-ancestors 'none'; base-uri 'none'"
        )
    );
}

#[test]
fn the_answer_by_message_is_framed_by_one_origin() {
    let branding = Branding::named("Example Press");
    let origin = Url::parse("http://localhost:3000").unwrap();
    let page =
        WebMessage { origin: &origin, parameters: &[("code", "c")] }.render(&frame(&branding));
    let scripts = hashes(&page, "script");
    assert_eq!(
        policy(&page),
        format!(
            "default-src 'none'; script-src {scripts}; form-action 'none'; \
             frame-ancestors http://localhost:3000; base-uri 'none'"
        )
    );
}

#[test]
fn a_page_without_a_form_sends_nothing_anywhere() {
    let branding = Branding::named("Example Press");
    let page = LoggedOut { back: None, sign_in_url: None }.render(&frame(&branding));
    assert!(policy(&page).contains("; form-action 'none'; "), "{}", policy(&page));
}
