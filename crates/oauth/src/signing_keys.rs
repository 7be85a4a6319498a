//! Signing keys: how they are made, found and published.

mod rotation;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    Error, EventKind, KeyState, Kind, Moment, SigningAlgorithm, SigningKey, SigningKeyId, Tenant,
    TenantId,
};
use citizenry_storage::{Sealer, Tx, sealing};
use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::OAuth;
use crate::jws::{PublicKey, Signer};

/// The most parsed private keys that a server keeps; a kilobyte or two each.
const MAX_SIGNERS: usize = 256;

/// A key set (RFC 7517): the public keys of a tenant that are, were or will be signing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Jwks {
    /// The keys, each with `kty`, its public members, `kid`, `use` and `alg`.
    pub keys: Vec<Map<String, Value>>,
}

impl Jwks {
    fn of(keys: &[SigningKey]) -> Self {
        Self { keys: keys.iter().map(published).collect() }
    }
}

/// A key as it is published. The public members are picked by their type, so that nothing else
/// that may be stored beside them gets out.
fn published(key: &SigningKey) -> Map<String, Value> {
    let public = ["kty", "crv", "x", "y", "n", "e"];
    let mut jwk: Map<String, Value> = public
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), key.public_jwk.get(name)?.clone())))
        .collect();
    jwk.insert("kid".to_owned(), key.id.to_string().into());
    jwk.insert("use".to_owned(), "sig".into());
    jwk.insert("alg".to_owned(), key.algorithm.as_str().into());
    jwk
}

/// Makes a key pair that signs from now on, its private part sealed. EC takes no time worth
/// speaking of, RSA a good part of a second.
///
/// # Errors
/// `Invalid` on `algorithm` for HS256, which has no key pair; `Internal`.
pub fn generate(
    sealer: &dyn Sealer,
    tenant: TenantId,
    algorithm: SigningAlgorithm,
    moment: &Moment,
) -> Result<SigningKey, Error> {
    generate_as(sealer, tenant, algorithm, KeyState::Current, moment)
}

fn generate_as(
    sealer: &dyn Sealer,
    tenant: TenantId,
    algorithm: SigningAlgorithm,
    state: KeyState,
    moment: &Moment,
) -> Result<SigningKey, Error> {
    let (signer, pkcs8) = match algorithm {
        SigningAlgorithm::Es256 => Signer::generate_es256(),
        SigningAlgorithm::Rs256 => Signer::generate_rs256(),
        SigningAlgorithm::EdDsa => Signer::generate_eddsa(),
        SigningAlgorithm::Hs256 => {
            return Err(Error::invalid("algorithm", "HS256 has no key pair"));
        }
    }
    .map_err(Error::internal)?;
    let pkcs8 = Zeroizing::new(pkcs8);
    let id = SigningKeyId::generate(moment);
    let public = serde_json::to_value(signer.public_key()).map_err(Error::internal)?;
    let Value::Object(public_jwk) = public else {
        return Err(Error::internal("a public key is no JSON object"));
    };
    Ok(SigningKey {
        id,
        tenant,
        algorithm,
        state,
        sealed_private_key: sealer.seal(&sealing::signing_key(id), &pkcs8)?,
        public_jwk,
        created_at: moment.now(),
        updated_at: moment.now(),
    })
}

/// Adds a key that [`generate`] made, for instance in the unit of work that makes its tenant.
///
/// # Errors
/// `Forbidden` without `create:signing_keys`; `NotFound` for a key of another tenant; `Conflict`
/// on `state` when the tenant has a current key of that algorithm.
pub async fn add(
    tx: &mut dyn Tx,
    caller: &Caller,
    key: &SigningKey,
    moment: &Moment,
) -> Result<(), Error> {
    caller.may(Action::Create, Resource::SigningKey)?;
    if key.tenant != caller.tenant() {
        return Err(Error::not_found(Kind::SigningKey, key.id));
    }
    tx.signing_keys().insert(key).await?;
    tx.events().append(&caller.event(moment, EventKind::SIGNING_KEY_CREATED, key.id)).await?;
    Ok(())
}

impl OAuth {
    /// The key of `tenant` that signs now with `algorithm`; made if there is none. Servers that do
    /// so at the same time end with one key.
    ///
    /// # Errors
    /// `Invalid` on `algorithm` for HS256; `Unavailable`; `Internal`.
    pub async fn signing_key(
        &self,
        tenant: &Tenant,
        algorithm: SigningAlgorithm,
    ) -> Result<SigningKey, Error> {
        if let Some(key) = self.current_key(tenant.id, algorithm).await? {
            return Ok(key);
        }
        // One at a time here: an RSA key is too dear to make once for each waiting request.
        let _making = self.shared.making_keys.lock().await;
        if let Some(key) = self.current_key(tenant.id, algorithm).await? {
            return Ok(key);
        }
        match self.make_key(tenant, algorithm).await {
            Err(Error::Conflict { kind: Kind::SigningKey, .. }) => {
                // Another server was first.
                let key = self.current_key(tenant.id, algorithm).await?;
                key.ok_or(Error::Unavailable)
            }
            made => made,
        }
    }

    /// Makes a key that signs, and one that will: it is published from the first.
    async fn make_key(
        &self,
        tenant: &Tenant,
        algorithm: SigningAlgorithm,
    ) -> Result<SigningKey, Error> {
        let moment = self.shared.environment.moment();
        let key = self.new_key(tenant.id, algorithm, KeyState::Current, &moment).await?;
        let caller = rotation::system(tenant);
        let by = caller.clone();
        let key = self
            .shared
            .storage
            .transact(async move |tx| {
                add(tx, &by, &key, &moment).await?;
                Ok::<_, Error>(key)
            })
            .await?;
        self.ensure_next(&caller, algorithm).await?;
        Ok(key)
    }

    async fn current_key(
        &self,
        tenant: TenantId,
        algorithm: SigningAlgorithm,
    ) -> Result<Option<SigningKey>, Error> {
        self.shared
            .storage
            .read_few(async move |ports| {
                Ok::<_, Error>(ports.signing_keys().find_current(tenant, algorithm).await?)
            })
            .await
    }

    /// The key set of a tenant; of the default tenant if none is named. It always holds a key for
    /// RS256, which ID tokens are signed with unless a client has chosen otherwise: one is made when
    /// the set is first asked for, so that those who keep the set have it.
    ///
    /// # Errors
    /// `NotFound` when there is no such tenant, or when it is disabled.
    pub async fn jwks(&self, tenant: Option<&str>) -> Result<Jwks, Error> {
        self.jwks_of(&self.tenant(tenant).await?).await
    }

    pub(crate) async fn jwks_of(&self, tenant: &Tenant) -> Result<Jwks, Error> {
        let mut keys = self.published_keys(tenant.id).await?;
        if !keys.iter().any(|key| key.algorithm == SigningAlgorithm::Rs256) {
            self.signing_key(tenant, SigningAlgorithm::Rs256).await?;
            keys = self.published_keys(tenant.id).await?;
        }
        Ok(Jwks::of(&keys))
    }

    async fn published_keys(&self, tenant: TenantId) -> Result<Vec<SigningKey>, Error> {
        self.shared
            .storage
            .read_few(async move |ports| {
                Ok::<_, Error>(ports.signing_keys().list_published(tenant).await?)
            })
            .await
    }
}

/// Parsed private keys, so that opening and parsing is paid once a key and server.
#[derive(Debug, Default)]
pub(crate) struct Signers(Mutex<HashMap<SigningKeyId, Arc<Signer>>>);

impl Signers {
    /// The parsed private key.
    pub(crate) fn get(&self, sealer: &dyn Sealer, key: &SigningKey) -> Result<Arc<Signer>, Error> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key.id).cloned();
        if let Some(signer) = known {
            return Ok(signer);
        }
        let pkcs8 = sealer.open(&sealing::signing_key(key.id), &key.sealed_private_key)?;
        let pkcs8 = Zeroizing::new(pkcs8);
        let signer = match key.algorithm {
            SigningAlgorithm::Es256 => Signer::es256(&pkcs8),
            SigningAlgorithm::Rs256 => Signer::rs256(&pkcs8),
            SigningAlgorithm::EdDsa => Signer::eddsa(&pkcs8),
            SigningAlgorithm::Hs256 => {
                return Err(Error::internal("a stored key pair is for HS256"));
            }
        };
        let signer = Arc::new(signer.map_err(Error::internal)?);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_SIGNERS {
            known.clear();
        }
        known.insert(key.id, Arc::clone(&signer));
        Ok(signer)
    }
}

/// The public key of a stored key, if its type is that of its algorithm.
pub(crate) fn public_key(key: &SigningKey) -> Result<PublicKey, Error> {
    let public: PublicKey =
        serde_json::from_value(Value::Object(key.public_jwk.clone())).map_err(Error::internal)?;
    match (&public, key.algorithm) {
        (PublicKey::Ec { .. }, SigningAlgorithm::Es256)
        | (PublicKey::Rsa { .. }, SigningAlgorithm::Rs256)
        | (PublicKey::Okp { .. }, SigningAlgorithm::EdDsa) => Ok(public),
        _ => Err(Error::internal("a stored public key is not of its algorithm's type")),
    }
}

#[cfg(test)]
mod tests;
