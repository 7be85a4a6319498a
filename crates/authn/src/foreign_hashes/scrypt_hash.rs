//! scrypt (RFC 7914), and what Firebase makes of it.

use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use citizenry_identity::Error;
use scrypt::Params;
use secrecy::SecretString;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::encodings::{PasswordEncoding, from_base64, to_base64};
use super::phc::{Parameters, parts};
use super::{Refused, limits};

/// The three numbers of scrypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScryptCost {
    log_n: u8,
    r: u32,
    p: u32,
}

impl ScryptCost {
    pub(super) fn new(log_n: u8, r: u32, p: u32) -> Result<Self, Refused> {
        limits::scrypt(log_n, r, p)?;
        Ok(Self { log_n, r, p })
    }

    /// From N itself, a power of two.
    pub(super) fn with_n(n: u64, r: u32, p: u32) -> Result<Self, Refused> {
        if !n.is_power_of_two() {
            return Err("has a scrypt cost that is no power of two");
        }
        Self::new(u8::try_from(n.trailing_zeros()).unwrap_or(u8::MAX), r, p)
    }

    fn derive(self, password: &[u8], salt: &[u8], out: &mut [u8]) -> Result<(), Error> {
        let params = Params::new(self.log_n, self.r, self.p).map_err(Error::internal)?;
        scrypt::scrypt(password, salt, &params, out).map_err(Error::internal)
    }
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct ScryptHash {
    cost: ScryptCost,
    encoding: PasswordEncoding,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl ScryptHash {
    pub(super) fn new(
        cost: ScryptCost,
        encoding: PasswordEncoding,
        salt: Vec<u8>,
        hash: Vec<u8>,
    ) -> Result<Self, Refused> {
        limits::salt(&salt)?;
        limits::derived(&hash)?;
        Ok(Self { cost, encoding, salt, hash })
    }

    /// `$scrypt$ln=14,r=8,p=1$<salt>$<hash>`; our own `pw=` names the password's encoding.
    pub(super) fn read_phc(text: &str) -> Result<Self, Refused> {
        let [parameters, salt, hash] = parts(text)?;
        let parameters = Parameters::read(parameters, &["ln", "r", "p", "pw"])?;
        let cost = ScryptCost::new(
            parameters.number("ln")?,
            parameters.number("r")?,
            parameters.number("p")?,
        )?;
        let encoding =
            parameters.text("pw").map(PasswordEncoding::parse).transpose()?.unwrap_or_default();
        Self::new(cost, encoding, from_base64(salt)?, from_base64(hash)?)
    }

    pub(super) fn to_text(&self) -> String {
        let ScryptCost { log_n, r, p } = self.cost;
        let encoding = match self.encoding {
            PasswordEncoding::Utf8 => String::new(),
            other => format!(",pw={}", other.name()),
        };
        let (salt, hash) = (to_base64(&self.salt), to_base64(&self.hash));
        format!("$scrypt$ln={log_n},r={r},p={p}{encoding}${salt}${hash}")
    }

    pub(super) fn verify(&self, password: &SecretString) -> Result<bool, Error> {
        let mut out = Zeroizing::new(vec![0; self.hash.len()]);
        self.cost.derive(&self.encoding.encode(password), &self.salt, &mut out)?;
        Ok(out.ct_eq(&self.hash).into())
    }
}

/// Firebase derives a key from the password with scrypt and encrypts the project's signer key under
/// it with AES-256 in counter mode; the cipher text is the hash.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct FirebaseScryptHash {
    /// Firebase calls N's logarithm "memory cost" and r "rounds".
    cost: ScryptCost,
    salt: Vec<u8>,
    /// Follows each user's salt; the same for the whole project, as is the next.
    separator: Vec<u8>,
    signer_key: Vec<u8>,
    hash: Vec<u8>,
}

impl FirebaseScryptHash {
    /// `$fbscrypt$v=1,n=14,r=8,p=1,ss=<separator>,sk=<signer key>$<salt>$<hash>`.
    pub(super) fn read(text: &str) -> Result<Self, Refused> {
        let [parameters, salt, hash] = parts(text)?;
        let parameters = Parameters::read(parameters, &["v", "n", "r", "p", "ss", "sk"])?;
        if parameters.number::<u32>("v")? != 1 {
            return Err("has an unknown version of Firebase's scrypt");
        }
        let cost = ScryptCost::new(
            parameters.number("n")?,
            parameters.number("r")?,
            parameters.number("p")?,
        )?;
        let (separator, signer_key) = (parameters.bytes("ss")?, parameters.bytes("sk")?);
        let (salt, hash) = (from_base64(salt)?, from_base64(hash)?);
        [&separator, &signer_key, &salt].into_iter().try_for_each(|bytes| limits::salt(bytes))?;
        limits::derived(&hash)?;
        if signer_key.len() != hash.len() {
            return Err("has a signer key of another length than the hash");
        }
        Ok(Self { cost, salt, separator, signer_key, hash })
    }

    pub(super) fn to_text(&self) -> String {
        let ScryptCost { log_n, r, p } = self.cost;
        format!(
            "$fbscrypt$v=1,n={log_n},r={r},p={p},ss={},sk={}${}${}",
            to_base64(&self.separator),
            to_base64(&self.signer_key),
            to_base64(&self.salt),
            to_base64(&self.hash)
        )
    }

    pub(super) fn verify(&self, password: &SecretString) -> Result<bool, Error> {
        let password = PasswordEncoding::Utf8.encode(password);
        let salt = [self.salt.as_slice(), &self.separator].concat();
        let mut key = Zeroizing::new([0_u8; 32]);
        self.cost.derive(&password, &salt, key.as_mut_slice())?;
        let key = UnboundCipherKey::new(&AES_256, key.as_slice()).map_err(Error::internal)?;
        let mut text = Zeroizing::new(self.signer_key.clone());
        // Every user's key is another, so Firebase begins each count at nought.
        EncryptingKey::ctr(key)
            .and_then(|key| {
                let counter = EncryptionContext::Iv128(FixedLength::from([0_u8; 16]));
                key.less_safe_encrypt(&mut text, counter)
            })
            .map_err(Error::internal)?;
        Ok(text.ct_eq(&self.hash).into())
    }
}
