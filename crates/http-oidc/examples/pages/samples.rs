//! Every page and mail with invented data.

use citizenry_http_oidc::pages::{
    Branding, Client, Colour, Consent, DeviceCode, DeviceCodeError, DeviceConfirm, DeviceDenied,
    DeviceDone, ErrorPage, FieldProblem, Form, FormPost, Frame, Gradient, Link, LinkExpired,
    Locale, LoggedOut, LogoutConfirm, NewPassword, NewPasswordDone, Page, PasswordRules,
    PasswordViolation, ResetRequest, ResetRequestError, ResetSent, Scope, ScopeGroup, SignIn,
    SignInError, SignInNotice, SignUp, SignUpField, Verify, VerifyDone, Way, WebMessage,
    mail::{
        ImportCompleted, Mail, OneTimeCode, PasswordChanged, Reset, TemporaryPassword, Verification,
    },
};
use url::Url;

/// A tenant that has chosen nothing, and one that has chosen colours that are hard to read.
pub(crate) fn brandings() -> [Branding; 2] {
    let awkward = Branding {
        primary_colour: Colour::rgb(0xff, 0xd4, 0x3b),
        background_colour: Some(Colour::rgb(0x10, 0x4e, 0x8b)),
        page_background: Some(Gradient {
            start: Colour::rgb(0x10, 0x4e, 0x8b),
            end: Colour::rgb(0x7a, 0x1f, 0x5c),
            angle: 135,
        }),
        ..Branding::named("Sunrise Cooperative")
    };
    [Branding::named("Example Press"), awkward]
}

const FORM: Form<'static> = Form {
    action: "/u/form",
    request: Some("c2VhbGVk"),
    csrf: "bm9uY2U",
    leads_to: Some("https://reader.example/callback"),
};

const CLIENT: Client<'static> = Client {
    name: "Reader",
    logo_url: None,
    policy_url: Some("https://reader.example/privacy"),
    terms_url: Some("https://reader.example/terms"),
};

const SIGN_IN: Option<&str> = Some("/u/login?request=c2VhbGVk");
const ACCOUNT: &str = "fioman@qq.com";

fn frame(locale: Locale, branding: &Branding) -> Frame<'_> {
    Frame { locale, branding, here: "/u/page?request=c2VhbGVk" }
}

/// Every page with the name that its file gets.
pub(crate) fn pages(locale: Locale, branding: &Branding) -> Vec<(&'static str, Page)> {
    let frame = frame(locale, branding);
    let mut pages = sign_in(&frame);
    pages.extend(sign_up(&frame));
    pages.extend(consent_and_devices(&frame));
    pages.extend(passwords(&frame));
    pages.extend(verification(&frame));
    pages.extend(endings(&frame));
    pages
}

fn sign_in(frame: &Frame<'_>) -> Vec<(&'static str, Page)> {
    let plain = SignIn {
        form: FORM,
        client: Some(CLIENT),
        username: "",
        ways: vec![Way::default()],
        error: None,
        notice: None,
        forgot_url: Some("/u/reset?request=c2VhbGVk"),
        sign_up_url: Some("/u/signup?request=c2VhbGVk"),
    };
    let failed =
        SignIn { username: ACCOUNT, error: Some(SignInError::WrongCredentials), ..plain.clone() };
    let held_back = SignIn {
        client: None,
        error: Some(SignInError::TooManyAttempts { retry_after: Some(90) }),
        sign_up_url: None,
        ..plain.clone()
    };
    let several = SignIn {
        notice: Some(SignInNotice::PasswordChanged),
        ways: vec![
            Way::default(),
            Way::Elsewhere { label: "Example University", url: "/u/with/university" },
            Way::Elsewhere { label: "企业微信", url: "/u/with/wecom" },
        ],
        ..plain.clone()
    };
    vec![
        ("sign-in", plain.render(frame)),
        ("sign-in-failed", failed.render(frame)),
        ("sign-in-held-back", held_back.render(frame)),
        ("sign-in-several-ways", several.render(frame)),
    ]
}

fn rules() -> PasswordRules {
    PasswordRules {
        min_length: 8,
        classes: Some(3),
        history: Some(5),
        no_common: true,
        no_personal_data: true,
        ..PasswordRules::default()
    }
}

fn sign_up(frame: &Frame<'_>) -> Vec<(&'static str, Page)> {
    let plain = SignUp {
        form: FORM,
        client: Some(CLIENT),
        email: Some(SignUpField::default()),
        username: Some(SignUpField { optional: true, ..SignUpField::default() }),
        phone_number: None,
        rules: PasswordRules { min_length: 8, no_common: true, ..PasswordRules::default() },
        violations: Vec::new(),
        error: None,
        sign_in_url: SIGN_IN,
    };
    let failed = SignUp {
        email: Some(SignUpField {
            value: ACCOUNT,
            problem: Some(FieldProblem::Taken),
            ..SignUpField::default()
        }),
        username: Some(SignUpField {
            value: "lei li",
            problem: Some(FieldProblem::Invalid),
            ..SignUpField::default()
        }),
        phone_number: Some(SignUpField { optional: true, ..SignUpField::default() }),
        rules: PasswordRules {
            max_length: Some(64),
            lowercase: true,
            uppercase: true,
            digit: true,
            symbol: true,
            ascii: true,
            cased: true,
            alphanumeric_ends: true,
            half_distinct: true,
            identical_in_a_row: Some(2),
            strength: true,
            ..rules()
        },
        violations: vec![
            PasswordViolation::TooShort(8),
            PasswordViolation::TooFewClasses(3),
            PasswordViolation::Common,
        ],
        ..plain.clone()
    };
    vec![("sign-up", plain.render(frame)), ("sign-up-failed", failed.render(frame))]
}

fn consent_and_devices(frame: &Frame<'_>) -> Vec<(&'static str, Page)> {
    let scope = |value, description| Scope { value, description };
    let account = ScopeGroup {
        resource_server: None,
        scopes: vec![
            scope("openid", None),
            scope("profile", None),
            scope("email", None),
            scope("offline_access", None),
        ],
    };
    let library = ScopeGroup {
        resource_server: Some("Library"),
        scopes: vec![
            scope("read:loans", Some("See which books you have borrowed")),
            scope("write:loans", None),
        ],
    };
    let switch_account_url = Some("/u/login?request=c2VhbGVk&again=1");
    let consent = Consent {
        form: FORM,
        client: CLIENT,
        account: ACCOUNT,
        switch_account_url,
        groups: vec![account.clone(), library],
    };
    let code = DeviceCode { form: FORM, user_code: "", error: None };
    let unknown = DeviceCode {
        user_code: "WDJB-MJHT",
        error: Some(DeviceCodeError::Unknown),
        ..code.clone()
    };
    let confirm = DeviceConfirm {
        form: FORM,
        client: Client { name: "Television", ..CLIENT },
        user_code: "WDJB-MJHT",
        account: ACCOUNT,
        switch_account_url,
        groups: vec![account],
    };
    vec![
        ("consent", consent.render(frame)),
        ("device-code", code.render(frame)),
        ("device-code-unknown", unknown.render(frame)),
        ("device-confirm", confirm.render(frame)),
        ("device-done", DeviceDone.render(frame)),
        ("device-denied", DeviceDenied.render(frame)),
    ]
}

fn passwords(frame: &Frame<'_>) -> Vec<(&'static str, Page)> {
    let ask = ResetRequest { form: FORM, email: "", error: None, sign_in_url: SIGN_IN };
    let wrong = ResetRequest {
        email: "fioman@",
        error: Some(ResetRequestError::InvalidEmail),
        ..ask.clone()
    };
    let new = NewPassword {
        form: FORM,
        account: ACCOUNT,
        rules: rules(),
        violations: Vec::new(),
        form_expired: false,
    };
    let broken = NewPassword {
        violations: vec![PasswordViolation::Reused, PasswordViolation::PersonalData],
        ..new.clone()
    };
    vec![
        ("reset", ask.render(frame)),
        ("reset-failed", wrong.render(frame)),
        ("reset-sent", ResetSent { sign_in_url: SIGN_IN }.render(frame)),
        ("new-password", new.render(frame)),
        ("new-password-failed", broken.render(frame)),
        ("new-password-done", NewPasswordDone { sign_in_url: SIGN_IN }.render(frame)),
    ]
}

fn verification(frame: &Frame<'_>) -> Vec<(&'static str, Page)> {
    let verify = Verify { form: FORM, email: ACCOUNT, form_expired: false };
    let expired = LinkExpired { again_url: Some("/u/reset"), sign_in_url: SIGN_IN };
    vec![
        ("verify", verify.render(frame)),
        ("verify-failed", Verify { form_expired: true, ..verify }.render(frame)),
        ("verify-done", VerifyDone { continue_url: SIGN_IN }.render(frame)),
        ("link-expired", expired.render(frame)),
    ]
}

#[expect(clippy::unwrap_used, reason = "a constant address")]
fn endings(frame: &Frame<'_>) -> Vec<(&'static str, Page)> {
    let back = Some(Link { label: "Reader", url: "https://reader.example/" });
    let confirm = LogoutConfirm {
        form: FORM,
        account: Some(ACCOUNT),
        stay: Some(Link { label: "", url: "https://reader.example/" }),
    };
    let error = ErrorPage {
        code: "invalid_request",
        description: "redirect_uri is not registered for this client",
        request_id: Some("01K9Z3V7Q8M2N4P6R8T0W2Y4A6"),
        back,
    };
    let reader = Url::parse("https://reader.example/callback").unwrap();
    let parameters = [("code", "SplxlOBeZQQYbYS6WxSbIA"), ("state", "af0ifjsldkj")];
    vec![
        ("logout", confirm.render(frame)),
        ("logged-out", LoggedOut { back, sign_in_url: SIGN_IN }.render(frame)),
        ("error", error.render(frame)),
        ("form-post", FormPost { redirect_uri: &reader, parameters: &parameters }.render(frame)),
        ("web-message", WebMessage { origin: &reader, parameters: &parameters }.render(frame)),
    ]
}

/// What the mails without a link bring.
pub(crate) const CODE: &str = "042137";
/// The same.
pub(crate) const TEMPORARY: &str = "k7Rm-4uQe&Xp2sTa";

/// Every mail with the name that its files get.
pub(crate) fn mails(locale: Locale, branding: &Branding) -> Vec<(&'static str, Mail)> {
    let name = Some("李雷");
    let reset = Reset {
        name,
        account: ACCOUNT,
        link: "https://id.example/u/reset/3f9c0d1e",
        valid_seconds: 1800,
    };
    let verification = Verification {
        name: None,
        email: ACCOUNT,
        link: "https://id.example/u/verify/3f9c0d1e",
        valid_seconds: 5 * 86_400,
    };
    let changed = PasswordChanged {
        name,
        account: ACCOUNT,
        time: "2026-03-01 09:30 (UTC)",
        reset_link: Some("https://id.example/u/reset"),
    };
    let code = OneTimeCode { name, email: ACCOUNT, code: CODE, valid_seconds: 600 };
    let temporary =
        TemporaryPassword { name, account: ACCOUNT, password: TEMPORARY, valid_seconds: 86_400 };
    let import = ImportCompleted {
        name,
        time: "2026-03-01 09:30 (UTC)",
        inserted: 9_120,
        updated: 31,
        failed: 4,
    };
    vec![
        ("reset", reset.render(locale, branding)),
        ("verification", verification.render(locale, branding)),
        ("password-changed", changed.render(locale, branding)),
        ("one-time-code", code.render(locale, branding)),
        ("temporary-password", temporary.render(locale, branding)),
        ("import-completed", import.render(locale, branding)),
    ]
}
