//! What users have allowed clients, for the management API: list and take back.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    ClientId, Consent, ConsentId, Error, EventKind, Kind, Listing, Moment, Page, UserId,
};
use citizenry_storage::Tx;
use citizenry_storage::ports::ByAge;

use crate::OAuth;

/// Takes a consent back: the client must ask again, and what it holds for the user is revoked.
///
/// # Errors
/// `Forbidden` without `delete:grants`; `NotFound`.
pub async fn revoke(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    id: ConsentId,
) -> Result<(), Error> {
    caller.may(Action::Delete, Resource::Grant)?;
    let not_found = || Error::not_found(Kind::Consent, id);
    let consent = tx.consents().find(caller.tenant(), id).await?.ok_or_else(not_found)?;
    tx.consents().delete(caller.tenant(), id).await?;
    end_tokens(tx, caller, moment, consent.user, Some(consent.client)).await?;
    Ok(tx.events().append(&caller.event(moment, EventKind::CONSENT_REVOKED, id)).await?)
}

/// Takes back everything that a user has allowed, one client only when one is named; how many
/// consents there were.
///
/// # Errors
/// `Forbidden` without `delete:grants`.
pub async fn revoke_of_user(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: UserId,
    client: Option<ClientId>,
) -> Result<u64, Error> {
    caller.may(Action::Delete, Resource::Grant)?;
    let taken = tx.consents().delete_of_user(caller.tenant(), user, client).await?;
    end_tokens(tx, caller, moment, user, client).await?;
    if taken > 0 {
        tx.events().append(&caller.event(moment, EventKind::CONSENT_REVOKED, user)).await?;
    }
    Ok(taken)
}

async fn end_tokens(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: UserId,
    client: Option<ClientId>,
) -> Result<(), Error> {
    let now = moment.now();
    tx.token_families().revoke_of_user(caller.tenant(), user, client, now).await?;
    Ok(())
}

impl OAuth {
    /// A page of what a user has allowed clients, newest first.
    ///
    /// # Errors
    /// `Forbidden` without `read:grants`.
    pub async fn consents(
        &self,
        caller: &Caller,
        user: UserId,
        listing: Listing<ByAge>,
    ) -> Result<Page<Consent>, Error> {
        caller.may(Action::Read, Resource::Grant)?;
        let tenant = caller.tenant();
        self.shared
            .storage
            .read(async move |ports| {
                Ok::<_, Error>(ports.consents().list_of_user(tenant, user, &listing).await?)
            })
            .await
    }

    /// Takes a consent back. See [`revoke`].
    ///
    /// # Errors
    /// As [`revoke`].
    pub async fn revoke_consent(&self, caller: &Caller, id: ConsentId) -> Result<(), Error> {
        let (caller, moment) = (caller.clone(), self.shared.environment.moment());
        self.shared.storage.transact(async move |tx| revoke(tx, &caller, &moment, id).await).await
    }

    /// Takes back what a user has allowed. See [`revoke_of_user`].
    ///
    /// # Errors
    /// As [`revoke_of_user`].
    pub async fn revoke_consents(
        &self,
        caller: &Caller,
        user: UserId,
        client: Option<ClientId>,
    ) -> Result<u64, Error> {
        let (caller, moment) = (caller.clone(), self.shared.environment.moment());
        self.shared
            .storage
            .transact(async move |tx| revoke_of_user(tx, &caller, &moment, user, client).await)
            .await
    }
}
