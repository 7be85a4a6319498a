//! The rules about administrators: one who is active and unlocked always remains, and only who
//! stands as high as they do changes them.

use citizenry_authz::Caller;
use citizenry_identity::{Error, Kind, TenantId, Timestamp, User, UserId};
use citizenry_storage::Tx;

use crate::{UserRef, ports::Ports, users};

/// Passes when the caller, who may change people, may change these: none of them is
/// [out of his reach](out_of_reach). Every use case that changes an account, or what its owner may
/// do, asks here.
///
/// # Errors
/// `Forbidden`.
pub(crate) async fn check_may_change(
    ports: &mut Ports<'_>,
    caller: &Caller,
    changed: &[UserId],
) -> Result<(), Error> {
    let beyond = out_of_reach(ports, caller, changed).await?;
    beyond.into_iter().try_for_each(|id| caller.may_change_administrator(id))
}

/// Those whom the caller, who may change people, may not change: who are administrators, but for
/// whom [`Caller::may_change_administrator`] lets through. At most two statements, and none for who
/// administers the tenant.
pub(crate) async fn out_of_reach(
    ports: &mut Ports<'_>,
    caller: &Caller,
    changed: &[UserId],
) -> Result<Vec<UserId>, Error> {
    let others = |id: &&UserId| caller.may_change_administrator(**id).is_err();
    let others: Vec<UserId> = changed.iter().filter(others).copied().collect();
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let tenant = caller.tenant();
    let Some(role) = ports.roles().find_administrator(tenant).await? else {
        return Ok(Vec::new());
    };
    Ok(ports.assignments().which_have_role(tenant, role.id, &others).await?)
}

/// A user whom the caller, who may change people, may change: kept from others' changes until the
/// unit ends.
///
/// # Errors
/// `NotFound`; `Forbidden` as [`check_may_change`].
pub(crate) async fn find_changeable(
    tx: &mut dyn Tx,
    caller: &Caller,
    user: &UserRef,
) -> Result<User, Error> {
    let user = users::find_user_for_update(tx, caller.tenant(), user).await?;
    check_may_change(&mut Ports::Tx(tx), caller, &[user.id]).await?;
    Ok(user)
}

/// Passes when somebody able to administer the tenant remains once `lost` are deleted, demoted,
/// locked or disabled. Holds the role of administrators until the unit ends, so that two callers
/// cannot each take away the other's last one.
///
/// # Errors
/// `Conflict` on `last_administrator`.
pub(crate) async fn check_one_remains(
    tx: &mut dyn Tx,
    tenant: TenantId,
    lost: &[UserId],
    now: Timestamp,
) -> Result<(), Error> {
    let Some(role) = tx.roles().find_administrator(tenant).await? else { return Ok(()) };
    if tx.assignments().which_have_role(tenant, role.id, lost).await?.is_empty() {
        return Ok(());
    }
    tx.roles().find_for_update(tenant, role.id).await?;
    if tx.assignments().has_able_user(tenant, role.id, lost, now).await? {
        return Ok(());
    }
    // Nobody was able before either: then nothing is taken away.
    if tx.assignments().has_able_user(tenant, role.id, &[], now).await? {
        return Err(Error::conflict(Kind::User, "last_administrator"));
    }
    Ok(())
}
