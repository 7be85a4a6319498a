//! Requests on their way through the browser: sealed, so that nobody reads or changes one, and
//! bound to the browser, so that nobody has another browser go on with his.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use citizenry_identity::Error;
use citizenry_storage::sealing;

use super::ValidatedRequest;
use crate::OAuth;

/// For how long a sealed request is good, seconds.
const LIFETIME: i64 = 3_600;
/// The longest sealed request that is looked at, bytes.
const MAX_LENGTH: usize = 64 * 1_024;

impl OAuth {
    /// A request as a page carries it: base64url. `browser` is the secret of the browser that it is
    /// shown in.
    ///
    /// # Errors
    /// `Internal` when sealing fails.
    pub fn seal_request(
        &self,
        request: &ValidatedRequest,
        browser: &[u8],
    ) -> Result<String, Error> {
        let plain = serde_json::to_vec(request).map_err(Error::internal)?;
        let sealed = self.shared.environment.sealer.seal(&context(browser), &plain)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The request that [`OAuth::seal_request`] sealed for the same browser within the last hour.
    pub fn open_request(&self, text: &str, browser: &[u8]) -> Option<ValidatedRequest> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let plain = self.shared.environment.sealer.open(&context(browser), &sealed).ok()?;
        let request: ValidatedRequest = serde_json::from_slice(&plain).ok()?;
        let now = self.shared.environment.clock.now();
        request.is_younger_than(LIFETIME, now).then_some(request)
    }
}

fn context(browser: &[u8]) -> String {
    format!("{}:{}", sealing::AUTHORIZATION_REQUEST, URL_SAFE_NO_PAD.encode(browser))
}
