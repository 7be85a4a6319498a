//! Tokens against forged forms: a page of ours and the form that comes back share the browser.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use citizenry_storage::sealing;
use subtle::ConstantTimeEq as _;

use crate::OAuth;

impl OAuth {
    /// What the forms of the pages carry in a browser that keeps the random secret `browser` in a
    /// cookie. Nobody else can make it, so a form that carries it was shown in that browser.
    pub fn form_token(&self, browser: &str) -> String {
        let sealer = &self.shared.environment.sealer;
        URL_SAFE_NO_PAD.encode(sealer.keyed_hash(sealing::FORM_TOKEN, browser.as_bytes()))
    }

    /// Whether a form that carries `token` was shown in the browser with the secret `browser`.
    pub fn is_form_token(&self, browser: &str, token: &str) -> bool {
        self.form_token(browser).as_bytes().ct_eq(token.as_bytes()).into()
    }

    /// A new secret for a browser: 256 bits as letters and digits.
    pub fn browser_secret(&self) -> String {
        self.shared.environment.moment().alphanumeric(43)
    }
}
