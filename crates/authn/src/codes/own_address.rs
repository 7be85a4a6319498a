//! People change their own phone number or email address: a code shows that the new one is theirs.

use std::sync::Arc;

use citizenry_authz::Caller;
use citizenry_identity::{CodeAddress, Error, EventKind, Moment, TicketKind, User};
use citizenry_storage::{Sealer, Tx};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use subtle::ConstantTimeEq as _;

use super::{
    CODE, CodePurpose, Exchanged, MAILED_TO, MAX_SECRET, Place, SENT_TO, is_link_for, link_hash,
    verify::{Shown, Use, link, verify},
    wrong_code, wrong_link,
};
use crate::{Authn, passwords::caller_event};

/// What is to be the caller's own address.
#[derive(Debug, Clone)]
pub struct OwnAddress {
    /// The phone number or the email address.
    pub address: CodeAddress,
    /// What the code that was sent there was exchanged for.
    pub link_secret: SecretString,
    /// The code itself, where the door sends it once more.
    pub code: Option<SecretString>,
}

impl Authn {
    /// Exchanges a code that was sent to what is to be the caller's own address for a link secret.
    ///
    /// # Errors
    /// `Invalid` on `verification_code` when it is wrong, has been used, has expired or never was;
    /// `Forbidden` for callers who are no users.
    pub async fn check_own_code(
        &self,
        caller: &Caller,
        address: CodeAddress,
        code: &SecretString,
    ) -> Result<SecretString, Error> {
        let place = own_place(caller, address)?;
        let (tenant, id) = (caller.tenant(), caller.require_user()?);
        let (caller, code, moment) = (caller.clone(), code.clone(), self.moment());
        let (place, sealer) = (Arc::new(place), Arc::clone(&self.environment.sealer));
        let linked = self
            .storage
            .transact(async move |tx| {
                let shown = Shown { place: &place, code: &code, origin: caller.origin() };
                let right = verify(tx, &*sealer, &shown, Use::Once, &moment).await?;
                let Some(code_hash) = right else { return Ok(None) };
                let Some(user) = tx.users().find(tenant, id).await? else { return Ok(None) };
                let exchanged = Exchanged::Code(&place, &code_hash);
                link(tx, &*sealer, &user, exchanged, &moment).await
            })
            .await?;
        Ok(linked.ok_or_else(wrong_code)?.secret)
    }

    /// Gives the caller a phone number or an email address that he has shown to be his, in place of
    /// the one before; it is verified. Tickets that were mailed to another address end.
    ///
    /// # Errors
    /// `Invalid` on `link_secret` when it is not good, not the caller's, or not for that address, and
    /// on `verification_code` when another code was exchanged for it; `Conflict` on `phone` or
    /// `email`; `Forbidden` for callers who are no users.
    pub async fn change_own_address(
        &self,
        caller: &Caller,
        change: OwnAddress,
    ) -> Result<User, Error> {
        let place = own_place(caller, change.address.clone())?;
        let hash = link_hash(self.sealer(), &change.link_secret).ok_or_else(wrong_link)?;
        let (caller, moment) = (caller.clone(), self.moment());
        let (place, change) = (Arc::new(place), Arc::new(change));
        let sealer = Arc::clone(&self.environment.sealer);
        self.storage
            .transact(async move |tx| {
                let code = change.code.as_ref();
                use_link(tx, &*sealer, &place, &hash, code, &moment).await?;
                set_address(tx, &caller, &place, &moment).await
            })
            .await
    }
}

fn own_place(caller: &Caller, address: CodeAddress) -> Result<Place, Error> {
    let purpose = CodePurpose::of_change(&address);
    let user = Some(caller.require_user()?);
    Ok(Place { tenant: caller.tenant(), purpose, address, user })
}

/// Uses a link secret up, if it was given for that place and that code.
async fn use_link(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    place: &Place,
    hash: &[u8; 32],
    code: Option<&SecretString>,
    moment: &Moment,
) -> Result<(), Error> {
    let kind = TicketKind::LinkSecret;
    let found = tx.tickets().find_for_update(kind, hash).await?;
    let sent_to = match place.address {
        CodeAddress::Email(_) => MAILED_TO,
        CodeAddress::Phone(_) => SENT_TO,
    };
    let good = found.filter(|ticket| {
        ticket.tenant == place.tenant
            && ticket.user == place.user
            && ticket.is_good(moment.now())
            && is_link_for(ticket, place.purpose)
            && ticket.details.get(sent_to).and_then(Value::as_str) == Some(place.address.key())
    });
    let ticket = good.ok_or_else(wrong_link)?;
    if let Some(code) = code {
        let kept = ticket.details.get(CODE).and_then(Value::as_str).unwrap_or_default();
        let is_short = code.expose_secret().len() <= MAX_SECRET;
        let hash = if is_short { place.code_hash(sealer, code) } else { String::new() };
        if !bool::from(kept.as_bytes().ct_eq(hash.as_bytes())) {
            return Err(wrong_code());
        }
    }
    if tx.tickets().delete(kind, hash).await? { Ok(()) } else { Err(wrong_link()) }
}

async fn set_address(
    tx: &mut dyn Tx,
    caller: &Caller,
    place: &Place,
    moment: &Moment,
) -> Result<User, Error> {
    let (id, now) = (caller.require_user()?, moment.now());
    let found = tx.users().find_for_update(place.tenant, id).await?;
    let Some(mut user) = found.filter(|user| user.keeps_access(now.max(user.updated_at))) else {
        return Err(Error::Unauthenticated);
    };
    let before = user.clone();
    let field = match &place.address {
        CodeAddress::Email(email) => {
            (user.email, user.email_verified) = (Some(email.clone()), true);
            "email"
        }
        CodeAddress::Phone(phone) => {
            (user.phone, user.phone_verified) = (Some(phone.clone()), true);
            "phone"
        }
    };
    if user == before {
        return Ok(user);
    }
    user.updated_at = now;
    user.updated_by = Some(id);
    tx.users().save(&user).await?;
    user.version += 1;
    if user.email != before.email {
        for kind in [TicketKind::PasswordReset, TicketKind::EmailVerification] {
            tx.tickets().delete_of_user(user.tenant, user.id, kind).await?;
        }
    }
    let mut event = caller_event(caller, moment, EventKind::USER_UPDATED, &user);
    event.details.insert("fields".to_owned(), Value::from(vec![field]));
    tx.events().append(&event).await?;
    Ok(user)
}
