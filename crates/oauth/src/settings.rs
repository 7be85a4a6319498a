//! What an installation lets its provider do.

/// What an installation lets its provider do. The default is the safe one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OAuthSettings {
    /// Whether clients may register themselves (RFC 7591), without being asked who they are.
    pub dynamic_registration: bool,
    /// Whether proofs of possession must carry a nonce of the server (RFC 9449, section 8).
    pub require_dpop_nonce: bool,
}
