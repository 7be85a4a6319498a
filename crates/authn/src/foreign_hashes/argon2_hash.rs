//! Argon2 d, i and id (RFC 9106), as PHC strings.

use argon2::{Algorithm, Params, PasswordHash as PhcString, Version};
use citizenry_identity::Error;
use secrecy::SecretString;
use subtle::ConstantTimeEq;

use super::{Refused, limits};
use crate::argon2_hasher::{Argon2Cost, HASH, SALT, compute};
use crate::argon2_pool::Memory;

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Argon2Hash {
    text: String,
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Argon2Hash {
    pub(super) fn read(text: &str) -> Result<Self, Refused> {
        const MALFORMED: Refused = "is a malformed Argon2 hash";
        let phc = PhcString::new(text).map_err(|_malformed| MALFORMED)?;
        let algorithm =
            Algorithm::try_from(phc.algorithm.as_str()).map_err(|_unknown| MALFORMED)?;
        let version = phc
            .version
            .map(Version::try_from)
            .transpose()
            .map_err(|_unknown| "has an unknown version of Argon2")?
            .unwrap_or(Version::V0x10);
        let params = Params::try_from(&phc).map_err(|_malformed| MALFORMED)?;
        limits::argon2(params.m_cost(), params.t_cost())?;
        let (Some(salt), Some(hash)) = (phc.salt, phc.hash) else {
            return Err("lacks its salt or its hash");
        };
        let (salt, hash) = (salt.as_ref().to_vec(), hash.as_bytes().to_vec());
        Ok(Self { text: text.to_owned(), algorithm, version, params, salt, hash })
    }

    pub(super) fn to_text(&self) -> String {
        self.text.clone()
    }

    pub(super) fn is_current(&self, cost: Argon2Cost) -> bool {
        self.algorithm == Algorithm::Argon2id
            && self.version == Version::V0x13
            && self.params.m_cost() >= cost.memory_kib
            && self.params.t_cost() >= cost.passes
            && self.salt.len() >= SALT
            && self.hash.len() >= HASH
    }

    pub(super) fn verify(
        &self,
        memory: &mut Memory,
        password: &SecretString,
    ) -> Result<bool, Error> {
        let mut out = vec![0; self.hash.len()];
        let (algorithm, version) = (self.algorithm, self.version);
        compute(memory, algorithm, version, &self.params, password, &self.salt, &mut out)?;
        Ok(out.ct_eq(&self.hash).into())
    }
}
