//! The cookies of the door.
//!
//! One for the session, one that binds forms and authorization requests to the browser, one by
//! which a browser is known from earlier sign-ins. Each tenant has its own, since all share a host.
//! Where the issuer is `https` they carry the `__Host-` prefix (so that no other host or path can
//! set them) and are sent in frames and cross-site posts too (`SameSite=None`): silent renewal and
//! posted authorization requests need that, and every form has its own protection against forgery.
//! Browsers refuse such cookies without TLS: there `SameSite=Lax` has to do.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
    http::header,
};
use citizenry_identity::TenantName;
use secrecy::{ExposeSecret as _, SecretString};

/// The longest cookie value that is looked at, bytes.
const LONGEST: usize = 512;
/// How long a browser is known by, days.
const DEVICE_DAYS: i64 = 365;

/// The names of a tenant's cookies and how they are set.
#[derive(Debug, Clone)]
pub(crate) struct Cookies {
    suffix: String,
    secure: bool,
}

impl Cookies {
    /// The cookies of `tenant` at an issuer that is `https` or not.
    pub(crate) fn new(tenant: &TenantName, secure: bool) -> Self {
        let suffix = if tenant.is_default() { String::new() } else { format!("-{tenant}") };
        Self { suffix, secure }
    }

    fn name(&self, kind: &str) -> String {
        let prefix = if self.secure { "__Host-" } else { "" };
        format!("{prefix}citizenry{kind}{}", self.suffix)
    }

    /// The secret of the session.
    pub(crate) fn session(&self, request: &HttpRequest) -> Option<SecretString> {
        self.read(request, "")
    }

    /// The secret that forms are bound to.
    pub(crate) fn browser(&self, request: &HttpRequest) -> Option<String> {
        let secret = self.read(request, "-browser")?;
        let secret = secret.expose_secret();
        // What we make is letters and digits; anything else was put there by somebody else.
        let legal = secret.len() >= 32 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric());
        legal.then(|| secret.to_owned())
    }

    /// The secret that a browser is known by.
    pub(crate) fn device(&self, request: &HttpRequest) -> Option<SecretString> {
        self.read(request, "-device")
    }

    fn read(&self, request: &HttpRequest, kind: &str) -> Option<SecretString> {
        let value = value_of(request, &self.name(kind))?;
        (1..=LONGEST).contains(&value.len()).then(|| SecretString::from(value))
    }

    /// Keeps a session until the browser is closed; the server ends it earlier.
    pub(crate) fn set_session(&self, secret: &SecretString) -> Cookie<'static> {
        self.set("", secret.expose_secret())
    }

    /// Forgets the session.
    pub(crate) fn forget_session(&self) -> Cookie<'static> {
        // Browsers drop a cookie with a prefix only if its attributes are those it was set with.
        let mut cookie = self.set("", "");
        cookie.set_max_age(Duration::ZERO);
        cookie
    }

    /// Binds forms to the browser.
    pub(crate) fn set_browser(&self, secret: &str) -> Cookie<'static> {
        self.set("-browser", secret)
    }

    /// Knows the browser again.
    pub(crate) fn set_device(&self, secret: &SecretString) -> Cookie<'static> {
        let mut cookie = self.set("-device", secret.expose_secret());
        cookie.set_max_age(Duration::days(DEVICE_DAYS));
        cookie
    }

    fn set(&self, kind: &str, value: &str) -> Cookie<'static> {
        let same_site = if self.secure { SameSite::None } else { SameSite::Lax };
        Cookie::build(self.name(kind), value.to_owned())
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(same_site)
            .finish()
    }
}

/// The value of the first cookie of that name. Other programs of the same host may have set cookies
/// that are none by the letter; they are passed over, each for itself. What we set needs no decoding.
fn value_of<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    let headers = request.headers().get_all(header::COOKIE);
    let mut pairs = headers.filter_map(|value| value.to_str().ok()).flat_map(|it| it.split(';'));
    pairs
        .find_map(|pair| pair.trim().split_once('=').filter(|(known, _)| *known == name))
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn cookies_of_https_issuers_belong_to_the_host_alone() {
        let tenant = TenantName::parse("acme").unwrap();
        let cookie = Cookies::new(&tenant, true).set_browser("secret").to_string();
        assert_eq!(
            cookie,
            "__Host-citizenry-browser-acme=secret; HttpOnly; SameSite=None; Secure; Path=/"
        );
        let cookie = Cookies::new(&tenant, false).set_browser("secret").to_string();
        assert_eq!(cookie, "citizenry-browser-acme=secret; HttpOnly; SameSite=Lax; Path=/");
    }

    #[test]
    fn broken_cookies_of_others_hide_none_of_ours() {
        let cookies = Cookies::new(&TenantName::parse("default").unwrap(), false);
        let secret = "a".repeat(43);
        for header in [
            format!("flag; citizenry-browser={secret}"),
            format!("a=%zz; =x; ;;citizenry-browser={secret}; b"),
            format!("x=1;citizenry-browser={secret};citizenry-browser=other"),
        ] {
            let request =
                TestRequest::default().insert_header(("cookie", &*header)).to_http_request();
            assert_eq!(cookies.browser(&request), Some(secret.clone()), "{header}");
        }
    }

    #[test]
    fn a_foreign_browser_secret_is_not_taken() {
        let cookies = Cookies::new(&TenantName::parse("default").unwrap(), false);
        for value in ["short", "with.dots.in.it.and.of.sufficient.length", &"x".repeat(600)] {
            let request = TestRequest::default()
                .insert_header(("cookie", format!("citizenry-browser={value}")))
                .to_http_request();
            assert_eq!(cookies.browser(&request), None, "{value}");
        }
    }
}
