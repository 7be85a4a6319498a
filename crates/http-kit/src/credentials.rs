//! The `Authorization` header: bearer tokens (RFC 6750) and Basic credentials (RFC 7617).

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
};
use base64::{
    Engine as _,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    error::{CredentialsProblem, Refusal},
    target::has_broken_escape,
};

/// What a 401 says of the way to authenticate.
pub(crate) const BEARER_CHALLENGE: &str = "Bearer realm=\"citizenry\"";

/// Base64 as RFC 7617 means it, lenient only about the padding that some clients leave out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What an `Authorization` header holds.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A token.
    Bearer(SecretString),
    /// A name and a password.
    Basic(BasicCredentials),
}

/// A name and a password. `Debug` does not show the password.
#[derive(Debug, Clone)]
pub struct BasicCredentials {
    /// The name: everything before the first colon.
    pub name: String,
    /// The password: everything after it; may be empty.
    pub password: SecretString,
}

impl BasicCredentials {
    /// Name and password with form encoding undone, as OAuth demands it of clients (RFC 6749 section
    /// 2.3.1). `None` when an escape is malformed or hides bytes that are not UTF-8. Clients that
    /// do not encode are read alike as long as there is no `%` or `+` in what they send.
    #[must_use]
    pub fn form_decoded(&self) -> Option<Self> {
        let name = form_decode(&self.name)?;
        let password = SecretString::from(form_decode(self.password.expose_secret())?);
        Some(Self { name, password })
    }
}

fn form_decode(text: &str) -> Option<String> {
    if has_broken_escape(text) {
        return None;
    }
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// The credentials in `headers`; `None` when there is no `Authorization` header.
pub fn read(headers: &HeaderMap) -> Result<Option<Credentials>, CredentialsProblem> {
    let mut values = headers.get_all(header::AUTHORIZATION);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(CredentialsProblem::Several);
    }
    let value = value.to_str().map_err(|_invisible| CredentialsProblem::Malformed)?.trim();
    let (scheme, rest) = value.split_once(' ').ok_or(CredentialsProblem::Malformed)?;
    let rest = rest.trim_start_matches(' ');
    if scheme.eq_ignore_ascii_case("bearer") {
        bearer(rest).map(Some)
    } else if scheme.eq_ignore_ascii_case("basic") {
        basic(rest).map(Some)
    } else {
        Err(CredentialsProblem::Malformed)
    }
}

fn bearer(token: &str) -> Result<Credentials, CredentialsProblem> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    let body = token.trim_end_matches('=');
    if body.is_empty() || !body.bytes().all(plain) {
        return Err(CredentialsProblem::Malformed);
    }
    Ok(Credentials::Bearer(SecretString::from(token)))
}

fn basic(encoded: &str) -> Result<Credentials, CredentialsProblem> {
    let malformed = CredentialsProblem::Malformed;
    let bytes = BASE64.decode(encoded).map_err(|_not_base64| malformed)?;
    let text = String::from_utf8(bytes).map_err(|_not_utf8| malformed)?;
    let (name, password) = text.split_once(':').ok_or(malformed)?;
    if text.chars().any(char::is_control) {
        return Err(malformed);
    }
    let (name, password) = (name.to_owned(), SecretString::from(password));
    Ok(Credentials::Basic(BasicCredentials { name, password }))
}

/// The credentials of the request if it carries any, as an argument of a handler: for routes, such
/// as a token endpoint, that take them in several ways.
#[derive(Debug, Clone)]
pub struct OptionalCredentials(pub Option<Credentials>);

impl FromRequest for OptionalCredentials {
    type Error = Refusal;
    type Future = std::future::Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(read(request.headers()).map(Self).map_err(Refusal::from))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn from(lines: &[&str]) -> Result<Option<Credentials>, CredentialsProblem> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::AUTHORIZATION, HeaderValue::from_str(line).unwrap());
        }
        read(&headers)
    }

    #[test]
    fn a_bearer_token_is_read_whatever_the_case_of_its_scheme() {
        for line in ["Bearer aB1-._~+/==", "bearer aB1-._~+/==", "BEARER   aB1-._~+/=="] {
            match from(&[line]) {
                Ok(Some(Credentials::Bearer(token))) => {
                    assert_eq!(token.expose_secret(), "aB1-._~+/==");
                }
                other => panic!("{line} gave {other:?}"),
            }
        }
    }

    #[test]
    fn basic_credentials_are_read_and_do_not_print() {
        // 李雷:a:b
        match from(&["Basic 5p2O6Zu3OmE6Yg=="]) {
            Ok(Some(Credentials::Basic(basic))) => {
                assert_eq!(basic.name, "李雷");
                assert_eq!(basic.password.expose_secret(), "a:b");
                assert!(!format!("{basic:?}").contains("a:b"));
            }
            other => panic!("{other:?}"),
        }
        assert!(matches!(from(&["Basic 5p2O6Zu3OmE6Yg"]), Ok(Some(Credentials::Basic(_)))));
    }

    #[test]
    fn anything_else_is_malformed() {
        for line in [
            "Bearer",
            "Bearer ",
            "Bearer a b",
            "Bearer ==",
            "Bearer a\"b",
            "Basic %%%",
            "Basic bm9jb2xvbg==",
            "Basic /zo=",
            "Digest username=x",
            "token",
        ] {
            assert_eq!(from(&[line]).unwrap_err(), CredentialsProblem::Malformed, "{line}");
        }
        assert!(matches!(from(&[]), Ok(None)));
        let several = from(&["Bearer a", "Bearer a"]).unwrap_err();
        assert_eq!(several, CredentialsProblem::Several);
    }

    #[test]
    fn form_encoding_is_undone_on_demand() {
        let basic = BasicCredentials { name: "my%3Aapp".to_owned(), password: "a+b%25".into() };
        let decoded = basic.form_decoded().unwrap();
        assert_eq!(decoded.name, "my:app");
        assert_eq!(decoded.password.expose_secret(), "a b%");
        let broken = BasicCredentials { name: "a".to_owned(), password: "100%".into() };
        assert!(broken.form_decoded().is_none());
    }
}
