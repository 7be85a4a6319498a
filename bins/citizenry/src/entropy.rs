//! Randomness from the operating system.

use citizenry_identity::Entropy;

/// The operating system's randomness, through the cryptographic library.
#[derive(Debug)]
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::expect_used, reason = "nothing secret may be made without randomness")]
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the system gives no random bytes");
    }
}
