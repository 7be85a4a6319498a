//! The rule that an administrator who is active and unlocked always remains.

use citizenry_identity::{Error, Kind, TenantId, Timestamp, UserId};
use citizenry_storage::Tx;

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
