//! Who operates the installation: users who may act above tenants.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Error, EventKind, Moment, Tenant, TenantId, User, UserId};
use citizenry_storage::{Read, Tx};
use serde_json::Value;

use crate::{Directory, UserRef, users};

/// Makes a user of the caller's tenant an operator of the installation, or makes him none. What he
/// is already changes nothing. It counts from his next request on.
///
/// # Errors
/// `Forbidden` for all but operators; `NotFound`.
pub async fn set_operator(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
    is_operator: bool,
) -> Result<(), Error> {
    caller.may(Action::Update, Resource::AllTenants)?;
    let user = users::find_user_for_update(tx, caller.tenant(), user).await?;
    let changed = tx.operators().set_operator(user.tenant, user.id, is_operator, moment.now());
    if !changed.await? {
        return Ok(());
    }
    let mut event = users::event(caller, moment, EventKind::OPERATOR_CHANGED, &user);
    event.details.insert("operator".to_owned(), Value::from(is_operator));
    Ok(tx.events().append(&event).await?)
}

async fn find(
    read: &mut dyn Read,
    tenant: TenantId,
    user: UserId,
) -> Result<Option<(Tenant, User)>, Error> {
    let Some(tenant) = read.tenants().find(tenant).await? else { return Ok(None) };
    let user = read.users().find(tenant.id, user).await?;
    Ok(user.map(|user| (tenant, user)))
}

impl Directory {
    /// Makes a user of the caller's tenant an operator, or makes him none. See [`set_operator`].
    ///
    /// # Errors
    /// As [`set_operator`].
    pub async fn set_operator(
        &self,
        caller: &Caller,
        user: &UserRef,
        is_operator: bool,
    ) -> Result<(), Error> {
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        self.storage
            .transact(async move |tx| set_operator(tx, &caller, &moment, &user, is_operator).await)
            .await
    }

    /// The operators of the installation with their tenants, the first first; at most 1,000.
    ///
    /// # Errors
    /// `Forbidden` for all but operators.
    pub async fn operators(&self, caller: &Caller) -> Result<Vec<(Tenant, User)>, Error> {
        caller.may(Action::Read, Resource::AllTenants)?;
        self.storage
            .read(async move |read| {
                let mut operators = Vec::new();
                for (tenant, user) in read.operators().operators().await? {
                    operators.extend(find(read, tenant, user).await?);
                }
                Ok(operators)
            })
            .await
    }
}
