//! Values that would like to be markup.

use citizenry_http_oidc::pages::{
    Branding, Client, Consent, DeviceCode, DeviceConfirm, ErrorPage, FormPost, Link, Locale,
    LoggedOut, Scope, ScopeGroup, SignIn, SignUp, SignUpField, Verify, Way, WebMessage,
    mail::Reset,
};
use url::Url;

use crate::{form, frame, header};

const HOSTILE: &str = "\"'><script>alert(1)</script><!--&amp;\u{0}{{7*7}}{client}";

/// How the hostile value must come out.
const HARMLESS: &str =
    "&#34;&#39;&#62;&#60;script&#62;alert(1)&#60;/script&#62;&#60;!--&#38;amp;\u{0}{{7*7}}{client}";

fn assert_harmless(html: &str, times: usize) {
    assert!(!html.contains("<script>alert"), "{html}");
    assert!(!html.contains("\"'>"), "{html}");
    assert_eq!(html.matches(HARMLESS).count(), times, "{html}");
}

fn client(name: &str) -> Client<'_> {
    Client { name, logo_url: Some(name), policy_url: Some(name), terms_url: Some(name) }
}

#[test]
fn a_hostile_login_hint_stays_text() {
    let branding = Branding::named("Example Press");
    let page = SignIn {
        form: form(None),
        client: Some(client(HOSTILE)),
        username: HOSTILE,
        ways: vec![Way::default(), Way::Elsewhere { label: HOSTILE, url: "/u/with/other" }],
        error: None,
        notice: None,
        forgot_url: None,
        sign_up_url: None,
    }
    .render(&frame(&branding));
    // The lead, the field, the other way.
    assert_harmless(page.html.split("<footer>").next().unwrap(), 3);
    assert_harmless(&page.html, 4);
}

#[test]
fn a_hostile_client_name_stays_text() {
    let branding = Branding::named(HOSTILE);
    let scopes = vec![
        Scope { value: HOSTILE, description: None },
        Scope { value: "x", description: Some(HOSTILE) },
    ];
    let groups = vec![ScopeGroup { resource_server: Some(HOSTILE), scopes }];
    let consent = Consent {
        form: form(None),
        client: client(HOSTILE),
        account: HOSTILE,
        switch_account_url: None,
        groups: groups.clone(),
    }
    .render(&frame(&branding));
    // The title and the brand; the lead, three times the scopes, the account, the links' label.
    assert_harmless(&consent.html, 8);
    let confirm = DeviceConfirm {
        form: form(None),
        client: client(HOSTILE),
        user_code: HOSTILE,
        account: HOSTILE,
        switch_account_url: None,
        groups,
    }
    .render(&frame(&branding));
    // As before, the second lead, and the code twice.
    assert_harmless(&confirm.html, 11);
}

#[test]
fn what_was_typed_stays_text() {
    let branding = Branding::named("Example Press");
    let field = Some(SignUpField { value: HOSTILE, ..SignUpField::default() });
    let sign_up = SignUp {
        form: form(None),
        client: None,
        email: field,
        username: field,
        phone_number: field,
        rules: citizenry_http_oidc::pages::PasswordRules::default(),
        violations: Vec::new(),
        error: None,
        sign_in_url: None,
    };
    assert_harmless(&sign_up.render(&frame(&branding)).html, 3);
    let code = DeviceCode { form: form(None), user_code: HOSTILE, error: None };
    assert_harmless(&code.render(&frame(&branding)).html, 1);
    let verify = Verify { form: form(None), email: HOSTILE, form_expired: false };
    assert_harmless(&verify.render(&frame(&branding)).html, 1);
}

#[test]
fn an_error_page_stays_text_and_leads_to_no_script() {
    let branding = Branding::named("Example Press");
    let page = |url| {
        ErrorPage {
            code: HOSTILE,
            description: HOSTILE,
            request_id: Some(HOSTILE),
            back: Some(Link { label: "Reader", url }),
        }
        .render(&frame(&branding))
        .html
    };
    assert_harmless(&page("https://reader.example"), 3);
    assert!(page("https://reader.example").contains("href=\"https://reader.example/\""));
    for hostile in ["javascript:alert(1)", "//evil.example", "/\\evil.example", "data:text/html,x"]
    {
        assert!(!page(hostile).contains("Back to Reader"), "{hostile}");
        let back = Some(Link { label: "Reader", url: hostile });
        let html = LoggedOut { back, sign_in_url: None }.render(&frame(&branding)).html;
        assert!(!html.contains("Back to Reader"), "{hostile}");
    }
}

#[test]
fn an_answer_by_form_stays_in_its_inputs() {
    let branding = Branding::named("Example Press");
    let redirect_uri = Url::parse("https://reader.example/cb?a=1&b=\"><script>").unwrap();
    let parameters = [("state", "</script><script>alert(1)</script>\" x=\"&"), ("code", "c")];
    let html = FormPost { redirect_uri: &redirect_uri, parameters: &parameters }
        .render(&frame(&branding))
        .html;
    assert_eq!(html.matches("<script").count(), 1, "{html}");
    assert_eq!(html.matches("</script").count(), 1, "{html}");
    assert!(html.contains(
        "name=\"state\" value=\"&#60;/script&#62;&#60;script&#62;alert(1)&#60;/script&#62;&#34; \
         x=&#34;&#38;\""
    ));
    assert!(html.contains("action=\"https://reader.example/cb?a=1&#38;b=%22%3E%3Cscript%3E\""));
}

#[test]
fn an_answer_by_message_is_data_and_never_script() {
    let branding = Branding::named("Example Press");
    let origin = Url::parse("https://reader.example").unwrap();
    let state = "</script><script>alert(1)</script>\"'\\\u{2028}&quot;</body>";
    let parameters = [("code", "c"), ("state", state)];
    let html =
        WebMessage { origin: &origin, parameters: &parameters }.render(&frame(&branding)).html;
    assert_eq!(html.matches("<script").count(), 1, "{html}");
    assert_eq!(html.matches("</script").count(), 1, "{html}");
    assert!(html.contains("data-origin=\"https://reader.example\""), "{html}");

    // What a browser reads back from the attribute is the response, unchanged.
    let attribute = html.split("data-response=\"").nth(1).unwrap().split('"').next().unwrap();
    let json = attribute
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#38;", "&");
    let response: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(response, serde_json::json!({ "code": "c", "state": state }));
}

#[test]
fn a_mail_stays_text_and_its_subject_one_line() {
    let branding = Branding::named("Example\r\nBcc: all@example.com");
    let mail = Reset {
        name: Some(HOSTILE),
        account: "a\nb",
        link: "https://id.example/u/reset/x?a=1&b=2",
        valid_seconds: 60,
    }
    .render(Locale::En, &branding);
    assert!(!mail.html.contains("<script"), "{}", mail.html);
    assert!(mail.html.contains("href=\"https://id.example/u/reset/x?a=1&#38;b=2\""));
    assert!(!mail.subject.contains(['\r', '\n']), "{}", mail.subject);
}

#[test]
fn hidden_values_and_headers_stay_what_they_are() {
    let branding = Branding::named("雷 \"Press\"");
    let page = SignIn {
        form: citizenry_http_oidc::pages::Form {
            action: "/u/login?a=\"b",
            request: Some(HOSTILE),
            csrf: HOSTILE,
            leads_to: Some("https://reader.example/;script-src *\r\nX: y"),
        },
        client: None,
        username: "",
        ways: vec![Way::default()],
        error: None,
        notice: None,
        forgot_url: None,
        sign_up_url: None,
    }
    .render(&frame(&branding));
    assert_harmless(&page.html, 2);
    let policy = header(&page, "content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self' https:; "), "{policy}");
    assert!(!policy.contains("script-src"), "{policy}");
}
