//! A code is shown: it is the right one, or it is counted.

use std::sync::Arc;

use citizenry_identity::{
    Error, EventKind, Moment, Origin, ProvedAddress, Tenant, TicketKind, User,
};
use citizenry_storage::{Sealer, Tx};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use subtle::ConstantTimeEq as _;

use super::{
    CODE, CodeCheck, CodePurpose, Exchanged, FAILURES, LINK_SECONDS, LinkedAccount, MAX_FAILURES,
    MAX_SECRET, PURPOSE, Place, new_link, users_of, wrong_code,
};
use crate::{Authn, service::nobodys_event, sign_in::open_tenant};

/// Whether a code stays good when it was the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// It is used up.
    Once,
    /// It stays until what it proves is made use of.
    Shown,
}

/// A code, and where it belongs.
pub(super) struct Shown<'a> {
    pub(super) place: &'a Place,
    pub(super) code: &'a SecretString,
    pub(super) origin: &'a Origin,
}

impl Authn {
    /// Exchanges a code for link secrets: one for each account of the address. A code to sign up
    /// with is only looked at, and brings none: see [`Authn::redeem_sign_up_code`].
    ///
    /// # Errors
    /// `Invalid` on `verification_code` when it is wrong, has been used, has expired or never was;
    /// `NotFound` for a tenant that is not open.
    pub async fn check_code(&self, check: CodeCheck) -> Result<Vec<LinkedAccount>, Error> {
        let CodeCheck { tenant, purpose, address, code, origin } = check;
        let place = Place { tenant, purpose, address, user: None };
        let (tenant, users) = self.accounts_of_place(&place).await?;
        let (place, moment, users) = (Arc::new(place), self.moment(), Arc::new(users));
        let sealer = Arc::clone(&self.environment.sealer);
        let linked = self
            .storage
            .transact(async move |tx| {
                let shown = Shown { place: &place, code: &code, origin: &origin };
                let times = if purpose == CodePurpose::SignUp { Use::Shown } else { Use::Once };
                let Some(code_hash) = verify(tx, &*sealer, &shown, times, &moment).await? else {
                    return Ok(None);
                };
                let mut linked = Vec::new();
                if times == Use::Once {
                    let exchanged = Exchanged::Code(&place, &code_hash);
                    for user in &*users {
                        linked.extend(link(tx, &*sealer, user, exchanged, &moment).await?);
                    }
                }
                Ok::<_, Error>(Some(linked))
            })
            .await?;
        let linked = linked.ok_or_else(wrong_code)?;
        Ok(linked.into_iter().map(|link| link.in_tenant(&tenant)).collect())
    }

    /// Proves an address by a code to sign up with. The account is made with the proof, and the code
    /// is used up with it: whoever makes the account redeems the proof in the same unit of work.
    ///
    /// # Errors
    /// `Invalid` on `verification_code` when it is wrong, has been used, has expired or never was;
    /// `NotFound` for a tenant that is not open.
    pub async fn redeem_sign_up_code(&self, check: CodeCheck) -> Result<ProvedAddress, Error> {
        let CodeCheck { tenant, address, code, origin, .. } = check;
        let place = Place { tenant, purpose: CodePurpose::SignUp, address, user: None };
        let proof = ProvedAddress {
            tenant,
            address: place.address.clone(),
            ticket: place.hash(self.sealer()),
        };
        self.accounts_of_place(&place).await?;
        let (place, moment) = (Arc::new(place), self.moment());
        let sealer = Arc::clone(&self.environment.sealer);
        let is_right = self
            .storage
            .transact(async move |tx| {
                let shown = Shown { place: &place, code: &code, origin: &origin };
                Ok::<_, Error>(verify(tx, &*sealer, &shown, Use::Shown, &moment).await?.is_some())
            })
            .await?;
        if is_right { Ok(proof) } else { Err(wrong_code()) }
    }

    async fn accounts_of_place(&self, place: &Place) -> Result<(Tenant, Vec<User>), Error> {
        let (place, now) = (place.clone(), self.moment().now());
        self.storage
            .read(async move |read| {
                let tenant = open_tenant(read, place.tenant, now).await?;
                let users = users_of(read, &place, now).await?;
                Ok((tenant, users))
            })
            .await
    }
}

/// The hash of the code if it is the right one and still good; a wrong guess is counted and told,
/// and with the last of them the code is gone.
pub(super) async fn verify(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    shown: &Shown<'_>,
    times: Use,
    moment: &Moment,
) -> Result<Option<String>, Error> {
    let Shown { place, code, origin } = shown;
    let (kind, hash) = (TicketKind::OneTimeCode, place.hash(sealer));
    let code_hash = if code.expose_secret().len() <= MAX_SECRET {
        place.code_hash(sealer, code)
    } else {
        String::new()
    };
    let found = tx.tickets().find_for_update(kind, &hash).await?;
    let good = found.filter(|it| it.tenant == place.tenant && it.is_good(moment.now()));
    let Some(mut ticket) = good else {
        tell_failure(tx, place, origin, moment).await?;
        return Ok(None);
    };
    let kept = ticket.details.get(CODE).and_then(Value::as_str).unwrap_or_default();
    if !code_hash.is_empty() && bool::from(kept.as_bytes().ct_eq(code_hash.as_bytes())) {
        let was_there = times == Use::Shown || tx.tickets().delete(kind, &hash).await?;
        return Ok(was_there.then_some(code_hash));
    }
    let failures = ticket.details.get(FAILURES).and_then(Value::as_u64).unwrap_or_default() + 1;
    if failures >= MAX_FAILURES {
        tx.tickets().delete(kind, &hash).await?;
    } else {
        ticket.details.insert(FAILURES.to_owned(), Value::from(failures));
        tx.tickets().save(&ticket).await?;
    }
    tell_failure(tx, place, origin, moment).await?;
    Ok(None)
}

async fn tell_failure(
    tx: &mut dyn Tx,
    place: &Place,
    origin: &Origin,
    moment: &Moment,
) -> Result<(), Error> {
    let kind = EventKind::USER_SIGN_IN_FAILED;
    let mut event = nobodys_event(moment, kind, place.tenant, origin);
    event.details.insert("reason".to_owned(), Value::from("one_time_code"));
    event.details.insert(PURPOSE.to_owned(), Value::from(place.purpose.as_str()));
    Ok(tx.events().append(&event).await?)
}

/// A link secret and whom it is for.
pub(super) struct Link {
    user: User,
    pub(super) secret: SecretString,
    has_password: bool,
}

impl Link {
    pub(super) fn in_tenant(self, tenant: &Tenant) -> LinkedAccount {
        LinkedAccount {
            tenant: tenant.clone(),
            user: self.user,
            link_secret: self.secret,
            has_password: self.has_password,
            expires_in: LINK_SECONDS,
        }
    }
}

/// A link secret for a user, if he still keeps his access.
pub(super) async fn link(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    user: &User,
    exchanged: Exchanged<'_>,
    moment: &Moment,
) -> Result<Option<Link>, Error> {
    let now = moment.now();
    let found = tx.users().find_for_update(user.tenant, user.id).await?;
    let Some(user) = found.filter(|user| user.keeps_access(now.max(user.updated_at))) else {
        return Ok(None);
    };
    let secret = new_link(tx, sealer, &user, exchanged, moment).await?;
    let has_password = tx.passwords().find(user.tenant, user.id).await?.is_some();
    Ok(Some(Link { user, secret, has_password }))
}
