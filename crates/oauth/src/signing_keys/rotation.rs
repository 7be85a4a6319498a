//! Rotation: next → current → previous → revoked.
//!
//! A key is published before it signs and as long as what it has signed may be good, so that
//! nobody who fetches the key set now and then meets a signature that he cannot verify. Every
//! server of an installation reads the keys from the database, which alone says which one signs.

use std::sync::Arc;

use citizenry_authz::{Action, Caller, Credential, Permissions, Resource, Subject};
use citizenry_identity::{
    Error, EventKind, KeyState, Kind, Listing, Moment, Origin, ResourceServer, SigningAlgorithm,
    SigningKey, SigningKeyId, Start, Tenant, TenantId, Timestamp,
};
use citizenry_storage::Tx;
use citizenry_storage::ports::ByName;

use super::generate_as;
use crate::OAuth;

/// How long a key is published before it signs on schedule, seconds: longer than anybody keeps a
/// key set.
const LEAD: i64 = 3_600;
/// How long a key is published after it has signed, seconds: the longest that a token may last, and
/// an hour.
const TRAIL: i64 = ResourceServer::MAX_LIFETIME as i64 + 3_600;
/// The most keys that a tenant publishes at once: as many as a list of them holds, with room for
/// each algorithm to be rotated.
const MAX_PUBLISHED: usize = 90;

/// The system as a caller, for what nobody asks for.
pub(super) fn system(tenant: &Tenant) -> Caller {
    Caller::new(
        tenant.into(),
        Subject::System,
        Credential::Local,
        Permissions::all(),
        Origin::default(),
    )
}

impl OAuth {
    /// The keys that a tenant publishes, the oldest first.
    ///
    /// # Errors
    /// `Forbidden` without `read:signing_keys`.
    pub async fn keys(&self, caller: &Caller) -> Result<Vec<SigningKey>, Error> {
        caller.may(Action::Read, Resource::SigningKey)?;
        let tenant = caller.tenant();
        self.shared
            .storage
            .read(async move |ports| {
                Ok::<_, Error>(ports.signing_keys().list_published(tenant).await?)
            })
            .await
    }

    /// Has the next key of an algorithm sign from now on; the one before goes on to be published,
    /// and a new next one is. Where there is no next one, a new one signs at once.
    ///
    /// # Errors
    /// `Forbidden` without `update:signing_keys`; `Invalid` on `algorithm` for HS256; `Conflict` on
    /// `state` after so many rotations that no more keys can be published; `Unavailable`,
    /// `Internal`.
    pub async fn rotate_keys(
        &self,
        caller: &Caller,
        algorithm: SigningAlgorithm,
    ) -> Result<SigningKey, Error> {
        caller.may(Action::Update, Resource::SigningKey)?;
        let tenant = caller.tenant();
        let moment = self.shared.environment.moment();
        let new = self.new_key(tenant, algorithm, KeyState::Next, &moment).await?;
        let by = caller.clone();
        let current = self
            .shared
            .storage
            .transact(async move |tx| rotate(tx, &by, new, &moment).await)
            .await?;
        self.ensure_next(caller, algorithm).await?;
        Ok(current)
    }

    /// Refuses from now on what a key has signed. If it is the one that signs, the next one takes
    /// over.
    ///
    /// # Errors
    /// `Forbidden` without `update:signing_keys`; `NotFound`; `Unavailable`, `Internal`.
    pub async fn revoke_key(&self, caller: &Caller, id: SigningKeyId) -> Result<(), Error> {
        caller.may(Action::Update, Resource::SigningKey)?;
        let moment = self.shared.environment.moment();
        let by = caller.clone();
        let algorithm = self
            .shared
            .storage
            .transact(async move |tx| revoke(tx, &by, id, &moment).await)
            .await?;
        self.ensure_next(caller, algorithm).await
    }

    /// Does what is due in every tenant: publishes next keys ahead, has them sign where the current
    /// one has done so for `period` seconds, and drops keys whose tokens have all expired. Returns
    /// how many keys took over. To be called at start and every hour or so; several servers may do
    /// it at the same time.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`: what was done for earlier tenants stays done.
    pub async fn rotate_due(&self, period: i64) -> Result<u32, Error> {
        let mut rotated = 0;
        let mut listing = Listing::first(Listing::<ByName>::MAX_LIMIT);
        loop {
            let asked = listing.clone();
            let page = self
                .shared
                .storage
                .read(async move |ports| Ok::<_, Error>(ports.tenants().list(&asked).await?))
                .await?;
            for tenant in &page.items {
                rotated += self.rotate_due_of(tenant, period).await?;
            }
            match page.next {
                Some(next) => listing.start = Start::After(next),
                None => return Ok(rotated),
            }
        }
    }

    async fn rotate_due_of(&self, tenant: &Tenant, period: i64) -> Result<u32, Error> {
        let caller = system(tenant);
        let now = self.shared.environment.clock.now();
        let keys = self.keys(&caller).await?;
        let mut rotated = 0;
        for algorithm in SigningAlgorithm::WITH_KEY_PAIRS {
            let of =
                |state| keys.iter().find(|key| key.algorithm == algorithm && key.state == state);
            let Some(current) = of(KeyState::Current) else { continue };
            let Some(next) = of(KeyState::Next) else {
                self.ensure_next(&caller, algorithm).await?;
                continue;
            };
            let is_due = now >= current.updated_at.plus_seconds(period);
            let is_known = now >= next.created_at.plus_seconds(LEAD);
            if is_due && is_known && self.rotate_if(&caller, current.id, algorithm).await? {
                rotated += 1;
            }
        }
        if keys.iter().any(|key| is_spent(key, now)) {
            self.retire(&caller, now).await?;
        }
        Ok(rotated)
    }

    /// Rotates if `current` still signs: another server may have been first.
    async fn rotate_if(
        &self,
        caller: &Caller,
        current: SigningKeyId,
        algorithm: SigningAlgorithm,
    ) -> Result<bool, Error> {
        let tenant = caller.tenant();
        let moment = self.shared.environment.moment();
        let new = self.new_key(tenant, algorithm, KeyState::Next, &moment).await?;
        let by = caller.clone();
        self.shared
            .storage
            .transact(async move |tx| {
                hold(tx, tenant).await?;
                let found = tx.signing_keys().find_current(tenant, algorithm).await?;
                if found.is_none_or(|found| found.id != current) {
                    return Ok(false);
                }
                rotate(tx, &by, new, &moment).await?;
                Ok::<_, Error>(true)
            })
            .await
    }

    /// Publishes a next key of an algorithm that has a current one, unless there is a next one.
    pub(super) async fn ensure_next(
        &self,
        caller: &Caller,
        algorithm: SigningAlgorithm,
    ) -> Result<(), Error> {
        let tenant = caller.tenant();
        let has_next = move |keys: &[SigningKey]| {
            keys.iter().any(|key| key.algorithm == algorithm && key.state == KeyState::Next)
        };
        let read = self.shared.storage.read(async move |ports| {
            Ok::<_, Error>(ports.signing_keys().list_published(tenant).await?)
        });
        if has_next(&read.await?) {
            return Ok(());
        }
        let moment = self.shared.environment.moment();
        let new = self.new_key(tenant, algorithm, KeyState::Next, &moment).await?;
        let by = caller.clone();
        self.shared
            .storage
            .transact(async move |tx| {
                hold(tx, tenant).await?;
                if has_next(&tx.signing_keys().list_published(tenant).await?) {
                    return Ok(());
                }
                publish(tx, &by, &new, &moment).await
            })
            .await
    }

    async fn retire(&self, caller: &Caller, now: Timestamp) -> Result<(), Error> {
        let tenant = caller.tenant();
        self.shared
            .storage
            .transact(async move |tx| {
                hold(tx, tenant).await?;
                for mut key in tx.signing_keys().list_published(tenant).await? {
                    if is_spent(&key, now) {
                        move_to(tx, &mut key, KeyState::Revoked, now).await?;
                    }
                }
                Ok::<_, Error>(())
            })
            .await
    }

    /// Makes a key pair away from the threads that serve requests: RSA takes its time.
    pub(super) async fn new_key(
        &self,
        tenant: TenantId,
        algorithm: SigningAlgorithm,
        state: KeyState,
        moment: &Moment,
    ) -> Result<SigningKey, Error> {
        let (sealer, moment) = (Arc::clone(&self.shared.environment.sealer), moment.clone());
        tokio::task::spawn_blocking(move || {
            generate_as(&*sealer, tenant, algorithm, state, &moment)
        })
        .await
        .map_err(Error::internal)?
    }
}

/// Whether nothing that the key has signed can be good any more.
fn is_spent(key: &SigningKey, now: Timestamp) -> bool {
    key.state == KeyState::Previous && now >= key.updated_at.plus_seconds(TRAIL)
}

/// Keeps other changes to the keys of a tenant out until the unit ends.
pub(super) async fn hold(tx: &mut dyn Tx, tenant: TenantId) -> Result<(), Error> {
    let found = tx.tenants().find_for_update(tenant).await?;
    found.map(|_| ()).ok_or_else(|| Error::not_found(Kind::Tenant, tenant))
}

async fn move_to(
    tx: &mut dyn Tx,
    key: &mut SigningKey,
    state: KeyState,
    now: Timestamp,
) -> Result<(), Error> {
    key.state = state;
    key.updated_at = now;
    Ok(tx.signing_keys().save(key).await?)
}

async fn publish(
    tx: &mut dyn Tx,
    caller: &Caller,
    key: &SigningKey,
    moment: &Moment,
) -> Result<(), Error> {
    tx.signing_keys().insert(key).await?;
    tx.events().append(&caller.event(moment, EventKind::SIGNING_KEY_CREATED, key.id)).await?;
    Ok(())
}

/// Has the next key sign, or `new` where there is none; else `new` is the next one.
async fn rotate(
    tx: &mut dyn Tx,
    caller: &Caller,
    mut new: SigningKey,
    moment: &Moment,
) -> Result<SigningKey, Error> {
    let (tenant, algorithm, now) = (caller.tenant(), new.algorithm, moment.now());
    hold(tx, tenant).await?;
    let keys = tx.signing_keys().list_published(tenant).await?;
    if keys.len() >= MAX_PUBLISHED {
        return Err(Error::conflict(Kind::SigningKey, "state"));
    }
    let of =
        |state| keys.iter().find(|key| key.algorithm == algorithm && key.state == state).cloned();
    // First there is no current key, then there is another: never two.
    if let Some(mut current) = of(KeyState::Current) {
        move_to(tx, &mut current, KeyState::Previous, now).await?;
    }
    let current = if let Some(mut next) = of(KeyState::Next) {
        move_to(tx, &mut next, KeyState::Current, now).await?;
        publish(tx, caller, &new, moment).await?;
        next
    } else {
        new.state = KeyState::Current;
        publish(tx, caller, &new, moment).await?;
        new
    };
    let event = caller.event(moment, EventKind::SIGNING_KEY_ROTATED, current.id);
    tx.events().append(&event).await?;
    Ok(current)
}

/// Revokes a key; the next one takes the place of the current one. Returns its algorithm.
async fn revoke(
    tx: &mut dyn Tx,
    caller: &Caller,
    id: SigningKeyId,
    moment: &Moment,
) -> Result<SigningAlgorithm, Error> {
    let (tenant, now) = (caller.tenant(), moment.now());
    hold(tx, tenant).await?;
    let key = tx.signing_keys().find(tenant, id).await?;
    let mut key = key.ok_or_else(|| Error::not_found(Kind::SigningKey, id))?;
    let was = key.state;
    if was == KeyState::Revoked {
        return Ok(key.algorithm);
    }
    move_to(tx, &mut key, KeyState::Revoked, now).await?;
    tx.events().append(&caller.event(moment, EventKind::SIGNING_KEY_REVOKED, id)).await?;
    if was == KeyState::Current {
        let keys = tx.signing_keys().list_published(tenant).await?;
        let is_next = |it: &SigningKey| it.algorithm == key.algorithm && it.state == KeyState::Next;
        if let Some(mut next) = keys.into_iter().find(is_next) {
            move_to(tx, &mut next, KeyState::Current, now).await?;
            let event = caller.event(moment, EventKind::SIGNING_KEY_ROTATED, next.id);
            tx.events().append(&event).await?;
        }
    }
    Ok(key.algorithm)
}
